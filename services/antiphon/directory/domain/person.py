"""Rules of an employee: sign-in name, roles, ownership, and what others see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller

from .limits import several
from .permissions import Role

_EMAIL = re.compile(r"^[^@\s\"<>(),;:\\]{1,64}@[^@\s.]+(\.[^@\s.]+)+$")
PRIVATE = ("email", "reaches", "caller_id", "totp", "forward_to")
"""Fields that others see only with "people.write"."""


def login(email: str) -> str:
    """An e-mail address in the form in which it is compared."""
    return unicodedata.normalize("NFC", email).strip().lower()


def email(field: str, text: str) -> str:
    """A usable e-mail address. Raises INVALID."""
    address = login(text)
    if len(address) > 254 or not _EMAIL.match(address) or not address.isprintable():
        raise invalid(field, f"{field} must be an e-mail address")
    return address


def roles(values: Sequence[int], project_ids: Sequence[str]) -> list[int]:
    """Known roles, once each. A client viewer is bound to projects. Raises INVALID."""
    if any(value not in list(Role) for value in values):
        raise invalid("roles", "there is no such role")
    if Role.CLIENT_VIEWER in values and not project_ids:
        raise invalid("project_ids", "a client viewer sees listed projects only: list at least one")
    return sorted(several("roles", [int(value) for value in values], len(Role)))


def is_active_owner(role_values: Iterable[int], disabled: bool) -> bool:
    return Role.OWNER in role_values and not disabled


def sees_private(caller: Caller, person_id: str) -> bool:
    """True when the caller may see a person's private fields."""
    return caller.person_id == person_id or caller.may("people.write")
