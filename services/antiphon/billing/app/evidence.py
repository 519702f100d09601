"""What the controls of records look at: tallies, the numbers of their sources, calls, sessions and postings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.billing.domain.records import Rated, Session
from antiphon.billing.domain.tallies import Numbers, Watched


@dataclass(frozen=True, slots=True)
class Told:
    """A tally as it was heard."""

    tenant: str
    account: str
    switch: str
    source: str
    first: int
    at: int
    """When it was heard, by billing's clock."""
    records: tuple[tuple[str, bytes], ...]
    """(key, digest)."""

    @property
    def id(self) -> str:
        """An announcement of the end has no record that could be told with the same number."""
        return f"{self.source_id}/{self.first}{'' if self.records else '.'}"

    @property
    def source_id(self) -> str:
        return f"{self.tenant}/{self.switch}/{self.source}"


@dataclass(slots=True)
class Counted:
    """The numbers of a source so far."""

    tenant: str
    account: str
    switch: str
    source: str
    numbers: Numbers
    rev: int = 0

    @property
    def id(self) -> str:
        return f"{self.tenant}/{self.switch}/{self.source}"


@dataclass(frozen=True, slots=True)
class Posting:
    """What was charged for a record."""

    account: str
    tenant: str
    id: str
    ref: str
    amount: int
    debit: str


class Evidence(Protocol):
    """What the controls need of the store."""

    async def hear(self, told: Told) -> None: ...

    async def watch(self, tenant: str, switch: str, until: int) -> None: ...

    async def watched(self) -> dict[tuple[str, str], Watched]: ...

    async def open_tallies(self, partitions: Sequence[int]) -> list[Told]: ...

    async def close_tallies(self, ids: Sequence[str]) -> None: ...

    async def counted(self, ids: Iterable[str]) -> list[Counted]: ...

    async def keep_counted(self, source: Counted, now: int) -> bool: ...

    async def billed(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Rated]: ...

    async def costs(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]: ...

    async def sessions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Session]: ...

    async def numbered(self, partition: int, numbers: Sequence[int]) -> list[Rated]: ...

    async def alike(self, call: Rated) -> list[Rated]: ...

    async def told(
        self, switch: str, keys: Sequence[str], since: Sequence[int]
    ) -> dict[str, list[tuple[str, bytes]]]: ...

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]: ...

    async def marks(self, partitions: Sequence[int]) -> dict[int, int]: ...

    async def keep_marks(self, marks: Mapping[int, int]) -> None: ...

    async def charged(self, between: tuple[int, int]) -> list[Posting]: ...

    async def posting(self, ids: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Posting]: ...
