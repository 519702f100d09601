"""The contract: services that start later, terms that change, its end, signed acts. Days pass by the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from antiphon.billing.app.profiles import profile
from antiphon.billing.app.workdays import holidays_of
from antiphon.billing.domain.contract import business_day_after
from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import events_pb2 as events
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1.contract_pb2_grpc import ContractServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import metadata, send, stream
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service
WITHIN = 60
NOTICE = profile("UA").notice


@pytest.fixture(scope="module")
def sweep_seconds() -> float:
    return 0.05


def today(stage: Stage) -> date:
    """The account's zone is UTC."""
    return stage.clock().date()


def to(stage: Stage, day: date) -> None:
    """Moves to noon of a day that is not over."""
    noon = stage.clock().replace(hour=12, minute=0, second=0, microsecond=0)
    stage.clock.forward(seconds=(noon - stage.clock()).total_seconds() + (day - noon.date()).days * 86_400)


async def contract(stage: Stage) -> pb.GetContractResponse:
    answer: pb.GetContractResponse = await stage.ask("GetContract", pb.GetContractRequest(), "olena")
    return answer


async def state(stage: Stage, wanted: int) -> None:
    async def reached() -> bool:
        return (await contract(stage)).state == wanted

    await eventually(reached, WITHIN)


async def caught_up(stage: Stage, days: int) -> None:
    """Every day that has begun was accrued."""
    fees = f"fee:{today(stage).isoformat()}"

    async def taken() -> bool:
        listed = (await stage.ask("ListTransfers", bb.ListTransfersRequest(limit=500), "olena")).transfers
        return any(one.id == fees for one in listed)

    assert days >= 0
    await eventually(taken, WITHIN)


async def offered(stage: Stage, *, by_hand: bool) -> None:
    product = cb.Product(id="trunk", name="Канал", one_time=uah("20"), monthly=uah("300"), by_hand=by_hand)
    await stage.ask("PutProduct", cb.PutProductRequest(product=product), "olena")


def order(name: str, start_on: str = "") -> cb.PlaceOrderRequest:
    return cb.PlaceOrderRequest(
        request_id=name, product_id="trunk", quantity=1, one_time=uah("20"), monthly=uah("300"), start_on=start_on
    )


async def orders(stage: Stage) -> dict[str, cb.Order]:
    return {one.id: one for one in (await stage.ask("ListOrders", cb.ListOrdersRequest(), "olena")).orders}


async def alarms(stage: Stage) -> list[tuple[str, str]]:
    listed = (await stage.ask("ListAlarms", ob.ListAlarmsRequest(), "olena")).alarms
    return [(one.id, one.state) for one in listed]


async def trail(stage: Stage) -> list[str]:
    return [line.what for line in (await stage.ask("ListTrail", cb.ListTrailRequest(limit=500), "olena")).lines]


@pytest.mark.clause("H04")
async def test_an_order_not_started_three_business_days_after_payment_is_flagged(stage: Stage) -> None:
    await stage.open("100")
    await offered(stage, by_hand=True)
    to(stage, today(stage))
    paid = (await stage.ask("PlaceOrder", order("o1"), "olena")).order
    last = business_day_after(today(stage), 3, holidays_of("UA"))
    assert (paid.state, paid.start_by, paid.late) == (cb.ORDER_STATE_WAITING, last.isoformat(), False)
    account = await stage.account()
    assert (account.held, account.monthly_fee, account.balance) == (uah("20"), uah("0"), uah("100"))
    to(stage, last)
    await swept(stage)
    assert not (await orders(stage))["o1"].late, "the third business day is not over"
    to(stage, last + timedelta(days=1))

    async def flagged() -> bool:
        return (await orders(stage))["o1"].late

    await eventually(flagged, WITHIN)
    assert ("orders/o1", "open") in await alarms(stage)
    (work,) = (await stage.ask("ListContractWork", pb.ListContractWorkRequest(), "olena")).work
    assert [one.id for one in work.waiting] == ["o1"]
    assert (await stage.account()).balance == uah("100"), "no fee exists before the start"

    async def begun() -> cb.Order | None:
        """Refused while the days before today wait for their fee."""
        try:
            return (await stage.ask("StartOrder", pb.StartOrderRequest(order_id="o1"), "petro")).order  # type: ignore[no-any-return]
        except DomainError:
            return None

    for _ in range(2):
        started = await eventually(begun, WITHIN)
        assert (started.state, started.late, started.HasField("started_at")) == (cb.ORDER_STATE_ACTIVE, False, True)
    account = await stage.account()
    assert (account.balance, account.monthly_fee) == (uah("80"), uah("300")), "charged once, accrues from now on"
    assert ("orders/o1", "closed") in await alarms(stage)
    assert {"order", "not_started", "started"} <= set(await trail(stage))


