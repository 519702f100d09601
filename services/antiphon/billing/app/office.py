"""The back office: one person asks, another decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Protocol

from antiphon.billing.app import corrections, messages
from antiphon.billing.app.accounts import account_on, restore
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.monthly import PROMOTION
from antiphon.billing.app.sheets import Seller
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.accounting import CORRECTION
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.refunds import WITHIN_DAYS, refund
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

REQUEST = "request"
KINDS = ("credit", "charge", "refund", "compensation", "certificate", "promotion")
WITH_AMOUNT = ("credit", "charge", "compensation")
CORRECTIONS = ("credit", "charge")
"""These may put a document right."""
LONGEST = 500


class Readings(Protocol):
    """What this needs of the store."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


class Office:
    """Requests of one person that another decides."""

    def __init__(self, writer: Desk, reading: Readings, seller: Seller, clock: Clock) -> None:
        self._writer = writer
        self._reading = reading
        self._seller = seller
        self._clock = clock

    async def ask_for(self, caller: Caller, request: pb.AskForRequest) -> pb.AskForResponse:
        _check(request)

        def decide(page: Page, now: int) -> pb.AskForResponse:
            account = account_on(page)
            known = page.papers.get(key_of(REQUEST, request.request_id))
            if known is None:
                if request.amount.currency not in ("", account.currency):
                    raise DomainError(Reason.CURRENCY)
                data = {
                    "kind": request.kind,
                    "amount": request.amount.micros,
                    "currency": account.currency,
                    "reason": request.reason.strip(),
                    "document": request.document.strip(),
                    "exception": request.exception,
                    "valid_until": request.valid_until,
                    "promotion": _promotion(request.promotion) if request.kind == "promotion" else {},
                    "corrects": request.corrects,
                }
                if request.corrects:
                    corrections.check(page, request.corrects, _change(request.kind, request.amount.micros))
                if request.kind == "refund":
                    data["due"] = (local_day(account, now) + timedelta(days=WITHIN_DAYS)).isoformat()
                known = page.put_paper(Paper(REQUEST, request.request_id, "waiting", now, caller.subject, data=data))
                page.note(Said(now, caller.subject, "ask", f"{request.kind} {request.request_id}"))
            return pb.AskForResponse(request=request_message(known, local_day(account, now)))

        papers = [key_of(REQUEST, request.request_id), *corrections.touched(request.corrects)]
        return await self._do(caller, Touches(papers=papers), decide)

    async def decide(self, caller: Caller, request: pb.DecideRequest) -> pb.DecideResponse:
        def decide(page: Page, now: int) -> tuple[pb.DecideResponse, DomainError | None]:
            known = page.papers.get(key_of(REQUEST, request.request_id))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=request.request_id)
            if known.state != "waiting":
                raise DomainError(Reason.ILLEGAL)
            if known.by == caller.subject:
                page.note(Said(now, caller.subject, "own_request", request.request_id))
                return pb.DecideResponse(), DomainError(Reason.SAME_PERSON)
            learnt = _carry_out(page, known, now, self._seller) if request.approve else {}
            state = "approved" if request.approve else "refused"
            known = page.put_paper(known.to(state, decided_by=caller.subject, decided_at=now, **learnt))
            page.note(Said(now, caller.subject, state, f"{known.data['kind']} {known.id}"))
            return pb.DecideResponse(request=request_message(known, local_day(account_on(page), now))), None

        name = request.request_id
        asked = await self._reading.paper(account_of(caller.tenant), REQUEST, name)
        papers = [key_of(REQUEST, name), key_of("certificate", "budget"), key_of(PROMOTION, name)]
        papers += corrections.touched(asked.data.get("corrects", "")) if asked is not None else []
        operations = [f"request:{name}", f"{CORRECTION}{name}"]
        answer, refusal = await self._do(caller, Touches(operations, papers=papers), decide)
        if refusal is not None:
            raise refusal  # after the attempt was written down
        return answer

    async def confirm(self, caller: Caller, request: pb.ConfirmRefundRequest) -> pb.ConfirmRefundResponse:
        """Money of an approved refund has left."""
        if not 0 < len(request.document.strip()) <= LONGEST:
            raise invalid("document", "names the bank's payment order")
        try:
            paid_on = day_of(request.paid_on)
        except ValueError as error:
            raise invalid("paid_on", str(error)) from error

        def decide(page: Page, now: int) -> tuple[pb.ConfirmRefundResponse, DomainError | None]:
            today, known = local_day(account_on(page), now), page.papers.get(key_of(REQUEST, request.request_id))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=request.request_id)
            if known.data["kind"] != "refund" or known.state not in {"approved", "paid"}:
                raise DomainError(Reason.ILLEGAL)
            if paid_on > today:
                raise invalid("paid_on", "has not come yet")
            if known.data["decided_by"] == caller.subject:
                page.note(Said(now, caller.subject, "own_approval", request.request_id))
                return pb.ConfirmRefundResponse(), DomainError(Reason.SAME_PERSON)
            if known.state == "approved":
                told = {"paid_on": request.paid_on, "paid_by": caller.subject, "order": request.document.strip()}
                known = page.put_paper(known.to("paid", **told))
                page.note(Said(now, caller.subject, "paid", f"refund {known.id}: {told['order']}"))
            return pb.ConfirmRefundResponse(request=request_message(known, today)), None

        answer, refusal = await self._do(caller, Touches(papers=[key_of(REQUEST, request.request_id)]), decide)
        if refusal is not None:
            raise refusal  # after the attempt was written down
        return answer

    async def listed(self, caller: Caller, limit: int) -> pb.ListRequestsResponse:
        account_id = account_of(caller.tenant)
        record = await self._reading.account(account_id)
        if record is None:
            return pb.ListRequestsResponse()
        today = local_day(record, nanos(self._clock()))
        found = await self._reading.papers(account_id, REQUEST, limit)
        return pb.ListRequestsResponse(requests=[request_message(paper, today) for paper in found])

    async def _do(self, caller: Caller, touches: Touches, decide: Callable[[Page, int], messages.A]) -> messages.A:
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def _check(request: pb.AskForRequest) -> None:
    if request.kind not in KINDS:
        raise invalid("kind", f"is none of {', '.join(KINDS)}")
    if not request.request_id or len(request.request_id) > 100:
        raise invalid("request_id", "has 1 to 100 characters")
    for name in ("reason", "document"):
        if not getattr(request, name).strip() or len(getattr(request, name)) > LONGEST:
            raise invalid(name, f"is missing, or longer than {LONGEST} characters")
    if request.kind in WITH_AMOUNT and not 0 < request.amount.micros <= LARGEST:
        raise invalid("amount", "is not a positive amount")
    if request.corrects and request.kind not in CORRECTIONS:
        raise invalid("corrects", "belongs to a credit or a charge")
    if request.kind == "promotion":
        _check_promotion(request.promotion)
    if request.kind == "certificate":
        try:
            day_of(request.valid_until)
        except ValueError as error:
            raise invalid("valid_until", str(error)) from error


