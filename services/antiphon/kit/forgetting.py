"""Facts whose content was somebody's, who wants to be forgotten, leave the streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError, NotFoundError

from antiphon.kit import pull
from antiphon.kit.bus import DEAD, FACTS, Bus
from antiphon.kit.errors import Common, DomainError

_SILENCE = 3.0
"""Seconds after which nothing more of what the stream holds will come."""


async def forget_all(bus: Bus, tenant: str, is_theirs: Callable[[bytes], bool]) -> int:
    """Deletes every fact of a tenant whose content `is_theirs`, also those that were put aside. Returns how many. Reads
    all that is kept of the tenant. Raises UNAVAILABLE."""
    count = 0
    try:
        for stream, subject in (
            (FACTS, f"antiphon.*.v1.*.{tenant}.>"),
            (DEAD, f"antiphon-dead.*.antiphon.*.v1.*.{tenant}.>"),
        ):
            found = [message.metadata.sequence.stream async for message in _all(bus, stream, subject, is_theirs)]
            for sequence in found:
                with suppress(NotFoundError):
                    await bus.js.delete_msg(stream, sequence)
            count += len(found)
    except (NatsError, APIError, pull.ConsumerLost, TimeoutError) as error:
        raise DomainError(Common.UNAVAILABLE, "the event bus does not answer") from error
    return count


async def _all(bus: Bus, stream: str, subject: str, wanted: Callable[[bytes], bool]) -> AsyncIterator[Msg]:
    """What the stream holds now of a subject and is wanted."""
    config = ConsumerConfig(
        filter_subjects=[subject], deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE,
        inactive_threshold=30.0, mem_storage=True,
    )  # fmt: skip
    info = await bus.js.add_consumer(stream, config)
    left = info.num_pending or 0
    found = aiter(pull.messages(bus.nc, stream, info.name, lambda: bus.reconnects))
    while left:
        try:
            async with asyncio.timeout(_SILENCE):
                message = await anext(found)
        except TimeoutError:  # what was left has been deleted meanwhile
            return
        left = message.metadata.num_pending
        if wanted(message.data):
            yield message
