"""Ringing phones and trunks: one, all at once, or one after the other, until somebody answers or nobody is left.

A hunt goes over groups of lines. All lines of a group ring together (the phones of one person, or everybody of a ring
group); the next group is asked when the present one has failed or its time is over. An outside number that rings beside
others is one line with `spares`, where it is all that is dialled trunks are groups of one; either way only a failure of
the trunk itself (`failover`) lets the next be tried: a busy person is busy over every trunk.

What a failure means: 486 and 600 busy; 603 and other 6xx declined, which ends the whole group, as a person who rejects
on one phone rejects; a line that rang and was not answered, no_answer; all else unreachable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias


class How(Enum):
    """How a hunt that nobody answered ended; the first of those that happened, in this order."""

    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


SIP_CODES = {How.DECLINED: 603, How.BUSY: 486, How.NO_ANSWER: 480, How.UNREACHABLE: 480}
"""What a caller who was not answered yet is told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One phone, browser or trunk to ring. `kind`: "browser", "account" or "trunk"."""

    id: str
    kind: str
    address: str
    person_id: str = ""
    number: str = ""
    trunk_id: str = ""
    account_id: str = ""
    caller_id: str = ""
    next_hop: str = ""
    max_channels: int = 0
    encrypted: bool = False
    """Its sound must be encrypted."""
    e164: str = ""
    """What an outside number is everywhere; `number` is how this trunk wants it."""
    emergency: bool = False
    forwarded: bool = False
    """Rung only when nobody of the group before could be reached: a mobile phone instead of the desk."""
    carrier: str = ""
    why: tuple[str, ...] = ()
    """Who is reached over this trunk, and why it is tried."""
    spares: tuple[Line, ...] = ()
    """The same number over other trunks, should this one fail."""


@dataclass(frozen=True, slots=True)
class Invite:
    line: Line


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop ringing, or hang up what was answered too late."""

    line: Line


@dataclass(frozen=True, slots=True)
class Patience:
    """`timed_out` comes after these seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Won:
    """This line has the call."""

    line: Line


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody answered. `code`: the SIP code that says why best."""

    how: How
    code: int


Effect: TypeAlias = Invite | Cancel | Patience | Won | Lost


def meaning(code: int, rang: bool) -> How:
    """What a failed INVITE says about the person."""
    if code in (486, 600):
        return How.BUSY
    if code >= 600:
        return How.DECLINED
    if rang or code == 408:
        return How.NO_ANSWER
    return How.UNREACHABLE


def failover(code: int) -> bool:
    """True when another trunk may do better: the trunk failed, not the person (5xx, time-outs, refused credentials)."""
    return code in (0, 401, 403, 407, 408, 430) or 500 <= code < 600


def anything(code: int) -> bool:
    """Every failure lets the next be tried."""
    return True


class Hunt:
    """One search for somebody who answers."""

    def __init__(
        self, groups: Sequence[Sequence[Line]], timeout: float, next_after: Callable[[int], bool] = anything
    ) -> None:
        self._groups = [list(group) for group in groups if group]
        self._timeout = timeout
        self._next_after = next_after
        self._ringing: dict[str, Line] = {}
        self._rang: set[str] = set()
        self._ends: list[tuple[How, int]] = []
        self._unreachable = True
        """Nobody of the present group could be reached."""
        self.over = False

    def start(self) -> list[Effect]:
        """Rings the first group."""
        return self._next_group()

    def rang(self, line_id: str) -> list[Effect]:
        """A line says that it rings."""
        if line_id in self._ringing:
            self._rang.add(line_id)
        return []

    def answered(self, line: Line) -> list[Effect]:
        """The first who answers has it; whoever answers later is hung up."""
        if self.over or line.id not in self._ringing:
            return [Cancel(line)]
        self.over = True
        others = [Cancel(other) for other in self._ringing.values() if other.id != line.id]
        self._ringing.clear()
        return [Won(line), *others]

    def failed(self, line_id: str, code: int) -> list[Effect]:
        """A line will not be answered."""
        line = self._ringing.pop(line_id, None)
        if self.over or line is None:
            return []
        if line.spares and failover(code) and line_id not in self._rang:
            return self._over_a_spare(line)
        how = meaning(code, line_id in self._rang)
        self._ends.append((how, code))
        self._unreachable = self._unreachable and how is How.UNREACHABLE
        if how is How.DECLINED:
            others: list[Effect] = [Cancel(other) for other in self._ringing.values()]
            self._ringing.clear()
            return others + self._after_group(code)
        return [] if self._ringing else self._after_group(code)

    def _over_a_spare(self, line: Line) -> list[Effect]:
        first, *others = line.spares
        spare = replace(first, spares=tuple(others), forwarded=line.forwarded)
        self._ringing[spare.id] = spare
        return [Invite(spare)]

    def timed_out(self) -> list[Effect]:
        """The group's time is over."""
        if self.over:
            return []
        effects: list[Effect] = [Cancel(line) for line in self._ringing.values()]
        reached = any(line_id in self._rang for line_id in self._ringing)
        self._ends.append((How.NO_ANSWER if reached else How.UNREACHABLE, 408))
        self._unreachable = self._unreachable and not reached
        self._ringing.clear()
        return effects + self._after_group(408)

    def give_up(self) -> list[Effect]:
        """The caller left: nobody is to be rung any more."""
        if self.over:
            return []
        self.over = True
        effects: list[Effect] = [Cancel(line) for line in self._ringing.values()]
        self._ringing.clear()
        return effects

    @property
    def lines(self) -> tuple[Line, ...]:
        """Who is being rung."""
        return tuple(self._ringing.values())

    def _after_group(self, code: int) -> list[Effect]:
        while self._groups and self._groups[0][0].forwarded and not self._unreachable:
            del self._groups[0]
        if self._groups and self._next_after(code):
            return self._next_group()
        return [self._lost()]

    def _next_group(self) -> list[Effect]:
        if not self._groups:
            return [self._lost()]
        group = self._groups.pop(0)
        self._ringing = {line.id: line for line in group}
        self._rang.clear()
        self._unreachable = True
        return [*(Invite(line) for line in group), Patience(self._timeout)]

    def _lost(self) -> Lost:
        self.over = True
        order = list(How)
        ends = sorted(self._ends, key=lambda end: order.index(end[0]))
        how, code = ends[0] if ends else (How.UNREACHABLE, 480)
        return Lost(how, code)