def _check_promotion(asked: pb.Promotion) -> None:
    if not 0 < len(asked.name.strip()) <= 100 or asked.kind not in ("discount", "bonus"):
        raise invalid("promotion", "has a name, and is a discount or a bonus")
    try:
        percent = exact(asked.percent)
        first, last = day_of(asked.first), day_of(asked.last) if asked.last else None
    except ValueError as error:
        raise invalid("promotion", str(error)) from error
    if not 0 < percent <= 100 or not 0 <= asked.least.micros <= LARGEST or (last is not None and last < first):
        raise invalid("promotion", "is above 0 and at most 100 percent, from a sum, and ends after it begins")


def _promotion(asked: pb.Promotion) -> dict[str, object]:
    return {
        "name": asked.name.strip(), "kind": asked.kind, "percent": asked.percent.strip(), "least": asked.least.micros,
        "first": asked.first, "last": asked.last,
    }  # fmt: skip


def _carry_out(page: Page, asked: Paper, now: int, seller: Seller) -> dict[str, object]:
    """Does what was approved; returns what the paper learns by it. Raises before anything is changed."""
    account, kind = account_on(page), asked.data["kind"]
    if kind == "certificate":
        data = {"valid_until": asked.data["valid_until"], "document": asked.data["document"]}
        page.put_paper(Paper("certificate", "budget", "approved", now, asked.by, data=data))
        return {}
    if kind == "promotion":
        page.put_paper(Paper(PROMOTION, asked.id, "active", now, asked.by, data=asked.data["promotion"]))
        return {}
    if kind == "refund":
        return _give_back(page, account, asked, now)
    amount = asked.data["amount"]
    if kind == "compensation" and amount > account.fee and not asked.data["exception"]:
        raise DomainError(Reason.ABOVE_CAP)
    code = Code.OUTAGE_CREDIT if kind == "compensation" else Code.CORRECTION
    op, corrects = Op.CHARGE if kind == "charge" else Op.TOPUP, asked.data.get("corrects", "")
    learnt: dict[str, object] = {}
    if corrects:
        learnt["correction"] = corrections.issue(page, asked, _change(kind, amount), now, seller).id
    name = f"{CORRECTION}{asked.id}" if corrects else f"request:{asked.id}"
    page.book.submit(Operation(name, op, amount, code=code, forced=True, ref=_basis(asked)), now)
    page.moved = True
    restore(page, account_on(page), now)
    return learnt


