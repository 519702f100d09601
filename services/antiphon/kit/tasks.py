"""Ending background work, surely."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN = 1.0


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancels tasks and waits until they have ended, whatever they end with. It asks again each second: a library that
    waits with `asyncio.wait_for` (nats-py does) may swallow a cancellation in Python 3.11."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_AGAIN)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told of an error nobody waits for
