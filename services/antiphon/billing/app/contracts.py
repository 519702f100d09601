"""The contract of an account: its state, its end, and every step of others' that the account's writer takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from antiphon.billing.app import (
    changes,
    ending,
    messages,
    notices,
    number_orders,
    packages,
    plans,
    signed_acts,
    starting,
)
from antiphon.billing.app.accounts import account_on, is_due
from antiphon.billing.app.cabinet import ORDER, order_message
from antiphon.billing.app.changes import CHANGE, Changes, ending_message
from antiphon.billing.app.ending import ENDING, RUNNING
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.reserve import reserved_until
from antiphon.billing.app.signed_acts import SIGNED
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import contract
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.plans import PLAN
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.billing.v1.events_pb2 import OrderChanged
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

LONGEST, FURTHEST = 500, 366
LIVE = (starting.WAITING, "active", "connecting", "releasing")
"""States of orders that the end of the contract ends."""
WORK: Mapping[str, Sequence[str]] = {
    ORDER: (starting.WAITING,),
    ENDING: (RUNNING,),
    SIGNED: (signed_acts.REQUESTED, signed_acts.SENT),
}


class Readings(Protocol):
    """What this needs of the store."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...

    async def in_states(self, account_id: str, kind: str, states: Sequence[str]) -> list[Paper]: ...


class Store(Protocol):
    """Who is whose customer, and their work."""

    async def customers(self, tenant: str, tariff: str = "") -> list[AccountRecord]: ...

    async def of_accounts(
        self, account_ids: Sequence[str], kinds: Mapping[str, Sequence[str]]
    ) -> list[tuple[str, Paper]]: ...


EndTenancy = Callable[[str, Sequence[str]], Awaitable[None]]
"""Tells directory that a tenant's contract is over, with the orders that may have taken a number."""


