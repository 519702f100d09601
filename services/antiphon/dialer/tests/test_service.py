"""The dialler with real directory, ACD, NATS and Mongo, and with media away: records, lists, refusals, evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.tests.test_service import Centre, new_centre
from antiphon.acd.v1 import acd_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1.events_pb2 import MessageAdded
from antiphon.dialer.__main__ import serve as dialer_serve
from antiphon.dialer.evidence import verify
from antiphon.dialer.tests.house import House, refusal, zone_where_it_is
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit import mongo
from antiphon.kit.bus import Bus
from antiphon.kit.grpc_client import ask, send, stream
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
        ({"questions": [pb.Question(id="q")]}, "questions"), ({"skips": -1}, "skips"),
        ({"hours": [pb.WorkHours(days=["mon"], begins="18:00", ends="09:00")]}, "hours"),
        ({"hours": [pb.WorkHours(days=["mon"], begins="09:00", ends="18:00")]}, "time_zone"),
        ({"mode": pb.MODE_MESSAGE, "opt_out_key": "9"}, "message"),
        ({"mode": pb.MODE_MESSAGE, "message": "Hello"}, "opt_out_key"),
        ({"mode": pb.MODE_MESSAGE, "message": "Hello", "opt_out_key": "9", "agent_key": "9"}, "agent_key"),
        ({"mode": pb.MODE_MESSAGE, "opt_out_key": "9",
          "questions": [pb.Question(id="q", type=pb.ANSWER_TYPE_TEXT)]}, "questions"),
        ({"dispositions": [pb.Disposition(code="x", result=pb.RESULT_CLASS_SUCCESS, with_amount=True)]}, "currency"),
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


async def test_a_table_is_shown_before_it_is_imported_and_a_list_may_rest(house: House) -> None:
    made = await house.campaign("Mapping")
    text = "Кому;Handy\nAnn;(212) 555-0911\nBob;12\nEve;(212) 555-0912\n"

    async def parts(columns: dict[str, str]) -> AsyncIterator[pb.PreviewListRequest]:
        yield pb.PreviewListRequest(list=pb.ListToImport(campaign_id=made.id, columns=columns))
        yield pb.PreviewListRequest(chunk=text.encode("cp1251"))

    blind = await send(house.stub.PreviewList, parts({}), house.owner)
    assert (list(blind.headings), dict(blind.columns)) == (["Кому", "Handy"], {})
    seen = await send(house.stub.PreviewList, parts({"phone": "Handy", "name": "Кому"}), house.owner)
    assert dict(seen.columns) == {"phone": "Handy", "name": "Кому"}
    assert [(row.line, row.reason) for row in seen.rows] == [(2, ""), (3, "no_such_number"), (4, "")]
    assert list(seen.rows[0].cells) == ["Ann", "(212) 555-0911"]

    imported = await house.load(made.id, f"phone,zone\n(212) 555-0911,{zone_where_it_is(12)}\n")
    assert (imported.rows, imported.rows_expected, imported.importing) == (1, 2, False)
    change = pb.ContactList(id=imported.id, name="Old", weight=3, resting=True)
    changed = (await ask(house.stub.PutList, pb.PutListRequest(list=change), house.owner)).list
    assert (changed.name, changed.weight, changed.resting, changed.contacts) == ("Old", 3, True, 1)
    change.weight = 101
    assert await refusal(ask(house.stub.PutList, pb.PutListRequest(list=change), house.owner)) == (
        "INVALID", "list.weight",
    )  # fmt: skip
    await house.to(made.id, "RUNNING")
    status = await house.says(made.id, "no_agents")
    assert (status.contacts_ready, status.contacts_later) == (0, 0)
    change.weight, change.resting = 1, False
    await ask(house.stub.PutList, pb.PutListRequest(list=change), house.owner)

    async def there() -> bool:
        return (await house.status(made.id)).contacts_ready == 1

    await eventually(there)
    await house.to(made.id, "FINISHED")


async def test_contacts_that_are_done_come_again_by_their_result(house: House, runtimes: dict[str, Runtime]) -> None:
    made = await house.campaign("Again")
    imported = await house.load(made.id, "phone\n+12125550921\n+12125550922\n+12125550923\n")
    db = mongo.database(runtimes["dialer"].platform, "dialer")
    contacts = [one async for one in db.contacts.find({"campaign": made.id}).sort("seq", 1)]
    lasts = [{"result": "noanswer"}, {"result": "refusal", "disposition": "no"}, {"result": "dnc", "disposition": "x"}]
    for contact, last in zip(contacts, lasts, strict=True):
        await db.contacts.update_one({"_id": contact["_id"]}, {"$set": {"state": "done", "last": last, "attempts": 4}})

    async def recycle(**asked: Any) -> int:
        request = pb.RecycleListRequest(list_id=imported.id, **asked)
        return int((await ask(house.stub.RecycleList, request, house.owner)).contacts)

    assert await recycle(results=[pb.RESULT_CLASS_NO_ANSWER, pb.RESULT_CLASS_REFUSAL]) == 1
    assert await recycle(dispositions=["no"]) == 1
    assert await house.states(made.id) == {"ready": 2, "done": 1}
    assert (await refusal(recycle()))[1] == "results"
    assert (await refusal(recycle(results=[pb.RESULT_CLASS_DNC])))[1] == "results"


@pytest.mark.clause("E06")
async def test_numbers_that_are_not_called_come_from_tables_and_from_stop(
    house: House, runtimes: dict[str, Runtime]
) -> None:
    level = pb.DO_NOT_CALL_LEVEL_TENANT

    async def parts() -> AsyncIterator[pb.ImportDoNotCallRequest]:
        yield pb.ImportDoNotCallRequest(list=pb.ListToForbid(level=level, region="US"))
        yield pb.ImportDoNotCallRequest(chunk=b"phone\n2125550931\nnobody\n2125550932\n2125550931\n")

    answer = await send(house.stub.ImportDoNotCall, parts(), house.owner)
    assert (answer.added, answer.rows, [row.line for row in answer.bad_rows]) == (2, 4, [3])

    async def listed(prefix: str, **more: Any) -> list[tuple[str, str]]:
        request = pb.ListDoNotCallRequest(level=level, prefix=prefix, **more)
        found = (await ask(house.stub.ListDoNotCall, request, house.owner)).numbers
        return [(one.number, one.source) for one in found]

    wanted = [("+12125550931", "import"), ("+12125550932", "import")]
    assert await listed("+1212555093") == wanted
    assert await listed("+1212555093", after="+12125550931") == wanted[1:]

    rt = runtimes["dialer"]
    contacts = DirectoryServiceStub(rt.peers.channel("directory"))
    contact = directory_pb2.Contact(name="Ann", phones=["+12125550935"])
    put = directory_pb2.PutContactRequest(contact=contact)
    stored = (await ask(contacts.PutContact, put, house.owner)).contact
    conversation = channels_pb2.Conversation(id="cv_1", contact_id=stored.id, channel="sms")
    bus = await Bus.connect(rt.platform, "tests")
    tenant = (await ask(contacts.GetTenant, directory_pb2.GetTenantRequest(), house.owner)).tenant.id
    for number, (text, channel) in enumerate([("Please stop by", "sms"), ("STOP", "telegram"), ("Stop.", "sms")]):
        conversation.channel = channel
        message = channels_pb2.Message(text=text, direction=channels_pb2.DIRECTION_IN)
        event = MessageAdded(message=message, conversation=conversation)
        await bus.publish(event, tenant=tenant, key="cv_1", event_id=f"stop-{number}")
        if number < 2:
            assert await listed("+12125550935") == []

    async def there() -> bool:
        return await listed("+12125550935") == [("+12125550935", "sms")]

    await eventually(there)
    await bus.close()


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
