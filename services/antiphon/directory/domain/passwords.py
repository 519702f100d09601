"""The password policy: what a password must be, each rule with a name that the refusal carries.

too_short   at least 12 characters
too_long    at most 128 (hashing must not become a way to keep the server busy)
mixed_case  a capital and a small letter
digit       a digit
symbol      something that is neither letter nor digit
derived     not made of the e-mail, the name, the extension or a telephone number of its owner
common      not one of the passwords that everybody tries first, also with digits and signs around or inside it
reused      not one of the last five of this person
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from antiphon.kit.errors import DomainError

from .reasons import Reason

SHORTEST, LONGEST = 12, 128
REMEMBERED = 5
"""How many old passwords may not come back."""

_DISGUISES = str.maketrans("@4301!5$7", "aaeoiisst")


@dataclass(frozen=True, slots=True)
class About:
    """What a password may not be derived from."""

    email: str = ""
    name: str = ""
    extension: str = ""
    numbers: tuple[str, ...] = ()


def normal(password: str) -> str:
    """The same password, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, about: About, common: frozenset[str]) -> str:
    """The name of the first rule that `password` breaks; empty when it is good."""
    rules = (
        ("too_short", len(password) < SHORTEST),
        ("too_long", len(password) > LONGEST),
        ("mixed_case", password == password.lower() or password == password.upper()),
        ("digit", not any(sign.isdigit() for sign in password)),
        ("symbol", all(sign.isalnum() for sign in password)),
        ("derived", len(password) <= LONGEST and is_derived(password, about)),
        ("common", len(password) <= LONGEST and is_common(password, common)),
    )
    return next((rule for rule, broken in rules if broken), "")


def refuse(rule: str) -> DomainError:
    """The refusal that names a broken rule."""
    return DomainError(Reason.WEAK_PASSWORD, f"the password breaks the rule {rule!r}", rule=rule)


def is_derived(password: str, about: About) -> bool:
    """True when the password holds a word or number of its owner, forwards, backwards or disguised (`@` for `a`)."""
    shapes = _shapes(password)
    for word in _words(about):
        if any(word in shape or word[::-1] in shape for shape in shapes):
            return True
    digits = re.sub(r"\D", "", password)
    extension = about.extension
    if extension and (digits.replace(extension, "") == "" or (len(extension) >= 3 and extension in digits)):
        return True
    tails = (re.sub(r"\D", "", number)[-7:] for number in about.numbers)
    return any(len(tail) == 7 and tail in digits for tail in tails)


def is_common(password: str, common: frozenset[str]) -> bool:
    """True when the password is a listed one, once or repeated, with anything around it that is no letter."""
    return any(_once(shape) in common for shape in _shapes(password))


def _shapes(password: str) -> frozenset[str]:
    folded = password.casefold()
    core = _trimmed(folded)
    plain = "".join(sign for sign in folded if sign.isalnum())
    letters = "".join(sign for sign in folded if sign.isalpha())
    revealed = "".join(sign for sign in core.translate(_DISGUISES) if sign.isalpha())
    return frozenset({folded, core, plain, letters, revealed})


def _trimmed(folded: str) -> str:
    places = [place for place, sign in enumerate(folded) if sign.isalpha()]
    return folded[places[0] : places[-1] + 1] if places else ""


def _once(text: str) -> str:
    """`abcabc` → `abc`."""
    period = (text + text).find(text, 1) if text else 0
    return text[:period]


def _words(about: About) -> Iterable[str]:
    login = about.email.casefold().partition("@")[0]
    if len(login) >= 3:
        yield login
    for word in re.split(r"[\W_]+", f"{login} {about.name.casefold()}"):
        if len(word) >= 4:
            yield word
