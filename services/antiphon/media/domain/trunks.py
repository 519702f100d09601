"""How a trunk stands, and when it is known to be down.

    STATIC → REACHABLE ⇄ UNREACHABLE              by OPTIONS, for trunks known by address
    STATIC → REGISTERED ⇄ REFUSED, UNREACHABLE    by our registration

Many operators never answer OPTIONS and carry calls all the same. So silence says something only of a trunk that has
answered before, and only when it is repeated; whoever never answered stays STATIC and calls are tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

SILENT_TIMES = 2
"""Probes without an answer until a trunk is down."""
_NO_ANSWER = frozenset({408, 477, 478, 500, 503})
"""Made up by our own stack or edge when nobody answers (a name that is not found, a closed port), or overload."""
_CREDENTIALS = frozenset({401, 403, 407})


class Standing(Enum):
    STATIC = "static"
    REACHABLE = "reachable"
    REGISTERED = "registered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


DOWN = frozenset({Standing.REFUSED, Standing.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one trunk. `answered`: it has answered OPTIONS once; `silent`: how often in a row it did not."""

    standing: Standing = Standing.STATIC
    code: int = 0
    why: str = ""
    since: datetime | None = None
    answered: bool = False
    silent: int = 0

    @property
    def is_down(self) -> bool:
        return self.standing in DOWN


def registered(before: Health, now: datetime) -> Health:
    """The operator accepted our registration."""
    return _moved(before, Standing.REGISTERED, 200, "", now)


def refused(before: Health, code: int, now: datetime) -> Health:
    """The registration failed with this code."""
    standing = Standing.UNREACHABLE if code in _NO_ANSWER else Standing.REFUSED
    return _moved(before, standing, code, _why_not_registered(code), now)


def probed(before: Health, code: int, now: datetime, *, registers: bool = False) -> Health:
    """An OPTIONS was answered with this code; any answer of the operator's own is a sign of life. The standing of a
    trunk that registers is the registration's affair while the operator lives."""
    if code not in _NO_ANSWER:
        alive = replace(before, answered=True, silent=0)
        if not registers:
            return _moved(alive, Standing.REACHABLE, code, "", now)
        was_silent = before.standing is Standing.UNREACHABLE and before.silent >= SILENT_TIMES
        return _moved(alive, Standing.REGISTERED, 200, "", now) if was_silent else alive
    silent = replace(before, silent=before.silent + 1)
    if silent.answered and silent.silent >= SILENT_TIMES and not before.is_down:
        return _moved(silent, Standing.UNREACHABLE, code, "the operator does not answer any more", now)
    return silent


def _moved(before: Health, standing: Standing, code: int, why: str, now: datetime) -> Health:
    since = before.since if before.standing is standing and before.since else now
    return replace(before, standing=standing, code=code, why=why, since=since)


def _why_not_registered(code: int) -> str:
    if code in _CREDENTIALS:
        return "the operator does not accept the user name or the password"
    match code:
        case 404:
            return "the operator does not know this user name"
        case 408:
            return "the operator does not answer"
        case 477 | 478:
            return "the operator's address was not found"
        case 500 | 503:
            return "the operator cannot be reached or is out of order"
        case _:
            return f"the operator refused the registration ({code})"
