"""Conversations on a real rtpengine: tones go in at every end, and every ear says what it hears."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.anchor.anchor import Anchor
from antiphon.media.anchor.sdp import LegKind, is_fax
from antiphon.media.audio import tones
from antiphon.media.audio.g711 import PCMA, PCMU
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.reasons import NgError, Reason
from antiphon.media.tests.engine import Engine, installed
from antiphon.media.tests.party import MUSIC, Parties, Party

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]

CALLER, AGENT, SECOND, THIRD = 440, 880, 1200, 1600


async def called(anchor: Anchor, engine: Engine, party: Party, tag: str = "A") -> int:
    return party.talks_to(engine.host, await anchor.answer(tag, party.sdp()))


async def rings(anchor: Anchor, engine: Engine, party: Party, tag: str) -> None:
    party.talks_to(engine.host, await anchor.offer(tag, LegKind.SIP))


async def test_the_callers_port_stays_through_music_agent_music_and_second_agent(
    anchor: Anchor, engine: Engine, party: Parties, music: Path
) -> None:
    caller, agent, second = await party(CALLER), await party(AGENT), await party(SECOND)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    await caller.hears(MUSIC)

    await rings(anchor, engine, agent, "L1")
    caller.forget()
    await caller.hears(MUSIC)
    assert await anchor.connect("L1", agent.sdp()) is None
    await caller.hears(AGENT)
    await agent.hears(CALLER)

    await anchor.drop("L1")
    await anchor.music("A", music)
    await caller.hears(MUSIC)

    await rings(anchor, engine, second, "L2")
    assert await anchor.connect("L2", second.sdp()) is None
    await caller.hears(SECOND)
    await second.hears(CALLER)


async def test_nobody_hears_an_agent_who_has_not_answered(
    anchor: Anchor, engine: Engine, party: Parties, music: Path
) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    await rings(anchor, engine, agent, "L1")  # he sends early media from now on
    await caller.hears(MUSIC)
    caller.forget()
    await eventually(lambda: caller.sound.size >= 8000)
    assert tones.purity(caller.sound, AGENT) < 0.01
    assert tones.purity(caller.sound, MUSIC) >= 0.9


async def test_of_several_who_ring_one_talks_and_the_others_are_not_heard(
    anchor: Anchor, engine: Engine, party: Parties, music: Path
) -> None:
    caller, first, second, third = await party(CALLER), await party(AGENT), await party(SECOND), await party(THIRD)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    for tag, each in (("L1", first), ("L2", second), ("L3", third)):
        await rings(anchor, engine, each, tag)
    assert await anchor.connect("L2", second.sdp()) is None
    await caller.hears(SECOND)
    await second.hears(CALLER)
    for tag in ("L1", "L3"):
        await anchor.drop(tag)
    caller.forget()
    second.forget()
    await caller.hears(SECOND)
    await second.hears(CALLER)


async def test_after_a_transfer_the_first_agent_is_out_even_before_he_hangs_up(
    anchor: Anchor, engine: Engine, party: Parties
) -> None:
    caller, first, second = await party(CALLER), await party(AGENT), await party(SECOND)
    await called(anchor, engine, caller)
    await rings(anchor, engine, first, "L1")
    await anchor.connect("L1", first.sdp())
    await caller.hears(AGENT)

    await rings(anchor, engine, second, "L2")
    caller.forget()
    first.forget()
    await caller.hears(AGENT)  # ringing the second disturbs nobody
    await first.hears(CALLER)
    assert await anchor.connect("L2", second.sdp()) is None
    await caller.hears(SECOND)
    await second.hears(CALLER)
    first.forget()
    await anchor.drop("L1")
    caller.forget()
    await caller.hears(SECOND)
    assert first.purity(CALLER) == 0.0


async def test_consultation_then_transfer(anchor: Anchor, engine: Engine, party: Parties, music: Path) -> None:
    caller, agent, expert = await party(CALLER), await party(AGENT), await party(SECOND)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    await caller.hears(AGENT)

    await anchor.hold("A", music)
    expert.talks_to(engine.host, await anchor.offer("L2", LegKind.SIP, from_tag="L1"))
    assert await anchor.connect("L2", expert.sdp()) is None
    await agent.hears(SECOND)
    await expert.hears(AGENT)
    caller.forget()
    await eventually(lambda: caller.sound.size >= 4000)
    assert tones.purity(caller.sound, MUSIC) >= 0.9
    assert tones.purity(caller.sound, AGENT) < 0.01
    assert agent.purity(CALLER) < 0.01

    assert await anchor.bridge("A", "L2") is None
    await anchor.drop("L1")
    await caller.hears(SECOND)
    await expert.hears(CALLER)


async def test_hold_and_resume(anchor: Anchor, engine: Engine, party: Parties, music: Path) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    await agent.hears(CALLER)

    await anchor.hold("A", music)
    await caller.hears(MUSIC)
    agent.forget()
    caller.forget()
    await caller.hears(MUSIC)
    assert tones.purity(caller.sound, AGENT) < 0.01
    assert tones.purity(agent.sound, CALLER) < 0.01

    await anchor.resume("A")
    await caller.hears(AGENT)
    await agent.hears(CALLER)


async def test_hold_by_the_phone_changes_no_port(anchor: Anchor, engine: Engine, party: Parties, music: Path) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    offer = await anchor.offer("L1", LegKind.SIP)
    port = agent.talks_to(engine.host, offer)
    await anchor.connect("L1", agent.sdp())
    answer = await anchor.reoffer("L1", agent.sdp("sendonly"))
    await anchor.hold("A", music)
    assert b"a=recvonly" in answer
    assert agent.talks_to(engine.host, answer) == port
    await caller.hears(MUSIC)
    answer = await anchor.reoffer("L1", agent.sdp())
    await anchor.resume("A")
    assert b"a=sendrecv" in answer
    await caller.hears(AGENT)
    await agent.hears(CALLER)


async def test_mute(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    await caller.hears(AGENT)
    await anchor.mute("L1", True)
    await eventually(lambda: caller.purity(AGENT, 0.2) < 0.01)
    agent.forget()
    await agent.hears(CALLER)
    await anchor.mute("L1", False)
    await caller.hears(AGENT)


async def test_a_caller_and_an_agent_of_different_laws_understand_each_other(
    anchor: Anchor, engine: Engine, party: Parties
) -> None:
    caller, agent = await party(CALLER, PCMU), await party(AGENT, PCMA)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    assert await anchor.connect("L1", agent.sdp()) is None
    await caller.hears(AGENT)
    await agent.hears(CALLER)
    assert caller.payload_types == {PCMU}


async def test_the_agent_is_offered_first_what_the_caller_negotiated(
    anchor: Anchor, engine: Engine, party: Parties
) -> None:
    caller = await party(CALLER)
    given = await anchor.answer("A", caller.sdp(codecs=(PCMU, PCMA)))
    assert b"RTP/AVP 0 101\r\n" in given
    assert b"RTP/AVP 0 " in await anchor.offer("L1", LegKind.SIP)


async def test_click_to_call_rings_the_agent_first(anchor: Anchor, engine: Engine, party: Parties) -> None:
    agent, customer = await party(AGENT), await party(CALLER)
    port = agent.talks_to(engine.host, await anchor.originate("L1", LegKind.SIP))
    assert await anchor.connect("L1", agent.sdp()) is None
    customer.talks_to(engine.host, await anchor.offer("C", LegKind.SIP))
    assert await anchor.connect("C", customer.sdp()) is None
    assert anchor.leg("L1").port == port
    await agent.hears(CALLER)
    await customer.hears(AGENT)


async def test_a_browser_is_offered_ice_dtls_and_one_port(anchor: Anchor, engine: Engine, party: Parties) -> None:
    await called(anchor, engine, await party(CALLER))
    text = (await anchor.offer("W", LegKind.WEBRTC)).decode()
    assert "UDP/TLS/RTP/SAVPF 8 " in text
    for part in ("a=fingerprint:", "a=ice-ufrag:", "a=candidate:", "a=rtcp-mux", "a=mid:", "a=setup:actpass"):
        assert part in text
    assert "a=crypto" not in text
    assert "opus" not in text.lower()


async def test_a_browser_on_a_poor_link_is_offered_opus(anchor: Anchor, engine: Engine, party: Parties) -> None:
    await called(anchor, engine, await party(CALLER))
    text = (await anchor.offer("W", LegKind.WEBRTC, opus=True)).decode()
    assert "opus/48000/2" in text
    assert "PCMA" not in text


async def test_an_srtp_phone_is_offered_keys(anchor: Anchor, engine: Engine, party: Parties) -> None:
    await called(anchor, engine, await party(CALLER))
    text = (await anchor.offer("S", LegKind.SRTP)).decode()
    assert "RTP/SAVP 8 " in text
    assert "a=crypto:" in text
    assert "fingerprint" not in text


async def test_another_replica_goes_on_with_the_conversation(
    anchor: Anchor, cluster: Cluster, engine: Engine, party: Parties
) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    taken_over = cluster.resume(anchor.state())
    assert taken_over.state() == anchor.state()
    assert await taken_over.connect("L1", agent.sdp()) is None
    await caller.hears(AGENT)
    await agent.hears(CALLER)


async def test_refusals_are_typed(anchor: Anchor, engine: Engine, party: Parties, tmp_path: Path) -> None:
    caller = await party(CALLER)
    video = caller.sdp().replace(b"m=audio", b"m=video")
    strange = caller.sdp().replace(b"PCMA", b"SPEEX")
    await called(anchor, engine, caller)
    for attempt, reason in (
        (anchor.answer("B", video), Reason.BAD_SDP),
        (anchor.answer("B", strange), Reason.NO_COMMON_CODEC),
        (anchor.play("A", tmp_path / "nothing.wav"), Reason.PROMPT_MISSING),
        (anchor.play("A", b"x" * 70_000), Reason.PROMPT_TOO_LARGE),
        (anchor.play("B", b""), Reason.LEG_UNKNOWN),
        (anchor.connect("B", caller.sdp()), Reason.LEG_UNKNOWN),
    ):
        with pytest.raises(NgError) as refusal:
            await attempt
        assert refusal.value.reason is reason
    await anchor.end()
    with pytest.raises(NgError) as refusal:
        await anchor.statistics()
    assert refusal.value.reason is Reason.CALL_UNKNOWN


async def test_the_end_counts_what_was_heard_and_leaves_nothing(
    anchor: Anchor, cluster: Cluster, engine: Engine, party: Parties
) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    await caller.hears(AGENT)
    figures = await anchor.statistics()
    assert set(figures) == {"A", "L1"}
    assert figures["A"].packets > 10
    assert (await anchor.drop("L1")).packets > 10
    await anchor.end()
    await anchor.end()
    await cluster.probe()
    assert cluster.nodes[0].calls == 0


async def test_who_talked_to_nobody_leaves_his_figures_and_nothing_else(
    anchor: Anchor, cluster: Cluster, engine: Engine, party: Parties, music: Path
) -> None:
    caller = await party(CALLER)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    await caller.hears(MUSIC)
    assert (await anchor.drop("A")).packets > 10
    assert await cluster.nodes[0].sessions() == []
    assert (await anchor.drop("A")).packets == 0
    await anchor.end()


async def test_early_media_then_the_answer(anchor: Anchor, engine: Engine, party: Parties, music: Path) -> None:
    caller, trunk = await party(CALLER), await party(AGENT)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    await rings(anchor, engine, trunk, "T")
    for _ in ("183", "200", "200 again"):
        assert await anchor.connect("T", trunk.sdp()) is None
        caller.forget()
        await caller.hears(AGENT)
        await trunk.hears(CALLER)


async def test_a_leg_that_was_left_alone_may_be_reoffered_and_bridged_again(
    anchor: Anchor, engine: Engine, party: Parties
) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    port = await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    await anchor.drop("L1")
    assert caller.talks_to(engine.host, await anchor.reoffer("A", caller.sdp("sendonly"))) == port
    assert caller.talks_to(engine.host, await anchor.reoffer("A", caller.sdp())) == port
    await rings(anchor, engine, agent, "L2")
    assert await anchor.connect("L2", agent.sdp()) is None
    await caller.hears(AGENT)
    await agent.hears(CALLER)


async def test_a_browser_that_calls_is_answered_with_ice_and_dtls(anchor: Anchor) -> None:
    lines = (
        "v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2122260223 127.0.0.1 40000 typ host generation 0",
        "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-options:trickle",
        "a=fingerprint:sha-256 " + ":".join(["AA"] * 32), "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2", "a=rtpmap:8 PCMA/8000", "a=rtpmap:126 telephone-event/8000", "a=ssrc:77 cname:x",
    )  # fmt: skip
    text = (await anchor.answer("W", ("\r\n".join(lines) + "\r\n").encode())).decode()
    assert anchor.leg("W").kind is LegKind.WEBRTC
    assert "UDP/TLS/RTP/SAVPF 8 126\r\n" in text
    for part in ("a=fingerprint:", "a=ice-ufrag:", "a=candidate:", "a=rtcp-mux", "a=mid:0", "a=setup:"):
        assert part in text
    assert "a=crypto" not in text
    assert "a=setup:actpass" not in text
    offer = (await anchor.offer("L1", LegKind.SIP)).decode()
    assert "RTP/AVP 8 " in offer
    for part in ("ice-ufrag", "candidate", "fingerprint", "rtcp-mux"):
        assert part not in offer


async def test_the_music_goes_on_when_an_agent_declines_or_leaves(
    anchor: Anchor, engine: Engine, party: Parties, music: Path
) -> None:
    caller, agent, second = await party(CALLER), await party(AGENT), await party(SECOND)
    await called(anchor, engine, caller)
    await anchor.music("A", music)
    await rings(anchor, engine, agent, "L1")
    await anchor.drop("L1")
    caller.forget()
    await caller.hears(MUSIC)
    await rings(anchor, engine, second, "L2")
    await anchor.connect("L2", second.sdp())
    await caller.hears(SECOND)
    await anchor.hold("A", music)
    await anchor.drop("L2")
    caller.forget()
    await caller.hears(MUSIC)


async def test_a_tag_is_taken_once(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller = await party(CALLER)
    await called(anchor, engine, caller)
    await anchor.offer("L1", LegKind.SIP)
    await anchor.drop("L1")
    for attempt in (anchor.offer("L1", LegKind.SIP), anchor.originate("A", LegKind.SIP), anchor.answer("A", b"")):
        with pytest.raises(NgError) as refusal:
            await attempt
        assert refusal.value.reason is Reason.TAG_USED


async def test_a_fax_beside_the_sound_it_replaces(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller, agent = await party(CALLER), await party(AGENT)
    port = await called(anchor, engine, caller)
    await rings(anchor, engine, agent, "L1")
    await anchor.connect("L1", agent.sdp())
    sound = caller.sdp()
    fax = sound[: sound.index(b"m=")] + b"m=audio 0 RTP/AVP 8\r\nm=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n"
    for given in (await anchor.pass_on("A", fax), await anchor.agreed("A", fax, fax)):
        assert is_fax(given)
        assert b"m=audio 0 " in given
        assert b"a=T38FaxVersion:0" in given
    again = sound + b"m=image 0 udptl t38\r\n"
    await anchor.pass_on("A", again)
    assert (
        caller.talks_to(engine.host, await anchor.agreed("A", again, agent.sdp() + b"m=image 0 udptl t38\r\n")) == port
    )
    caller.forget()
    await caller.hears(AGENT)


async def test_who_talks_to_nobody_has_nobody_to_fax_to(anchor: Anchor, engine: Engine, party: Parties) -> None:
    caller = await party(CALLER)
    await called(anchor, engine, caller)
    with pytest.raises(NgError) as refusal:
        await anchor.pass_on("A", caller.sdp())
    assert refusal.value.reason is Reason.LEG_UNKNOWN
