"""The dialler with real directory, ACD, NATS and Mongo, and with media away: records, lists, refusals, evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.tests.test_service import Centre, new_centre
from antiphon.acd.v1 import acd_pb2
from antiphon.dialer.__main__ import serve as dialer_serve
from antiphon.dialer.evidence import verify
from antiphon.dialer.tests.house import House, refusal, zone_where_it_is
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import mongo
from antiphon.kit.grpc_client import ask, stream
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    services = {"directory": directory_serve, "acd": acd_serve, "dialer": dialer_serve}
    async with running(services, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime]) -> Centre:
    return await new_centre(runtimes["acd"], "one@dialer.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(centre: Centre, runtimes: dict[str, Runtime]) -> House:
    return House.of(centre, runtimes["dialer"])


async def test_a_campaign_goes_its_ways_and_no_others(house: House) -> None:
    made = await house.campaign("Life")
    assert (made.state, made.rev, made.ring_for.seconds) == (pb.CAMPAIGN_STATE_DRAFT, 1, 25)
    assert (await house.status(made.id)).why_code == "draft"
    assert await refusal(house.to(made.id, "PAUSED")) == ("ILLEGAL", "")
    assert await refusal(house.to(made.id, "SCHEDULED")) == ("INVALID", "starts_at")
    running_one = await house.to(made.id, "RUNNING")
    assert (await house.to(made.id, "RUNNING")).rev == running_one.rev
    await house.to(made.id, "PAUSED")
    assert (await house.says(made.id, "paused")).why
    await house.to(made.id, "FINISHED")
    assert await refusal(house.to(made.id, "RUNNING")) == ("ILLEGAL", "")
    assert await refusal(house.campaign("Life")) == ("TAKEN", "name")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"mode": 0}, "mode"), ({"mode": pb.MODE_POWER}, "lines_per_agent"),
        ({"pack_id": "Atlantis"}, "pack_id"), ({"pack_id": "US-FL"}, "pack_id"), ({"max_attempts": 21}, "max_attempts"),
        ({"abandon_limit_millipercent": 3001}, "abandon_limit_millipercent"), ({"caller_ids": ["x"]}, "caller_ids"),
        ({"dispositions": [pb.Disposition(code="x", result=pb.RESULT_CLASS_MACHINE)]}, "dispositions"),
        ({"questions": [pb.Question(id="q")]}, "questions"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_names_its_field(house: House, wrong: dict[str, object], field: str) -> None:
    assert await refusal(house.campaign("Wrong", **wrong)) == ("INVALID", field)


async def test_a_list_is_imported_once_with_its_bad_rows(house: House) -> None:
    made = await house.campaign("Import")
    text = "phone;name\n(212) 555-0123;Ann\n12125550123;Ann again\n12.03.2024;Date\n+1 305 555 0101;Bob\n"
    for _ in range(2):  # the second time is the same request
        imported = await house.load(made.id, text.encode("utf-16"))
        assert (imported.rows, imported.contacts, imported.bad_rows) == (4, 2, 2)
    again = await house.load(made.id, "phone\n+12125550123\n+12125550124\n", "r2")
    assert (again.contacts, again.bad_rows) == (1, 1)
    rows = await ask(house.stub.ListBadRows, pb.ListBadRowsRequest(list_id=imported.id), house.owner)
    assert [(row.line, row.reason) for row in rows.rows] == [(3, "duplicate"), (4, "a_date")]
    assert await refusal(house.load(made.id, "name\nAnn\n", "r3")) == ("INVALID", "columns")
    assert await refusal(house.load(made.id, b"PK\x03\x04rubbish", "r4")) == ("INVALID", "chunk")
    assert await refusal(house.load("cm_nobody", "phone\n", "r5")) == ("NOT_FOUND", "")


@pytest.mark.clause("E06")
async def test_nobody_is_dialled_against_the_rules_and_each_refusal_is_written_down(
    house: House, centre: Centre
) -> None:
    made = await house.campaign("Rules")
    for level, number in ((pb.DO_NOT_CALL_LEVEL_TENANT, "2125550201"), (pb.DO_NOT_CALL_LEVEL_CAMPAIGN, "2125550202")):
        request = pb.AddDoNotCallRequest(level=level, campaign_id=made.id, numbers=[number, "no"], region="US")
        answer = await ask(house.stub.AddDoNotCall, request, house.owner)
        assert (answer.added, list(answer.unreadable)) == (1, ["no"])
    everywhere = pb.AddDoNotCallRequest(level=pb.DO_NOT_CALL_LEVEL_GLOBAL, numbers=["2125550203"], region="US")
    assert (await refusal(ask(house.stub.AddDoNotCall, everywhere, house.owner)))[0] == "DENIED"
    await ask(house.stub.AddDoNotCall, everywhere, centre.own)
    day, night = zone_where_it_is(12), zone_where_it_is(3)
    rows = [f"+1212555020{at},{day}" for at in (1, 2, 3)] + [f"+12125550204,{night}", "+18005550123,"]
    await house.load(made.id, "phone,zone\n" + "\n".join(rows))
    await centre.be(0, acd_pb2.AGENT_STATE_READY)
    await house.to(made.id, "RUNNING")
    wanted = {"dnc_tenant", "dnc_campaign", "dnc_global", "outside_hours"}

    async def refused() -> bool:
        return wanted <= {one.reason for one in await house.attempts(made.id)}

    await eventually(refused)
    await house.to(made.id, "PAUSED")
    attempts = [one for one in await house.attempts(made.id) if one.number != "+18005550123"]
    assert {one.reason for one in attempts} == wanted
    assert len(attempts) == 4
    assert not [one for one in attempts if one.call_id]
    assert (await house.states(made.id))["done"] == 3
    await centre.be(0, acd_pb2.AGENT_STATE_NOT_READY)


async def test_a_campaign_always_says_why_it_does_not_dial(house: House, centre: Centre) -> None:
    made = await house.campaign("Why")
    await house.to(made.id, "RUNNING")
    assert "at work" in (await house.says(made.id, "no_agents")).why
    await centre.be(0, acd_pb2.AGENT_STATE_READY)
    assert (await house.says(made.id, "no_contacts")).agents_idle == 1
    await house.load(made.id, f"phone,zone\n+12125550301,{zone_where_it_is(3)}\n")
    status = await house.says(made.id, "outside_hours")
    assert status.until.ToDatetime(tzinfo=UTC) > datetime.now(UTC)  # noqa: TID251 - the services' clock
    assert status.abandon_limit == pytest.approx(0.03)
    manual = await ask(house.stub.ListCampaigns, pb.ListCampaignsRequest(), house.owner)
    campaign = next(one for one in manual.campaigns if one.id == made.id)
    campaign.mode = pb.MODE_MANUAL
    await ask(house.stub.PutCampaign, pb.PutCampaignRequest(campaign=campaign), house.owner)  # while it runs
    assert (await house.says(made.id, "manual")).state == pb.CAMPAIGN_STATE_RUNNING
    assert await refusal(ask(house.stub.PutCampaign, pb.PutCampaignRequest(campaign=campaign), house.owner)) == (
        "STALE", "",
    )  # fmt: skip
    await house.to(made.id, "FINISHED")


async def test_an_attempt_is_written_down_before_media_is_asked_and_not_made_twice(
    house: House, centre: Centre
) -> None:
    made = await house.campaign("Away")
    await house.load(made.id, f"phone,zone\n+12125550401,{zone_where_it_is(12)}\n")
    await house.to(made.id, "RUNNING")
    await eventually(lambda: has_attempt(house, made.id))
    await house.says(made.id, "no_contacts")  # media is away: what became of the call is not known
    attempts = await house.attempts(made.id)
    assert [(one.reason, bool(one.call_id), one.result) for one in attempts] == [("allowed", True, 0)]
    assert await house.states(made.id) == {"dialling": 1}
    await house.to(made.id, "FINISHED")


async def has_attempt(house: House, campaign_id: str) -> bool:
    return bool(await house.attempts(campaign_id))


async def test_a_scheduled_campaign_starts_by_itself(house: House) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=300)  # noqa: TID251 - the services' clock
    made = await house.campaign("Soon")
    made.starts_at.CopyFrom(timestamp(soon) or made.starts_at)
    await ask(house.stub.PutCampaign, pb.PutCampaignRequest(campaign=made), house.owner)
    assert (await house.to(made.id, "SCHEDULED")).state == pb.CAMPAIGN_STATE_SCHEDULED

    async def runs() -> bool:
        return (await house.status(made.id)).state == pb.CAMPAIGN_STATE_RUNNING

    await eventually(runs)
    await house.to(made.id, "FINISHED")


async def test_the_evidence_of_a_day_is_signed_and_whole(house: House, runtimes: dict[str, Runtime]) -> None:
    """A day that is over: the journal of today, moved to yesterday in the store."""
    campaigns = await ask(house.stub.ListCampaigns, pb.ListCampaignsRequest(), house.owner)
    rules = next(one for one in campaigns.campaigns if one.name == "Rules")
    today = datetime.now(UTC).date()  # noqa: TID251 - the services' clock
    request = pb.GetEvidenceRequest(campaign_id=rules.id, day=today.isoformat())
    assert await refusal(drain(house, request)) == ("INVALID", "day")
    yesterday = (today - timedelta(days=1)).isoformat()
    db = mongo.database(runtimes["dialer"].platform, "dialer")
    for collection in ("attempts", "decisions"):
        await db[collection].update_many({"campaign": rules.id}, {"$set": {"day": yesterday}})
    request.day = yesterday
    data = await drain(house, request)
    report = verify(data)
    assert report.faults == []
    assert report.head["campaign"] == rules.id
    assert {one["id"] for one in report.head["packs"]} == {"US", "US-FL"}
    assert report.sums["reason:dnc_tenant"] == 1
    assert report.sums["attempts"] == len(await house.attempts(rules.id))
    assert verify(data.replace(b"dnc_tenant", b"no_consent")).faults


async def drain(house: House, request: pb.GetEvidenceRequest) -> bytes:
    return b"".join([part.chunk async for part in stream(house.stub.GetEvidence, request, house.owner)])


@pytest.mark.clause("E04")
async def test_another_tenant_sees_and_changes_nothing(house: House, runtimes: dict[str, Runtime]) -> None:
    other = House.of(await new_centre(runtimes["acd"], "two@dialer.example"), runtimes["dialer"])
    made = await house.campaign("Secret")
    assert (await ask(other.stub.ListCampaigns, pb.ListCampaignsRequest(), other.owner)).campaigns == []
    for call in (
        other.status(made.id),
        other.to(made.id, "RUNNING"),
        other.attempts(made.id),
        other.load(made.id, "x"),
    ):
        assert (await refusal(call))[0] == "NOT_FOUND"
    made.name = "Mine"
    assert (await refusal(ask(other.stub.PutCampaign, pb.PutCampaignRequest(campaign=made), other.owner)))[0] == (
        "NOT_FOUND"
    )


async def test_packs_are_shown_with_their_sources(house: House) -> None:
    packs = (await ask(house.stub.ListPacks, pb.ListPacksRequest(), house.owner)).packs
    assert {"US", "GB", "RU", "RU-debt", "UA-debt", "strict"} <= {pack.id for pack in packs}
    assert all(pack.sources for pack in packs)
