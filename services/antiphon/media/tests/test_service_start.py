"""Media starts whatever is down, and says so."""

from __future__ import annotations

import asyncio
import functools

import pytest

from antiphon.kit import procs, tasks
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.__main__ import serve
from antiphon.media.settings import Settings
from antiphon.media.v1 import events_pb2

pytestmark = pytest.mark.service


async def test_an_engine_that_is_dead_at_the_start_is_an_alarm_and_no_crash(platforms: dict[str, Platform]) -> None:
    nowhere = f"127.0.0.1:{procs.free_port()}"
    settings = Settings(sip_port=0, engines=(nowhere,), edge="127.0.0.1:9")
    told: list[events_pb2.VoiceAlarm] = []
    bus = await Bus.connect(platforms["media"], "alarm")

    async def note(fact: Fact) -> None:
        told.append(fact.event)

    async with running({"media": functools.partial(serve, settings=settings)}, platforms):
        task = asyncio.ensure_future(bus.consume("test-alarm", {events_pb2.VoiceAlarm: note}))
        await eventually(lambda: [alarm for alarm in told if alarm.kind == "engine" and not alarm.cleared])
        await tasks.end(task)
    await bus.close()
