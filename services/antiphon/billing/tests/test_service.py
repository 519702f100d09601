"""Billing with real MongoDB and NATS: money is reserved, charged, given back, and told."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from antiphon.billing.app.messages import account_of
from antiphon.billing.store import Store
from antiphon.billing.tests.stage import TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import events_pb2 as events
from antiphon.kit import mongo
from antiphon.kit.bus import Bus
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import (
    CALL_STATE_FAX,
    CALL_STATE_TALKING,
    CALL_STATE_VOICEMAIL,
    DIRECTION_INBOUND,
    DIRECTION_OUTBOUND,
    Call,
    Leg,
)

pytestmark = pytest.mark.service


def authorize(session: str, called: str) -> pb.AuthorizeRequest:
    return pb.AuthorizeRequest(session_id=session, called=called)


def extend(session: str, used: int) -> pb.ExtendRequest:
    return pb.ExtendRequest(session_id=session, used_seconds=used)


def minor(account: pb.Account) -> tuple[int, int, int]:
    """(balance, held, available) in kopecks."""
    return tuple(money.micros // 10_000 for money in (account.balance, account.held, account.available))  # type: ignore[return-value]


@pytest.mark.clause("I12")
async def test_a_call_is_reserved_extended_and_paid_to_the_step(stage: Stage) -> None:
    await stage.open("10")
    granted = await stage.ask("Authorize", authorize("s1", "+380 44 123-45-67"))
    assert (granted.granted_seconds, granted.extend_after_seconds, granted.final) == (60, 45, False)
    assert minor(await stage.account()) == (1000, 60, 940)
    more = await stage.ask("Extend", extend("s1", 45))
    assert (more.granted_seconds, more.reserved) == (105, uah("1.20"))
    call = await stage.settle("c1", "380441234567", 61, session_id="s1")
    assert (call.charge, call.billed_seconds, call.cost) == (pb.CALL_CHARGE_BILLED, 120, uah("1.20"))
    assert "prefix 380" in call.why[0]
    assert minor(await stage.account()) == (880, 0, 880)


@pytest.mark.clause("I12")
async def test_money_that_runs_out_ends_the_call(stage: Stage) -> None:
    await stage.open("1.10")
    await stage.ask("Authorize", authorize("s1", "38044"))
    more = await stage.ask("Extend", extend("s1", 45))
    assert (more.granted_seconds, more.final) == (60, True)  # the second minute costs 1.20 in all
    assert (await stage.refusal("Authorize", authorize("s2", "38050"))).reason.name == "INSUFFICIENT"
    call = await stage.settle("c1", "38044", 61, session_id="s1")  # a second too long: paid all the same
    assert (call.cost, (await stage.account()).balance) == (uah("1.20"), uah("-0.10"))


async def test_two_calls_do_not_share_the_same_money(stage: Stage) -> None:
    await stage.open("1")
    first, second = await asyncio.gather(
        *(stage.ask("Authorize", authorize(name, "38044")) for name in ("s1", "s2")), return_exceptions=True
    )
    refused = [one for one in (first, second) if isinstance(one, BaseException)]
    assert [one.reason.name for one in refused] == ["INSUFFICIENT"]  # type: ignore[attr-defined]


async def test_a_repeated_request_gets_the_same_answer(stage: Stage) -> None:
    await stage.open("10")
    asked = [stage.ask("Authorize", authorize("s1", "38044")) for _ in range(5)]
    answers = await asyncio.gather(*asked)
    assert all(answer == answers[0] for answer in answers)
    again = [await stage.ask("Extend", extend("s1", 45)) for _ in range(3)]
    assert again[0] == again[1] == again[2]
    assert (await stage.account()).held == uah("1.20")
    assert (await stage.refusal("Authorize", authorize("s1", "38050"))).reason.name == "CONFLICT"
    for _ in range(2):
        await stage.ask("Release", pb.ReleaseRequest(session_id="s1"))
    assert minor(await stage.account()) == (1000, 0, 1000)


@pytest.mark.clause("C07")
@pytest.mark.clause("C08")
async def test_refusals_have_reasons_and_emergency_has_none(stage: Stage) -> None:
    assert (await stage.refusal("Authorize", authorize("s1", "38044"))).reason.name == "NO_ACCOUNT"
    await stage.open("0", blocked=["49"])
    for called, reason in (
        ("38044", "INSUFFICIENT"),
        ("4930", "BLOCKED_DIRECTION"),
        ("7495", "NO_RATE"),
        ("x@y", "INVALID"),
    ):
        assert (await stage.refusal("Authorize", authorize(f"to {called}", called))).reason.name == reason
    assert (await stage.ask("Authorize", authorize("s2", "112"))).emergency


@pytest.mark.clause("I06")
async def test_a_record_that_comes_again_is_charged_once(stage: Stage) -> None:
    await stage.open("10")
    record = stage.record("c1", "4930", 10)
    answers = await asyncio.gather(*(stage.ask("Settle", pb.SettleRequest(record=record)) for _ in range(20)))
    assert {answer.call.number for answer in answers} == {answers[0].call.number}
    assert (await stage.account()).balance == uah("9.90")
    other = pb.CallRecord()
    other.CopyFrom(record)
    other.called = "4931"
    conflict = (await stage.ask("Settle", pb.SettleRequest(record=other))).call
    assert (conflict.charge, conflict.reason) == (pb.CALL_CHARGE_SUSPENSE, "conflict")
    assert (await stage.account()).balance == uah("9.90")
    told = [call for event in await stage.told(events.CallsRated, 2) for call in event.calls]
    assert [call.reason for call in told] == ["", "conflict"]


@pytest.mark.parametrize(
    ("called", "seconds", "change", "reason"),
    [
        ("7495", 10, {}, "no_rate"),
        ("38044", -5, {}, "end_before_answer"),
        ("38044", 800 * 86_400, {}, "too_long"),
        ("🙂", 10, {}, "bad_number"),
    ],
)
async def test_what_cannot_be_rated_waits_with_a_reason(
    stage: Stage, called: str, seconds: int, change: dict[str, Any], reason: str
) -> None:
    await stage.open("10")
    call = await stage.settle("c1", called, seconds, **change)
    assert (call.charge, call.reason) == (pb.CALL_CHARGE_SUSPENSE, reason)
    assert (await stage.account()).balance == uah("10")


async def test_a_call_of_last_year_waits_for_a_person(stage: Stage) -> None:
    await stage.open("10")
    record = stage.record("c1", "38044", 10)
    record.answered_at.seconds -= 400 * 86_400
    record.ended_at.seconds -= 400 * 86_400
    call = (await stage.ask("Settle", pb.SettleRequest(record=record))).call
    assert call.reason == "too_old"


async def test_suspense_is_rated_again_when_its_reason_is_gone(stage: Stage) -> None:
    tariff_id = await stage.activate(TARIFF)
    orphan = await stage.settle("c0", "38044", 10)
    assert (orphan.charge, orphan.reason) == (pb.CALL_CHARGE_SUSPENSE, "no_account")
    await stage.open("10", tariff_id=tariff_id)
    assert (await stage.settle("c1", "7495", 60)).reason == "no_rate"
    for billed in (1, 0):  # the second time there is nothing left to do
        answer = await stage.ask("RerateSuspense", pb.RerateSuspenseRequest(), "olena")
        assert (answer.billed, answer.left) == (billed, 1)
    assert (await stage.account()).balance == uah("9.40")


@pytest.mark.clause("I23")
async def test_the_version_at_answer_prices_and_is_recorded(stage: Stage) -> None:
    account = await stage.open("10")
    old = stage.record("c1", "4930", 1)
    await stage.activate(
        TARIFF | {"rates": [{"prefix": "49", "groups": [{"start": 0, "rate": "6", "per": 1, "inc": 1}]}]},
        account.tariff_id,
    )
    new = await stage.settle("c2", "4930", 1)
    before = (await stage.ask("Settle", pb.SettleRequest(record=old))).call
    assert (before.cost, before.tariff_version[-2:]) == (uah("0.01"), ":1")
    assert (new.cost, new.tariff_version[-2:]) == (uah("6"), ":2")


@pytest.mark.clause("K08")
async def test_the_author_of_a_tariff_may_not_approve_it(stage: Stage) -> None:
    asked = pb.Tariff(currency="UAH", document=json.dumps(TARIFF))
    draft = (await stage.ask("PutTariff", pb.PutTariffRequest(tariff=asked), "olena")).tariff
    request = pb.ApproveTariffRequest(id=draft.id, version=draft.version)
    assert (await stage.refusal("ApproveTariff", request, "olena")).reason.name == "SAME_PERSON"
    assert (await stage.ask("ApproveTariff", request, "petro")).tariff.approver == "person:petro"
    assert (await stage.refusal("ApproveTariff", request, "petro")).reason.name == "ILLEGAL"
    assert (await stage.told(events.TariffActivated))[0].tariff.id == draft.id


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("not json", "document"),
        (
            '{"rates": [{"prefix": "3", "groups": [{"rate": "-1", "per": 60, "inc": 1}]}]}',
            "document.rates[0].groups[0].rate",
        ),
        ('{"rates": []}', "document.rates"),
        ('{"scale": 7, "rates": [{"prefix": "3", "groups": [{"rate": 1, "per": 60, "inc": 1}]}]}', "document.scale"),
    ],
)
async def test_a_tariff_that_cannot_be_meant_is_refused_with_its_field(stage: Stage, document: str, field: str) -> None:
    asked = pb.PutTariffRequest(tariff=pb.Tariff(currency="UAH", document=document))
    error = await stage.refusal("PutTariff", asked, "olena")
    assert (error.reason.name, error.facts["field"]) == ("INVALID", field)


@pytest.mark.clause("I25")
async def test_payments_count_once_and_in_the_accounts_currency(stage: Stage) -> None:
    await stage.open()
    await asyncio.gather(*(stage.pay("p1", "100") for _ in range(5)))
    assert (await stage.account()).balance == uah("100")
    other = pb.PostPaymentRequest(payment_id="p1", amount=uah("99"), method="card")
    assert (await stage.refusal("PostPayment", other)).reason.name == "CONFLICT"
    roubles = pb.PostPaymentRequest(payment_id="p2", method="card")
    roubles.amount.currency, roubles.amount.micros = "RUB", 5
    assert (await stage.refusal("PostPayment", roubles)).reason.name == "CURRENCY"
    account = await stage.account()
    account.currency = "RUB"
    for name in ("floor", "threshold", "monthly_fee"):
        account.ClearField(name)
    assert (await stage.refusal("PutAccount", pb.PutAccountRequest(account=account), "olena")).reason.name == "CURRENCY"
    assert (await stage.told(events.BalanceChanged))[-1].account_id == account.id


async def test_accounts_are_changed_by_who_may_and_by_revision(stage: Stage) -> None:
    account = await stage.open()
    assert (await stage.refusal("GetAccount", pb.GetAccountRequest(), "stranger")).reason.name == "DENIED"
    assert (await stage.refusal("PostPayment", pb.PostPaymentRequest(), "olena")).reason.name == "DENIED"
    account.blocked.append("7")
    request = pb.PutAccountRequest(account=account)
    assert (await stage.ask("PutAccount", request, "olena")).account.rev == 2
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "STALE"
    request.account.rev = 0
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "TAKEN"


async def test_reservations_end_by_themselves_and_late_calls_are_paid_all_the_same(stage: Stage) -> None:
    await stage.open("10")
    await stage.ask("Authorize", authorize("s1", "38044"))
    stage.clock.forward(seconds=121)

    async def freed() -> bool:
        return minor(await stage.account()) == (1000, 0, 1000)

    await eventually(freed)
    assert (await stage.refusal("Extend", extend("s1", 45))).reason.name == "NOT_OPEN"
    await stage.settle("c1", "38044", 60, session_id="s1")
    assert minor(await stage.account()) == (940, 0, 940)
    listed = await stage.ask("ListTransfers", pb.ListTransfersRequest(), "olena")
    assert listed.transfers[0].result == "ok_late"
    assert [one.seq for one in listed.transfers] == list(range(len(listed.transfers), 0, -1))


@pytest.mark.clause("I07")
@pytest.mark.clause("I09")
@pytest.mark.clause("I20")
async def test_days_take_their_fee_and_the_threshold_suspends(stage: Stage) -> None:
    await stage.open("25", monthly_fee=uah("300"), time_zone="Europe/Kyiv")
    fee = await eventually(lambda: _paid(stage))
    stage.clock.forward(days=3)

    async def suspended() -> bool:
        return (await stage.account()).state == pb.ACCOUNT_STATE_SUSPENDED

    await eventually(suspended)
    assert fee in {uah("10").micros, 9_680_000, 9_670_000, 10_710_000, 10_720_000}
    assert (await stage.refusal("Authorize", authorize("s1", "38044"))).reason.name == "SUSPENDED"
    assert await stage.told(events.AccountSuspended)
    restored = await stage.pay("second", "500")
    assert restored.state == pb.ACCOUNT_STATE_ACTIVE
    assert await stage.told(events.AccountRestored)


@pytest.mark.clause("I10")
async def test_a_tariff_may_let_the_fee_rest_while_suspended(stage: Stage) -> None:
    await stage.open("0", {**TARIFF, "suspended_free": True}, monthly_fee=uah("300"))

    async def suspended() -> bool:
        return (await stage.account()).state == pb.ACCOUNT_STATE_SUSPENDED

    await eventually(suspended)
    owed = (await stage.account()).balance
    assert owed.micros < 0, "the day that suspends is paid"
    stage.clock.forward(days=9)
    await eventually(lambda: _accrued(stage, stage.clock().date()))
    assert (await stage.account()).balance == owed


async def _accrued(stage: Stage, day: date) -> bool:
    record = await Store(mongo.database(stage.platforms["billing"], "billing")).account(account_of(stage.tenant))
    return record is not None and record.accrued_on is not None and record.accrued_on >= day


async def _paid(stage: Stage) -> int:
    return 25_000_000 - (await stage.account()).balance.micros


@pytest.mark.clause("I01")
async def test_facts_of_media_become_charges_once(stage: Stage) -> None:
    await stage.open("10")
    now = stage.clock()
    outside = Leg(id="lg2", role="outside", number="+4930123", ended_at=stamp(now))
    outside.answered_at.CopyFrom(outside.ended_at)
    outside.answered_at.seconds -= 100
    ended = CallEnded(call=Call(id="ca1", direction=DIRECTION_OUTBOUND, legs=[Leg(id="lg1", role="agent"), outside]))
    inbound = CallEnded(call=Call(id="ca2", direction=DIRECTION_INBOUND, legs=[Leg(id="lg1", role="caller")]))
    bus = await Bus.connect(stage.platforms["media"], "switch")
    for number in range(3):
        for event in (ended, inbound):
            await bus.publish(
                event, tenant=stage.tenant, key=event.call.id, event_id=f"{stage.tenant}{event.call.id}{number}"
            )

    async def both() -> list[Any]:
        answer = await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(), "olena")
        return list(answer.calls) if len(answer.calls) >= 2 else []

    calls = {call.record.key: call for call in await eventually(both)}
    await bus.close()
    assert calls["ca1:lg2"].cost == uah("1.00")
    assert calls["ca2"].charge == pb.CALL_CHARGE_ZERO
    assert len({call.number for call in calls.values()}) == 2
    assert (await stage.account()).balance == uah("9")


DEVICES = {
    "human": Call(outcome="answered", state=CALL_STATE_TALKING, agent_id="pn_1", talked=Duration(seconds=61)),
    "answering machine": Call(outcome="received", keys={"heard": ""}),
    "voicemail": Call(outcome="voicemail", state=CALL_STATE_VOICEMAIL),
    "fax": Call(outcome="fax", state=CALL_STATE_FAX),
    "modem": Call(outcome="failed"),
    "pbx": Call(outcome="answered", talked=Duration(seconds=3)),
    "ivr": Call(outcome="received", keys={"q1": "2"}),
    "auto-attendant": Call(outcome="abandoned"),
}
"""What media says of a call whose other end is answered by each; the answer signal is the same."""


@pytest.mark.clause("I02")
async def test_an_answer_by_a_device_costs_what_a_persons_does(stage: Stage) -> None:
    await stage.open("100")
    bus = await stage.rt.bus()
    for number, (device, told) in enumerate(DEVICES.items()):
        call = Call(id=f"ca{number}", direction=DIRECTION_OUTBOUND)
        call.MergeFrom(told)
        outside = call.legs.add(id="lg1", role="outside", number="+4930123", ended_at=stamp(stage.clock()))
        outside.answered_at.CopyFrom(outside.ended_at)
        outside.answered_at.seconds -= 61
        call.started_at.CopyFrom(outside.answered_at)
        call.started_at.seconds -= 30  # it rang: nobody pays for that
        await bus.publish(CallEnded(call=call), tenant=stage.tenant, key=call.id, event_id=f"{stage.tenant}{device}")

    async def all_rated() -> list[Any]:
        found = (await stage.ask("ListRatedCalls", pb.ListRatedCallsRequest(), "olena")).calls
        return list(found) if len(found) == len(DEVICES) else []

    calls = await eventually(all_rated, within=30)
    assert {(call.charge, call.seconds, call.billed_seconds, call.cost.micros) for call in calls} == {
        (pb.CALL_CHARGE_BILLED, 61, 61, 610_000)
    }
