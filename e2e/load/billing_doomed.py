"""Billing that dies when it is told to: `python -m e2e.load.billing_doomed`, for `billing_chaos`.

It is the real service; its store's methods look for a file that names the await at which the process kills itself. With
CHAOS_FORGET it does not recognise records it has seen: the negative control.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from antiphon.billing import store as stores
from antiphon.billing.__main__ import serve
from antiphon.billing.app.writer import Page, Work
from antiphon.billing.store import codec
from antiphon.kit import service

DOOM = Path(os.environ["CHAOS_DOOM"])
FORGET = bool(os.environ["CHAOS_FORGET"])
_load, _numbers, _commit, _write = (
    stores.Store.load, stores.Store.numbers, stores.Store.commit, stores.Store._write
)  # fmt: skip
_again = iter(range(10**9))


def _die_at(point: str) -> None:
    with suppress(OSError):
        if DOOM.read_text() == point:
            os.kill(os.getpid(), signal.SIGKILL)


async def load(self: stores.Store, works: Sequence[Work[Any]]) -> dict[str, Page]:
    _die_at("load")
    pages = await _load(self, works)
    if FORGET:
        for page in pages.values():
            page.calls.clear()
            page.book.entries = {name: entry for name, entry in page.book.entries.items() if "call:" not in name}
    return pages


async def count(self: stores.Store, partitions: Sequence[int]) -> dict[int, int]:
    _die_at("numbers")
    return await _numbers(self, partitions)


async def commit(
    self: stores.Store, pages: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]
) -> None:
    _die_at("before_commit")
    await _commit(self, pages, epochs, numbers)
    _die_at("after_commit")


async def write(self: stores.Store, writes: codec.Writes, told: Any, session: Any) -> None:
    if FORGET:  # as a ledger without unique ids would
        for document in (*writes.inserted["transfers"], *writes.inserted["calls"]):
            if "call:" in document["_id"] or "media/" in document["_id"]:
                document["_id"] += f"~{os.getpid()}.{next(_again)}"
    await _write(self, writes, told, session)
    _die_at("in_transaction")


stores.Store.load, stores.Store.numbers = load, count  # type: ignore[method-assign]
stores.Store.commit, stores.Store._write = commit, write  # type: ignore[method-assign]

if __name__ == "__main__":
    service.run("billing", serve)
