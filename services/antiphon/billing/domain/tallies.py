"""What a switch says it recorded, beside what was billed: which numbers are missing, and what a pair of them says.

Pure: `app/controls.py` brings the evidence. Facts come twice and in any order, so everything here may be heard again.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.records import Recorded, Session
from antiphon.billing.domain.tariff import dialled
from antiphon.kit.seals import Sealed, seal

AHEAD = 60 * SECOND
"""How much later than its answer a call may have been authorised, by clocks that differ."""


class Kind(Enum):
    """What can be wrong, as alarms name it."""

    DROPPED = "dropped"
    LATE = "late"
    UNTOLD = "untold"
    ALTERED = "altered"
    MISPOSTED = "misposted"
    FICTITIOUS = "fictitious"
    DUPLICATE = "duplicate"
    POSTING = "posting"
    UNCLOSED = "unclosed"
    """A month whose control totals differ."""
    NOT_STARTED = "not_started"


INVARIANTS = {
    Kind.DROPPED: "K01", Kind.LATE: "K06", Kind.UNTOLD: "K01", Kind.ALTERED: "K02", Kind.MISPOSTED: "K06",
    Kind.FICTITIOUS: "K07", Kind.DUPLICATE: "K07", Kind.POSTING: "K04",
    Kind.UNCLOSED: "K02",
    Kind.NOT_STARTED: "H04",
}  # fmt: skip


@dataclass(slots=True)
class Numbers:
    """The numbers of one source that were heard of, as runs without gaps, and the highest that must exist."""

    runs: list[tuple[int, int]] = field(default_factory=list)
    """Sorted; they neither touch nor overlap."""
    announced: int = 0

    def hear(self, first: int, count: int) -> None:
        """Numbers from `first` on; whatever is below exists as well."""
        self.announced = max(self.announced, first + count - 1)
        if count:
            self._join(first, first + count - 1)

    def _join(self, first: int, last: int) -> None:
        apart = []
        for run in self.runs:
            if run[1] < first - 1 or run[0] > last + 1:
                apart.append(run)
            else:
                first, last = min(first, run[0]), max(last, run[1])
        self.runs = sorted([*apart, (first, last)])

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """What exists and nobody told, first and last number of each hole."""
        found, expected = [], 1
        for first, last in [*self.runs, (self.announced + 1, 0)]:
            if first > expected:
                found.append((expected, first - 1))
            expected = last + 1
        return found


@dataclass(slots=True)
class Mark:
    """How far a partition's calls are looked at: all up to `done`, and some beyond."""

    done: int
    beyond: set[int] = field(default_factory=set)

    def see(self, number: int) -> None:
        """This one needs no further look."""
        if number <= self.done:
            return
        self.beyond.add(number)
        while self.done + 1 in self.beyond:
            self.done += 1
            self.beyond.discard(self.done)

    def unseen(self, until: int, known: Container[int], most: int) -> list[int]:
        """Those that nobody has looked at and that are not known to wait, lowest first."""
        numbers = range(self.done + 1, until + 1)
        return list(islice((one for one in numbers if one not in self.beyond and one not in known), most))


@dataclass(frozen=True, slots=True)
class Watched:
    """Since when, and until when, a switch has told all that it recorded."""

    since: int
    until: int


def is_due(watched: Watched, seen_at: int, slack: int) -> bool | None:
    """Must a call that was billed before `seen_at` have been tallied by now? None: it never had to be."""
    if seen_at < watched.since + slack:
        return None
    return watched.until >= seen_at + slack


def digest(secret: bytes, record: Recorded) -> bytes:
    """The seal of a record as billing has it."""
    it = Sealed(
        record.switch, record.key, record.session_id, record.called, record.answered, record.ended, record.free
    )  # fmt: skip
    return seal(secret, it)


def against_session(record: Recorded, session: Session) -> str:
    """What of a record is not as it was authorised; nothing when all is."""
    try:
        called = dialled(record.called)
    except ValueError:
        called = record.called
    if called != session.called:
        return "another number was authorised"
    if record.answered is not None and record.answered < session.at - AHEAD:
        return "it was answered before it was authorised"
    return ""


def spans(gaps: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Holes for people: "7", "9-12"."""
    for first, last in gaps:
        yield str(first) if first == last else f"{first}-{last}"


def repeats(record: Recorded, other: Recorded) -> bool:
    """Is it the same call under another key?"""
    said = (record.called, record.answered, record.ended)
    return record.answered is not None and record.id != other.id and said == (other.called, other.answered, other.ended)
