"""Recording and keys on a real rtpengine: what is said ends in the right channel, what is pressed is told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from antiphon.kit import tasks
from antiphon.kit.clock import system_clock
from antiphon.kit.testing import eventually
from antiphon.media.anchor.anchor import Anchor
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.anchor.sound import Recording
from antiphon.media.audio import files, levels, tones
from antiphon.media.audio.g711 import PCMA, PCMU
from antiphon.media.dtmf import KeyLines, Notifications, Pressed, ToneEar, parse
from antiphon.media.ng import bencode
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.node import Address
from antiphon.media.recording.recording import LEFT, RIGHT, Paused
from antiphon.media.recording.store import Recordings, Wanted
from antiphon.media.tests.engine import Engine, installed
from antiphon.media.tests.opus_party import OpusParty
from antiphon.media.tests.party import Parties

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]

CALLER, AGENT = 440, 880


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"), "127.0.0.74")
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
async def pressed(engine: Engine) -> AsyncIterator[list[list[Pressed]]]:
    """What two replicas hear."""
    where = [Address("engine", engine.host, engine.port)]
    told: list[list[Pressed]] = [[], []]
    lines = [KeyLines(where, each.append) for each in told]
    hearing = [asyncio.ensure_future(each.run()) for each in lines]
    await eventually(lambda: all(each.connected for each in lines))
    yield told
    await tasks.end(*hearing)


async def talking(anchor: Anchor, engine: Engine, party: Parties, law: int = PCMA) -> tuple[int, int]:
    """Two who talk; the engine's ports of caller and agent."""
    caller, agent = await party(CALLER, law), await party(AGENT)
    ports = caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    other = agent.talks_to(engine.host, await anchor.offer("L", LegKind.SIP))
    await anchor.connect("L", agent.sdp())
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    return ports, other


async def spoken(anchor: Anchor, packets: int) -> None:
    """Waits until the caller has said so much more."""
    before = (await anchor.statistics())["A"].packets

    async def enough() -> bool:
        return (await anchor.statistics())["A"].packets >= before + packets

    await eventually(enough, within=20)


