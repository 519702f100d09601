"""Changes of terms and prices: published once and for ever, told to every customer on a paper of their own.

    open ── accept ──▶ accepted              refuse ──▶ refused, and the contract ends before the change is in force
         ── ten business days of silence ──▶ accepted

The published text has a hash, which every customer's paper repeats. Telling goes on after any death until everybody has
a paper; telling twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app import ending, notices
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import A, account_of, local_day
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.app.workdays import holidays_of
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import contract
from antiphon.billing.domain.contract import Answer
from antiphon.billing.domain.instants import SECOND, at, day_of
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

CHANGE, PUBLICATION = "change", "publication"
KINDS = ("terms", "prices")
LANGUAGES = ("en", "ru", "uk")
LONGEST_TITLE, LONGEST_TEXT = 200, 20_000
MACHINE = "service:billing"
STATES = {
    Answer.OPEN.value: pb.CONSENT_STATE_OPEN,
    Answer.ACCEPTED.value: pb.CONSENT_STATE_ACCEPTED,
    Answer.REFUSED.value: pb.CONSENT_STATE_REFUSED,
}
CONTENT = ("id", "kind", "titles", "texts", "effective_on")
_ID = re.compile(r"[A-Za-z0-9._-]{1,60}")


class Published(Protocol):
    """What this needs of the store."""

    async def seller(self, tenant: str) -> str: ...

    async def customers(self, tenant: str, tariff: str = "") -> list[AccountRecord]: ...

    async def publish(self, tenant: str, change: Mapping[str, Any]) -> Mapping[str, Any]: ...

    async def changes(self, tenant: str) -> list[Mapping[str, Any]]: ...

    async def answers(self, tenant: str) -> dict[tuple[str, str], int]: ...


class Readings(Protocol):
    """An account and its papers."""

    async def account(self, account_id: str) -> AccountRecord | None: ...


class Changes:
    """Publishing, telling, answering."""

    def __init__(self, writer: Desk, store: Published, reading: Readings, clock: Clock) -> None:
        self._writer = writer
        self._store = store
        self._reading = reading
        self._clock = clock

    async def publish(self, caller: Caller, request: pb.PublishChangeRequest) -> pb.PublishChangeResponse:
        """Keeps a change for ever, or only says what would be."""
        wanted = _cleaned(request.change)
        customers, now = await self._store.customers(caller.tenant), nanos(self._clock())
        published, earliest = _days(customers, now)
        if not request.preview:
            known = any(one["id"] == wanted["id"] for one in await self._store.changes(caller.tenant))
            if not known and day_of(wanted["effective_on"]) < earliest:
                raise DomainError(Reason.NOTICE_TOO_SHORT, earliest=earliest.isoformat())
            kept = await self._keep(caller, wanted, (published, now))
            if any(kept[name] != wanted[name] for name in CONTENT):
                raise DomainError(Reason.CONFLICT, object=wanted["id"])
            wanted = dict(kept)
        return pb.PublishChangeResponse(
            change=change_message(wanted), customers=len(customers), earliest=earliest.isoformat()
        )  # fmt: skip

    def has_come(self, instant: int) -> bool:
        return instant <= nanos(self._clock())

    async def publish_prices(self, tenant: str, change: Mapping[str, Any], tariff: str) -> None:
        """What a tariff makes dearer, published with its activation; that it is early enough was checked there."""
        customers, now = await self._store.customers(tenant, tariff), nanos(self._clock())
        if customers:
            published, _ = _days(customers, now)
            await self._keep(Caller(tenant, change["by"]), {**change, "tariff": tariff}, (published, now))

    async def _keep(self, caller: Caller, wanted: Mapping[str, Any], when: tuple[date, int]) -> Mapping[str, Any]:
        published, now = when
        sealed = {name: wanted[name] for name in CONTENT} | {"published_on": published.isoformat()}
        kept = await self._store.publish(
            caller.tenant, {"tariff": "", **wanted, **sealed, "at": now, "by": caller.subject, "hash": hash_of(sealed)}
        )

        def decide(page: Page, now: int) -> None:
            if page.account is not None and key_of(PUBLICATION, kept["id"]) not in page.papers:
                page.put_paper(Paper(PUBLICATION, kept["id"], "published", now, caller.subject, data={}))
                page.note(Said(now, caller.subject, "publish", f"{kept['id']} {kept['hash']}"))

        touches = Touches(papers=[key_of(PUBLICATION, wanted["id"])])
        await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))
        return kept

    async def listed(self, caller: Caller) -> pb.ListPublishedChangesResponse:
        found, counted = await self._store.changes(caller.tenant), await self._store.answers(caller.tenant)
        answer = pb.ListPublishedChangesResponse()
        for one in found:
            states = {state.value: counted.get((one["id"], state.value), 0) for state in Answer}
            answer.changes.add(change=change_message(one), told=sum(states.values()), **states)
        return answer

    async def tell(self, caller: Caller, change: pb.TermsChange, seller: str) -> None:
        """The caller's own paper about a change of the seller's. Again, nothing."""
        said = told_of(change)

        def decide(page: Page, now: int) -> None:
            account = page.account
            if account is None or account.state is State.TERMINATED or key_of(CHANGE, change.id) in page.papers:
                return
            country, zone = account.customer.country, ZoneInfo(account.zone)
            last = contract.business_day_after(
                local_day(account, now), profile(country).notice.answer_days, holidays_of(country)
            )
            data = {
                "change": said, "seller": seller, "answer_by": last.isoformat(),
                "closes": contract.ends(last, zone), "wakes": contract.ends(last, zone),
                "answered": 0, "answered_by": "", "mail": account.customer.email, "sent": "",
            }  # fmt: skip
            page.put_paper(Paper(CHANGE, change.id, Answer.OPEN.value, now, MACHINE, data=data))
            page.note(Said(now, MACHINE, "told_change", f"{change.id} {change.hash}"))
            notices.write(page, "change", title_of(said, account.customer.language), now)

        await self._do(caller, Touches(papers=[key_of(CHANGE, change.id)]), decide)

    async def answer(self, caller: Caller, request: pb.AnswerTermsChangeRequest) -> pb.AnswerTermsChangeResponse:
        wanted = Answer.ACCEPTED if request.accept else Answer.REFUSED
        record = await self._reading.account(account_of(caller.tenant))

        def decide(page: Page, now: int) -> pb.AnswerTermsChangeResponse:
            account = account_on(page)
            paper = page.papers.get(key_of(CHANGE, request.change_id))
            if paper is None:
                raise DomainError(Common.NOT_FOUND, object=request.change_id)
            if record is None or account.ending != record.ending:
                raise DomainError(Common.STALE, "the contract has just changed")
            if paper.state == wanted.value:
                return self._answered(page, paper)
            if paper.state != Answer.OPEN.value or now >= paper.data["closes"]:
                raise DomainError(Reason.ILLEGAL, "it was answered, or silence has accepted it")
            if account.state is State.TERMINATED:
                raise DomainError(Reason.TERMINATED)
            paper = _decided(page, paper, wanted, caller.subject, now)
            if wanted is Answer.REFUSED:
                today, effective = local_day(account, now), day_of(paper.data["change"]["effective_on"])
                last = contract.end_after_refusal(today, effective)
                ending.begin(page, (_ending_of(paper.id), last, "", paper.id), caller.subject, now)
            return self._answered(page, paper)

        keys = [key_of(CHANGE, request.change_id), key_of(ending.ENDING, _ending_of(request.change_id))]
        keys += ending.touched(record) if record is not None else []
        return await self._do(caller, Touches(papers=keys), decide)

    def _answered(self, page: Page, paper: Paper) -> pb.AnswerTermsChangeResponse:
        account = account_on(page)
        known = page.papers.get(key_of(ending.ENDING, account.ending)) if account.ending else None
        return pb.AnswerTermsChangeResponse(
            consent=consent_message(paper), ending=ending_message(known) if known is not None else None
        )

    async def _do(self, caller: Caller, touches: Touches, decide: Callable[[Page, int], A]) -> A:
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def silence(page: Page, paper: Paper, now: int) -> Paper:
    """Nobody refused it in time."""
    return _decided(page, paper, Answer.ACCEPTED, "", now) if paper.state == Answer.OPEN.value else paper


def _decided(page: Page, paper: Paper, answer: Answer, by: str, now: int) -> Paper:
    page.note(Said(now, by or MACHINE, f"change_{answer.value}", f"{paper.id}{'' if by else ': silence'}"))
    return page.put_paper(paper.to(answer.value, answered=now, answered_by=by, wakes=0))


def accept_again(page: Page, change: str, by: str, now: int) -> None:
    """Who stays after a refusal has accepted."""
    paper = page.papers.get(key_of(CHANGE, change))
    if paper is not None and paper.state == Answer.REFUSED.value:
        _decided(page, paper, Answer.ACCEPTED, by, now)


def hash_of(sealed: Mapping[str, Any]) -> str:
    """Of what is published, in one spelling."""
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def title_of(change: Mapping[str, Any], language: str) -> str:
    return str(change["titles"].get(language) or change["titles"]["en"])


def _days(customers: Sequence[AccountRecord], now: int) -> tuple[date, date]:
    """(the day it is published, the first day it may be in force), so that both are right for every customer."""
    here = [at(now // SECOND, ZoneInfo("UTC")).date()] if not customers else []
    days = here + [local_day(record, now) for record in customers]
    notice = [contract.earliest_change(local_day(one, now), profile(one.customer.country).notice) for one in customers]
    return max(days), max(notice, default=contract.earliest_change(max(days), profile("UA").notice))


def _cleaned(asked: pb.TermsChange) -> dict[str, Any]:
    """Raises INVALID."""
    if not _ID.fullmatch(asked.id):
        raise invalid("change.id", 'has 1 to 60 letters, digits, "-", "_" or "."')
    if asked.kind not in KINDS:
        raise invalid("change.kind", f"is none of {', '.join(KINDS)}")
    cleaned: dict[str, Any] = {"id": asked.id, "kind": asked.kind, "effective_on": asked.effective_on}
    for name, longest in (("titles", LONGEST_TITLE), ("texts", LONGEST_TEXT)):
        given = {language: text.strip() for language, text in getattr(asked, name).items()}
        if set(given) != set(LANGUAGES) or not all(0 < len(text) <= longest for text in given.values()):
            raise invalid(f"change.{name}", f"are of {', '.join(LANGUAGES)}, each of 1 to {longest} characters")
        cleaned[name] = given
    try:
        day_of(asked.effective_on)
    except ValueError as error:
        raise invalid("change.effective_on", str(error)) from error
    return cleaned


def change_message(change: Mapping[str, Any]) -> pb.TermsChange:
    return pb.TermsChange(
        id=change["id"], kind=change["kind"], titles=change["titles"], texts=change["texts"],
        effective_on=change["effective_on"], published_on=change.get("published_on", ""),
        published_at=stamp(change.get("at")), published_by=change.get("by", ""), hash=change.get("hash", ""),
    )  # fmt: skip


def told_of(change: pb.TermsChange) -> dict[str, Any]:
    """What a customer's paper keeps of it."""
    return {
        "id": change.id, "kind": change.kind, "titles": dict(change.titles), "texts": dict(change.texts),
        "effective_on": change.effective_on, "published_on": change.published_on,
        "at": change.published_at.seconds * SECOND + change.published_at.nanos, "hash": change.hash,
    }  # fmt: skip


def consent_message(paper: Paper) -> pb.TermsConsent:
    data = paper.data
    return pb.TermsConsent(
        change=change_message(data["change"]), state=STATES[paper.state], answer_by=data["answer_by"],
        closes_at=stamp(data["closes"]), answered_at=stamp(data["answered"] or None),
        answered_by=data["answered_by"], sent_to=data["sent"],
    )  # fmt: skip


def ending_message(paper: Paper) -> pb.Ending:
    data, ends_on = paper.data, day_of(paper.data["ends_on"])
    return pb.Ending(
        id=paper.id, state=paper.state, asked_at=stamp(paper.at), asked_by=paper.by, reason=data["reason"],
        ends_on=data["ends_on"], last_day=date.fromordinal(ends_on.toordinal() - 1).isoformat(),
        change_id=data["change"], refund_due=ending.refund_day(paper).isoformat(),
    )  # fmt: skip


def _ending_of(change_id: str) -> str:
    return f"change:{change_id}"
