"""Billing that dies when it is told to: `python -m e2e.load.billing_doomed`, for `billing_chaos` and `billing_faults`.

It is the real service; its store's methods look for a file that names the await at which the process kills itself. With
CHAOS_FORGET it does not recognise records it has seen, without the control that CHAOS_WITHOUT names it finds less:
negative controls.
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
from antiphon.billing.app.controls import Controls
from antiphon.billing.app.memory import Found, Wanted
from antiphon.billing.app.writer import Page
from antiphon.billing.store.pages import Writes
from antiphon.kit import service

DOOM = Path(os.environ["CHAOS_DOOM"])
FORGET = bool(os.environ["CHAOS_FORGET"])
WITHOUT = os.environ.get("CHAOS_WITHOUT", "")
_read, _numbers, _commit, _write = (
    stores.Store.read, stores.Store.numbers, stores.Store.commit, stores.Store._write
)  # fmt: skip
_again = iter(range(10**9))


def _die_at(point: str) -> None:
    with suppress(OSError):
        if DOOM.read_text() == point:
            os.kill(os.getpid(), signal.SIGKILL)


async def read(self: stores.Store, wanted: Wanted) -> Found:
    _die_at("read")
    found = await _read(self, wanted)
    if FORGET:
        found.calls, found.operations = [], [one for one in found.operations if "call:" not in one[1].operation.id]
    return found


async def count(self: stores.Store, partitions: Sequence[int]) -> dict[int, int]:
    _die_at("numbers")
    return await _numbers(self, partitions)


async def commit(
    self: stores.Store, touched: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]
) -> None:
    _die_at("before_commit")
    await _commit(self, touched, epochs, numbers)
    _die_at("after_commit")


def write(self: stores.Store, writes: Writes, db: Any, session: Any) -> None:
    if FORGET:  # as a ledger without unique ids would
        for document in (*writes.inserted["transfers"], *writes.inserted["calls"]):
            if "call:" in document["_id"] or "media/" in document["_id"]:
                document["_id"] += f"~{os.getpid()}.{next(_again)}"
    _write(self, writes, db, session)
    _die_at("in_transaction")


async def nothing(self: Controls, now: int = 0) -> None:
    """In the place of a control that was taken out."""


if WITHOUT:
    setattr(Controls, WITHOUT if WITHOUT == "round" else f"_{WITHOUT}", nothing)
stores.Store.read, stores.Store.numbers = read, count  # type: ignore[method-assign]
stores.Store.commit, stores.Store._write = commit, write  # type: ignore[method-assign]

if __name__ == "__main__":
    service.run("billing", serve)
