"""The links to the engines are tested on a schedule, and whoever watches hears when one is bad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from antiphon.kit import tasks
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.links import Probe, measured
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant
from antiphon.media.v1 import events_pb2
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.77", link_test_seconds=0.2) as it:
        yield it


@pytest.mark.clause("M02")
async def test_a_link_is_tested_again_and_again_and_a_bad_one_is_an_alarm(
    pbx: Plant, platforms: dict[str, Platform]
) -> None:
    told: list[events_pb2.VoiceAlarm] = []
    bus = await Bus.connect(platforms["media"], "link-alarm")

    async def note(fact: Fact) -> None:
        if fact.event.kind == "quality":
            told.append(fact.event)

    task = asyncio.ensure_future(bus.consume("test-link-alarm", {events_pb2.VoiceAlarm: note}))
    try:
        first, second = (await _tests(pbx, 2))[-2:]
        assert first.at.ToDatetime() != second.at.ToDatetime()
        assert (first.engine, first.replica) == (pbx.parts.engines.nodes[0].name, pbx.rt.instance)
        assert first.quality.packets > 0
        assert 1.0 <= first.quality.mos <= 4.5
        assert first.quality.round_trip_ms > 0
        await _stutter(pbx)
        bad = await eventually(lambda: next((alarm for alarm in told if not alarm.cleared), None), 60)
        assert bad.name == f"link {first.engine}"
        assert bad.facts["why"]
        await eventually(lambda: told[-1].cleared, 60)
    finally:
        await tasks.end(task)
        await bus.close()
    with pytest.raises(DomainError, match=r"work\.watch"):
        await ask(pbx.media.ListLinkTests, pb.ListLinkTestsRequest(), pbx.people[0].headers)


async def _tests(pbx: Plant, least: int) -> list[pb.LinkTest]:
    async def found() -> list[pb.LinkTest]:
        answer = await ask(pbx.media.ListLinkTests, pb.ListLinkTestsRequest(), pbx.people[2].headers)
        return list(answer.tests) if len(answer.tests) >= least else []

    tests: list[pb.LinkTest] = await eventually(found, 60)
    return tests


async def _stutter(pbx: Plant) -> None:
    """The engine stands still for a moment in the middle of a test: what was sent meanwhile comes late or never."""
    engine = psutil.Process(pbx.engine.process.pid)
    seen = len(await _tests(pbx, 1))
    while len(await _tests(pbx, 1)) < seen + 3:
        engine.suspend()
        await asyncio.sleep(0.4)
        engine.resume()
        await asyncio.sleep(0.4)


def heard(one: list[float], other: list[float]) -> tuple[Probe, Probe]:
    """Two ends that have sent three packets each and heard these delays; a negative one is lost."""
    ends = Probe(), Probe()
    for end, delays in zip(ends, (one, other), strict=True):
        end.sent_at = dict.fromkeys(range(3), 0.0)
        end.delays = {number: delay for number, delay in enumerate(delays) if delay >= 0}
    return ends


def test_the_figures_of_both_directions_are_one() -> None:
    good = measured(*heard([10, 10, 10], [20, 20, 20]))
    assert (good.lost, good.jitter_ms, good.round_trip_ms) == (0, 0.0, 30.0)
    assert good.mos is not None
    assert good.mos > 4
    lossy = measured(*heard([10, -1, 10], [10, 10, 30]))
    assert (lossy.packets, lossy.lost, lossy.jitter_ms) == (5, 1, 10.0)
    assert measured(*heard([-1] * 3, [-1] * 3)).lost == 6
