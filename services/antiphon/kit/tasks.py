"""Ending background work, surely."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

_AGAIN = 1.0


def heed_cancellations() -> None:
    """Puts `asyncio.wait_for` of Python 3.12 in the place of that of 3.11, which swallows a cancellation that comes at
    the moment when what it waits for is ready. Libraries wait with it (nats-py does), and a task of a TaskGroup is told
    to end only once: it would stay for ever."""
    if sys.version_info < (3, 12):
        asyncio.wait_for = asyncio.tasks.wait_for = _wait_for  # noqa: TID251


async def _wait_for(fut: Any, timeout: float | None) -> Any:
    """As Lib/asyncio/tasks.py of CPython 3.12 has it."""
    if timeout is not None and timeout <= 0:
        fut = asyncio.ensure_future(fut)
        if not fut.done():
            await end(fut)
        try:
            return fut.result()
        except asyncio.CancelledError as error:
            raise TimeoutError from error
    async with asyncio.timeout(timeout):
        return await fut


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancels tasks and waits until they have ended, whatever they end with. It asks again each second: a
    library may swallow a cancellation."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_AGAIN)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told of an error nobody waits for
