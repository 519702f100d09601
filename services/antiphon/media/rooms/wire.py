"""What replicas ask each other about rooms, over NATS request/reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.media.domain.reasons import Reason

Words = dict[str, Any]
AWAY = (NatsError, APIError, TimeoutError)
"""What NATS raises when an answer does not come."""
_ANSWER_WITHIN = 2.0
log = logs.get("media")


class NotHost(Exception):
    """Whoever was asked has no such room, or no seat in it for that call."""


class Wire:
    """Asks, tells and answers for one replica."""

    def __init__(self, bus: Bus, replica: str) -> None:
        self._bus = bus
        self.replica = replica
        self.answers: Callable[[Words], Awaitable[Words]] = _nothing
        """Answers a question. Raises NotHost, ROOM_FULL."""
        self._background: set[asyncio.Task[None]] = set()

    async def ask(self, host: str, asked: Words) -> Words:
        """Raises NotHost, ROOM_FULL, and what NATS raises (`AWAY`)."""
        asked = {**asked, "by": self.replica}
        if host == self.replica:
            return await self.answers(asked)
        if not host:
            raise NotHost
        reply = await self._bus.nc.request(_subject(host), json.dumps(asked).encode(), timeout=_ANSWER_WITHIN)
        answer: Words = json.loads(reply.data)
        if answer.get("refused") == "full":
            raise DomainError(Reason.ROOM_FULL)
        if "refused" in answer:
            raise NotHost
        return answer

    def tell(self, replica: str, told: Words) -> None:
        """Nobody waits for it: what is lost is learnt a second later."""
        self.spawn(self._bus.nc.publish(_subject(replica), json.dumps({**told, "by": self.replica}).encode()))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that may fail while NATS is away."""

        async def quietly() -> None:
            with suppress(*AWAY):
                await work

        task = asyncio.get_running_loop().create_task(quietly())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def listen(self) -> Callable[[], Awaitable[None]]:
        """Begins to answer; returns what ends it."""
        subscription = await self._bus.nc.subscribe(_subject(self.replica), cb=self._heard)
        return subscription.unsubscribe

    async def _heard(self, message: Msg) -> None:
        try:
            answer = await self.answers(json.loads(message.data))
        except NotHost:
            answer = {"refused": "host"}
        except DomainError:
            answer = {"refused": "full"}
        except (ValueError, KeyError, TypeError, IndexError):
            log.exception("a question about a room cannot be read")
            return
        if message.reply:
            with suppress(*AWAY):
                await message.respond(json.dumps(answer).encode())

    async def close(self) -> None:
        """Returns when all is said."""
        while self._background:
            await asyncio.wait(set(self._background))


async def _nothing(_: Words) -> Words:
    raise NotHost


def _subject(replica: str) -> str:
    return f"antiphon-media-rooms.{replica}"
