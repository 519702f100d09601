"""What documents need: what is read for them, and the ways out of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from antiphon.billing.app.sheets import Seller
from antiphon.billing.domain.ledger import Entry
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import Rated


class Readings(Protocol):
    """What documents need of the store."""

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...

    async def entries(self, account_id: str, between: tuple[int, int]) -> Sequence[Entry]: ...

    async def named_calls(self, account_id: str, ids: Sequence[str]) -> Mapping[str, Rated]: ...

    async def balance_before(self, account_id: str, instant: int) -> int: ...

    async def by_code(self, code: str, hashed: str) -> Paper | None: ...

    async def talked(self, account_id: str, between: tuple[int, int]) -> tuple[dict[str, int], int]: ...

    async def keep_file(self, hashed: str, content: bytes) -> None: ...

    async def file(self, hashed: str) -> bytes | None: ...


Print = Callable[[Mapping[str, Any]], Awaitable[bytes]]
Mail = Callable[[str, str, Sequence[tuple[str, bytes]]], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Ways:
    """Out of the service: print, mail, and whose name stands on it."""

    printed: Print
    mail: Mail
    seller: Seller
