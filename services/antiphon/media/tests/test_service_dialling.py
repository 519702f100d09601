"""Calls that people of the tenant place: to colleagues, to the world over trunks, by a click; conferences, monitoring,
voicemail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, stream
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, OTHER, Plant, hears, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
CLOSE = {"id": "sorry", "kind": "close", "text": {"en": "Good-bye."}, "outcome": "closed"}
OUTSIDE = "+380671234567"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.77") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.fixture(scope="module")
async def operators(pbx: Plant) -> list[Phone]:
    """Two operators beside the one that only calls in; the first is asked first."""
    request = telephony.ListTrunksRequest()
    for trunk in (await ask(pbx.telephony.ListTrunks, request, pbx.owner)).trunks:
        trunk.priority = 99
        await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    made = []
    for priority in (1, 2):
        phone = await pbx.phone(f"operator{priority}")
        trunk = telephony.Trunk(
            name=f"Operator {priority}", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"],
            priority=priority, max_channels=1,
        )  # fmt: skip
        await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
        made.append(phone)
    return made


async def over(pbx: Plant, *calls: PhoneCall) -> None:
    for call in calls:
        call.hang_up()
    await pbx.clean()


async def test_a_colleague_by_extension(pbx: Plant) -> None:
    call = await pbx.dials(pbx.people[0], "202")
    other = await pbx.people[1].incoming()
    await call.up()
    await talk(call, AGENT, other, OTHER)
    live = await pbx.the_call("TALKING")
    assert (live.direction, live.caller, live.called) == (pb.DIRECTION_INTERNAL, "201", "202")
    busy = (await pbx.work(1)).agent.load
    assert busy.get("voice", 0) == 1
    other.hang_up()
    await call.over()
    record = await pbx.record(live.id)
    assert record.outcome == "answered"
    assert {leg.person_id for leg in record.legs} >= {pbx.people[0].id, pbx.people[1].id}
    await over(pbx)


@pytest.mark.parametrize(("code", "told"), [(486, 486), (603, 603), (480, 480)])
async def test_a_colleague_who_does_not_answer(pbx: Plant, code: int, told: int) -> None:
    call = await pbx.dials(pbx.people[0], "202")
    (await pbx.people[1].phone.incoming()).reject(code)
    assert await call.over() == told
    await over(pbx)


async def test_nobody_has_this_extension(pbx: Plant) -> None:
    call = await pbx.dials(pbx.people[0], "777")
    assert await call.over() == 404
    await over(pbx)


async def test_the_world_over_a_trunk(pbx: Plant, operators: list[Phone]) -> None:
    call = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operators[0].incoming()
    assert outside.leg.invite.sender.address().name.endswith(pbx.number.removeprefix("+"))
    outside.line.sound = Tone(CALLER)
    outside.ring()
    await call.rang.wait()
    outside.answer()
    await call.up()
    await talk(call, AGENT, outside, CALLER)
    live = await pbx.the_call("TALKING")
    assert live.direction == pb.DIRECTION_OUTBOUND
    keys = pb.SendDigitsRequest(call_id=live.id, digits="42#")
    await ask(pbx.media.SendDigits, keys, pbx.people[0].headers)
    await eventually(lambda: outside.digits.qsize() == 3)
    assert [outside.digits.get_nowait() for _ in "42#"] == list("42#")
    second = await pbx.dials(pbx.people[1], OUTSIDE)  # the first trunk has one channel only
    other = await operators[1].incoming()
    second.hang_up()
    await other.over()
    outside.hang_up()
    await call.over()
    assert (await pbx.record(live.id)).outcome == "answered"
    await over(pbx)


@pytest.mark.clause("C05")
async def test_the_second_trunk_is_tried_when_the_first_fails(pbx: Plant, operators: list[Phone]) -> None:
    call = await pbx.dials(pbx.people[0], OUTSIDE)
    (await operators[0].incoming()).reject(503)
    outside = await operators[1].incoming()
    outside.line.sound = Tone(CALLER)
    outside.answer()
    await call.up()
    await talk(call, AGENT, outside, CALLER)
    await over(pbx, call, outside)
    busy = await pbx.dials(pbx.people[0], OUTSIDE)
    (await operators[0].incoming()).reject(486)
    assert await busy.over() == 486
    await over(pbx)


async def test_what_the_network_says_before_the_answer_is_heard(pbx: Plant, operators: list[Phone]) -> None:
    call = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operators[0].incoming()
    outside.line.sound = Tone(CALLER)
    early = outside._answer_to(outside.leg.remote_sdp)
    outside.leg.ring(183, early)
    await hears(call, CALLER)
    outside.leg.reject(404)
    assert await call.over() == 404
    await over(pbx)


async def test_click_to_call(pbx: Plant, operators: list[Phone]) -> None:
    me = pbx.people[0]
    request = pb.DialRequest(request_id="r1", to=OUTSIDE)
    async with asyncio.TaskGroup() as group:
        dialled = group.create_task(ask(pbx.media.Dial, request, me.headers, within=30))
        mine = await me.incoming()
        outside = await operators[0].incoming()
    answer = dialled.result()
    outside.line.sound = Tone(CALLER)
    outside.answer()
    await talk(mine, AGENT, outside, CALLER)
    again = await ask(pbx.media.Dial, request, me.headers, within=30)
    assert again.call.id == answer.call.id
    await ask(pbx.media.HangUp, pb.HangUpRequest(call_id=answer.call.id), me.headers)
    await outside.over()
    await over(pbx, mine)
    once_more = await ask(pbx.media.Dial, request, me.headers)
    assert (once_more.call.id, once_more.call.state) == (answer.call.id, pb.CALL_STATE_ENDED)


async def test_click_to_call_without_a_phone_and_to_nobody(pbx: Plant) -> None:
    me = pbx.people[0]
    request = pb.DialRequest(request_id="r2", to="777")
    with pytest.raises(DomainError) as unknown:
        await ask(pbx.media.Dial, request, me.headers)
    assert unknown.value.reason.name == "UNKNOWN_EXTENSION"
    me.phone.endpoint.draining = True
    with pytest.raises(DomainError) as nobody:
        await ask(pbx.media.Dial, pb.DialRequest(request_id="r3", to="202"), me.headers)
    me.phone.endpoint.draining = False
    assert nobody.value.reason.name == "NO_PHONE"
    await over(pbx)


async def in_conversation(pbx: Plant) -> tuple[PhoneCall, PhoneCall, pb.Call]:
    call = await pbx.dials(pbx.people[0], "202")
    other = await pbx.people[1].incoming()
    await call.up()
    await talk(call, AGENT, other, OTHER)
    return call, other, await pbx.the_call("TALKING")


async def test_a_conference_of_three_and_back(pbx: Plant) -> None:
    call, other, live = await in_conversation(pbx)
    request = pb.AddPartyRequest(call_id=live.id, to="203")
    await ask(pbx.media.AddParty, request, pbx.people[0].headers)
    third = await pbx.people[2].incoming()
    await hears(call, OTHER, pbx.people[2].hertz)
    await hears(other, AGENT, pbx.people[2].hertz)
    await hears(third, AGENT, OTHER)
    third.hang_up()
    await pbx.the_call("TALKING")
    await talk(call, AGENT, other, OTHER)
    await over(pbx, call, other)


async def test_a_guest_who_does_not_come(pbx: Plant) -> None:
    call, other, live = await in_conversation(pbx)
    request = pb.AddPartyRequest(call_id=live.id, to="203")
    await ask(pbx.media.AddParty, request, pbx.people[0].headers)
    (await pbx.people[2].phone.incoming()).reject(486)
    await pbx.the_call("TALKING")
    await talk(call, AGENT, other, OTHER)
    await over(pbx, call, other)


async def test_a_supervisor_listens_whispers_and_joins(pbx: Plant) -> None:
    await pbx.scheme(pbx.queue_node())
    call = await pbx.caller()
    await call.up()
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    boss, voice = pbx.people[2], pbx.people[2].hertz

    async def monitor(mode: pb.MonitorMode.ValueType) -> None:
        request = pb.MonitorRequest(call_id=live.id, mode=mode, reason="training")
        await ask(pbx.media.Monitor, request, boss.headers)

    await monitor(pb.MONITOR_MODE_LISTEN)
    third = await boss.incoming()
    await hears(third, CALLER, AGENT)
    await hears(call, AGENT, mixed=True)
    await hears(agent, CALLER, mixed=True)
    await monitor(pb.MONITOR_MODE_WHISPER)
    await hears(agent, CALLER, voice)
    await hears(call, AGENT, mixed=True)
    await monitor(pb.MONITOR_MODE_BARGE)
    await hears(call, AGENT, voice)
    with pytest.raises(DomainError):
        await ask(pbx.media.Monitor, pb.MonitorRequest(call_id=live.id, mode=pb.MONITOR_MODE_LISTEN), boss.headers)
    third.hang_up()
    await talk(call, CALLER, agent, AGENT)
    call.hang_up()
    await pbx.away()
    await over(pbx, agent)


async def test_a_message_is_left_and_heard(pbx: Plant) -> None:
    owner = pbx.people[0]
    await pbx.scheme(
        {
            "id": "ring", "kind": "ring", "targets": [{"who": "person", "value": owner.id}], "timeout_s": 20,
            "on_no_answer": "box",
        },
        {
            "id": "box", "kind": "voicemail", "box": "person", "box_id": owner.id, "text": {"en": "Speak."},
            "next": "sorry",
        },
        CLOSE,
    )  # fmt: skip
    call = await pbx.caller()
    (await owner.phone.incoming()).reject(486)
    await call.up()
    live = await pbx.the_call("VOICEMAIL")
    await hears(call, 1000)
    count = call.line.sent
    await eventually(lambda: call.line.sent > count + 100)
    call.hang_up()
    assert (await pbx.record(live.id)).outcome == "voicemail"

    async def left() -> pb.Voicemail | None:
        answer = await ask(pbx.media.ListVoicemails, pb.ListVoicemailsRequest(), owner.headers)
        return next(iter(answer.voicemails), None)

    message: pb.Voicemail = await eventually(left, 15)
    assert not message.heard
    request = pb.DownloadVoicemailRequest(voicemail_id=message.id)
    parts = [part async for part in stream(pbx.media.DownloadVoicemail, request, owner.headers)]
    assert len(b"".join(part.chunk for part in parts)) > 500
    heard: pb.Voicemail = await eventually(left)
    assert heard.heard
    with pytest.raises(DomainError):
        [part async for part in stream(pbx.media.DownloadVoicemail, request, pbx.people[1].headers)]
    delete = pb.DeleteVoicemailRequest(voicemail_id=message.id)
    await ask(pbx.media.DeleteVoicemail, delete, owner.headers)
    await ask(pbx.media.DeleteVoicemail, delete, owner.headers)
    assert await left() is None
    await over(pbx)


async def test_a_scheme_rings_a_person(pbx: Plant) -> None:
    target = {"id": "ring", "kind": "ring", "targets": [{"who": "person", "value": pbx.people[0].id}]}
    await pbx.scheme({**target, "timeout_s": 20, "on_no_answer": "sorry"}, CLOSE)
    call = await pbx.caller()
    person = await pbx.people[0].incoming()
    await call.up()
    await talk(call, CALLER, person, AGENT)
    busy = await pbx.work(0)
    assert [item for item in busy.items if item.state == acd.ITEM_STATE_CONNECTED]
    person.hang_up()
    await call.over()
    await over(pbx)


@pytest.mark.clause("B02")
async def test_the_channels_of_a_number_count_in_both_directions(pbx: Plant, operators: list[Phone]) -> None:
    await pbx.scheme(pbx.queue_node())
    await channels(pbx, 2)
    inbound = await pbx.caller()
    await inbound.up()
    outbound = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operators[0].incoming()
    assert await (await pbx.caller()).over() == 486
    assert await (await pbx.dials(pbx.people[1], OUTSIDE)).over() == 486
    await over(pbx, inbound, outbound, outside)
    again = await pbx.caller()
    await again.up()
    await channels(pbx, 0)
    await over(pbx, again)


async def channels(pbx: Plant, count: int) -> None:
    numbers = (await ask(pbx.directory.ListNumbers, directory.ListNumbersRequest(), pbx.owner)).numbers
    numbers[0].max_channels = count
    stored = await ask(pbx.directory.PutNumber, directory.PutNumberRequest(number=numbers[0]), pbx.owner)

    async def known() -> bool:
        number = await pbx.parts.board.world.asks.number(pbx.tenant, pbx.number)
        return bool(number.max_channels == (stored.number.max_channels or 100))

    await eventually(known)


async def test_a_wait_that_is_too_long_goes_on_in_the_scheme(pbx: Plant) -> None:
    await pbx.scheme(pbx.queue_node(max_wait_s=1, on_timeout="sorry"), CLOSE)
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("QUEUED")
    await call.over(20)
    assert (await pbx.record(live.id)).outcome == "closed"
    assert not await pbx.waiting()
    await over(pbx)


async def test_callers_who_give_up_at_any_moment_leave_nothing(pbx: Plant) -> None:
    target = {"id": "ring", "kind": "ring", "targets": [{"who": "person", "value": pbx.people[0].id}]}
    await pbx.scheme({**target, "timeout_s": 20, "on_no_answer": "sorry"}, CLOSE)
    for step in range(20):
        call = await pbx.caller()
        await asyncio.sleep(step * 0.008)
        call.hang_up()
        await call.over()
    await over(pbx)


async def test_cancels_and_answers_cross_forty_times(pbx: Plant) -> None:
    """The called one picks up while the caller gives up, sooner or later by a millisecond: both are free again."""
    for step in range(40):
        call = await pbx.dials(pbx.people[0], "202")
        ringing = await pbx.people[1].phone.incoming()
        ringing.ring()
        await call.rang.wait()
        first, then = (call.hang_up, ringing.answer) if step % 2 else (ringing.answer, call.hang_up)
        first()
        await asyncio.sleep(step // 4 * 0.001)
        then()
        await call.over()
        await ringing.over()
    await over(pbx)
    assert not await pbx.live()


async def test_the_plant_is_seen(pbx: Plant) -> None:
    health = await ask(pbx.media.GetVoiceHealth, pb.GetVoiceHealthRequest(), pbx.owner)
    assert [engine.up for engine in health.engines] == [True]
    assert len(health.replicas) == 1
    phone = await ask(pbx.media.GetSoftphone, pb.GetSoftphoneRequest(), pbx.people[0].headers)
    assert not phone.available
