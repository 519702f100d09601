"""Calls through a queue, over real services and a real rtpengine: what people hear, what is told, what is left."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import soundfile

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.kit import tracing
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, stream
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.kit.tracing import Span
from antiphon.media.audio import tones
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.sip.events import Answered, Ended
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, MUSIC, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
WHY: Any = {"purpose": pb.LISTENING_PURPOSE_QUALITY, "reason": "a crackling line"}


@pytest.fixture(scope="module")
def spans() -> Iterator[list[Span]]:
    """Every span that is made meanwhile."""
    found: list[Span] = []
    tracing.collect(found.append)
    yield found
    tracing.collect(None)


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


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_caller_presses_one_waits_and_talks(spans: list[Span], pbx: Plant, who: str) -> None:
    call = await pbx.caller()
    await call.up()
    await call.press("1")
    await pbx.the_call("QUEUED")
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    assert live.agent_id == pbx.people[0].id
    assert live.contact_id not in agent.leg.header("from")  # names and numbers are shown, never ids
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


async def test_the_sip_of_a_call_is_remembered(pbx: Plant) -> None:
    latest = await ask(pbx.media.ListCalls, pb.ListCallsRequest(limit=1), pbx.owner)
    request = pb.GetCallLadderRequest(call_id=latest.calls[0].id, **WHY)

    async def stored() -> pb.GetCallLadderResponse | None:
        answer: pb.GetCallLadderResponse = await ask(pbx.media.GetCallLadder, request, pbx.owner)
        return answer if answer.messages else None

    ladder: pb.GetCallLadderResponse = await eventually(stored)
    said = [(it.leg_id, it.sent, it.line.split(" sip:")[0], it.sequence) for it in ladder.messages]
    caller = [one[1:] for one in said if one[0] == "A" and "100 Trying" not in one[2]]
    assert caller[0] == (False, "INVITE", "1 INVITE")
    assert (True, "SIP/2.0 200 OK", "1 INVITE") in caller
    assert {line for sent, line, _ in caller if sent and not line.startswith("SIP/2.0")} <= {"BYE"}  # no re-INVITE
    assert [line for sent, line, _ in caller if not sent and line in ("INVITE", "ACK")] == ["INVITE", "ACK"]
    assert ("L1", True, "INVITE") in {one[:3] for one in said}
    assert {one[2] for one in said if one[3].endswith("BYE")} == {"BYE", "SIP/2.0 200 OK"}
    assert [it.at.ToNanoseconds() for it in ladder.messages] == sorted(it.at.ToNanoseconds() for it in ladder.messages)
    states = [pb.CallState.Name(it.state).removeprefix("CALL_STATE_") for it in ladder.steps]
    assert states == ["RECEPTION", "QUEUED", "RINGING", "TALKING", "ENDED"]
    assert pbx.number in ladder.messages[0].line
    with pytest.raises(DomainError):
        await ask(pbx.media.GetCallLadder, request, pbx.people[0].headers)
    with pytest.raises(DomainError):
        await ask(pbx.media.GetCallLadder, pb.GetCallLadderRequest(call_id="cl_none", **WHY), pbx.owner)


async def test_a_call_is_one_trace_across_services(spans: list[Span], pbx: Plant) -> None:
    latest = await ask(pbx.media.ListCalls, pb.ListCallsRequest(limit=1), pbx.owner)
    request = pb.GetCallLadderRequest(call_id=latest.calls[0].id, **WHY)
    ladder = await ask(pbx.media.GetCallLadder, request, pbx.owner)

    def of_the_call() -> set[tuple[str, str]]:
        return {(it.service, it.name) for it in spans if it.trace == ladder.trace_id}

    wanted = {
        ("media", "call"), ("media", "INVITE"), ("media", "talking"), ("media", "SIP leg agent"),
        ("routing", "/antiphon.routing.v1.RoutingService/Next"), ("acd", "/antiphon.acd.v1.AcdService/Enqueue"),
        ("acd", "WorkOffered"), ("acd", "/antiphon.acd.v1.AcdService/ConnectOffer"),
        ("acd", "/antiphon.acd.v1.AcdService/Finish"),
    }  # fmt: skip
    await eventually(lambda: wanted <= of_the_call())
    root = next(it for it in spans if it.trace == ladder.trace_id and not it.parent)
    assert root.attributes["outcome"] == "answered"
    assert root.ended > root.began


async def talking(pbx: Plant) -> tuple[PhoneCall, PhoneCall, pb.Call]:
    """A caller and agent 201 in conversation."""
    call = await pbx.caller()
    await call.up()
    await call.press("1")
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    return call, agent, await pbx.the_call("TALKING")


async def over(pbx: Plant, *calls: PhoneCall) -> None:
    """Everybody hangs up, and nothing is left."""
    for call in calls:
        call.hang_up()
    await pbx.away()
    await pbx.clean()


@pytest.mark.parametrize(
    ("code", "state"), [(486, "READY"), (603, "READY"), (480, "DISABLED"), (408, "NOT_RESPONDING")]
)
async def test_an_agent_who_does_not_take_it_leaves_the_caller_in_his_place(pbx: Plant, code: int, state: str) -> None:
    call = await pbx.caller()
    await call.up()
    await call.press("1")
    await pbx.ready(0)
    ringing = await pbx.people[0].phone.incoming()
    if code not in (480, 408):
        ringing.ring()
    ringing.reject(code)
    live = await pbx.the_call("QUEUED")

    async def known() -> bool:
        return (await pbx.work(0)).agent.state == acd.AgentState.Value(f"AGENT_STATE_{state}")

    await eventually(known)
    await pbx.ready(1)
    agent = await pbx.people[1].incoming()
    await talk(call, CALLER, agent, 1320)
    await over(pbx, call, agent)
    record = await pbx.record(live.id)
    assert record.agent_id == pbx.people[1].id
    assert code in [leg.code for leg in record.legs]


async def test_a_caller_who_leaves_while_the_phone_rings(pbx: Plant) -> None:
    call = await pbx.caller()
    await call.up()
    await call.press("1")
    await pbx.ready(0)
    ringing = await pbx.people[0].incoming(answer=False)
    live = await pbx.the_call("RINGING")
    call.hang_up()
    assert await ringing.over() == 0
    record = await pbx.record(live.id)
    assert record.outcome == "abandoned"
    await over(pbx)


async def test_a_caller_who_leaves_before_the_menu_is_over(pbx: Plant) -> None:
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("RECEPTION")
    call.hang_up()
    assert (await pbx.record(live.id)).outcome == "received"
    await over(pbx)


@pytest.mark.parametrize("how", ["desk", "phone"])
async def test_hold(pbx: Plant, how: str) -> None:
    call, agent, live = await talking(pbx)
    headers = pbx.people[0].headers
    await talk(call, CALLER, agent, AGENT)
    if how == "desk":
        await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=True), headers)
    else:
        await agent.hold()
    await pbx.the_call("HELD")
    await hears(call, MUSIC)
    if how == "desk":
        await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=False), headers)
    else:
        await agent.resume()
    await talk(call, CALLER, agent, AGENT)
    await over(pbx, call, agent)


@pytest.mark.clause("K10")
async def test_a_call_is_recorded_in_two_channels(pbx: Plant) -> None:
    await pbx.dial_plan(record_calls=True, recording_days=3)
    call, agent, live = await talking(pbx)
    await talk(call, CALLER, agent, AGENT)
    headers = pbx.people[0].headers
    paused = await ask(pbx.media.PauseRecording, pb.PauseRecordingRequest(call_id=live.id, on=True), headers)
    assert paused.call.recorded
    assert paused.call.recording_paused
    await ask(pbx.media.PauseRecording, pb.PauseRecordingRequest(call_id=live.id, on=False), headers)
    await talk(call, CALLER, agent, AGENT)
    await over(pbx, call, agent)
    await pbx.dial_plan(record_calls=False)

    async def ready() -> pb.Recording | None:
        request = pb.ListRecordingsRequest(call_id=live.id)
        answer = await ask(pbx.media.ListRecordings, request, pbx.people[0].headers)
        return next(iter(answer.recordings), None)

    recording: pb.Recording = await eventually(ready, 15)
    assert recording.HasField("kept_until")
    request = pb.DownloadRecordingRequest(recording_id=recording.id)
    parts = [part async for part in stream(pbx.media.DownloadRecording, request, headers)]
    assert parts[0].recording.id == recording.id
    sound, rate = soundfile.read(io.BytesIO(b"".join(part.chunk for part in parts[1:])), dtype="int16")
    last = slice(-rate, -rate // 4)
    assert tones.purity(sound[last, 0], CALLER, rate) > 0.8
    assert tones.purity(sound[last, 1], AGENT, rate) > 0.8
    assert list((pbx.engine.recordings / "pcaps").glob(f"{live.id}*")) == []
    with pytest.raises(DomainError, match="DENIED"):
        [part async for part in stream(pbx.media.DownloadRecording, request, pbx.people[1].headers)]
    await only_for_a_purpose(pbx, recording.id)


async def only_for_a_purpose(pbx: Plant, recording: str) -> None:
    """Somebody else's call: the purpose and the reason are needed, and a case that is open."""
    quality, case = pb.LISTENING_PURPOSE_QUALITY, pb.LISTENING_PURPOSE_FRAUD_CASE
    for purpose, reason in ((pb.LISTENING_PURPOSE_UNSPECIFIED, "curious"), (quality, " ")):
        request = pb.DownloadRecordingRequest(recording_id=recording, purpose=purpose, reason=reason)
        with pytest.raises(DomainError, match="DENIED"):
            [part async for part in stream(pbx.media.DownloadRecording, request, pbx.owner)]
    request = pb.DownloadRecordingRequest(recording_id=recording, purpose=case, reason="a complaint")
    with pytest.raises(DomainError, match="DENIED"):
        [part async for part in stream(pbx.media.DownloadRecording, request, pbx.owner)]
    request.purpose = quality
    assert [part async for part in stream(pbx.media.DownloadRecording, request, pbx.owner)]


