"""After an agent has hung up the caller says with a key how it was."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.domain.words import words
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, MUSIC, Plant, hears, hears_text, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
LANGUAGE = "uk"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    folder = tmp_path_factory.mktemp("plant")
    async with plant(platforms, folder, "127.0.0.97", rating_seconds=5.0) as it:
        await it.change_queue(ask_rating=True)
        await it.scheme(it.queue_node(greeting={LANGUAGE: ""}), language=LANGUAGE)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


async def talking(pbx: Plant) -> tuple[PhoneCall, PhoneCall, pb.Call]:
    call = await pbx.caller()
    await call.up()
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    await talk(call, CALLER, agent, AGENT)
    return call, agent, live


async def is_asked(pbx: Plant, call: PhoneCall) -> None:
    await hears_text(pbx, call, words("rate", LANGUAGE), LANGUAGE)


@pytest.mark.parametrize("how", ["event", "info"])
async def test_the_agent_hangs_up_and_the_caller_presses_four(pbx: Plant, how: str) -> None:
    """The agent is free at once; keys pressed while they talked are none of this."""
    call, agent, live = await talking(pbx)
    await call.press("1")
    agent.hang_up()
    await is_asked(pbx, call)
    await eventually(lambda: is_free(pbx))
    assert [one.id for one in await pbx.live()] == [live.id]
    await call.press("4", how)
    await call.over()
    record = await pbx.record(live.id)
    assert (record.rating, record.outcome, record.agent_id) == (4, "answered", pbx.people[0].id)
    assert {leg.role: leg.ended_by for leg in record.legs}["agent"] == "callee"
    assert record.talked.ToTimedelta() < record.ended_at.ToDatetime() - record.answered_at.ToDatetime()


@pytest.mark.parametrize("keys", ["95", "90", ""])
async def test_another_key_is_asked_again_once_and_silence_ends_it(pbx: Plant, keys: str) -> None:
    call, agent, live = await talking(pbx)
    await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=True), pbx.people[0].headers)
    await hears(call, MUSIC)  # who hangs up on somebody held is asked about, too
    agent.hang_up()
    await is_asked(pbx, call)
    for key in keys:
        call.line.recording.clear()
        call.line.press(key)  # the second wrong one ends the call
        if key == "9":
            await is_asked(pbx, call)
    await call.over()
    record = await pbx.record(live.id)
    assert (record.rating, record.outcome) == (5 if keys == "95" else 0, "answered")


async def test_who_hangs_up_first_is_not_asked(pbx: Plant) -> None:
    call, agent, live = await talking(pbx)
    call.hang_up()
    await agent.over()
    assert (await pbx.record(live.id)).rating == 0
    call, agent, live = await talking(pbx)
    agent.hang_up()
    await is_asked(pbx, call)
    call.hang_up()  # or he does it instead of an answer
    record = await pbx.record(live.id)
    assert (record.rating, record.outcome) == (0, "answered")


async def test_a_queue_that_does_not_want_it_does_not_ask(pbx: Plant) -> None:
    await pbx.change_queue(ask_rating=False)
    call, agent, live = await talking(pbx)
    agent.hang_up()
    await call.over()
    record = await pbx.record(live.id)
    states = [(leg.role, leg.ended_by) for leg in record.legs if leg.answered_at.seconds]
    assert states == [("caller", "callee"), ("agent", "callee")]
    await pbx.change_queue(ask_rating=True)


async def test_a_supervisor_who_listened_leaves_with_the_agent(pbx: Plant) -> None:
    call, agent, live = await talking(pbx)
    boss = pbx.people[2]
    request = pb.MonitorRequest(call_id=live.id, mode=pb.MONITOR_MODE_LISTEN, reason="training")
    await ask(pbx.media.Monitor, request, boss.headers)
    third = await boss.incoming()
    await hears(third, CALLER, AGENT)
    agent.hang_up()
    await third.over()
    await is_asked(pbx, call)
    await call.press("3")
    await call.over()
    assert (await pbx.record(live.id)).rating == 3


async def test_a_menu_after_a_colleague_has_hung_up_hears_keys(pbx: Plant) -> None:
    """The same for a scheme that goes on with the caller."""
    target = {"who": "person", "value": pbx.people[0].id}
    option = {"key": "1", "label": {LANGUAGE: "Ще"}, "next": "queue"}
    await pbx.scheme(
        {"id": "ring", "kind": "ring", "targets": [target], "on_answered": "menu", "on_no_answer": "bye"},
        {
            "id": "menu", "kind": "menu", "text": {LANGUAGE: "Натисніть один."}, "timeout_s": 60, "repeats": 1,
            "options": [option], "on_no_input": "bye", "on_no_match": "bye",
        },
        pbx.queue_node(greeting={LANGUAGE: ""}),
        {"id": "bye", "kind": "close", "text": {LANGUAGE: "Бувайте."}},
        language=LANGUAGE,
    )  # fmt: skip
    call = await pbx.caller()
    colleague = await pbx.people[0].incoming()
    await talk(call, CALLER, colleague, AGENT)
    colleague.hang_up()
    await hears_text(pbx, call, "Натисніть один.", LANGUAGE)
    await call.press("1")
    await pbx.the_call("QUEUED")
    call.hang_up()


async def is_free(pbx: Plant) -> bool:
    return not (await pbx.work(0)).items
