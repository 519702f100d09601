"""Replicas: commands find the one that has the call, and the calls of one that was killed are ended by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from antiphon.kit import tasks
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.phone.phone import NotUp, PhoneCall
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import Engine, installed
from antiphon.media.tests.plant import AGENT, CALLER, MUSIC, Plant, Replica, another_replica, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb
from antiphon.media.v1.events_pb2 import VoiceAlarm

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A second engine."""
    engine = Engine(tmp_path_factory.mktemp("spare"), "127.0.0.84")
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
async def pbx(
    platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory, spare: Engine
) -> AsyncIterator[Plant]:
    more = (f"{spare.host}:{spare.port}",)
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.78", more_engines=more) as it:
        await it.scheme(it.queue_node())
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.fixture
def replica(pbx: Plant, platforms: dict[str, Platform], tmp_path: Path) -> Iterator[Replica]:
    with another_replica(pbx, platforms["media"], tmp_path) as it:
        yield it


async def waiting(pbx: Plant, at: Hop) -> tuple[PhoneCall, pb.Call]:
    """A caller in the queue of the other replica."""
    call = await pbx.caller(at=at)
    await call.up()
    await hears(call, MUSIC)
    return call, await pbx.the_call("QUEUED")


async def test_the_calls_of_a_killed_replica_are_ended_and_recorded(pbx: Plant, replica: Replica) -> None:
    process, at = replica.process, replica.hop
    call, live = await waiting(pbx, at)
    assert live.id not in pbx.parts.board.calls
    process.kill()
    await call.over(30)
    record = await pbx.record(live.id)
    assert (record.outcome, len(record.legs)) == ("lost", 1)

    async def nobody_waits() -> bool:
        return not await pbx.waiting()

    await eventually(nobody_waits, 15)
    await pbx.clean()
    answer = await ask(pbx.media.ListCalls, pb.ListCallsRequest(), pbx.owner)
    assert [it.id for it in answer.calls].count(live.id) == 1


async def test_a_replica_that_is_stopped_writes_its_records_itself(pbx: Plant, replica: Replica) -> None:
    process, at = replica.process, replica.hop
    call, live = await waiting(pbx, at)
    process.stop(30)
    await call.over()
    assert (await pbx.record(live.id)).outcome == "shutdown"
    await pbx.clean()


async def engine_dies(pbx: Plant, spare: Engine, call_id: str) -> Engine:
    """kill -9 of the engine that has the call; returns when another one has it."""
    mine = pbx.parts.board.calls[call_id]
    where = mine.anchor.node
    dead = pbx.engine if where.startswith(pbx.engine.host) else spare
    dead.process.kill()
    await eventually(lambda: mine.anchor.node != where, 20)
    return dead


async def test_a_conversation_survives_the_death_of_its_engine(pbx: Plant, spare: Engine) -> None:
    call = await pbx.caller()
    await call.up()
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    await talk(call, CALLER, agent, AGENT)
    dead = await engine_dies(pbx, spare, live.id)
    await talk(call, CALLER, agent, AGENT)
    dead.start()
    call.hang_up()
    await agent.over()
    await pbx.away()
    assert (await pbx.record(live.id)).outcome == "answered"
    await pbx.clean()