@pytest.mark.clause("H04")
async def test_a_service_starts_on_the_day_that_was_asked_for_and_costs_nothing_before(stage: Stage) -> None:
    await stage.open("100")
    await offered(stage, by_hand=False)
    to(stage, today(stage))
    wanted = today(stage) + timedelta(days=5)
    for wrong in ("2020-01-01", "soon"):
        assert (await stage.refusal("PlaceOrder", order("o0", wrong), "olena")).reason.name == "INVALID"
    await stage.ask("PlaceOrder", order("o1", wanted.isoformat()), "olena")
    await stage.ask("PlaceOrder", order("o2", wanted.isoformat()), "olena")
    cancelled = (await stage.ask("CancelOrder", cb.CancelOrderRequest(order_id="o2"), "olena")).order
    assert cancelled.state == cb.ORDER_STATE_CANCELLED
    to(stage, wanted - timedelta(days=1))
    await stage.ask("PlaceOrder", order("now"), "olena")  # one that starts at once accrues from tomorrow on
    assert (await orders(stage))["o1"].state == cb.ORDER_STATE_WAITING
    assert (await stage.account()).monthly_fee == uah("300")
    to(stage, wanted)

    async def started() -> bool:
        return (await orders(stage))["o1"].state == cb.ORDER_STATE_ACTIVE

    await eventually(started, WITHIN)
    account = await stage.account()
    assert (account.held, account.monthly_fee) == (uah("0"), uah("600"))
    listed = (await stage.ask("ListTransfers", bb.ListTransfersRequest(limit=500), "olena")).transfers
    first = stage.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    charged = {one.id: one.at.ToDatetime(first.tzinfo) for one in listed if one.id.startswith("order:")}
    assert set(charged) == {"order:o1", "order:now"}, "what was cancelled is never charged"
    assert charged["order:o1"] >= first


def change(name: str, effective: date, **more: Any) -> pb.TermsChange:
    texts = {"en": "Support answers by chat only.", "ru": "Поддержка только в чате.", "uk": "Підтримка лише в чаті."}
    titles = {"en": "Support", "ru": "Поддержка", "uk": "Підтримка"}
    card = {"id": name, "kind": "terms", "titles": titles, "texts": texts, "effective_on": effective.isoformat()}
    return pb.TermsChange(**{**card, **more})


async def told(stage: Stage, name: str) -> pb.TermsConsent:
    async def there() -> pb.TermsConsent | None:
        found = [one for one in (await contract(stage)).changes if one.change.id == name]
        return found[0] if found else None

    found: pb.TermsConsent = await eventually(there, WITHIN)
    return found


async def swept(stage: Stage) -> None:
    """What was due when this was called has been looked at: a sweep tells first, and then wakes what is due."""
    for name in ("sweep1", "sweep2"):
        published = pb.PublishChangeRequest(change=change(name, today(stage) + timedelta(days=10)))
        await stage.ask("PublishChange", published, "olena")
        await told(stage, name)


