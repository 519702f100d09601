"""A campaign through real media: people, busy lines, unknown numbers; results, surveys, callbacks, restarts."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from antiphon.dialer.__main__ import serve as dialer_serve
from antiphon.dialer.domain.policy import Rulebook
from antiphon.dialer.rulebook import rulebook
from antiphon.dialer.tests.house import House, zone_where_it_is
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit import tasks
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.phone.phone import Phone
from antiphon.media.phone.sound import Tone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, Plant, plant, talk
from antiphon.media.v1 import media_pb2

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]

PATIENT = Rulebook(tuple(replace(pack, answer_within=timedelta(seconds=20)) for pack in rulebook().packs))
"""The packs, for a busy machine: people wait longer than the law allows."""
SERVE = functools.partial(dialer_serve, rules=PATIENT)


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.79") as it:
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


def numbers(*tails: int) -> str:
    zone = zone_where_it_is(12)
    return "phone,zone\n" + "".join(f"+3806712345{tail:02d},{zone}\n" for tail in tails)


async def settled(house: House, campaign_id: str, results: Sequence[int]) -> list[pb.Attempt]:
    """The attempts, oldest first, once they have these results."""
    found: list[pb.Attempt] = []

    async def there() -> bool:
        found[:] = reversed(await house.attempts(campaign_id))
        return [one.result for one in found] == list(results)

    await eventually(there)
    return found


@pytest.mark.clause("E01")
@pytest.mark.clause("E02")
async def test_a_campaign_ends_with_a_result_for_each_contact(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        questions = [
            pb.Question(id="bought", text="?", type=pb.ANSWER_TYPE_YES_NO),
            pb.Question(id="mark", text="?", type=pb.ANSWER_TYPE_NUMBER, least=1, most=5, only_if="bought",
                        only_if_answer="yes"),
        ]  # fmt: skip
        said = [pb.Disposition(code="sale", title="Sale", result=pb.RESULT_CLASS_SUCCESS)]
        made = await house.campaign("Survey", questions=questions, dispositions=said)
        await house.load(made.id, numbers(1, 2, 3))
        await pbx.ready(0)
        await house.to(made.id, "RUNNING")
        outside = await operator.incoming()
        outside.line.sound = Tone(CALLER)
        outside.answer()
        mine = await pbx.people[0].incoming()
        await talk(mine, AGENT, outside, CALLER)
        outside.hang_up()
        await mine.over()
        (await operator.incoming()).reject(486)
        (await operator.incoming()).reject(404)
        wanted = [pb.RESULT_CLASS_SUCCESS, pb.RESULT_CLASS_BUSY, pb.RESULT_CLASS_INVALID]
        first, *_ = attempts = await settled(house, made.id, wanted)
        assert first.agent_id == pbx.people[0].id
        calls = (await ask(pbx.media.ListCalls, media_pb2.ListCallsRequest(limit=200), pbx.owner)).calls
        assert {call.id for call in calls} == {one.call_id for one in attempts}
        await said_so(house, pbx, first)
        assert await house.states(made.id) == {"done": 2, "ready": 1}
        rows = await house.export(made.id)
        assert rows[0].endswith("bought,mark")
        assert sum(row.endswith("yes,4") for row in rows) == 1
        assert rows[1].split(",")[2:7] == ["done", "1", "success", "sale", pbx.people[0].id]
        status = await house.says(made.id, "later")
        assert (status.answered, status.abandoned, status.contacts_later) == (1, 0, 1)
        await house.to(made.id, "FINISHED")


async def said_so(house: House, pbx: Plant, attempt: pb.Attempt) -> None:
    """The agent says what came of it; others and nonsense are refused."""
    request = pb.RecordResultRequest(
        call_id=attempt.call_id, disposition="sale", answers={"bought": "yes", "mark": "9"}
    )
    agent, other = pbx.people[0].headers, pbx.people[1].headers
    for headers, answer, reason in ((other, "4", "NOT_YOURS"), (agent, "9", "INVALID"), (agent, "", "INVALID")):
        request.answers["mark"] = answer
        with pytest.raises(DomainError) as refused:
            await ask(house.stub.RecordResult, request, headers)
        assert refused.value.reason.name == reason
    request.answers["mark"] = "4"
    stored = await ask(house.stub.RecordResult, request, agent)
    assert (stored.attempt.disposition, stored.attempt.result) == ("sale", pb.RESULT_CLASS_SUCCESS)


async def test_a_callback_is_kept(pbx: Plant, operator: Phone, platforms: dict[str, Platform]) -> None:
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        said = [pb.Disposition(code="again", title="Call again", result=pb.RESULT_CLASS_CALLBACK)]
        made = await house.campaign("Callback", dispositions=said)
        await house.load(made.id, numbers(11))
        await pbx.ready(0)
        await house.to(made.id, "RUNNING")
        outside = await operator.incoming()
        outside.answer()
        mine = await pbx.people[0].incoming()
        await pbx.the_call("TALKING")
        mine.hang_up()
        await outside.over()
        (first,) = await settled(house, made.id, [pb.RESULT_CLASS_SUCCESS])
        at = datetime.now(UTC) + timedelta(seconds=1)  # noqa: TID251 - the services' clock
        request = pb.RecordResultRequest(attempt_id=first.id, disposition="again", callback_at=timestamp(at))
        await ask(house.stub.RecordResult, request, pbx.people[0].headers)
        again = await operator.incoming()
        again.reject(603)
        await settled(house, made.id, [pb.RESULT_CLASS_CALLBACK, pb.RESULT_CLASS_BUSY])
        await house.to(made.id, "FINISHED")


async def test_a_dialler_that_dies_dials_nobody_twice_and_forgets_nobody(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    await pbx.ready(0)
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Restart")
        await house.load(made.id, numbers(21))
        await house.to(made.id, "RUNNING")
        outside = await operator.incoming()
        outside.ring()
    outside.reject(480)  # nobody hears this while the dialler is away
    await pbx.clean()
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        await settled(house, made.id, [pb.RESULT_CLASS_NO_ANSWER])
        status = await house.says(made.id, "later")
        assert status.contacts_later == 1
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await operator.incoming()
        await house.to(made.id, "FINISHED")


@pytest.mark.clause("E03")
async def test_progressive_never_rings_more_people_than_agents_are_free(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Two agents")
        await house.load(made.id, numbers(*range(31, 41)))
        await pbx.ready(0, 1)
        await house.to(made.id, "RUNNING")
        calls = [await operator.incoming() for _ in range(2)]
        await house.says(made.id, "pacing")
        assert operator._incoming.empty()
        assert sorted(one.reason for one in await house.attempts(made.id)) == ["allowed"] * 2
        await house.to(made.id, "PAUSED")
        for call in calls:
            call.reject(486)
        await settled(house, made.id, [pb.RESULT_CLASS_BUSY] * 2)
        await house.to(made.id, "FINISHED")


@pytest.mark.clause("E03")
async def test_an_agent_who_is_held_is_on_the_line_before_the_contact_is(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    """While he listens to the ringing he is neither free nor talking; nobody can be abandoned."""
    async with running({"dialer": dialer_serve}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Held", hold=pb.HOLD_ALWAYS, max_attempts=1)
        await house.load(made.id, numbers(41, 42))
        await pbx.ready(0)
        await house.to(made.id, "RUNNING")
        mine = await pbx.people[0].incoming()
        assert mine.leg.header("answer-mode") == "Auto"
        outside = await operator.incoming()

        async def held() -> bool:
            status = await house.status(made.id)
            return (status.agents_held, status.agents_idle, status.agents_talking) == (1, 0, 0)

        await eventually(held, 20)
        outside.line.sound = Tone(CALLER)
        outside.answer()
        await talk(mine, AGENT, outside, CALLER)
        outside.hang_up()
        await mine.over()
        again = await pbx.people[0].incoming()
        (await operator.incoming()).reject(486)
        await again.over()
        first, second = await settled(house, made.id, [pb.RESULT_CLASS_SUCCESS, pb.RESULT_CLASS_BUSY])
        assert (first.agent_id, second.agent_id) == (pbx.people[0].id, pbx.people[0].id)
        status = await house.says(made.id, "no_contacts")
        assert (status.answered, status.abandoned) == (1, 0)
        await house.to(made.id, "FINISHED")


@pytest.mark.clause("E03")
async def test_a_machine_is_a_result_and_no_abandoned_call(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Machines", machine_action=pb.MACHINE_ACTION_HANG_UP, auto_answer=True)
        await house.load(made.id, numbers(43))
        await pbx.ready(0)
        await house.to(made.id, "RUNNING")
        outside = await operator.incoming()
        outside.answer()  # and says nothing
        mine = await pbx.people[0].incoming()
        await mine.over(within=30)
        (attempt,) = await settled(house, made.id, [pb.RESULT_CLASS_MACHINE])
        assert attempt.answered_by == "machine"
        status = await house.says(made.id, "later")
        assert (status.answered, status.abandoned) == (0, 0)
        asked = pb.GetCampaignReportRequest(campaign_id=made.id)
        report = (await ask(house.stub.GetCampaignReport, asked, house.owner)).report
        found = (report.machines, report.machines_checked, report.machines_mistaken)
        assert (found, report.answered, report.abandoned) == ((1, 0, 0), 0, 0)
        await house.to(made.id, "FINISHED")


async def test_trunks_that_carry_nothing_are_left_alone_for_a_while_and_that_is_said(
    pbx: Plant, operator: Phone, platforms: dict[str, Platform]
) -> None:
    async def out_of_order() -> None:
        while True:
            (await operator.incoming(within=3600)).reject(500)

    async with running({"dialer": SERVE}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Dead trunks")
        await house.load(made.id, numbers(*range(50, 70)))
        failing = asyncio.ensure_future(out_of_order())
        await pbx.ready(0, 1)
        await house.to(made.id, "RUNNING")
        status = await house.says(made.id, "calls_fail")
        assert status.HasField("until")
        await house.to(made.id, "FINISHED")
        await tasks.end(failing)
        attempts = await house.attempts(made.id)
        assert {one.result for one in attempts} <= {pb.RESULT_CLASS_SYSTEM, pb.RESULT_CLASS_UNSPECIFIED}
        assert len(attempts) < 20