class Contracts:
    """Questions and steps."""

    def __init__(
        self, writer: Desk, reading: Readings, store: Store, own: Changes, end_tenancy: EndTenancy, clock: Clock
    ) -> None:
        self._writer = writer
        self._reading = reading
        self._store = store
        self._changes = own
        self._end_tenancy = end_tenancy
        self._clock = clock

    async def get(self, caller: Caller) -> pb.GetContractResponse:
        account = await self._record(caller)
        ends = await self._reading.papers(account.id, ENDING, 1)
        told = await self._reading.papers(account.id, CHANGE)
        acts = await self._reading.papers(account.id, SIGNED)
        waiting = await self._reading.in_states(account.id, ORDER, [starting.WAITING])
        today = local_day(account, nanos(self._clock()))
        earliest = contract.earliest_end(today, profile(account.customer.country).notice)
        return pb.GetContractResponse(
            state=state_of(account),
            reserved_until=_text(reserved_until(account)),
            ending=ending_message(ends[0]) if ends else None,
            earliest_end=earliest.isoformat(),
            changes=[changes.consent_message(paper) for paper in told],
            signed_acts=[signed_acts.message(paper) for paper in acts],
            waiting=[order_message(paper) for paper in waiting],
        )

    async def work(self, caller: Caller) -> pb.ListContractWorkResponse:
        """What the caller has to do about his customers, or about himself where he has none."""
        customers = {one.id: one for one in await self._store.customers(caller.tenant)}
        rows = {name: _row(one) for name, one in customers.items()}
        busy = {name for name, one in customers.items() if one.suspended_on is not None}
        for account_id, paper in await self._store.of_accounts(list(customers), WORK):
            busy.add(account_id)
            match paper.kind:
                case "order":
                    rows[account_id].waiting.append(order_message(paper))
                case "ending":
                    rows[account_id].ending.CopyFrom(ending_message(paper))
                case _:
                    rows[account_id].signed_acts.append(signed_acts.message(paper))
        return pb.ListContractWorkResponse(work=[row for name, row in rows.items() if name in busy])

    async def end(self, caller: Caller, request: pb.EndContractRequest) -> pb.EndContractResponse:
        if not 1 <= len(request.request_id) <= 100 or "/" in request.request_id or ":" in request.request_id:
            raise invalid("request_id", "has 1 to 100 characters without slash and colon")
        if len(request.reason) > LONGEST:
            raise invalid("reason", f"has at most {LONGEST} characters")
        try:
            wanted = day_of(request.ends_on)
        except ValueError as error:
            raise invalid("ends_on", str(error)) from error

        def decide(page: Page, now: int) -> pb.EndContractResponse:
            account, known = account_on(page), page.papers.get(key_of(ENDING, request.request_id))
            if known is None:
                _check_end(account, (wanted - local_day(account, now)).days, now)
                asked = (request.request_id, wanted, request.reason.strip(), "")
                known = ending.begin(page, asked, caller.subject, now)
            elif known.data["ends_on"] != request.ends_on:
                raise DomainError(Reason.CONFLICT, object=request.request_id)
            return pb.EndContractResponse(ending=ending_message(known))

        return await self._do(caller, Touches(papers=[key_of(ENDING, request.request_id)]), decide)

    async def withdraw(self, caller: Caller, request: pb.WithdrawEndingRequest) -> pb.WithdrawEndingResponse:
        known = await self._reading.papers(account_of(caller.tenant), ENDING)
        change = next((one.data["change"] for one in known if one.id == request.ending_id), "")

        def decide(page: Page, now: int) -> pb.WithdrawEndingResponse:
            account, paper = account_on(page), page.papers.get(key_of(ENDING, request.ending_id))
            if paper is None:
                raise DomainError(Common.NOT_FOUND, object=request.ending_id)
            if paper.state == RUNNING:
                if account.state is State.TERMINATED or paper.data["change"] != change:
                    raise DomainError(Reason.ILLEGAL, "it is over, or has just changed")
                paper = ending.withdraw(page, paper, caller.subject, now)
                changes.accept_again(page, change, caller.subject, now)
            elif paper.state != ending.WITHDRAWN:
                raise DomainError(Reason.ILLEGAL, "it is over")
            return pb.WithdrawEndingResponse(ending=ending_message(paper))

        keys = [key_of(ENDING, request.ending_id), key_of(CHANGE, change)]
        return await self._do(caller, Touches(papers=keys), decide)

    async def carry(self, caller: Caller, request: pb.CarryContractRequest) -> pb.CarryContractResponse:
        """One step in the writer of the caller's account. Raises what the step does."""
        match request.WhichOneof("step"):
            case "start":
                return await self._start(caller, request.start.order_id, request.by)
            case "extend":
                return await self._extend(caller, request.extend, request.by)
            case "tell":
                await self._changes.tell(caller, request.tell, request.seller)
            case "wake":
                await self._wake(caller, request.wake)
            case "release":
                await self._release(caller)
            case "mailed":
                await self._paper(caller, key_of(CHANGE, request.mailed), _mailed)
            case _:
                return await self._signed(caller, request)
        return pb.CarryContractResponse()

    async def _start(self, caller: Caller, order_id: str, by: str) -> pb.CarryContractResponse:
        def decide(page: Page, now: int) -> pb.CarryContractResponse:
            paper = page.papers.get(key_of(ORDER, order_id))
            if paper is None:
                raise DomainError(Common.NOT_FOUND, object=order_id)
            if paper.state == starting.WAITING:
                paper = begin(page, paper, by, now)
            elif paper.state not in ("active", "done"):
                raise DomainError(Reason.ILLEGAL, "it was cancelled")
            return pb.CarryContractResponse(order=order_message(paper))

        return await self._do(caller, await self._touches(caller, order_id), decide)

    async def _touches(self, caller: Caller, order_id: str) -> Touches:
        """What the start of an order writes; a plan ends the one before it."""
        account = await self._record(caller)
        before = [key_of(ORDER, account.plan_order)] if account.plan_order else []
        return starting.touches(order_id, *before)

    async def _extend(self, caller: Caller, asked: pb.ExtendReserveRequest, by: str) -> pb.CarryContractResponse:
        if not 1 <= asked.days <= FURTHEST or not 0 < len(asked.reason.strip()) <= LONGEST or not asked.request_id:
            raise invalid(
                "days", f"are 1 to {FURTHEST}, with a reason of at most {LONGEST} characters and a request_id"
            )
        key = key_of("extension", asked.request_id)

        def decide(page: Page, now: int) -> pb.CarryContractResponse:
            account = account_on(page)
            if key not in page.papers:
                if account.state is not State.SUSPENDED:
                    raise DomainError(Reason.ILLEGAL, "it is not suspended")
                page.account = account = replace(account, reserve_days=account.reserve_days + asked.days)
                data = {"days": asked.days, "reason": asked.reason.strip()}
                page.put_paper(Paper("extension", asked.request_id, "given", now, by, data=data))
                page.note(Said(now, by, "extend_reserve", f"{asked.days} days: {asked.reason.strip()}"))
                notices.write(page, "reserve", _text(reserved_until(account)), now)
            return pb.CarryContractResponse(reserved_until=_text(reserved_until(account_on(page))))

        return await self._do(caller, Touches(papers=[key]), decide)

    async def _signed(self, caller: Caller, request: pb.CarryContractRequest) -> pb.CarryContractResponse:
        step = request.WhichOneof("step")
        document_id = getattr(request, step).document_id if step else ""

        def decide(page: Page, now: int) -> pb.CarryContractResponse:
            match step:
                case "request_act":
                    paper = signed_acts.request(page, document_id, request.by, now)
                case "send_act":
                    paper = signed_acts.send(page, (document_id, request.send_act.tracking), request.by, now)
                case "keep_scan":
                    paper = signed_acts.keep(page, request.keep_scan, request.by, now)
                case _:
                    raise invalid("step", "is missing")
            return pb.CarryContractResponse(act=signed_acts.message(paper))

        return await self._do(caller, Touches(papers=signed_acts.keys(document_id)), decide)

    async def _wake(self, caller: Caller, key: str) -> None:
        """A paper's time has come; one that was woken or has moved on meanwhile stays as it is."""
        kind, _, name = key.partition("/")

        def decide(page: Page, now: int) -> None:
            paper = page.papers.get(key)
            if paper is None or not 0 < paper.data.get("wakes", 0) <= now:
                return
            if kind == ORDER:
                if paper.data["by_hand"]:
                    _told(page, starting.flag(page, paper, now), now)
                else:
                    begin(page, paper, ending.MACHINE, now)
            elif kind == CHANGE:
                changes.silence(page, paper, now)
            else:
                signed_acts.wake(page, paper, now)

        touches = await self._touches(caller, name) if kind == ORDER else Touches(papers=[key])
        await self._do(caller, touches, decide)

    async def _paper(self, caller: Caller, key: str, step: Callable[[Paper], Paper]) -> None:
        def decide(page: Page, now: int) -> None:
            if key in page.papers:
                page.put_paper(step(page.papers[key]))

        await self._do(caller, Touches(papers=[key]), decide)

    async def _release(self, caller: Caller) -> None:
        """What a terminated company had goes back: first in directory, then here; again and again until both did."""
        account = await self._record(caller)
        if account.state is not State.TERMINATED:
            return
        orders = [one for one in await self._reading.in_states(account.id, ORDER, LIVE) if not one.data.get("subject")]
        await self._end_tenancy(caller.tenant, [one.id for one in orders if "e164" in one.data])

        def decide(page: Page, now: int) -> None:
            for order in orders:
                paper = page.papers[order.key]
                if paper.state in LIVE:
                    _told(page, _ended(page, paper, now), now)

        names = [name for one in orders for name in _holds(one)]
        touches = Touches([f"{name}:freed" for name in names], holds=names, papers=_keys(orders))
        await self._do(caller, touches, decide)

    async def _record(self, caller: Caller) -> AccountRecord:
        record = await self._reading.account(account_of(caller.tenant))
        if record is None:
            raise DomainError(Reason.NO_ACCOUNT)
        return record

    async def _do(self, caller: Caller, touches: Touches, decide: Callable[[Page, int], messages.A]) -> messages.A:
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def _check_end(account: AccountRecord, ahead: int, now: int) -> None:
    """Raises TERMINATED, ENDING, NOTICE_TOO_SHORT, INVALID."""
    if account.state is State.TERMINATED:
        raise DomainError(Reason.TERMINATED)
    if account.ending:
        raise DomainError(Reason.ENDING)
    notice = profile(account.customer.country).notice
    if ahead < notice.end_days:
        earliest = contract.earliest_end(local_day(account, now), notice)
        raise DomainError(Reason.NOTICE_TOO_SHORT, earliest=earliest.isoformat())
    if ahead > FURTHEST:
        raise invalid("ends_on", f"is at most {FURTHEST} days ahead")


