"""Conference, listen, whisper, barge and monitoring on a real rtpengine, and back to two without anybody noticing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.anchor.anchor import Anchor
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.audio.g711 import PCMU
from antiphon.media.mixer import matrix
from antiphon.media.mixer.room import Mixer
from antiphon.media.ng.cluster import Cluster
from antiphon.media.tests.engine import Engine, installed
from antiphon.media.tests.party import Parties

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]

CALLER, AGENT, SUPERVISOR = 440, 880, 1200


@pytest.fixture
async def mixer() -> AsyncIterator[Mixer]:
    mixer = Mixer("127.0.0.1")
    task = asyncio.get_running_loop().create_task(mixer.run())
    yield mixer
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for call_id in mixer.rooms:
        mixer.close(call_id)


async def test_listen_whisper_barge_and_back(
    anchor: Anchor, cluster: Cluster, engine: Engine, party: Parties, mixer: Mixer
) -> None:
    caller, agent, supervisor = await party(CALLER), await party(AGENT), await party(SUPERVISOR, PCMU)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    agent.talks_to(engine.host, await anchor.offer("L", LegKind.SIP))
    await anchor.connect("L", agent.sdp())
    supervisor.talks_to(engine.host, await anchor.originate("S", LegKind.SIP))
    await anchor.connect("S", supervisor.sdp())
    ports = {tag: anchor.leg(tag).port for tag in anchor.tags}

    room = mixer.room(anchor.call_id)
    room.hear(matrix.listen(("A", "L"), "S"))
    await anchor.join_mixer(room, "A", "L", "S")
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    await supervisor.hears_all(CALLER, AGENT)

    room.hear(matrix.whisper(("A", "L"), "S", to="L"))
    await agent.hears_all(CALLER, SUPERVISOR)
    caller.forget()
    await caller.hears(AGENT)  # and nothing of the supervisor
    await supervisor.hears_all(CALLER, AGENT)

    room.hear(matrix.barge(("A", "L"), "S"))
    await caller.hears_all(AGENT, SUPERVISOR)
    await agent.hears_all(CALLER, SUPERVISOR)
    await supervisor.hears_all(CALLER, AGENT)
    assert 0 < mixer.cost_ms < 20

    assert await anchor.bridge("A", "L") is None
    await anchor.drop("S")
    await anchor.leave_mixer(room, "A", "L")
    mixer.close(anchor.call_id)
    caller.forget()
    agent.forget()
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    assert {tag: anchor.leg(tag).port for tag in anchor.tags} == {tag: ports[tag] for tag in ("A", "L")}
    await anchor.end()
    await cluster.probe()
    assert cluster.nodes[0].calls == 0


async def test_an_agent_who_was_left_behind_joins_a_conference_and_leaves_it(
    anchor: Anchor, engine: Engine, party: Parties, mixer: Mixer
) -> None:
    caller, agent, expert = await party(CALLER), await party(AGENT, PCMU), await party(SUPERVISOR)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    for tag, each in (("L1", agent), ("L2", expert)):
        each.talks_to(engine.host, await anchor.offer(tag, LegKind.SIP))
        await anchor.connect(tag, each.sdp())
    await caller.hears(SUPERVISOR)
    room = mixer.room(anchor.call_id)
    for _ in range(2):
        await anchor.join_mixer(room, "A", "L1", "L2")
        await caller.hears_all(AGENT, SUPERVISOR)
        await agent.hears_all(CALLER, SUPERVISOR)
        await expert.hears_all(CALLER, AGENT)
        await anchor.bridge("A", "L1")
        await anchor.leave_mixer(room, "A", "L1", "L2")
        await caller.hears(AGENT)
        await agent.hears(CALLER)
    assert room.parties == ()
    assert engine.process.alive


async def test_a_monitor_hears_one_party_until_he_stops(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller, agent, monitor = await party(CALLER), await party(AGENT), await party(SUPERVISOR, PCMU)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    agent.talks_to(engine.host, await anchor.offer("L", LegKind.SIP))
    await anchor.connect("L", agent.sdp())
    offer = await anchor.monitor("M", ["L"], LegKind.SIP)
    assert b"a=sendonly" in offer
    await anchor.monitor_answered("M", monitor.sdp("recvonly"))
    await monitor.hears(AGENT)
    await caller.hears(AGENT)
    await anchor.monitor_end("M")
    await anchor.monitor_end("M")
    caller.forget()
    await caller.hears(AGENT)

    def quiet() -> bool:
        before = monitor.sound.size
        monitor.forget()
        return before == 0

    await eventually(quiet)


async def test_both_parties_are_offered_to_a_listening_browser(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await anchor.answer("A", caller.sdp())
    await anchor.offer("L", LegKind.SIP)
    await anchor.connect("L", agent.sdp())
    offer = await anchor.monitor("M", ["A", "L"], LegKind.WEBRTC)
    assert offer.count(b"m=audio ") == 2
    assert offer.count(b"a=sendonly") == 2
    assert b"a=fingerprint:" in offer


async def test_keys_reach_a_leg_as_events(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    agent.talks_to(engine.host, await anchor.offer("L", LegKind.SIP))
    await anchor.connect("L", agent.sdp())
    await caller.hears(AGENT)
    await anchor.digits("A", "5#1")
    await eventually(lambda: len(caller.digits) >= 3)
    assert caller.digits == [5, 11, 1]
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    assert agent.digits == []
