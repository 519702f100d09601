"""Records and payments nobody should send, through the service's door: each is defined, seen, and stops no other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.app.messages import account_of
from antiphon.billing.domain.records import partition_of
from antiphon.billing.tests.stage import PER_SECOND, TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import DIRECTION_OUTBOUND, Call

pytestmark = pytest.mark.service

FIRST, LAST = Timestamp(seconds=-62135596800), Timestamp(seconds=253402300799)
"""The years 1 and 9999."""


async def reasons(stage: Stage) -> dict[str, str]:
    found = (await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(), "olena")).calls
    return {call.record.key: call.reason for call in found}


async def test_records_of_any_year_wait_with_a_reason_and_the_next_is_charged(stage: Stage) -> None:
    await stage.open("10")
    now = stamp(stage.clock())
    for name, answered, ended in (
        ("future", now, LAST),
        ("ages", FIRST, now),
        ("both", LAST, LAST),
        ("old", FIRST, FIRST),
    ):
        record = pb.CallRecord(switch="sbc", key=name, called="38044", answered_at=answered, ended_at=ended)
        call = (await stage.ask("Settle", pb.SettleRequest(record=record))).call
        assert call.charge == pb.CALL_CHARGE_SUSPENSE, name
    assert (await stage.settle("good", "38044", 60)).cost == uah("0.60")
    assert await reasons(stage) == {
        "future": "too_long", "ages": "too_long", "both": "in_the_future", "old": "too_old", "good": "",
    }  # fmt: skip
    assert (await stage.account()).balance == uah("9.40")


async def test_bad_facts_of_media_do_not_stop_the_next(stage: Stage) -> None:
    await stage.open("10")
    bus = await stage.rt.bus()
    now = stamp(stage.clock())
    bad: dict[str, dict[str, Any]] = {
        "year": {"answered_at": now, "ended_at": LAST},
        "backwards": {"answered_at": now, "ended_at": Timestamp(seconds=now.seconds - 5)},
        "endless": {"answered_at": now},
    }
    for name, leg in bad.items():
        call = Call(id=name, direction=DIRECTION_OUTBOUND)
        call.legs.add(id="L1", role="outside", number="4930", **leg)
        await bus.publish(CallEnded(call=call), tenant=stage.tenant, key="bad", event_id=f"{stage.tenant}{name}")
    good = Call(id="good", direction=DIRECTION_OUTBOUND)
    outside = good.legs.add(id="L1", role="outside", number="4930", ended_at=now)
    outside.answered_at.CopyFrom(Timestamp(seconds=now.seconds - 100, nanos=now.nanos))
    await bus.publish(CallEnded(call=good), tenant=stage.tenant, key="bad", event_id=f"{stage.tenant}good")

    async def charged() -> bool:
        return bool((await stage.account()).balance == uah("9"))

    await eventually(charged, within=30)
    told = await reasons(stage)
    assert told["backwards:L1"] == "end_before_answer"
    assert told["endless:L1"] == "no_end"
    assert told["year:L1"] == "too_long"


async def test_a_price_beyond_all_books_waits_and_stops_nobody(stage: Stage) -> None:
    dear = {**PER_SECOND, "prefix": "881", "groups": [{"start": 0, "rate": "1e40", "per": 1, "inc": 1}]}
    usage = {"sms": "1e40"}
    await stage.open("10", {**TARIFF, "rates": [PER_SECOND, dear], "usage": usage})
    assert (await stage.settle("c1", "8816", 60)).reason == "too_dear"
    assert (await stage.settle("m1", "", None, service="sms", quantity=3)).reason == "too_dear"
    assert (await stage.settle("c2", "49301", 60)).cost == uah("0.60")


async def test_payments_nobody_can_mean_are_refused_and_a_balance_stays_a_number(stage: Stage) -> None:
    await stage.open("0")
    for micros, reason in ((0, "INVALID"), (-5, "INVALID"), (10**18 + 1, "INVALID"), (2**63 - 1, "INVALID")):
        request = pb.PostPaymentRequest(payment_id="p", amount=uah("0"), method="card")
        request.amount.micros = micros
        assert (await stage.refusal("PostPayment", request)).reason.name == reason
    whole = pb.PostPaymentRequest(payment_id="all", amount=uah("1000000000000"), method="bank")
    assert (await stage.ask("PostPayment", whole)).account.balance.micros == 10**18
    more = pb.PostPaymentRequest(payment_id="more", amount=uah("0.01"), method="bank")
    assert (await stage.refusal("PostPayment", more)).reason.name == "INVALID"
    assert (await stage.account()).balance.micros == 10**18


async def test_a_sum_no_book_can_keep_is_refused_for_its_own_and_spoils_no_other(stage: Stage) -> None:
    """Nine times the largest correction and the largest payment are more than eight bytes hold."""
    neighbour = stage.of_another_tenant()
    while not shares_writer(neighbour, stage):
        neighbour = stage.of_another_tenant()
    await neighbour.open("10")
    await stage.open("1000000000000")
    largest = uah("1000000000000")
    for number in range(9):
        asked = ob.AskForRequest(request_id=f"r{number}", kind="credit", amount=largest, reason="а", document="б")
        await stage.ask("AskFor", asked, "olena")
    for number in range(8):
        await stage.ask("Decide", ob.DecideRequest(request_id=f"r{number}", approve=True), "petro")
    last = ob.DecideRequest(request_id="r8", approve=True)
    refused, _ = await asyncio.gather(
        stage.refusal("Decide", last, "petro"),
        asyncio.gather(*(neighbour.pay(f"p{number}", "1") for number in range(9))),
    )
    assert refused.reason.name == "INTERNAL"
    assert (await neighbour.account()).balance == uah("19")
    assert (await stage.account()).balance.micros == 9 * 10**18


def shares_writer(one: Stage, other: Stage) -> bool:
    return partition_of(account_of(one.tenant)) == partition_of(account_of(other.tenant))


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"prefix,rate\n380,0,55\n49,1\n", [(2, "")]),
        ("prefix;rate\n380;0,5\nРазом;0,5\n49;\u22121\n".encode(), [(3, "prefix"), (4, "rate")]),
        (
            b"prefix;rate;valid_from;valid_to\n380;1;;\n380;2;2026-02-30;\n380;3;2026-01-01;\n",
            [(3, "valid_from"), (4, "prefix")],
        ),
    ],
)
async def test_a_price_list_with_faults_is_told_by_line_and_nothing_changes(
    stage: Stage, content: bytes, faults: list[tuple[int, str]]
) -> None:
    account = await stage.open("10")
    request = ob.ReadPriceListRequest(content=content, tariff_id=account.tariff_id)
    told = await stage.ask("ReadPriceList", request, "olena")
    assert (told.usable, told.document, len(told.changes)) == (False, "", 0)
    assert [(one.line, one.column) for one in told.remarks if one.fatal] == faults
    assert len((await stage.ask("ListTariffs", pb.ListTariffsRequest(), "olena")).tariffs) == 1
    assert (await stage.settle("c1", "38044", 60)).cost == uah("0.60")
