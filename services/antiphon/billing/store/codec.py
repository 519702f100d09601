"""Documents ↔ records. Ids of operations, holds, sessions and calls are kept under their account's id."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any

from antiphon.billing.app.writer import Page
from antiphon.billing.domain.carrying import Owed
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Entry, Hold, HoldState, Op, Operation, Result
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.packages import Drawn, Package
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Charge, Customer, Rated, Recorded, Session, partition_of
from antiphon.billing.domain.traffic import Limits, Traffic
from antiphon.billing.domain.trail import FIRST, Line, Said
from antiphon.kit.mongo import Document


def key(account: str, name: str) -> str:
    """The `_id` of something that belongs to an account."""
    return f"{account}/{name}"


def all_of(account: str) -> Document:
    """Every such `_id`."""
    return {"$gte": f"{account}/", "$lt": f"{account}0"}


def open_months(month: int) -> Document:
    """Accounts whose documents of a month (202605) were not made: living ones, and those whose last month is open."""
    return {"$or": [{one: True, "closed": {"$lt": month}} for one in ("live", "closing")]}


def account_document(page: Page) -> Document:
    record, book = page.account, page.book
    assert record is not None
    return {
        "_id": record.id,
        "tenant": record.tenant,
        "partition": partition_of(record.id),
        "live": record.state is not State.TERMINATED,
        "closing": record.closing,
        "rev": record.rev,
        "currency": record.currency,
        "tariff_id": record.tariff_id,
        "floor": record.floor,
        "threshold": record.threshold,
        "monthly": record.monthly,
        "zone": record.zone,
        "blocked": list(record.blocked),
        "state": record.state.value,
        "suspended_on": _text(record.suspended_on),
        "trust_until": _text(record.trust_until),
        "accrued_on": _text(record.accrued_on),
        "balance": book.balance,
        "held": book.held,
        "seq": book.seq,
        "notify_below": list(record.notify_below),
        "limits": [record.limits.cost_a_day, record.limits.concurrent, record.limits.attempts_a_minute],
        "traffic": [_text(record.traffic.day), record.traffic.spent, list(record.traffic.starts)],
        "rented": record.rented,
        "closed": record.closed,
        "month": record.month,
        "month_sums": record.month_sums,
        "customer": asdict(record.customer),
        "postpaid": record.postpaid,
        "carrier_consent": record.carrier_consent,
        "outage_policy": record.outage_policy,
        "numbers": record.numbers,
        "lines": record.lines,
        "head": record.head,
        "plan": record.plan,
        "plan_order": record.plan_order,
        "ending": record.ending,
        "ends_on": _text(record.ends_on),
        "reserve_days": record.reserve_days,
        "company": record.company,
        "fold": record.company.casefold(),
        **({"packages": [_package_document(one) for one in record.packages]} if record.packages else {}),
        **(
            {"subscribed": [[order, _offer_document(one)] for order, one in record.subscribed]}
            if record.subscribed
            else {}
        ),
    }


def account(document: Document) -> AccountRecord:
    return AccountRecord(
        id=document["_id"],
        tenant=document["tenant"],
        rev=document["rev"],
        currency=document["currency"],
        tariff_id=document["tariff_id"],
        floor=document["floor"],
        threshold=document["threshold"],
        monthly=document["monthly"],
        zone=document["zone"],
        blocked=tuple(document["blocked"]),
        state=State(document["state"]),
        suspended_on=_day(document["suspended_on"]),
        trust_until=_day(document["trust_until"]),
        accrued_on=_day(document["accrued_on"]),
        balance=document["balance"],
        held=document["held"],
        seq=document["seq"],
        notify_below=tuple(document.get("notify_below", ())),
        limits=Limits(*document.get("limits", ())),
        traffic=_traffic(document.get("traffic")),
        rented=document.get("rented", 0),
        closed=document.get("closed", 0),
        month=document.get("month", ""),
        month_sums=document.get("month_sums", {}),
        customer=Customer(**document.get("customer", {})),
        postpaid=document.get("postpaid", False),
        carrier_consent=document.get("carrier_consent", False),
        outage_policy=document.get("outage_policy", ""),
        numbers=document.get("numbers", {}),
        lines=document.get("lines", 0),
        head=document.get("head", FIRST),
        plan=document.get("plan", ""),
        plan_order=document.get("plan_order", ""),
        ending=document.get("ending", ""),
        ends_on=_day(document.get("ends_on")),
        reserve_days=document.get("reserve_days", 0),
        company=document.get("company", ""),
        packages=tuple(_package(one) for one in document.get("packages", ())),
        subscribed=tuple((order, _offer(one)) for order, one in document.get("subscribed", ())),
    )


def _package_document(one: Package) -> Document:
    return {**asdict(one), "prefixes": list(one.prefixes), "connect_fee": str(one.connect_fee)}


def _package(document: Document) -> Package:
    kept = {"prefixes": tuple(document["prefixes"]), "connect_fee": Fraction(document["connect_fee"])}
    return Package(**{**document, **kept})


def _offer_document(one: Offer) -> Document:
    return {**asdict(one), "prefixes": list(one.prefixes), "connect_fee": str(one.connect_fee)}


def _offer(document: Document) -> Offer:
    kept = {"prefixes": tuple(document["prefixes"]), "connect_fee": Fraction(document["connect_fee"])}
    return Offer(**{**document, **kept})


def _traffic(kept: list[Any] | None) -> Traffic:
    return Traffic(_day(kept[0]), kept[1], tuple(kept[2])) if kept else Traffic()


def paper_document(page: Page, paper: Paper) -> Document:
    return {
        "_id": key(page.account_id, paper.key),
        "account": page.account_id,
        "tenant": page.tenant,
        "kind": paper.kind,
        "state": paper.state,
        "at": paper.at,
        "by": paper.by,
        "number": paper.number,
        "data": dict(paper.data),
    }


def paper(document: Document) -> Paper:
    name = _name(document).partition("/")[2]
    told = (document["state"], document["at"], document["by"], document["number"], document["data"])
    return Paper(document["kind"], name, *told)


def line_document(page: Page, line: Line) -> Document:
    return {
        "_id": key(page.account_id, f"{line.number:09}"),
        "account": page.account_id,
        "tenant": page.tenant,
        "number": line.number,
        "at": line.said.at,
        "by": line.said.by,
        "what": line.said.what,
        "about": line.said.about,
        "previous": line.previous,
        "hash": line.hash,
    }


def line(document: Document) -> Line:
    said = Said(*(document[name] for name in ("at", "by", "what", "about")))
    return Line(document["number"], said, document["previous"], document["hash"])


def entry_document(page: Page, entry: Entry) -> Document:
    asked = entry.operation
    return {
        "_id": key(page.account_id, asked.id),
        "account": page.account_id,
        "tenant": page.tenant,
        "ledger": page.account.currency if page.account is not None else "",
        "op": asked.op.value,
        "asked": asked.amount,
        "hold": asked.hold,
        "ttl": asked.ttl,
        "code": asked.code.value,
        "forced": asked.forced,
        "ref": asked.ref,
        "tariff": asked.tariff,
        "result": entry.result.value,
        "amount": entry.amount,
        "debit": entry.debit,
        "credit": entry.credit,
        "seq": entry.seq,
        "at": entry.at,
    }


def entry(document: Document) -> Entry:
    asked = Operation(
        id=_name(document),
        op=Op(document["op"]),
        amount=document["asked"],
        hold=document["hold"],
        ttl=document["ttl"],
        code=Code(document["code"]),
        forced=document["forced"],
        ref=document["ref"],
        tariff=document["tariff"],
    )
    told = (document["amount"], document["debit"], document["credit"], document["seq"], document["at"])
    return Entry(asked, Result(document["result"]), *told)


def hold_document(page: Page, hold: Hold) -> Document:
    return {
        "_id": key(page.account_id, hold.id),
        "account": page.account_id,
        "tenant": page.tenant,
        "amount": hold.amount,
        "state": hold.state.value,
        "ttl": hold.ttl,
        "expires": hold.expires,
        **({"packages": [list(one) for one in hold.packages]} if hold.packages else {}),
    }


def hold(document: Document) -> Hold:
    state = HoldState(document["state"])
    packages = tuple((name, seconds) for name, seconds in document.get("packages", ()))
    return Hold(_name(document), document["amount"], state, document["ttl"], document["expires"], packages)


def session_document(page: Page, session: Session) -> Document:
    return {
        "_id": key(page.account_id, session.id),
        "account": page.account_id,
        "called": session.called,
        "at": session.at,
        "version": session.version,
        "granted": session.granted,
        "final": session.final,
    }


def session(document: Document) -> Session:
    told = (document["called"], document["at"], document["version"], document["granted"], document["final"])
    return Session(_name(document), *told)


_CARRIED = (
    "carrier_id", "carrier_owner", "carrier_cost", "carrier_version", "agent_fee", "agency", "sold_currency",
    "owed_currency",
)  # fmt: skip


def call_document(page: Page, call: Rated) -> Document:
    record = call.record
    return {
        "_id": key(page.account_id, call.id),
        "account": page.account_id,
        "tenant": page.tenant,
        "switch": record.switch,
        "key": record.key,
        "session_id": record.session_id,
        "called": record.called,
        "answered": record.answered,
        "ended": record.ended,
        "free": record.free,
        "partition": call.partition,
        "number": call.number,
        "charge": call.charge.value,
        "reason": call.reason,
        "seconds": call.seconds,
        "billed_s": call.billed_s,
        "prefix": call.prefix,
        "cost": call.cost,
        "version": call.version,
        "carrier": call.carrier,
        "conflict_with": call.conflict_with,
        **({"service": record.service, "quantity": record.quantity} if record.service else {}),
        **({"drawn": [[one.package, one.name, one.seconds] for one in call.drawn]} if call.drawn else {}),
        **({"trunk": record.trunk} if record.trunk else {}),
        **({name: getattr(call, name) for name in _CARRIED} if call.carrier_id else {}),
        **({"erased": call.erased, "kept_for": "accounting"} if call.erased else {}),
    }


def call(document: Document) -> Rated:
    names = ("switch", "key", "session_id", "called", "answered", "ended", "free")
    used = {name: document[name] for name in ("service", "quantity", "trunk") if name in document}
    carried = {name: document[name] for name in _CARRIED} if "carrier_id" in document else {}
    return Rated(
        record=Recorded(*(document[name] for name in names), **used),
        tenant=document["tenant"],
        account=document["account"],
        charge=Charge(document["charge"]),
        reason=document["reason"],
        seconds=document["seconds"],
        billed_s=document["billed_s"],
        prefix=document["prefix"],
        cost=document["cost"],
        version=document["version"],
        carrier=document.get("carrier", ""),
        partition=document["partition"],
        number=document["number"],
        conflict_with=document["conflict_with"],
        drawn=tuple(Drawn(*one) for one in document.get("drawn", ())),
        erased=document.get("erased", ""),
        **carried,
    )


def _name(document: Document) -> str:
    return str(document["_id"]).partition("/")[2]


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def owed_document(page: Page, call: Rated, it: Owed) -> Document:
    """A transfer between us and a carrier, of the company whose carrier it is."""
    return {
        "_id": key(page.account_id, f"call:{it.call}:carrier"),
        "tenant": call.carrier_owner,
        "account": page.account_id,
        "call": it.call,
        "carrier": it.carrier,
        "debit": it.debit,
        "credit": it.credit,
        "amount": it.amount,
        "currency": it.currency,
        "at": call.record.ended,
    }


def owed(document: Document) -> Owed:
    return Owed(*(document[name] for name in ("call", "carrier", "debit", "credit", "amount", "currency")))
