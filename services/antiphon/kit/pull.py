"""Reads one JetStream consumer with open pull requests, so that a message is in hand a fraction of a millisecond after
it was stored.

nats-py's `fetch(n, timeout)` waits for the whole batch up to its time-out, which costs up to a second for a single
message. Here one request for many messages stays open, each message is yielded as it comes, and the request is renewed
when it is used up, expires, or the connection was replaced.
Protocol: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-37.md
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError

_EXPIRES = 5.0
_LOOK = 1.0


class ConsumerLost(Exception):
    """The consumer is gone (deleted, or its ephemeral state was lost): make it again."""


async def messages(nc: Client, stream: str, consumer: str, generation: Callable[[], int]) -> AsyncIterator[Msg]:
    """Yields messages for ever. `generation()` changes with every reconnection. Raises ConsumerLost."""
    inbox, came = nc.new_inbox(), asyncio.Queue[Msg]()
    subscription = await nc.subscribe(inbox, cb=came.put)  # `next_msg` would cost two tasks and a timer a message
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
    request = json.dumps({"batch": 256, "expires": int(_EXPIRES * 1e9)}).encode()
    loop = asyncio.get_running_loop()
    left, deadline, seen_generation = 0, 0.0, -1
    try:
        while True:
            if left <= 0 or loop.time() > deadline or seen_generation != generation():
                seen_generation = generation()
                left, deadline = 256, loop.time() + _EXPIRES + 0.5
                await nc.publish(subject, request, reply=inbox)
            message = await _next(came, nc)
            if message is None:
                continue
            status = (message.headers or {}).get("Status")
            if status is None or not message.reply.startswith("$JS.ACK"):
                if status is None:
                    left -= 1
                    yield message
                elif status in ("404", "408"):
                    left = 0
                elif status in ("409", "503"):
                    if "exceeded" not in (message.headers or {}).get("Description", "").lower():
                        raise ConsumerLost(f"{consumer}: {(message.headers or {}).get('Description', status)}")
                    left = 0
                continue
            left -= 1
            yield message
    finally:
        await _quietly(subscription.unsubscribe())


async def _next(came: asyncio.Queue[Msg], nc: Client) -> Msg | None:
    """What came, or None after a while. Raises ConnectionClosedError."""
    if not came.empty():
        return came.get_nowait()
    if nc.is_closed:
        raise ConnectionClosedError
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK):
            return await came.get()
    return None


async def _quietly(awaitable: object) -> None:
    try:
        await awaitable  # type: ignore[misc]
    except Exception:  # noqa: BLE001 - the connection is closing: nothing is left to unsubscribe
        return
