"""Calls through a queue, over real services and a real rtpengine: what people hear, what is told, what is left."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, MUSIC, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.76") as it:
        await it.scheme(
            {
                "id": "menu", "kind": "menu", "text": {"en": "Press one."}, "timeout_s": 20, "repeats": 1,
                "options": [{"key": "1", "label": {"en": "Support"}, "next": "queue"}],
                "on_no_input": "queue", "on_no_match": "queue",
            },
            it.queue_node(),
        )  # fmt: skip
        yield it


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_caller_presses_one_waits_and_talks(pbx: Plant, who: str) -> None:
    call = await pbx.caller()
    await call.up()
    await call.press("1")
    await pbx.the_call("QUEUED")
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    assert live.agent_id == pbx.people[0].id
    await talk(call, CALLER, agent, AGENT)
    (call if who == "caller" else agent).hang_up()
    await (agent if who == "caller" else call).over()
    record = await pbx.record(live.id)
    assert record.outcome == "answered"
    assert record.talked.ToTimedelta().total_seconds() > 0
    assert {leg.role: leg.ended_by for leg in record.legs}[who] == ("caller" if who == "caller" else "callee")
    await pbx.away()
    await pbx.clean()


async def test_the_record_is_found(pbx: Plant) -> None:
    answer = await ask(pbx.media.ListCalls, pb.ListCallsRequest(limit=1), pbx.owner)
    assert len(answer.calls) == 1
    assert answer.next