def begin(page: Page, paper: Paper, by: str, now: int) -> Paper:
    """The order's day has come, or somebody says that it works. Raises UNAVAILABLE while days before today wait for
    their fee: they may not cost what begins today."""
    account = account_on(page)
    if is_due(account, now):
        raise DomainError(Common.UNAVAILABLE, "the days before today are being counted; repeat it")
    if account.plan_order and key_of(ORDER, account.plan_order) not in page.papers:
        raise DomainError(Common.UNAVAILABLE, "another plan has just begun; repeat it")
    if "e164" in paper.data:
        return number_orders.move(page, starting.closed_alarm(page, paper, now).to("connecting"), now)
    if paper.data["product"].startswith(PLAN):
        return plans.begin(page, starting.closed_alarm(page, paper, now), by, now)
    return _told(page, starting.start(page, paper, by, now), now)


def _ended(page: Page, paper: Paper, now: int) -> Paper:
    """The order of a contract that is over."""
    account = account_on(page)
    if paper.state == starting.WAITING:
        return starting.cancel(page, paper, ending.MACHINE, now)
    for hold in _holds(paper):
        page.book.submit(Operation(f"{hold}:freed", Op.VOID, hold=hold, ref=f"order:{paper.id}"), now)
        page.moved = True
    charged = 0 if paper.state == "connecting" else paper.data["monthly"]
    monthly, subscribed = max(0, account.monthly - charged), packages.without(account, paper.id)
    page.account = replace(account, monthly=monthly, subscribed=subscribed)
    page.note(Said(now, ending.MACHINE, "cancel", paper.id))
    return page.put_paper(paper.to("cancelled", ended=now, ended_by=ending.MACHINE, reason=""))


