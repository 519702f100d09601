"""The back office: one person asks, another decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from antiphon.billing.app import messages
from antiphon.billing.app.accounts import account_on, restore
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.monthly import PROMOTION
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.refunds import refund
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

REQUEST = "request"
KINDS = ("credit", "charge", "refund", "compensation", "certificate", "promotion")
WITH_AMOUNT = ("credit", "charge", "compensation")
LONGEST = 500


class Office:
    """Requests of one person that another decides."""

    def __init__(self, writer: Desk) -> None:
        self._writer = writer

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
                }
                known = page.put_paper(Paper(REQUEST, request.request_id, "waiting", now, caller.subject, data=data))
                page.note(Said(now, caller.subject, "ask", f"{request.kind} {request.request_id}"))
            return pb.AskForResponse(request=request_message(known))

        return await self._do(caller, Touches(papers=[key_of(REQUEST, request.request_id)]), decide)

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
            learnt = _carry_out(page, known, now) if request.approve else {}
            state = "approved" if request.approve else "refused"
            known = page.put_paper(known.to(state, decided_by=caller.subject, decided_at=now, **learnt))
            page.note(Said(now, caller.subject, state, f"{known.data['kind']} {known.id}"))
            return pb.DecideResponse(request=request_message(known)), None

        name = request.request_id
        papers = [key_of(REQUEST, name), key_of("certificate", "budget"), key_of(PROMOTION, name)]
        answer, refusal = await self._do(caller, Touches([f"request:{name}"], papers=papers), decide)
        if refusal is not None:
            raise refusal  # after the attempt was written down
        return answer

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


def _carry_out(page: Page, asked: Paper, now: int) -> dict[str, object]:
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
    op = Op.CHARGE if kind == "charge" else Op.TOPUP
    page.book.submit(Operation(f"request:{asked.id}", op, amount, code=code, forced=True, ref=_basis(asked)), now)
    page.moved = True
    restore(page, account, now)
    return {}


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
    return {"amount": amount, "due": given.due.isoformat()}


def _basis(asked: Paper) -> str:
    return f"{asked.data['document']} (request {asked.number})"


def certificate_is_valid(paper: Paper | None, today: date) -> bool:
    """Was the budget's funding approved, for today?"""
    return paper is not None and paper.state == "approved" and today <= day_of(paper.data["valid_until"])


def request_message(paper: Paper) -> pb.Petition:
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
    )
