"""Records beside what their switch tallied, with real servers: every fault is named, nothing else is, and what is put
right closes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pymongo
import pytest

from antiphon.billing.app.calls import settlements
from antiphon.billing.app.messages import account_of, recorded
from antiphon.billing.domain.tallies import digest
from antiphon.billing.tests.stage import Stage, stamp
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1.events_pb2 import AlarmChanged
from antiphon.common.v1.tally_pb2 import TalliedRecord, Tally
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded, RecordsTallied, TalliesComplete
from antiphon.media.v1.media_pb2 import DIRECTION_OUTBOUND

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


def tally(first: int, records: Sequence[pb.CallRecord], source: str = "run1", secret: bytes = b"") -> Tally:
    sealed = [TalliedRecord(key=one.key, digest=digest(secret, recorded(one))) for one in records]
    return Tally(switch=records[0].switch if records else "sbc", source=source, first=first, records=sealed)


async def tell(stage: Stage, told: Tally) -> None:
    await stage.ask("TellTally", pb.TellTallyRequest(tally=told))


async def complete(stage: Stage, switch: str = "sbc") -> None:
    """Time passes, and the switch has nothing else to tell."""
    stage.clock.forward(seconds=5)
    request = pb.TellTallyRequest(tally=Tally(switch=switch), until=stamp(stage.clock()))
    await stage.ask("TellTally", request)


async def watched(stage: Stage, switch: str = "sbc") -> None:
    """A switch that has been telling for a while."""
    await complete(stage, switch)
    stage.clock.forward(seconds=30)


async def alarms(stage: Stage, state: str = "open") -> dict[str, Any]:
    found = (await stage.ask("ListAlarms", ob.ListAlarmsRequest(), "olena")).alarms
    return {one.what: one for one in found if one.state == state}


async def until(stage: Stage, wanted: dict[str, str], state: str = "open", switch: str = "sbc") -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        await complete(stage, switch)
        kept = await alarms(stage, state)
        return kept if set(wanted) <= set(kept) else None

    kept: dict[str, Any] = await eventually(found, within=60)
    assert {what: one.kind for what, one in kept.items()} == wanted
    return kept


async def bill(stage: Stage, *records: pb.CallRecord) -> None:
    for record in records:
        await stage.ask("Settle", pb.SettleRequest(record=record))


@pytest.mark.clause("K01")
@pytest.mark.clause("K02")
@pytest.mark.clause("K03")
@pytest.mark.clause("K06")
@pytest.mark.clause("K07")
async def test_every_fault_is_named_and_closes_when_it_is_put_right(stage: Stage) -> None:
    other = stage.of_another_tenant()
    for one in (stage, other):
        await one.open("100")
        await watched(one)
    await watched(stage, "pbx")
    ours = [stage.record(f"c{number}", "4930", 10 + number) for number in range(1, 7)]
    good, _dropped, _altered, misposted, late, doubled = ours
    longer = stage.record("c3", "4930", 5)
    ghost = stage.record("g1", "4930", 7)
    twin = pb.CallRecord()
    twin.MergeFrom(good)
    twin.key = "g2"
    await bill(stage, good, longer, doubled, ghost, twin, doubled, good)
    await bill(other, misposted)
    await tell(stage, tally(4, ours[3:]))
    for _ in range(2):
        await tell(stage, tally(1, ours[:3]))
    await tell(stage, Tally(switch="pbx", source="run1", first=3))

    async def found() -> bool:
        await complete(other)
        await complete(stage)
        return len(await alarms(stage)) == 7 and (await alarms(stage))["c4"].kind == "misposted"

    await eventually(found, within=60)
    kinds = {what: (one.switch, one.kind) for what, one in (await alarms(stage)).items()}
    assert kinds == {
        "c2": ("sbc", "dropped"), "c3": ("sbc", "altered"), "c4": ("sbc", "misposted"), "c5": ("sbc", "dropped"),
        "g1": ("sbc", "fictitious"), "g2": ("sbc", "duplicate"), "run1 1-2": ("pbx", "untold"),
    }  # fmt: skip
    (there,) = (await alarms(other)).values()
    assert (there.what, there.kind, account_of(stage.tenant) in there.why) == ("c4", "misposted", True)
    assert {one.alarm.kind for one in await stage.told(AlarmChanged, 6)} >= {"dropped", "untold"}

    missing = [stage.record(key, "4930", 3, switch="pbx") for key in ("p1", "p2")]
    await bill(stage, late, *missing)
    await tell(stage, tally(1, missing))
    closed = await until(stage, {"c5": "late", "run1 1-2": "late"}, "closed")
    assert {one.closed_by for one in closed.values()} == {"service:billing"}
    assert set(await alarms(stage)) == {"c2", "c3", "c4", "g1", "g2"}
    told = ob.CloseAlarmRequest(alarm_id="sbc/g1", reason="Тестовий запис, сторновано")
    assert (await stage.refusal("CloseAlarm", told, "stranger")).reason.name == "DENIED"
    done = (await stage.ask("CloseAlarm", told, "petro")).alarm
    assert (done.state, done.closed_by) == ("closed", "person:petro")
    assert (await stage.refusal("CloseAlarm", told, "petro")).reason.name == "ILLEGAL"
    unknown = ob.CloseAlarmRequest(alarm_id="sbc/none", reason="?")
    assert (await stage.refusal("CloseAlarm", unknown, "petro")).reason.name == "NOT_FOUND"
    assert (await stage.refusal("CloseAlarm", ob.CloseAlarmRequest(alarm_id="x"), "petro")).reason.name == "INVALID"


async def test_a_lost_tally_is_one_alarm_and_excuses_no_more_than_it_counted(stage: Stage) -> None:
    await stage.open("100")
    await watched(stage)
    records = [stage.record(f"c{number}", "4930", 10 + number) for number in range(1, 4)]
    await bill(stage, *records[:2])
    await tell(stage, Tally(switch="sbc", source="run1", first=3))
    await until(stage, {"run1 1-2": "untold"})
    await bill(stage, records[2])
    await until(stage, {"run1 1-2": "untold", "c3": "fictitious"})
    await tell(stage, tally(1, records))
    await until(stage, {"run1 1-2": "late", "c3": "late"}, "closed")
    assert not await alarms(stage)


async def test_a_seal_by_another_key_is_no_seal(stage: Stage) -> None:
    """Whoever stands between switch and billing can forge both, but not the seal."""
    await stage.open("100")
    await watched(stage, "sealed")
    honest, forged = (stage.record(key, "4930", 9, switch="sealed") for key in ("c1", "c2"))
    await bill(stage, honest, forged)
    await tell(stage, tally(1, [honest], secret=b"pepper"))
    await tell(stage, tally(2, [forged], secret=b"guess"))
    await until(stage, {"c2": "altered"}, switch="sealed")


async def test_a_record_of_another_number_than_authorised(stage: Stage) -> None:
    """Also of a switch that tallies nothing."""
    await stage.open("100")
    for key, called in (("c1", "4930"), ("c2", "4931")):
        await stage.ask("Authorize", pb.AuthorizeRequest(session_id=key, called="+49 30"))
        await bill(stage, stage.record(key, called, 5, switch="plain", session_id=key))
    await until(stage, {"c2": "altered"}, switch="nobody")


@pytest.mark.clause("K04")
async def test_money_that_moved_for_no_record(stage: Stage, books: Any) -> None:
    await stage.open("100")
    await bill(stage, stage.record("c1", "4930", 10, switch="plain"))
    account = account_of(stage.tenant)
    honest = books.transfers.find_one({"account": account, "op": "charge"})
    forged = {**honest, "_id": f"{account}/call:plain/none", "ref": "plain/none", "seq": 99}
    books.transfers.insert_one(forged)
    await until(stage, {"call:plain/none": "posting"}, switch="nobody")
    books.transfers.delete_one({"_id": forged["_id"]})
    await until(stage, {"call:plain/none": "posting"}, "closed", switch="nobody")


async def test_media_is_compared_as_it_tells(stage: Stage) -> None:
    """Its facts come twice, tallies before and after their records, and a run that ended is announced."""
    await stage.open("100")
    bus, times = await stage.rt.bus(), itertools.count()
    end = stage.clock()
    events = []
    for number in range(1, 4):
        event = CallEnded(occurred_at=stamp(end))
        call = event.call
        call.id, call.direction = f"cl_{stage.tenant}{number}", DIRECTION_OUTBOUND
        leg = call.legs.add(id="L1", role="outside", number="+4930")
        leg.answered_at.CopyFrom(stamp(end))
        leg.ended_at.CopyFrom(stamp(end))
        leg.ended_at.seconds += number
        events.append(event)

    async def publish(event: Any, name: str, tenant: str = stage.tenant) -> None:
        await bus.publish(event, tenant=tenant, key=name, event_id=f"{stage.tenant}{next(times)}")

    async def finished() -> None:
        stage.clock.forward(seconds=5)
        await publish(TalliesComplete(until=stamp(stage.clock())), "all", "plant")

    records = [settlements(event.call)[0].record for event in events]
    first, lost = tally(1, records[:2], "media-1"), tally(3, records[2:], "media-1")
    await finished()
    stage.clock.forward(seconds=30)
    await publish(RecordsTallied(tally=first), "t1")
    for event in (events[0], events[2], events[0]):
        await publish(event, event.call.id)
    await publish(RecordsTallied(tally=lost), "t1")

    async def found() -> dict[str, Any]:
        await finished()
        return await alarms(stage)

    (alarm,) = (await eventually(found, within=60)).values()
    assert (alarm.kind, alarm.switch, alarm.what) == ("dropped", "media", records[1].key)
    await publish(events[1], events[1].call.id)
    assert (await until(stage, {records[1].key: "late"}, "closed", "nobody")).popitem()[1].closed_by
    assert not await alarms(stage)


@pytest.mark.parametrize(
    "wrong",
    [
        Tally(switch="", source="r", first=1),
        Tally(switch="a/b", source="r", first=1),
        Tally(switch="sbc", source="r", first=0),
        Tally(switch="sbc", source="r", first=2**62),
        Tally(switch="sbc", source="", first=1, records=[TalliedRecord(key="c", digest=b"1" * 16)]),
        Tally(switch="sbc", source="r", first=1, records=[TalliedRecord(key="c", digest=b"short")]),
        Tally(switch="sbc", source="r", first=1, records=[TalliedRecord(key="", digest=b"1" * 16)]),
    ],
)
async def test_a_tally_that_says_nothing_is_refused(stage: Stage, wrong: Tally) -> None:
    assert (await stage.refusal("TellTally", pb.TellTallyRequest(tally=wrong))).reason.name == "INVALID"
    assert (await stage.refusal("TellTally", pb.TellTallyRequest(tally=wrong), "olena")).reason.name == "DENIED"
