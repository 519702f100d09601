"""Nothing lost on the way: every source numbers its records without gaps and tells their control totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_GAPS = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    seq: int
    id: str
    seconds: int
    body: object = None
    """Whatever else it says: two records are the same only when this is the same, too."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the source says it has sent. None: not said."""

    count: int | None = None
    seconds: int | None = None
    first_seq: int | None = None
    last_seq: int | None = None
    prev_last: int | None = None
    """The last number of the batch before."""


@dataclass(slots=True)
class Examined:
    accepted: dict[int, Record] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)
    control_ok: bool = False


class TooManyGaps(ValueError):
    """The numbers do not belong to one batch."""


def examine(header: Header, records: Sequence[Record]) -> Examined:
    """Accepts each number once; what comes again is a duplicate if it is the same, else a conflict."""
    found = Examined()
    duplicates: set[int] = set()
    conflicts: set[int] = set()
    for record in records:
        known = found.accepted.setdefault(record.seq, record)
        if known is not record:
            (duplicates if known == record else conflicts).add(record.seq)
    found.duplicates, found.conflicts = sorted(duplicates), sorted(conflicts)
    found.gaps = _gaps(header, found.accepted)
    agrees = header.count in (None, len(found.accepted)) and header.seconds in (
        None,
        sum(record.seconds for record in found.accepted.values()),
    )
    found.control_ok = agrees and not found.gaps and not found.conflicts
    return found


def _gaps(header: Header, accepted: dict[int, Record]) -> list[int]:
    numbers = sorted(accepted)
    first = header.first_seq if header.first_seq is not None else (numbers[0] if numbers else None)
    last = header.last_seq if header.last_seq is not None else (numbers[-1] if numbers else None)
    if first is None or last is None:
        return []
    start = first if header.prev_last is None else min(first, header.prev_last + 1)
    if last - start - len(accepted) > MOST_GAPS:
        raise TooManyGaps(f"more than {MOST_GAPS} numbers are missing between {start} and {last}")
    return [seq for seq in range(start, last + 1) if seq not in accepted]
