"""Personal lines: whose accounts they are, and when they begin and end.

An account of a person who can have a line is one from its making. The person is claimed wherever a line begins, and
whoever changes a person looks at their lines: so a line has a full name and an extension for as long as it is active.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import personal
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Person
from antiphon.directory.v1.telephony_pb2 import (
    LINE_STATE_ACTIVE,
    LINE_STATE_INACTIVE,
    LINE_STATE_UNSPECIFIED,
    LineState,
    SipAccount,
)
from antiphon.kit.errors import DomainError

from . import renting

if TYPE_CHECKING:
    from antiphon.directory.store import TenantStore


async def state_of(tx: TenantStore, before: SipAccount | None, after: SipAccount) -> LineState.ValueType:
    """What becomes of an account that is put: of whom it is decides, and what it was before. Raises NO_FULL_NAME,
    NO_EXTENSION, DISABLED for an active line that would go to somebody who cannot have one."""
    if not after.person_id:
        return LINE_STATE_UNSPECIFIED
    why = _missing(await tx.people.claim(after.person_id))
    if before is not None and before.line == LINE_STATE_ACTIVE:
        if why is not None and before.person_id != after.person_id:
            raise DomainError(why)
        return LINE_STATE_ACTIVE
    if before is not None and before.person_id:
        return LINE_STATE_ACTIVE if before.line == LINE_STATE_UNSPECIFIED and why is None else before.line
    return LINE_STATE_ACTIVE if why is None else LINE_STATE_INACTIVE


async def tell(tx: TenantStore, before: SipAccount | None, after: SipAccount, now: datetime) -> None:
    """Tells that a line began or ended with this change. Raises what keeps it from beginning."""
    was, is_now = (one is not None and one.line == LINE_STATE_ACTIVE for one in (before, after))
    if is_now and not was:
        person = await tx.people.claim(after.person_id)
        if (why := _missing(person)) is not None:
            raise DomainError(why)
        await renting.tell(tx, renting.rented_line(after, person.extension), now, began=True)
    if was and not is_now:
        await renting.tell(tx, renting.rented_line(after), now, began=False)


async def person_changes(tx: TenantStore, person: Person) -> list[SipAccount]:
    """The active lines that end because the person left. Raises LINE_ACTIVE when one would lose name or extension."""
    lines = await tx.sip_accounts.lines_of(person.id)
    if lines and not person.disabled and _missing(person) is not None:
        raise DomainError(Reason.LINE_ACTIVE, lines=len(lines))
    return lines if person.disabled else []


def _missing(person: Person) -> Reason | None:
    return personal.missing(person.name, person.extension, disabled=person.disabled)