def _change(kind: str, amount: int) -> int:
    """Micro-units more that are asked."""
    return amount if kind == "charge" else -amount


def _give_back(page: Page, account: AccountRecord, asked: Paper, now: int) -> dict[str, object]:
    page.book.expire(now)
    given = refund(Fraction(page.book.balance), Fraction(page.book.held), Fraction(0), local_day(account, now))
    if given is None:
        raise DomainError(Reason.OPEN_HOLDS)
    if not given.amount:
        raise DomainError(Reason.INSUFFICIENT, "there is nothing to give back")
    amount = int(given.amount)
    operation = Operation(
        f"request:{asked.id}", Op.CHARGE, amount, code=Code.BANK, forced=True, ref=_basis(asked)
    )  # fmt: skip
    page.book.submit(operation, now)
    page.moved = True
    return {"amount": amount}


def _basis(asked: Paper) -> str:
    return f"{asked.data['document']} (request {asked.number})"


def certificate_is_valid(paper: Paper | None, today: date) -> bool:
    """Was the budget's funding approved, for today?"""
    return paper is not None and paper.state == "approved" and today <= day_of(paper.data["valid_until"])


def is_overdue(paper: Paper, today: date) -> bool:
    """A refund that was to be paid, decided or not."""
    due = paper.data.get("due", "")
    return bool(due) and paper.state in {"waiting", "approved"} and today > day_of(due)


def request_message(paper: Paper, today: date) -> pb.Petition:
    data, offer = paper.data, paper.data.get("promotion")
    least = Money(currency=data["currency"], micros=offer["least"]) if offer else None
    return pb.Petition(
        promotion=pb.Promotion(**{**offer, "least": least}) if offer else None,
        id=paper.id,
        number=paper.number,
        kind=data["kind"],
        amount=Money(currency=data["currency"], micros=data["amount"]),
        reason=data["reason"],
        document=data["document"],
        state=paper.state,
        asked_by=paper.by,
        decided_by=data.get("decided_by", ""),
        at=stamp(paper.at),
        due=data.get("due", ""),
        overdue=is_overdue(paper, today),
        corrects=data.get("corrects", ""),
        correction_id=data.get("correction", ""),
    )