async def test_a_stranger_cannot_command_the_call(pbx: Plant) -> None:
    call, agent, live = await talking(pbx)
    with pytest.raises(DomainError) as refused:
        await ask(pbx.media.Hold, pb.HoldRequest(call_id=live.id, on=True), pbx.people[1].headers)
    assert refused.value.reason.name == "NOT_YOURS"
    with pytest.raises(DomainError) as unknown:
        await ask(pbx.media.Hold, pb.HoldRequest(call_id="cl_nothing", on=True), pbx.people[1].headers)
    assert unknown.value.reason.name == "UNKNOWN_CALL"
    with pytest.raises(DomainError) as illegal:
        await ask(pbx.media.CompleteTransfer, pb.CompleteTransferRequest(call_id=live.id), pbx.people[0].headers)
    assert illegal.value.reason.name == "ILLEGAL"
    await ask(pbx.media.HangUp, pb.HangUpRequest(call_id=live.id), pbx.people[0].headers)
    await call.over()
    await ask(pbx.media.HangUp, pb.HangUpRequest(call_id=live.id), pbx.people[0].headers)
    await over(pbx, agent)


@pytest.mark.clause("L05")
async def test_only_the_edge_is_believed(pbx: Plant) -> None:
    phone = await pbx.phone("stranger")
    nothing = await phone.call(f"sip:{pbx.number}@{DOMAIN}")
    assert await nothing.over() == 403
    forged = await phone.call(f"sip:{pbx.number}@{DOMAIN}", [("X-Antiphon-Source", "trunk;id=x")])
    assert await forged.over() == 403
    other = f"trunk;id={pbx.trunk_id};tenant=tn_other"
    assert await (await phone.call(f"sip:{pbx.number}@{DOMAIN}", [("X-Antiphon-Source", other)])).over() in (403, 404)
    unknown = await pbx.caller("+380440000000")
    assert await unknown.over() == 404
    await pbx.clean()


