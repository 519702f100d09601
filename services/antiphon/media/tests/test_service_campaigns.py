"""Calls that a campaign orders: outside first, then an agent in time, or an apology."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.ids import derived_id
from antiphon.kit.settings import Platform
from antiphon.media.phone.phone import Phone
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, Plant, plant, talk
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
OUTSIDE = "+380671234567"


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.78") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.fixture(scope="module")
async def operator(pbx: Plant) -> Phone:
    listed = await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)
    phone = await pbx.phone("operator1")
    trunk = listed.trunks[0]
    trunk.port = phone.endpoint.port
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


async def originate(pbx: Plant, name: str, within: int = 20, apology: str = "", **more: Any) -> pb.Call:
    asked: dict[str, Any] = {"queue_id": pbx.queue_id, **more}
    request = pb.OriginateRequest(
        call_id=derived_id("cl", name), to=OUTSIDE, caller_id=pbx.number, apology=apology, language="en",
        answer_within=Duration(seconds=within), **asked,
    )  # fmt: skip
    answer = await ask(pbx.media.Originate, request, pbx.rt.peers.own(pbx.tenant), within=30)
    call: pb.Call = answer.call
    return call


@pytest.mark.clause("E01")
async def test_who_answers_gets_an_agent_and_a_repeat_is_the_same_call(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    made = await originate(pbx, "at_1")
    outside = await operator.incoming()
    assert outside.leg.invite.sender.address().name.endswith(pbx.number.removeprefix("+"))
    outside.line.sound = Tone(CALLER)
    outside.answer()
    mine = await pbx.people[0].incoming()
    await talk(mine, AGENT, outside, CALLER)
    live = await pbx.the_call("TALKING")
    assert (live.id, live.direction, live.caller) == (made.id, pb.DIRECTION_OUTBOUND, OUTSIDE)
    assert (live.queue_id, live.agent_id) == (pbx.queue_id, pbx.people[0].id)
    assert (await originate(pbx, "at_1")).id == made.id
    outside.hang_up()
    await mine.over()
    assert (await pbx.record(made.id)).outcome == "answered"
    again = await originate(pbx, "at_1")
    assert (again.id, again.state) == (made.id, pb.CALL_STATE_ENDED)
    await pbx.clean()


@pytest.mark.clause("E03")
@pytest.mark.parametrize("apology", ["", "Sorry, nobody is free."])
async def test_who_gets_nobody_in_time_is_abandoned_after_an_apology(pbx: Plant, operator: Phone, apology: str) -> None:
    made = await originate(pbx, f"at_2{bool(apology)}", within=1, apology=apology)
    outside = await operator.incoming()
    outside.answer()
    await outside.over()
    record = await pbx.record(made.id)
    assert record.outcome == "abandoned"
    assert await pbx.waiting() == []
    await pbx.clean()


@pytest.mark.parametrize(("code", "outcome"), [(486, "busy"), (404, "unreachable"), (480, "unreachable")])
async def test_who_does_not_answer_is_told_by_the_record(pbx: Plant, operator: Phone, code: int, outcome: str) -> None:
    made = await originate(pbx, f"at_3{code}")
    (await operator.incoming()).reject(code)
    record = await pbx.record(made.id)
    assert (record.outcome, record.legs[-1].code) == (outcome, code)
    await pbx.clean()


async def test_what_makes_no_sense_is_refused_and_only_services_may(pbx: Plant) -> None:
    own, call_id = pbx.rt.peers.own(pbx.tenant), derived_id("cl", "x")
    with pytest.raises(DomainError):
        await ask(pbx.media.Originate, pb.OriginateRequest(call_id=call_id, to=OUTSIDE), own)
    with pytest.raises(DomainError) as refused:
        await ask(pbx.media.Originate, pb.OriginateRequest(call_id=call_id, to=OUTSIDE, queue_id="q"), pbx.owner)
    assert refused.value.reason.name == "DENIED"


@pytest.mark.clause("E03")
async def test_the_agents_phone_is_asked_to_pick_up_by_itself(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    await originate(pbx, "at_5", auto_answer=True)
    outside = await operator.incoming()
    assert not outside.leg.header("answer-mode")  # only phones of the house are told to
    outside.answer()
    mine = await pbx.people[0].incoming()
    assert mine.leg.header("answer-mode") == "Auto"
    assert mine.leg.header("call-info").endswith(";answer-after=0")
    await pbx.the_call("TALKING")
    outside.hang_up()
    await mine.over()
    await pbx.clean()


@pytest.mark.clause("E03")
async def test_an_agent_who_is_named_is_called_first(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    made = await originate(pbx, "at_6", agent_id=pbx.people[0].id, queue_id="", auto_answer=True, project_id="pr_1")
    mine = await pbx.people[0].incoming()
    assert mine.leg.header("answer-mode") == "Auto"
    outside = await operator.incoming()
    outside.line.sound = Tone(CALLER)
    outside.answer()
    await talk(mine, AGENT, outside, CALLER)
    mine.hang_up()
    await outside.over()
    record = await pbx.record(made.id)
    assert (record.outcome, record.agent_id, record.called) == ("answered", pbx.people[0].id, OUTSIDE)
    assert record.project_id == "pr_1"
    await pbx.clean()


@pytest.mark.clause("E02")
async def test_prompts_are_answered_by_keys(pbx: Plant, operator: Phone) -> None:
    prompts = [pb.Prompt(id="happy", text="Happy?", keys="12"), pb.Prompt(id="thanks", text="Thanks.")]
    made = await originate(pbx, "at_7", queue_id="", prompts=prompts, opt_out_key="9")
    outside = await operator.incoming()
    outside.answer()
    await outside.up()
    await outside.press("1", "info")
    await outside.press("9", "info")
    await outside.over()
    record = await pbx.record(made.id)
    assert (record.outcome, dict(record.keys)) == ("received", {"happy": "1", "opt_out": "9"})
    await pbx.clean()