@pytest.mark.clause("H11")
async def test_a_change_is_told_ten_days_ahead_and_silence_of_ten_business_days_accepts_it(stage: Stage) -> None:
    await stage.open("100", customer=bb.Customer(kind=bb.CUSTOMER_KIND_COMPANY, country="UA", language="uk"))
    to(stage, today(stage))
    day = today(stage)
    soon = pb.PublishChangeRequest(change=change("c1", day + timedelta(days=9)))
    refused = await stage.refusal("PublishChange", soon, "olena")
    assert (refused.reason.name, refused.facts["earliest"]) == (
        "NOTICE_TOO_SHORT", (day + timedelta(days=10)).isoformat(),
    )  # fmt: skip
    asked = pb.PublishChangeRequest(change=change("c1", day + timedelta(days=10)))
    seen = await stage.ask("PublishChange", pb.PublishChangeRequest(change=asked.change, preview=True), "olena")
    assert (seen.customers, seen.change.hash) == (1, "")
    assert not (await contract(stage)).changes, "a preview tells nobody"
    published = (await stage.ask("PublishChange", asked, "olena")).change
    assert (len(published.hash), published.published_on) == (64, day.isoformat())
    assert (await stage.ask("PublishChange", asked, "petro")).change == published, "it stays what it was"
    other = pb.PublishChangeRequest(change=change("c1", day + timedelta(days=11)))
    assert (await stage.refusal("PublishChange", other, "olena")).reason.name == "CONFLICT"
    consent = await told(stage, "c1")
    last = business_day_after(day, 10, holidays_of("UA"))
    assert (consent.state, consent.answer_by) == (pb.CONSENT_STATE_OPEN, last.isoformat())
    assert consent.change.hash == published.hash
    notices = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert [one.about for one in notices if one.kind == "change"] == ["Підтримка"]
    to(stage, last)
    await swept(stage)
    assert (await told(stage, "c1")).state == pb.CONSENT_STATE_OPEN, "the tenth business day is not over"
    to(stage, last + timedelta(days=1))

    async def accepted() -> bool:
        return (await told(stage, "c1")).state == pb.CONSENT_STATE_ACCEPTED

    await eventually(accepted, WITHIN)
    assert (await told(stage, "c1")).answered_by == "", "silence"
    late = pb.AnswerTermsChangeRequest(change_id="c1", accept=False)
    assert (await stage.refusal("AnswerTermsChange", late, "olena")).reason.name == "ILLEGAL"
    yes = pb.AnswerTermsChangeRequest(change_id="sweep2", accept=True)
    for _ in range(2):
        answered = (await stage.ask("AnswerTermsChange", yes, "olena")).consent
        assert (answered.state, answered.answered_by) == (pb.CONSENT_STATE_ACCEPTED, "person:olena")
    listed = (await stage.ask("ListPublishedChanges", pb.ListPublishedChangesRequest(), "olena")).changes
    counted = {one.change.id: (one.told, one.open, one.accepted) for one in listed}
    assert counted == {"c1": (1, 0, 1), "sweep1": (1, 1, 0), "sweep2": (1, 0, 1)}
    assert {"publish", "told_change", "change_accepted"} <= set(await trail(stage))