async def test_back_into_the_queue(pbx: Plant) -> None:
    call, agent, live = await talking(pbx)
    request = pb.TransferRequest(call_id=live.id, queue_id=pbx.queue_id)
    await ask(pbx.media.Transfer, request, pbx.people[0].headers)
    await agent.over()
    await pbx.ready(1)
    other = await pbx.people[1].incoming()
    await talk(call, CALLER, other, 1320)
    await over(pbx, call, other)
    assert (await pbx.record(live.id)).agent_id == pbx.people[1].id


@pytest.mark.parametrize("end", ["answered", "busy"])
async def test_blind_transfer(pbx: Plant, end: str) -> None:
    call, agent, live = await talking(pbx)
    target = pbx.people[2]
    request = pb.TransferRequest(call_id=live.id, person_id=target.id)
    await ask(pbx.media.Transfer, request, pbx.people[0].headers)
    await agent.over()
    if end == "answered":
        third = await target.incoming()
        await talk(call, CALLER, third, target.hertz)
    else:
        (await target.phone.incoming()).reject(486)
        third = await pbx.people[0].incoming()
        await talk(call, CALLER, third, AGENT)
    await over(pbx, call, third)
    record = await pbx.record(live.id)
    assert record.agent_id == (target.id if end == "answered" else pbx.people[0].id)


