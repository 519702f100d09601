"""Campaigns in which people look before they dial, or nobody talks; what customers do by themselves. Real media."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from antiphon.acd.v1 import acd_pb2
from antiphon.common.v1.money_pb2 import Money
from antiphon.dialer.__main__ import serve as dialer_serve
from antiphon.dialer.domain.policy import HOLIDAY, WEEKDAYS, Rulebook, Window
from antiphon.dialer.tests.house import House, refusal
from antiphon.dialer.tests.test_service_calls import PATIENT, numbers, settled
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.directory.v1 import deals_pb2, deals_pb2_grpc
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.phone.phone import Phone
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, Plant, plant, talk

OPEN = Rulebook(
    tuple(replace(pack, windows=(Window(frozenset({*WEEKDAYS, HOLIDAY}), time(0), time(0)),)) for pack in PATIENT.packs)
)
"""The packs, for tests that run at any hour."""
SERVE = functools.partial(dialer_serve, rules=OPEN)
pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.77") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


@pytest.fixture(scope="module")
async def house(pbx: Plant, platforms: dict[str, Platform]) -> AsyncIterator[House]:
    async with running({"dialer": SERVE}, platforms) as runtimes:
        yield House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)


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


class Agent:
    """What an agent may ask of the dialler."""

    def __init__(self, house: House, headers: Any) -> None:
        self.stub, self.headers = house.stub, headers

    async def take(self, campaign_id: str) -> pb.Preview:
        answer = await ask(self.stub.TakePreview, pb.TakePreviewRequest(campaign_id=campaign_id), self.headers)
        preview: pb.Preview = answer.preview
        return preview

    async def dial(self, preview: pb.Preview) -> pb.Attempt:
        answer = await ask(self.stub.DialPreview, pb.DialPreviewRequest(preview_id=preview.id), self.headers)
        attempt: pb.Attempt = answer.attempt
        return attempt

    async def skip(self, preview: pb.Preview) -> None:
        await ask(self.stub.SkipPreview, pb.SkipPreviewRequest(preview_id=preview.id), self.headers)


@pytest.mark.clause("E03")
async def test_an_agent_looks_skips_and_dials(house: House, pbx: Plant, operator: Phone) -> None:
    said = [pb.Disposition(code="sale", title="Sale", result=pb.RESULT_CLASS_SUCCESS, with_amount=True)]
    made = await house.campaign(
        "Preview", mode=pb.MODE_PREVIEW, skips=1, dispositions=said, currency="UAH", script="Good day."
    )
    await house.load(made.id, numbers(51, 52))
    agent, other = Agent(house, pbx.people[0].headers), Agent(house, pbx.people[1].headers)
    assert (await refusal(agent.take(made.id)))[0] == "ILLEGAL"
    await house.to(made.id, "RUNNING")
    await pbx.ready(0)
    mine = await ask(house.stub.ListMyCampaigns, pb.ListMyCampaignsRequest(), agent.headers)
    assert [(one.id, one.mode) for one in mine.campaigns] == [(made.id, pb.MODE_PREVIEW)]
    first = await agent.take(made.id)
    assert (await agent.take(made.id)).id == first.id
    assert (await other.take(made.id)).card.number != first.card.number
    assert (await refusal(other.take(pb.Campaign().id)))[0] == "NOT_FOUND"
    assert (await refusal(other.dial(first)))[0] == "NOT_FOUND"
    await agent.skip(first)
    assert (first.skips_left, first.card.script) == (1, "Good day.")
    second = await agent.take(made.id)  # the only one left is the same one
    assert second.id != first.id
    assert (await refusal(agent.skip(second)))[0] == "SKIPS_SPENT"

    attempt = await agent.dial(second)
    assert (await agent.dial(second)).id == attempt.id
    mine_now = await pbx.people[0].incoming()
    outside = await operator.incoming()
    outside.line.sound = Tone(CALLER)
    outside.answer()
    await talk(mine_now, AGENT, outside, CALLER)
    card = (await ask(house.stub.GetCard, pb.GetCardRequest(call_id=attempt.call_id), agent.headers)).card
    assert (card.campaign_name, card.attempt_id, card.currency) == ("Preview", attempt.id, "UAH")
    stranger = ask(house.stub.GetCard, pb.GetCardRequest(call_id=attempt.call_id), other.headers)
    assert (await refusal(stranger))[0] == "NOT_YOURS"
    result = pb.RecordResultRequest(call_id=attempt.call_id, disposition="sale")
    assert await refusal(ask(house.stub.RecordResult, result, agent.headers)) == ("INVALID", "amount")
    result.amount.CopyFrom(Money(currency="UAH", micros=1_250_000_000))
    await ask(house.stub.RecordResult, result, agent.headers)
    outside.hang_up()
    await mine_now.over()
    await settled(house, made.id, [pb.RESULT_CLASS_SUCCESS])
    row = next(row for row in await house.export(made.id) if ",sale," in row)
    assert row.endswith(",1250.00,UAH,")
    report = (
        await ask(house.stub.GetCampaignReport, pb.GetCampaignReportRequest(campaign_id=made.id), house.owner)
    ).report
    assert (report.dialled, report.answered, dict(report.dispositions)) == (1, 1, {"sale": 1})
    assert report.sales.micros == 1_250_000_000
    crm = deals_pb2_grpc.DealServiceStub(house.rt.peers.channel("directory"))

    async def deals() -> list[deals_pb2.Deal]:
        return list((await ask(crm.ListDeals, deals_pb2.ListDealsRequest(), house.owner)).deals)

    await eventually(deals, within=20)
    (deal,) = await deals()
    assert (deal.source, deal.state, deal.amount.micros) == ("campaign", deals_pb2.DEAL_STATE_WON, 1_250_000_000)
    await house.to(made.id, "FINISHED")


@pytest.mark.clause("E03")
async def test_nobody_outside_is_called_when_the_agent_is_not_at_his_phone(
    house: House, pbx: Plant, operator: Phone
) -> None:
    made = await house.campaign("Absent", mode=pb.MODE_MANUAL)
    await house.load(made.id, numbers(55))
    await house.to(made.id, "RUNNING")
    agent = Agent(house, pbx.people[0].headers)
    preview = await agent.take(made.id)
    assert preview.skips_left == -1
    await agent.dial(preview)
    (await pbx.people[0].phone.incoming()).reject(480)
    await settled(house, made.id, [pb.RESULT_CLASS_SYSTEM])
    assert operator._incoming.empty()
    assert await house.states(made.id) == {"ready": 1}
    await house.to(made.id, "FINISHED")


async def test_who_leaves_gives_his_contact_back(house: House, pbx: Plant) -> None:
    made = await house.campaign("Leaves", mode=pb.MODE_PREVIEW)
    await house.load(made.id, numbers(56))
    await house.to(made.id, "RUNNING")
    await pbx.ready(0)
    await Agent(house, pbx.people[0].headers).take(made.id)
    assert await house.states(made.id) == {"preview": 1}
    request = acd_pb2.SetAgentStateRequest(state=acd_pb2.AGENT_STATE_OFFLINE)
    await ask(pbx.acd.SetAgentState, request, pbx.people[0].headers)

    async def is_back() -> bool:
        return await house.states(made.id) == {"ready": 1}

    await eventually(is_back)
    await house.to(made.id, "FINISHED")


@pytest.mark.clause("E01")
async def test_a_promised_callback_is_kept_by_who_promised_it(house: House, pbx: Plant, operator: Phone) -> None:
    said = [pb.Disposition(code="again", title="Call again", result=pb.RESULT_CLASS_CALLBACK)]
    made = await house.campaign("Personal", dispositions=said)
    await house.load(made.id, numbers(57))
    await pbx.ready(1)
    await house.to(made.id, "RUNNING")
    outside = await operator.incoming()
    outside.answer()
    his = await pbx.people[1].incoming()
    await pbx.the_call("TALKING")
    his.hang_up()
    await outside.over()
    (first,) = await settled(house, made.id, [pb.RESULT_CLASS_SUCCESS])
    await pbx.ready(0)
    at = datetime.now(UTC) + timedelta(seconds=1)  # noqa: TID251 - the services' clock
    request = pb.RecordResultRequest(attempt_id=first.id, disposition="again", callback_at=timestamp(at), personal=True)
    await ask(house.stub.RecordResult, request, pbx.people[1].headers)
    again = await pbx.people[1].incoming()  # his own phone first, though another agent is free as well
    outside = await operator.incoming()
    outside.answer()
    await pbx.the_call("TALKING")
    again.hang_up()
    await outside.over()
    _, second = await settled(house, made.id, [pb.RESULT_CLASS_CALLBACK, pb.RESULT_CLASS_SUCCESS])
    assert second.agent_id == pbx.people[1].id
    await house.to(made.id, "FINISHED")


@pytest.mark.clause("E02")
@pytest.mark.clause("E06")
async def test_a_survey_by_keys_and_one_who_wants_no_more(house: House, operator: Phone) -> None:
    questions = [
        pb.Question(id="happy", text="Happy?", type=pb.ANSWER_TYPE_YES_NO),
        pb.Question(id="mark", text="Mark?", type=pb.ANSWER_TYPE_NUMBER, least=1, most=5),
    ]
    made = await house.campaign("Keys", mode=pb.MODE_MESSAGE, opt_out_key="9", questions=questions, max_lines=1)
    await house.load(made.id, numbers(61, 62))
    await house.to(made.id, "RUNNING")
    one = await operator.incoming()
    one.answer()
    await one.up()
    await one.press("14", "info")
    await one.over()
    other = await operator.incoming()
    other.answer()
    await other.up()
    await other.press("9", "info")
    await other.over()
    wanted = [pb.RESULT_CLASS_SUCCESS, pb.RESULT_CLASS_DNC]
    _, refused = await settled(house, made.id, wanted)
    assert sorted(row.rsplit(",", 2)[1:] for row in (await house.export(made.id))[1:]) == [["", ""], ["yes", "4"]]
    listed = pb.ListDoNotCallRequest(level=pb.DO_NOT_CALL_LEVEL_TENANT)
    forbidden = (await ask(house.stub.ListDoNotCall, listed, house.owner)).numbers
    assert [(one.number, one.source) for one in forbidden] == [(refused.number, "key")]
    assert (await house.states(made.id)) == {"done": 2}
    await house.to(made.id, "FINISHED")


@pytest.mark.clause("B11")
async def test_a_missed_call_is_called_back_unless_he_calls_again(house: House, pbx: Plant, operator: Phone) -> None:
    made = await house.campaign("Missed", redial_missed=True)
    await house.to(made.id, "RUNNING")
    await pbx.scheme(pbx.queue_node())
    phone = await pbx.phone("380671234577")
    source = f"trunk;id={pbx.trunk_id};tenant={pbx.tenant}"

    async def calls() -> Any:
        return await phone.call(f"sip:{pbx.number}@pbx.test", [("X-Antiphon-Source", source)])

    async def listed() -> bool:
        lists = (await ask(house.stub.ListLists, pb.ListListsRequest(campaign_id=made.id), house.owner)).lists
        return [dict(one.by_state) for one in lists] == [{"ready": 1}]

    async def is_done() -> bool:
        return await house.states(made.id) == {"done": 1}

    for _ in range(2):  # he gives up twice: one task
        waiting = await calls()
        await pbx.the_call("QUEUED")
        waiting.hang_up()
        await eventually(listed)
    await pbx.ready(0)
    called = await operator.incoming()
    called.reject(603)
    await eventually(listed)  # busy: later again
    talking = await calls()
    mine = await pbx.people[0].incoming()
    await pbx.the_call("TALKING")
    talking.hang_up()
    await mine.over()
    await eventually(is_done)
    assert len(await house.attempts(made.id)) == 1
    await house.to(made.id, "FINISHED")