def _holds(order: Paper) -> list[str]:
    """The reservation of an order that was not carried out."""
    if not order.data["one_time"]:
        return []
    return [starting.hold_of(order)] if order.state in (starting.WAITING, "connecting") else []


def _keys(orders: Sequence[Paper]) -> list[str]:
    return [key for one in orders for key in starting.touches(one.id).papers]


def _mailed(paper: Paper) -> Paper:
    return paper.to(paper.state, sent=paper.data["mail"])


def _told(page: Page, paper: Paper, now: int) -> Paper:
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(paper)))
    return paper


def state_of(account: AccountRecord) -> pb.ContractState.ValueType:
    if account.state is State.TERMINATED:
        return pb.CONTRACT_STATE_TERMINATED
    if account.ends_on is not None:
        return pb.CONTRACT_STATE_ENDING
    return pb.CONTRACT_STATE_SUSPENDED if account.state is State.SUSPENDED else pb.CONTRACT_STATE_IN_FORCE


def _row(account: AccountRecord) -> pb.ContractWork:
    return pb.ContractWork(
        company_id=account.tenant, customer=account.customer.name, state=state_of(account),
        reserved_until=_text(reserved_until(account)),
    )  # fmt: skip


def _text(day: Any) -> str:
    return day.isoformat() if day is not None else ""
