"""kill -9 of channels at the worst moments: when Telegram has handed updates out, when it has taken a message, while
customers are being received. Channels is a process of its own here; everything else is real and stays up."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio
from e2e.fakes.telegram import FakeTelegram
from websockets.exceptions import WebSocketException

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.channels.tests.centre import Centre, browsing, patiently
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1.care_pb2 import ScheduledMessage
from antiphon.channels.v1.workbench_pb2 import PutScheduledRequest
from antiphon.channels.v1.workbench_pb2_grpc import WorkbenchServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.clock import system_clock
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.e2e

OTHERS = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve}
TOKEN = "700003:AAAkill-Token"


@dataclass
class ChannelsProcess:
    """`python -m antiphon.channels`, started again and again."""

    platform: Platform
    telegram: str
    port: int = field(default_factory=procs.free_port)
    child: asyncio.subprocess.Process | None = None
    kills: int = 0

    async def start(self) -> None:
        it = self.platform
        env = {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ANTIPHON_NATS_URL": it.nats_url,
            "ANTIPHON_MONGO_URL": it.mongo_url,
            "ANTIPHON_MONGO_PREFIX": it.mongo_prefix,
            "ANTIPHON_ENDPOINTS": json.dumps(it.endpoints),
            "ANTIPHON_LISTEN_HOST": it.listen_host,
            "ANTIPHON_TOKEN_KEY": it.token_key.get_secret_value(),
            "ANTIPHON_TOKEN_KEYS": json.dumps(it.token_keys),
            "ANTIPHON_MASTER_KEYS": str(it.master_keys),
            "ANTIPHON_SEAL_TEXTS": "true",
            "ANTIPHON_LOG_LEVEL": "WARNING",
            "ANTIPHON_CHANNELS_HTTP_PORT": str(self.port),
            "ANTIPHON_CHANNELS_TELEGRAM_API": self.telegram,
            "ANTIPHON_CHANNELS_TELEGRAM_POLL_SECONDS": "1",
            "ANTIPHON_CHANNELS_SEND_CLAIM_SECONDS": "1",
        }
        self.child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "antiphon.channels", env=env, stderr=None
        )

    def kill(self) -> None:
        if self.child is not None and self.child.returncode is None:
            self.kills += 1
            self.child.kill()

    async def ended(self) -> None:
        if self.child is not None:
            await self.child.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def telegram() -> AsyncIterator[tuple[FakeTelegram, str]]:
    fake = FakeTelegram()
    async with fake.listening() as address:
        yield fake, address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(platforms: dict[str, Platform]) -> AsyncIterator[Centre]:
    async with running(OTHERS, platforms) as runtimes:
        yield await Centre(runtimes["acd"], "").open("owner@kills.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def channels(
    platforms: dict[str, Platform], telegram: tuple[FakeTelegram, str]
) -> AsyncIterator[ChannelsProcess]:
    process = ChannelsProcess(platforms["channels"], telegram[1])
    await process.start()
    yield process
    process.kill()
    await process.ended()


async def incoming(centre: Centre, conversation_id: str) -> list[str]:
    found = await patiently(lambda: centre.messages(conversation_id))
    return [m.text for m in found if m.direction == pb.DIRECTION_IN]


async def test_killed_when_updates_were_handed_out_and_when_a_message_was_taken(
    centre: Centre, channels: ChannelsProcess, telegram: tuple[FakeTelegram, str]
) -> None:
    fake, _ = telegram
    channel = await patiently(lambda: centre.telegram(TOKEN, fallback_queue_id=centre.queue_id))
    await fake.write(TOKEN, 31, "zero")
    it = await centre.conversation(channel, within=30)

    fake.on_handing_out = channels.kill
    for number in range(5):
        await fake.write(TOKEN, 31, str(number))
    await channels.ended()
    fake.on_handing_out = None
    await channels.start()

    async def all_there() -> bool:
        return await incoming(centre, it.id) == ["zero", *map(str, range(5))]

    await eventually(all_there, within=30)

    fake.on_sent = channels.kill
    request = pb.SendMessageRequest(
        conversation_id=it.id, client_id="k1", kind=pb.MESSAGE_KIND_TEXT, text="exactly once, or told"
    )
    await ask(centre.channels.SendMessage, request, centre.owner)
    await channels.ended()
    fake.on_sent = None
    await channels.start()

    async def told() -> bool:
        found = await patiently(lambda: centre.messages(it.id))
        sent = next(m for m in found if m.client_id == "k1")
        return sent.delivery == pb.DELIVERY_FAILED and "not known" in sent.failure

    await eventually(told, within=30)
    assert [s.text for s in fake.bot(TOKEN).to(31)].count("exactly once, or told") == 1
    assert channels.kills == 2
    await patiently(lambda: centre.disconnect(channel))


async def test_killed_at_any_moment_while_customers_are_received(centre: Centre, channels: ChannelsProcess) -> None:
    """Visitors write while the process dies over and over; whatever was acknowledged is there once, and every
    conversation ends up in the queue."""
    site = await patiently(lambda: centre.widget(fallback_queue_id=centre.queue_id))
    edge = f"127.0.0.1:{channels.port}"
    tokens: dict[int, str] = {}

    async def visit(number: int) -> None:
        for text in ("hello", "are you there?"):
            for _ in range(60):
                try:
                    async with browsing(edge, site.public_key, token=tokens.get(number)) as visitor:
                        tokens[number] = visitor.token
                        await visitor.send(t="msg", client_id=f"{number}-{text}", text=text)
                        await visitor.message(text, within=2)
                        break
                except (OSError, TimeoutError, EOFError, WebSocketException):
                    await asyncio.sleep(0.2)
            else:
                raise AssertionError("never acknowledged")

    async def chaos() -> None:
        for pause in (0.1, 0.4):
            await asyncio.sleep(pause)
            channels.kill()
            await channels.ended()
            await channels.start()
            await eventually(lambda: procs.is_listening(channels.port), within=30)

    await eventually(lambda: procs.is_listening(channels.port), within=30)
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(visit(number))
        group.create_task(chaos())

    async def settled() -> bool:
        found = await patiently(lambda: centre.conversations(limit=200))
        mine = [c for c in found if c.channel_id == site.id]
        return len(mine) == 4 and all(c.status == pb.CONVERSATION_STATUS_WAITING for c in mine)

    await eventually(settled, within=30)
    for it in [c for c in await centre.conversations(limit=200) if c.channel_id == site.id]:
        assert await incoming(centre, it.id) == ["hello", "are you there?"]


async def test_planned_messages_go_out_once_through_kills_around_their_time(
    centre: Centre, channels: ChannelsProcess, telegram: tuple[FakeTelegram, str]
) -> None:
    fake, _ = telegram
    token = "700004:AAAplan-Token"
    channel = await patiently(lambda: centre.telegram(token, fallback_queue_id=centre.queue_id))
    await fake.write(token, 41, "hello")
    it = await centre.conversation(channel)
    bench = WorkbenchServiceStub(centre.rt.peers.channel("channels"))
    now = system_clock()
    for number in range(6):
        at = timestamp(now + timedelta(milliseconds=1500 + 150 * number))
        message = ScheduledMessage(id=f"p{number}", text=f"planned {number}", at=at)
        request = PutScheduledRequest(conversation_id=it.id, message=message)
        await patiently(partial(ask, bench.PutScheduled, request, centre.owner))
    for _ in range(2):
        await asyncio.sleep(0.9)
        channels.kill()
        await channels.ended()
        await channels.start()

    async def planned() -> list[str]:
        found = await patiently(lambda: centre.messages(it.id))
        return [m.text for m in found if m.direction == pb.DIRECTION_OUT]

    wanted = [f"planned {number}" for number in range(6)]
    await eventually(lambda: _is(planned, wanted), within=60)


async def _is(look: Callable[[], Awaitable[list[str]]], wanted: list[str]) -> bool:
    found = await look()
    assert len(found) == len(set(found)), found
    return found == wanted
