"""One durable consumer, replicas of two releases: what each must not do to the other while a release is rolled out.

A kind of fact that only the newer release takes in must reach a replica of it, whoever begins or dies last:

- the consumer's filter only grows. Who begins adds its kinds and takes away none but those that it names as `former`;
- a replica that gets a kind it does not know gives it back, for another to take. When nobody took it in a few seconds
  (the newer release is gone again) it is put aside like a fact that no handler could take, with a mark;
- a replica that begins takes up what was put aside so and what it knows.

The order among a key's facts may suffer for those that were given back, as after any redelivery.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from antiphon.kit import logs

MARK = "Unknown-Kind"
"""Header of a fact that was put aside because no replica knew its kind."""
_AGAIN, _TIMES = 0.5, 8
"""Seconds after which a fact that was given back comes again, and how often it comes before it is put aside."""
Take: TypeAlias = Callable[[str, bytes, str], Awaitable[None]]
"""Called with a fact's subject, its bytes and its id."""
log = logs.get("bus")


async def join(js: JetStreamContext, stream: str, config: ConsumerConfig, former: Iterable[str]) -> str:
    """Makes the durable consumer, or widens its filter by what is new; returns its name."""
    own, name = config.filter_subjects or [], config.durable_name or ""
    try:
        there = (await js.consumer_info(stream, name)).config
    except NotFoundError:
        return (await js.add_consumer(stream, config)).name
    present = there.filter_subjects or [there.filter_subject or ""]
    wanted = [*own, *(each for each in present if each not in {*own, *former, ""})]
    same = (there.ack_wait, there.max_ack_pending) == (config.ack_wait, config.max_ack_pending)
    if same and set(wanted) == set(present):
        return name  # and nothing is written: what another adds at this moment stays
    return (await js.add_consumer(stream, replace(config, filter_subjects=wanted))).name


async def given_back(message: Msg) -> bool:
    """Leaves a fact of an unknown kind to others. False: it has come too often, nobody here knows it."""
    if message.metadata.num_delivered >= _TIMES:
        return False
    await message.nak(_AGAIN)
    return True


async def take_up(js: JetStreamContext, stream: str, prefix: str, handlers: Mapping[str, Take]) -> None:
    """Hands over what was put aside as unknown under this prefix, of kinds that are known here, oldest first by kind.
    What cannot be taken now stays."""
    for kind, take in handlers.items():
        position = 0
        while (found := await _next(js, stream, f"{prefix}.{kind}.>", position)) is not None:
            position, event_id = found.seq or 0, (found.headers or {}).get(MARK)
            if event_id is None:
                continue  # a handler could not take it: that is for people to judge
            try:
                await take((found.subject or "").removeprefix(f"{prefix}."), found.data or b"", event_id)
                await js.delete_msg(stream, position)
            except Exception:
                log.exception("a fact that was put aside could not be taken up", subject=found.subject)


async def _next(js: JetStreamContext, stream: str, subject: str, after: int) -> RawStreamMsg | None:
    while True:
        try:
            return await js.get_msg(stream, seq=after + 1, subject=subject, direct=True, next=True)
        except NotFoundError:
            return None
        except (NatsError, APIError, TimeoutError):
            await asyncio.sleep(0.5)
