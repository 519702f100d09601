"""Calls that are not to be, on suspicion of fraud: who calls out, where to, who calls in. Billing decides, media obeys.

An emergency call is never asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from antiphon.media.domain.call import Call, Direction, Role


@dataclass(frozen=True, slots=True)
class Blocks:
    """All that is blocked in a company: (kind, value), numbers in digits."""

    of: frozenset[tuple[str, str]] = frozenset()

    def forbids(self, call: Call, number: str) -> bool:
        """May this call not reach an outside number?"""
        return (
            ("account", "") in self.of
            or any(("person", name) in self.of for name in _people(call))
            or any(("sip_account", leg.account_id) in self.of for leg in call.legs if leg.account_id)
            or self._destination(number)
        )

    def refuses(self, caller: str) -> bool:
        """Is this caller not let in?"""
        return ("number", _digits(caller)) in self.of

    def ends(self, call: Call) -> bool:
        """Is a call that goes on one of those?"""
        if call.direction is Direction.INBOUND and self.refuses(call.caller):
            return True
        outside = [leg for leg in call.legs if leg.role is Role.OUTSIDE and leg.ended_at is None]
        return any(self.forbids(call, leg.number) for leg in outside)

    def _destination(self, number: str) -> bool:
        digits = _digits(number)
        return any(digits.startswith(value) for kind, value in self.of if kind == "destination")


def blocks(rows: Iterable[tuple[str, str]]) -> Blocks:
    """Of rows as they are told."""
    return Blocks(frozenset(rows))


def _people(call: Call) -> set[str]:
    """Who calls out by it; a customer's call that somebody has taken is not his."""
    if call.direction is not Direction.OUTBOUND:
        return set()
    return {call.agent_id, *(leg.person_id for leg in call.legs)} - {""}


def _digits(number: str) -> str:
    return number.strip().removeprefix("+")