async def test_each_party_is_recorded_in_its_channel(
    anchor: Anchor, engine: Engine, party: Parties, tmp_path: Path
) -> None:
    ports = await talking(anchor, engine, party, PCMU)
    await anchor.record(Recording.START, {"tenant": "t1", "call": "c1"})
    began = system_clock().timestamp()
    await spoken(anchor, 55)
    await anchor.record(Recording.STOP)
    talked = system_clock().timestamp() - began
    await anchor.end()

    store = Recordings(engine.recordings)
    made = store.finish(anchor.call_id, tmp_path / "call.opus", Wanted(dict(zip(ports, (LEFT, RIGHT), strict=True))))
    assert made.seconds == pytest.approx(talked, abs=1.0)
    assert made.began_at == pytest.approx(began, abs=1.0)
    sound, rate = files.read(made.file)
    half = sound[rate // 4 : rate]
    assert tones.purity(half[:, LEFT], CALLER, rate) >= 0.9
    assert tones.purity(half[:, RIGHT], AGENT, rate) >= 0.9
    assert all(track.quality.lost == 0 for track in made.tracks)
    assert [len(channel) for channel in made.peaks] == [400, 400]
    assert max(made.peaks[0]) == pytest.approx(8000 / levels.FULL, abs=0.02)
    store.clear(anchor.call_id)
    store.clear(anchor.call_id)
    assert not [file for file in engine.recordings.rglob("*") if anchor.call_id in file.name]


async def test_what_is_said_in_a_pause_is_not_kept(
    anchor: Anchor, engine: Engine, party: Parties, tmp_path: Path
) -> None:
    ports = await talking(anchor, engine, party)
    await anchor.record(Recording.START)
    await spoken(anchor, 25)
    await anchor.record(Recording.PAUSE)
    paused_at = system_clock().timestamp()
    await spoken(anchor, 35)
    resumed_at = system_clock().timestamp()
    await anchor.record(Recording.RESUME)
    await spoken(anchor, 25)
    await anchor.end()
    channels = dict(zip(ports, (LEFT, RIGHT), strict=True))
    wanted = Wanted(channels, [(paused_at, resumed_at)])
    store = Recordings(engine.recordings)
    made = store.finish(anchor.call_id, tmp_path / "call.wav", wanted)
    sound, rate = files.read(made.file)
    start, end = (round((at - made.began_at) * rate) for at in (paused_at, resumed_at))
    assert made.seconds >= 1.5
    assert not sound[start:end].any()
    assert tones.purity(sound[: start - 400, LEFT], CALLER) >= 0.9
    assert tones.purity(sound[end + 800 :, RIGHT], AGENT) >= 0.9
    assert all(track.quality.lost == 0 for track in made.tracks)
    cut = store.finish(anchor.call_id, tmp_path / "cut.wav", Wanted(channels, wanted.pauses, Paused.CUT))
    assert cut.seconds == pytest.approx(made.seconds - (resumed_at - paused_at), abs=0.1)


async def test_an_opus_agent_is_understood_and_recorded(
    anchor: Anchor, engine: Engine, party: Parties, tmp_path: Path
) -> None:
    caller = await party(CALLER)
    agent = await OpusParty.open(AGENT)
    port = caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    offer = await anchor.offer("L", LegKind.SIP, opus=True)
    assert await anchor.connect("L", agent.answer(engine.host, offer)) is None
    await caller.hears(AGENT)
    await eventually(lambda: agent.purity(CALLER) >= 0.9)
    assert caller.payload_types == {PCMA}
    await anchor.record(Recording.START)
    await spoken(anchor, 50)
    wanted = Wanted({port: LEFT, anchor.leg("L").port: RIGHT}, opus=frozenset({agent.kind}))
    await anchor.end()
    await agent.close()
    made = Recordings(engine.recordings).finish(anchor.call_id, tmp_path / "call.wav", wanted)
    sound, rate = files.read(made.file)
    assert rate == 16000
    assert tones.purity(sound[2000:12000, LEFT], CALLER, rate) >= 0.9
    assert tones.purity(sound[2000:12000, RIGHT], AGENT, rate) >= 0.9


async def test_keys_of_the_caller_are_told_once_to_every_replica(
    anchor: Anchor, engine: Engine, party: Parties, pressed: list[list[Pressed]]
) -> None:
    caller = await party(CALLER)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    for key in (1, 11, 1):
        caller.press(key)
    await eventually(lambda: all(len(each) >= 3 for each in pressed))
    for told in pressed:
        assert [(each.call_id, each.tag, each.key) for each in told] == [
            (anchor.call_id, "A", key) for key in ("1", "#", "1")
        ]
        assert all(50 <= each.length_ms <= 300 for each in told)


async def test_keys_are_heard_again_after_the_engine_was_killed(
    engine: Engine, party: Parties, pressed: list[list[Pressed]]
) -> None:
    engine.process.kill()
    engine.start()
    cluster = await Cluster.open([Address("engine", engine.host, engine.port)])
    anchor, caller = cluster.anchor(secrets.token_hex(6)), await party(CALLER)
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))

    async def heard() -> bool:
        caller.press(5)
        return all(pressed)

    await eventually(heard, within=20)
    await anchor.end()
    cluster.close()


async def test_tones_of_a_leg_without_events_are_heard(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller = await party(CALLER)
    told: list[Pressed] = []
    caller.talks_to(engine.host, await anchor.answer("A", caller.sdp()))
    ear = await ToneEar.open("127.0.0.1", anchor.call_id, "A", told.append)
    await anchor.monitor("A.ear", ["A"], LegKind.SIP)
    await anchor.monitor_answered("A.ear", ear.sdp())
    caller.says(tones.dtmf_tones("42#"))
    await eventually(lambda: len(told) >= 3)
    assert "".join(each.key for each in told) == "42#"
    await anchor.monitor_end("A.ear")
    ear.close()


NO_KEYS = ["", [], {}, {"data": 1}, {"data": {"type": "x", "event": 1}}, {"data": {"event": 99, "callid": "x"}}]


@pytest.mark.parametrize("said", NO_KEYS)
def test_what_is_no_key_is_left_out(said: Any) -> None:
    assert parse(said) is None


def test_notifications_are_found_in_any_pieces() -> None:
    stream = b"0f d6:notify6:onDTMFe0e d4:datad5:eventi1eee"
    whole = [{"notify": "onDTMF"}, {"data": {"event": 1}}]
    for size in (1, 7, len(stream)):
        heard = Notifications()
        pieces = (stream[at : at + size] for at in range(0, len(stream), size))
        assert [said for piece in pieces for said in heard.feed(piece)] == whole
    with pytest.raises(bencode.Malformed):
        list(Notifications().feed(b"0f x" * 20_000))