@pytest.mark.clause("H11")
async def test_a_refusal_ends_the_contract_on_the_day_before_the_change(stage: Stage) -> None:
    await stage.open("100")
    to(stage, today(stage))
    effective = today(stage) + timedelta(days=10)
    await stage.ask("PublishChange", pb.PublishChangeRequest(change=change("c1", effective)), "olena")
    await told(stage, "c1")
    no = pb.AnswerTermsChangeRequest(change_id="c1", accept=False)
    for _ in range(2):
        answer = await stage.ask("AnswerTermsChange", no, "olena")
        assert answer.consent.state == pb.CONSENT_STATE_REFUSED
        assert answer.ending.last_day == (effective - timedelta(days=1)).isoformat()
    assert (await contract(stage)).state == pb.CONTRACT_STATE_ENDING
    back = pb.WithdrawEndingRequest(ending_id=answer.ending.id)
    for _ in range(2):
        assert (await stage.ask("WithdrawEnding", back, "olena")).ending.state == "withdrawn"
    now = await contract(stage)
    assert (now.state, now.changes[0].state) == (pb.CONTRACT_STATE_IN_FORCE, pb.CONSENT_STATE_ACCEPTED)
    assert (await stage.refusal("AnswerTermsChange", no, "olena")).reason.name == "ILLEGAL", "who stays has accepted"
    await stage.ask("PublishChange", pb.PublishChangeRequest(change=change("c2", effective)), "olena")
    await told(stage, "c2")
    await stage.ask("AnswerTermsChange", pb.AnswerTermsChangeRequest(change_id="c2"), "olena")
    to(stage, effective - timedelta(days=1))
    assert (await stage.account()).state == bb.ACCOUNT_STATE_ACTIVE
    to(stage, effective)
    await state(stage, pb.CONTRACT_STATE_TERMINATED)


