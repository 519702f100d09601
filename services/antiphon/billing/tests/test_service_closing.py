"""A month is closed only when its books are complete, with real servers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest

from antiphon.billing.app.messages import account_of, recorded
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.domain.tallies import digest
from antiphon.billing.store.codec import open_months
from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.common.v1.tally_pb2 import TalliedRecord, Tally
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def control_seconds() -> float:
    """Nobody waits long for a round."""
    return 0.1


@pytest.fixture
def books(stage: Stage) -> Iterator[Any]:
    platform = stage.platforms["billing"]
    with pymongo.MongoClient[dict[str, Any]](platform.mongo_url) as client:
        yield client[f"{platform.mongo_prefix}_billing"]


def month_ends(stage: Stage) -> str:
    """The first day of the month that is over now."""
    first, last = month_of(stage.clock().date())
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)
    return first.isoformat()


async def asked(stage: Stage, first: str) -> Any:
    request = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first)
    return (await stage.ask("MakeDocument", request, "olena")).document


async def refused(stage: Stage, first: str) -> str:
    request = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first)
    error = await stage.refusal("MakeDocument", request, "olena")
    assert error.reason.name == "NOT_CLOSED"
    return str(error.facts["what"])


async def alarms(stage: Stage, state: str) -> dict[str, Any]:
    found = (await stage.ask("ListAlarms", ob.ListAlarmsRequest(), "olena")).alarms
    return {one.kind: one for one in found if one.state == state}


async def closed(stage: Stage, books: Any) -> dict[str, Any]:
    account = account_of(stage.tenant)

    async def kept() -> Any:
        stage.clock.forward(seconds=61)  # what could not be closed is tried again after a minute
        return books.papers.find_one({"account": account, "kind": "closing"})

    return await eventually(kept, within=60)  # type: ignore[no-any-return]


async def no_documents(stage: Stage) -> bool:
    return not (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents


TAMPERINGS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "altered": ("transfers", {"op": "charge"}, {"$inc": {"amount": 600_000}}, "sbc: "),
    "lost": ("transfers", {"op": "charge"}, {"$set": {"ref": "order or_1", "tariff": ""}}, "sbc: "),
    "added": ("transfers", {"op": "charge"}, {"$set": {"ref": "pbx/none"}}, "pbx: "),
    "repriced": ("calls", {"key": "c1"}, {"$inc": {"cost": 600_000}}, "sbc: "),
    "baseless": ("transfers", {"op": "topup"}, {"$set": {"ref": ""}}, "books: "),
}


@pytest.mark.clause("K02")
@pytest.mark.clause("K04")
@pytest.mark.parametrize("fault", TAMPERINGS)
async def test_totals_that_differ_keep_a_month_open_and_name_the_group(stage: Stage, books: Any, fault: str) -> None:
    customer = pb.Customer(kind=pb.CUSTOMER_KIND_INDIVIDUAL)  # also where nobody is sent documents
    await stage.open("10", customer=customer)
    await stage.settle("c1", "38044", 61)
    account = account_of(stage.tenant)
    collection, where, change, named = TAMPERINGS[fault]
    honest = books[collection].find_one({"account": account, **where})
    books[collection].update_one({"_id": honest["_id"]}, change)
    first = month_ends(stage)
    assert (await refused(stage, first)).startswith(named)

    async def told() -> Any:
        return (await alarms(stage, "open")).get("unclosed")

    alarm = await eventually(told, within=60)
    assert (alarm.switch, alarm.what) == (named.removesuffix(": "), first[:7])
    assert books.accounts.find_one({"_id": account})["closed"] < int(first[:7].replace("-", ""))
    assert await no_documents(stage)
    books[collection].replace_one({"_id": honest["_id"]}, honest)

    kept = await closed(stage, books)
    assert (kept["data"]["charged"], kept["data"]["paid"]) == (1_200_000, 10_000_000)
    assert (await asked(stage, first)).total == uah("1.20")

    async def over() -> bool:
        return "unclosed" in await alarms(stage, "closed")

    await eventually(over, within=60)


@pytest.mark.clause("K02")
async def test_a_record_that_never_came_keeps_its_month_open_until_it_does(stage: Stage, books: Any) -> None:
    await stage.open("10")
    stage.clock.forward(seconds=30)
    lost = stage.record("c9", "38044", 30)
    told = Tally(
        switch="sbc", source="run1", first=1, records=[TalliedRecord(key="c9", digest=digest(b"", recorded(lost)))]
    )
    await stage.ask("TellTally", pb.TellTallyRequest(tally=told))

    async def dropped() -> Any:
        stage.clock.forward(seconds=5)
        until = pb.TellTallyRequest(tally=Tally(switch="sbc"), until=stamp(stage.clock()))
        await stage.ask("TellTally", until)
        return (await alarms(stage, "open")).get("dropped")

    await eventually(dropped, within=60)
    first = month_ends(stage)
    assert (await refused(stage, first)).startswith("sbc: dropped c9")
    await stage.ask("Settle", pb.SettleRequest(record=lost))
    await closed(stage, books)
    assert (await asked(stage, first)).total.micros == 0, "what came after its month is of the next"


@pytest.mark.clause("K06")
async def test_a_missing_field_a_wrong_account_and_a_record_past_the_cut_off_are_each_named(
    stage: Stage, books: Any
) -> None:
    other = stage.of_another_tenant()
    for one in (stage, other):
        await one.open("10")
        begun = pb.TellTallyRequest(tally=Tally(switch="sbc"), until=stamp(one.clock()))
        await one.ask("TellTally", begun)  # from now on this switch is held to what it tells
    stage.clock.forward(seconds=30)
    first = month_ends(stage)
    await closed(stage, books)
    act = await asked(stage, first)
    late = stage.record("late", "38044", 61)
    for instant in (late.answered_at, late.ended_at):
        instant.seconds -= 3 * 86_400  # it ended in the month that is closed
    for _ in range(2):
        call = (await stage.ask("Settle", pb.SettleRequest(record=late))).call
    missing = stage.record("missing", "", 30)
    kept = (await stage.ask("Settle", pb.SettleRequest(record=missing))).call
    assert (kept.charge, bool(kept.reason)) == (pb.CALL_CHARGE_SUSPENSE, True)
    wrong = stage.record("wrong", "38044", 30)
    await other.ask("Settle", pb.SettleRequest(record=wrong))
    told = Tally(switch="sbc", source="run1", first=1)
    told.records.extend(TalliedRecord(key=one.key, digest=digest(b"", recorded(one))) for one in (wrong, late, missing))
    await stage.ask("TellTally", pb.TellTallyRequest(tally=told))

    async def named() -> Any:
        for one in (stage, other):
            one.clock.forward(seconds=5)
            until = pb.TellTallyRequest(tally=Tally(switch="sbc"), until=stamp(one.clock()))
            await one.ask("TellTally", until)
        return (await alarms(stage, "open")).get("misposted")

    assert (await eventually(named, within=60)).what == "wrong"
    found = (await alarms(stage, "closed"))["late"]
    assert (found.what, found.why, found.closed_by) == ("late", "its month is closed already", "service:billing")
    assert (await asked(stage, first)).hash == act.hash, "what is closed stays closed"
    assert (call.charge, (await stage.account()).balance) == (pb.CALL_CHARGE_BILLED, uah("8.80"))


@pytest.mark.clause("J02")
async def test_february_of_a_leap_year_ends_on_the_29th(stage: Stage) -> None:
    leap = next(year for year in range(stage.clock().year + 1, stage.clock().year + 9) if year % 4 == 0)
    stage.clock.forward(seconds=(datetime(leap, 2, 10, 12, tzinfo=UTC) - stage.clock()).total_seconds())
    await stage.open("10", customer=pb.Customer(language="ru", country="RU"))
    await stage.settle("c1", "38044", 61)
    month_ends(stage)

    async def documents() -> Any:
        found = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        return found if len(found) == 3 else None

    made = await eventually(documents, within=60)
    assert {(one.kind, one.dated) for one in made} == {(kind, f"{leap}-02-29") for kind in (1, 2, 5)}
    assert {one.number for one in made} == {f"{leap}-1"}


@pytest.mark.clause("J03")
async def test_the_last_month_of_a_terminated_account_closes_once(stage: Stage, books: Any) -> None:
    month_ends(stage)  # from a month's beginning, so that the month of the end is not over when it is terminated
    firm = pb.Customer(kind=pb.CUSTOMER_KIND_COMPANY, name="Клієнт")
    await stage.open("10", monthly_fee=uah("6000"), customer=firm)
    mine = {"account": account_of(stage.tenant)}
    account = {"_id": mine["account"]}
    stage.clock.forward(days=40)  # suspended on the first day, terminated after the reserve

    async def over() -> Any:
        return books.accounts.find_one({**account, "state": "terminated"})

    last = (await eventually(over, within=120))["accrued_on"][:7]
    stage.clock.forward(days=40)

    async def kept() -> Any:
        stage.clock.forward(seconds=61)
        return books.accounts.find_one({**account, "closing": False})

    await eventually(kept, within=120)
    closings = [one["_id"].rpartition("/")[2] for one in books.papers.find({**mine, "kind": "closing"})]
    assert max(closings) == last
    acts = list(books.papers.find({**mine, "kind": "document", "data.first": f"{last}-01"}))
    assert {one["data"]["kind"] for one in acts} == {"act", "tax_invoice", "detail"}
    assert books.accounts.count_documents({**account, **open_months(999912)}) == 0, "it is not looked at again"