async def test_who_listens_to_a_menu_hears_it_again(pbx: Plant, spare: Engine) -> None:
    menu = {
        "id": "menu", "kind": "menu", "text": {"en": "Press one."}, "timeout_s": 30, "repeats": 1,
        "options": [{"key": "1", "label": {"en": "Support"}, "next": "queue"}],
        "on_no_input": "queue", "on_no_match": "queue",
    }  # fmt: skip
    await pbx.scheme(menu, pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("RECEPTION")
    dead = await engine_dies(pbx, spare, live.id)
    await eventually(lambda: call.line.recording)
    await call.press("1")
    await pbx.the_call("QUEUED")
    await hears(call, MUSIC)
    dead.start()
    call.hang_up()
    await pbx.record(live.id)
    await pbx.clean()


async def test_a_colleagues_phone_is_rung_anew(pbx: Plant, spare: Engine) -> None:
    """The caller is not answered yet, so nothing is said to him: what was offered him is answered by the new engine."""
    ring = {"id": "ring", "kind": "ring", "targets": [{"who": "person", "value": pbx.people[0].id}]}
    await pbx.scheme({**ring, "timeout_s": 30, "on_no_answer": "queue"}, pbx.queue_node())
    call = await pbx.caller()
    first = await pbx.people[0].phone.incoming()
    live = await pbx.the_call("RINGING")
    dead = await engine_dies(pbx, spare, live.id)
    await first.over()
    person = await pbx.people[0].incoming()
    await call.up()
    await talk(call, CALLER, person, AGENT)
    dead.start()
    person.hang_up()
    await call.over()
    await pbx.record(live.id)
    await pbx.clean()


async def test_a_message_is_taken_again(pbx: Plant, spare: Engine) -> None:
    box = {"id": "box", "kind": "voicemail", "box": "person", "box_id": pbx.people[0].id, "text": {"en": "Speak."}}
    await pbx.scheme({**box, "next": "queue"}, pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("VOICEMAIL")
    await hears(call, 1000)
    call.line.recording.clear()
    dead = await engine_dies(pbx, spare, live.id)
    await eventually(lambda: len(call.line.recording) > 10, 20)  # the tone again
    count = call.line.sent
    await eventually(lambda: call.line.sent > count + 100)
    dead.start()
    call.hang_up()
    assert (await pbx.record(live.id)).outcome == "voicemail"
    await pbx.clean()


async def test_a_session_of_no_call_is_freed(pbx: Plant) -> None:
    """As a replica leaves it that dies between its first command and the call's entry. Calls that are known stay."""
    await pbx.scheme(pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    live = pbx.parts.board.calls[(await pbx.the_call("QUEUED")).id]
    stray = pbx.parts.engines.anchor("cl_stray")
    await stray.originate("A", LegKind.SIP)
    nodes = {node.name: node for node in pbx.parts.engines.nodes}
    assert "cl_stray" in await nodes[stray.node].sessions()

    async def freed() -> bool:
        return "cl_stray" not in await nodes[stray.node].sessions()

    await eventually(freed, 60)
    assert live.call.id in await nodes[live.anchor.node].sessions()
    call.hang_up()
    await pbx.record(live.call.id)
    await pbx.clean()


async def test_who_calls_when_there_is_no_time_hears_it_at_once_and_calls_again(
    pbx: Plant, platforms: dict[str, Platform]
) -> None:
    """The call that is there goes on; the alarm is raised, and cleared when there is time again."""
    await pbx.scheme(pbx.queue_node())
    talks = await pbx.caller()
    await talks.up()
    await hears(talks, MUSIC)
    guard, alarms = pbx.parts.guard.admission, list[tuple[str, bool]]()
    before, most = guard.refused, guard.most

    async def note(fact: Fact) -> None:
        alarms.append((fact.event.kind, fact.event.cleared))

    bus = await Bus.connect(platforms["media"], "test-overload")
    hearing = asyncio.ensure_future(bus.consume("test-overload", {VoiceAlarm: note}))
    try:
        guard.most = 0
        with pytest.raises(NotUp) as refused:
            await (await pbx.caller()).up()
        assert refused.value.code == 503
        await eventually(lambda: ("overload", False) in alarms, 20)
        await hears(talks, MUSIC)
        own = await pbx.dials(pbx.people[2], pbx.people[0].extension)  # our own people may call
        (await pbx.people[0].incoming()).hang_up()
        await own.over()
        guard.most = most
        again = await pbx.caller()
        await again.up()
        await eventually(lambda: ("overload", True) in alarms, 20)
    finally:
        guard.most = most
        await tasks.end(hearing)
        await bus.close()
    health = await ask(pbx.media.GetVoiceHealth, pb.GetVoiceHealthRequest(), pbx.owner)
    own = next(each for each in health.replicas if each.name == pbx.rt.instance)
    assert (own.overloaded, own.refused) == (False, before + 1)
    for call in (talks, again):
        call.hang_up()
        await call.over()
    await pbx.clean()