@pytest.mark.clause("H06")
@pytest.mark.clause("H07")
async def test_the_subscriber_ends_the_contract_with_thirty_days_notice_and_gets_the_rest_back(stage: Stage) -> None:
    await stage.open("1000", monthly_fee=uah("0"))
    await offered(stage, by_hand=False)
    to(stage, today(stage))
    await stage.ask("PlaceOrder", order("o1"), "olena")
    day = today(stage)
    soon = pb.EndContractRequest(request_id="e1", ends_on=(day + timedelta(days=29)).isoformat(), reason="moving")
    refused = await stage.refusal("EndContract", soon, "olena")
    assert (refused.reason.name, refused.facts["earliest"]) == (
        "NOTICE_TOO_SHORT", (day + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    end = day + timedelta(days=30)
    asked = pb.EndContractRequest(request_id="e1", ends_on=end.isoformat(), reason="moving")
    for _ in range(2):
        ending = (await stage.ask("EndContract", asked, "olena")).ending
        assert (ending.state, ending.last_day) == ("running", (end - timedelta(days=1)).isoformat())
    twice = pb.EndContractRequest(request_id="e2", ends_on=end.isoformat())
    assert (await stage.refusal("EndContract", twice, "olena")).reason.name == "ENDING"
    await stage.ask("WithdrawEnding", pb.WithdrawEndingRequest(ending_id="e1"), "olena")
    assert (await contract(stage)).state == pb.CONTRACT_STATE_IN_FORCE
    ending = (await stage.ask("EndContract", twice, "olena")).ending
    assert ending.refund_due == end.isoformat(), "thirty days after the request"
    to(stage, end - timedelta(days=1))
    await caught_up(stage, 29)
    assert (await stage.account()).state == bb.ACCOUNT_STATE_ACTIVE, "the last day has service"
    await stage.settle("last", "38044", 61)
    to(stage, end)
    await state(stage, pb.CONTRACT_STATE_TERMINATED)
    authorize = bb.AuthorizeRequest(session_id="s", called="38044")
    assert (await stage.refusal("Authorize", authorize)).reason.name in {"SUSPENDED", "TERMINATED"}
    assert await stage.told(events.AccountTerminated)
    listed = (await stage.ask("ListTransfers", bb.ListTransfersRequest(limit=500), "olena")).transfers
    days = [one.id for one in listed if one.id > f"fee:{day.isoformat()}" and one.id.startswith("fee:")]
    assert max(days) == f"fee:{(end - timedelta(days=1)).isoformat()}", "no fee of a day without service"
    assert len(days) == 29

    await stage.settle("late", "38044", 61)  # a call that is told after the end is charged all the same
    left = (await stage.account()).balance
    (refund,) = (await stage.ask("ListRequests", ob.ListRequestsRequest(), "olena")).requests
    assert (refund.kind, refund.state, refund.due, refund.overdue) == ("refund", "waiting", end.isoformat(), False)
    to(stage, end + timedelta(days=1))
    (refund,) = (await stage.ask("ListRequests", ob.ListRequestsRequest(), "olena")).requests
    assert refund.overdue, "the thirty-first day"
    decide = ob.DecideRequest(request_id=refund.id, approve=True)
    paid = (await stage.ask("Decide", decide, "petro")).request
    assert paid.amount == left, "the balance after final charges"
    assert (await stage.account()).balance == uah("0")
    assert {"end_contract", "withdraw_end", "terminated", "ask"} <= set(await trail(stage))


async def store(stage: Stage, document: str, content: bytes, who: str = "olena") -> pb.SignedAct:
    async def parts() -> AsyncIterator[pb.StoreSignedActRequest]:
        yield pb.StoreSignedActRequest(scan=pb.Scan(document_id=document))
        for start in range(0, len(content), 1_000_000):
            yield pb.StoreSignedActRequest(chunk=content[start : start + 1_000_000])

    stub = ContractServiceStub(stage.rt.peers.channel("billing"))
    answer = await send(stub.StoreSignedAct, parts(), metadata(stage.token(who)), within=30)
    return answer.act  # type: ignore[no-any-return]


async def download(stage: Stage, document: str) -> tuple[str, bytes]:
    stub = ContractServiceStub(stage.rt.peers.channel("billing"))
    request = pb.DownloadSignedActRequest(document_id=document)
    parts = [one async for one in stream(stub.DownloadSignedAct, request, metadata(stage.token("olena")), within=30)]
    return parts[0].media_type, b"".join(one.chunk for one in parts)


@pytest.mark.clause("J09")
async def test_a_signed_act_is_tracked_until_its_scan_is_stored(stage: Stage) -> None:
    await stage.open("100", customer=bb.Customer(kind=bb.CUSTOMER_KIND_INDIVIDUAL, country="UA"))
    await stage.settle("c1", "38044", 61)
    first = today(stage).replace(day=1)
    to(stage, (first + timedelta(days=40)).replace(day=2))
    made = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first.isoformat())
    act = (await stage.ask("MakeDocument", made, "olena")).document
    nothing = pb.RequestSignedActRequest(document_id="act:none")
    assert (await stage.refusal("RequestSignedAct", nothing, "olena")).reason.name == "NOT_FOUND"
    with pytest.raises(DomainError) as early:
        await store(stage, act.id, b"%PDF-1.7 signed")
    assert early.value.reason.name == "NOT_FOUND", "nobody asked for it"
    for _ in range(2):
        asked = (await stage.ask("RequestSignedAct", pb.RequestSignedActRequest(document_id=act.id), "olena")).act
        assert (asked.state, asked.number, asked.late) == ("requested", act.number, False)
    due = date.fromisoformat(asked.due)
    assert due == today(stage) + timedelta(days=NOTICE.signed_days)
    sent = pb.SendSignedActRequest(document_id=act.id, tracking="0500 1234")
    assert (await stage.ask("SendSignedAct", sent, "petro")).act.state == "sent"
    to(stage, due + timedelta(days=1))

    async def late() -> bool:
        return (await contract(stage)).signed_acts[0].late

    await eventually(late, WITHIN)
    for wrong, reason in ((b"GIF89a", "NO_SCAN"), (b"%PDF-" + bytes(10_000_000), "SCAN_TOO_LARGE")):
        with pytest.raises(DomainError) as refused:
            await store(stage, act.id, wrong)
        assert refused.value.reason.name == reason
    scan = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5_000
    for _ in range(2):
        kept = await store(stage, act.id, scan)
        assert (kept.state, kept.late, kept.content_type, kept.size) == ("stored", False, "image/png", len(scan))
    with pytest.raises(DomainError) as other:
        await store(stage, act.id, b"%PDF-1.7 another")
    assert other.value.reason.name == "ILLEGAL"
    assert await download(stage, act.id) == ("image/png", scan)
    assert {"ask_signed", "sent_signed", "signed_late", "signed"} <= set(await trail(stage))
