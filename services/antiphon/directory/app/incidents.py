"""Suspected compromise: one call blocks the accounts and opens a ticket, which then takes the evidence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, scope, sip
from antiphon.directory.v1.events_pb2 import SipAccountsBlocked
from antiphon.directory.v1.telephony_pb2 import AddEvidenceRequest, Evidence, SecurityTicket, SipAccount
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id

from . import writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller


class Incidents:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def block(self, caller: Caller, account_ids: list[str], reason: str) -> SecurityTicket:
        """Blocks these accounts, all of the tenant when none is named. When all are blocked already, the ticket that
        did it is answered again. Raises NOT_FOUND."""
        scope.require_untied(caller)
        now = self._clock()
        why = limits.note("reason", reason, limits.VALUE)
        wanted = limits.several("account_ids", account_ids, limits.SIP_ACCOUNTS)

        async def body(tx: TenantStore) -> SecurityTicket:
            if missing := await tx.sip_accounts.missing(wanted):
                raise DomainError(Common.NOT_FOUND, "no such sipaccount", account_id=missing)
            ids = wanted or [account.id for account in await tx.sip_accounts.listed(limits.SIP_ACCOUNTS)]
            fresh = await tx.sip_accounts.block(ids)
            earlier = await _covering(tx, ids)
            if not fresh and earlier is not None:
                return earlier
            ticket = SecurityTicket(
                id=new_id("st", now), opened_at=protos.timestamp(now), opened_by=caller.subject, reason=why,
                account_ids=ids, due_at=protos.timestamp(sip.due_at(now, with_evidence=False)),
            )  # fmt: skip
            await self._open(tx, caller, ticket, fresh, now)
            return ticket

        return await self._store.write(caller.tenant, body)

    async def _open(
        self, tx: TenantStore, caller: Caller, ticket: SecurityTicket, fresh: list[SipAccount], now: datetime
    ) -> None:
        await tx.tickets.save(ticket)
        await tx.edge_changes()
        for account in fresh:
            await tx.audit.add(writing.entry(caller.subject, "sip.blocked", f"sip:{account.id}", now, ticket=ticket.id))
        await tx.audit.add(
            writing.entry(caller.subject, "ticket.opened", f"ticket:{ticket.id}", now, accounts=len(ticket.account_ids))
        )
        short = [
            SipAccount(id=one.id, rev=one.rev, username=one.username, person_id=one.person_id, blocked=True)
            for one in fresh
        ]
        event = SipAccountsBlocked(occurred_at=protos.timestamp(now), ticket=ticket, accounts=short)
        event.ticket.ClearField("evidence")
        await tx.tell(event, key=ticket.id, version=1)

    async def tickets(self, caller: Caller) -> list[SecurityTicket]:
        scope.require_untied(caller)
        return await self._store.of(caller.tenant).tickets.newest(limits.TICKETS)

    async def add_evidence(self, caller: Caller, request: AddEvidenceRequest) -> SecurityTicket:
        """Evidence hurries a ticket; without any, its due date may be put off. Raises NOT_FOUND, INVALID."""
        scope.require_untied(caller)
        now = self._clock()
        evidence = _cleaned(request.evidence, now) if request.HasField("evidence") else None
        if evidence is None and not request.HasField("due_at"):
            raise invalid("evidence", "evidence or a later due date is needed")

        async def body(tx: TenantStore) -> SecurityTicket:
            ticket = await tx.tickets.get(request.ticket_id)
            if evidence is not None:
                limits.at_most("evidence", [*ticket.evidence, evidence], limits.EVIDENCE)
                ticket.evidence.append(evidence)
                due = min(protos.moment(ticket.due_at), sip.due_at(now, with_evidence=True))
                ticket.due_at.FromDatetime(due)
            else:
                _put_off(ticket, protos.moment(request.due_at))
            await tx.tickets.save(ticket)
            action = "ticket.evidence" if evidence is not None else "ticket.put_off"
            await tx.audit.add(writing.entry(caller.subject, action, f"ticket:{ticket.id}", now))
            return ticket

        return await self._store.write(caller.tenant, body)


async def _covering(tx: TenantStore, account_ids: list[str]) -> SecurityTicket | None:
    """The newest ticket about all of these accounts."""
    tickets = await tx.tickets.newest(limits.TICKETS)
    return next((ticket for ticket in tickets if set(account_ids) <= set(ticket.account_ids)), None)


def _put_off(ticket: SecurityTicket, due: datetime) -> None:
    if ticket.evidence:
        raise invalid("due_at", "the evidence is there: the due date stands")
    if due <= protos.moment(ticket.due_at):
        raise invalid("due_at", "missing evidence makes the due date later")
    ticket.due_at.FromDatetime(due)


def _cleaned(evidence: Evidence, now: datetime) -> Evidence:
    return Evidence(
        title=limits.line("evidence.title", evidence.title, limits.TITLE, required=True),
        text=limits.note("evidence.text", evidence.text, limits.EVIDENCE_TEXT),
        added_at=protos.timestamp(now),
    )
