"""Many small writes become one: whoever comes while a write runs, or shortly after one began, shares the next.

    self._closing = Batch(self._close_all, every=0.05)
    …
    stored = await self._closing.do(record)     # returns when it is stored, alone or with others

A lone item is written at once; under load a write costs the same for ten items as for one. `write` gets the items in
order and answers one result for each; what it raises is raised to all who were in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Batch(Generic[Q, A]):
    """One kind of write. `every` is the least time between the beginnings of two, in seconds."""

    def __init__(self, write: Callable[[list[Q]], Awaitable[Sequence[A]]], *, every: float, most: int = 200) -> None:
        self._write = write
        self._every = every
        self._most = most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._began = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: Q) -> A:
        """The result for this item. Who is cancelled meanwhile takes nothing from the others; his item is written."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[A] = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(max(0.0, self._began + self._every - loop.time()))
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._began = loop.time()
            try:
                answers = await self._write([item for item, _ in batch])
            except BaseException as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