@pytest.mark.parametrize("end", ["completed", "cancelled", "busy", "agent hangs up", "customer leaves"])
async def test_attended_transfer(pbx: Plant, end: str) -> None:
    call, agent, live = await talking(pbx)
    target, headers = pbx.people[2], pbx.people[0].headers
    request = pb.TransferRequest(call_id=live.id, person_id=target.id, attended=True)
    answer = await ask(pbx.media.Transfer, request, headers)
    assert answer.call.state == pb.CALL_STATE_CONSULTING
    await hears(call, MUSIC)
    if end == "busy":
        (await target.phone.incoming()).reject(486)
        await talk(call, CALLER, agent, AGENT)
        await over(pbx, call, agent)
        return
    third = await target.incoming()
    await talk(agent, AGENT, third, target.hertz)
    match end:
        case "completed":
            await ask(pbx.media.CompleteTransfer, pb.CompleteTransferRequest(call_id=live.id), headers)
            await agent.over()
            await talk(call, CALLER, third, target.hertz)
        case "cancelled":
            await ask(pbx.media.CancelTransfer, pb.CancelTransferRequest(call_id=live.id), headers)
            await third.over()
            await talk(call, CALLER, agent, AGENT)
        case "agent hangs up":
            agent.hang_up()
            await talk(call, CALLER, third, target.hertz)
        case _:
            call.hang_up()
            await talk(agent, AGENT, third, target.hertz)
    await over(pbx, call, agent, third)
    assert (await pbx.record(live.id)).outcome == "answered"


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_caller_who_offers_no_sound_is_offered_ours(pbx: Plant, who: str) -> None:
    """RFC 3264 5: the offer goes out in the 200, the answer comes in the ACK."""
    call = await pbx.caller(offers=False)
    assert not call.leg.invite.sdp
    await call.up()
    await call.press("1")
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    await talk(call, CALLER, agent, AGENT)
    await call.hold()
    await hears(agent, MUSIC)
    await call.resume()
    await talk(call, CALLER, agent, AGENT)
    (call if who == "caller" else agent).hang_up()
    await (agent if who == "caller" else call).over()
    assert (await pbx.record(live.id)).outcome == "answered"
    await over(pbx)


async def test_an_answer_of_no_use_ends_the_call(pbx: Plant) -> None:
    call = await pbx.caller(offers=False)
    call.phone.account = replace(call.phone.account, codecs=())  # it will find no codec: BYE instead of an answer
    await call.over()
    leg = call.phone.endpoint.invite(
        f"sip:{pbx.number}@{DOMAIN}", sender=NameAddr("sip:380501112233@carrier.test"), sdp=b"",
        headers=[("X-Antiphon-Source", f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}")],
        hop=Hop("127.0.0.1", pbx.parts.endpoint.port),
    )  # fmt: skip
    while not isinstance(event := await leg.next(), Answered):
        continue
    assert b"m=audio" in event.sdp
    leg.confirm(b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\n")
    ended = await leg.next()
    assert isinstance(ended, Ended)
    assert "488" in ended.cause
    await over(pbx)


async def test_keys_that_are_only_tones_are_heard(pbx: Plant) -> None:
    """A telephone without RFC 4733: the engine finds the keys in the sound, and nothing in speech."""
    phone = await pbx.phone("380501112244")
    phone.account = replace(phone.account, events=False)
    source = f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}"
    call = await phone.call(f"sip:{pbx.number}@{DOMAIN}", [("X-Antiphon-Source", source)])
    assert b"telephone-event" not in call.leg.invite.sdp
    call.line.sound = Tone(CALLER)
    await call.up()
    await pbx.the_call("RECEPTION")
    await call.press("1", "in-band")
    await pbx.the_call("QUEUED")
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    await talk(call, CALLER, agent, AGENT)
    call.hang_up()
    await agent.over()
    await over(pbx)
