"""What media asks of the services below it: whose number, what now, who has time, which trunk, whose phone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.billing.v1 import (
    billing_pb2,
    billing_pb2_grpc,
    carriers_pb2,
    carriers_pb2_grpc,
    office_pb2,
    office_pb2_grpc,
)
from antiphon.directory.v1 import (
    crm_pb2,
    crm_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    privacy_pb2,
    privacy_pb2_grpc,
    telephony_pb2,
    telephony_pb2_grpc,
)
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.ids import new_id
from antiphon.kit.protos import timestamp
from antiphon.media.domain.blocks import Blocks, blocks
from antiphon.media.domain.granted import Granted
from antiphon.routing.v1 import routing_pb2, routing_pb2_grpc

T = TypeVar("T")
_REMEMBERED = 10_000
_LONGEST_PAUSE = 10.0
log = logs.get("media")


class Asks:
    """One method per question. All raise DomainError as the other side did, UNAVAILABLE and TIMEOUT included."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._crm = crm_pb2_grpc.CrmServiceStub(peers.channel("directory"))
        self._privacy = privacy_pb2_grpc.PrivacyServiceStub(peers.channel("directory"))
        self._telephony = telephony_pb2_grpc.TelephonyServiceStub(peers.channel("directory"))
        self._routing = routing_pb2_grpc.RoutingServiceStub(peers.channel("routing"))
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))
        self._billing = billing_pb2_grpc.BillingServiceStub(peers.channel("billing"))
        self._carriers = carriers_pb2_grpc.CarriersServiceStub(peers.channel("billing"))
        self._office = office_pb2_grpc.OfficeServiceStub(peers.channel("billing"))
        self._kept: dict[tuple[str, str], Any] = {}

    # --- how to ask

    async def quietly(self, asked: Awaitable[T]) -> T | None:
        """The answer, or None where the call goes on without one."""
        try:
            return await asked
        except DomainError as error:
            log.info("went on without an answer", reason=error.reason.name)
            return None

    async def succeeded(self, asked: Coroutine[Any, Any, None]) -> bool:
        """True when it was done."""
        try:
            await asked
        except DomainError as error:
            log.warning("was not done", reason=error.reason.name)
            return False
        return True

    async def surely(self, ask_again: Any) -> None:
        """Asks until it is heard or refused for good. `ask_again()` makes a fresh question."""
        pause = 0.1
        while True:
            try:
                await ask_again()
                return
            except DomainError as error:
                if not error.retry:
                    log.info("refused", reason=error.reason.name)
                    return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _remembered(self, tenant: str, what: str, question: Coroutine[Any, Any, T]) -> T:
        key = (tenant, what)
        if key in self._kept:
            question.close()
            known: T = self._kept[key]
            return known
        answer = await question
        if len(self._kept) > _REMEMBERED:
            self._kept.clear()
        self._kept[key] = answer
        return answer

    def forget(self, tenant: str, what: str) -> None:
        """A fact said that this is not so any more."""
        for key in [key for key in self._kept if key[0] == tenant and key[1].startswith(what)]:
            del self._kept[key]

    def forget_everywhere(self, what: str) -> None:
        """The same of every tenant: what one company's gateway does is another's call."""
        for key in [key for key in self._kept if key[1].startswith(what)]:
            del self._kept[key]

    # --- directory

    async def number(self, tenant: str, e164: str) -> telephony_pb2.ResolveNumberResponse:
        """Whose number. Reasons: NOT_FOUND."""

        async def question() -> telephony_pb2.ResolveNumberResponse:
            request = telephony_pb2.ResolveNumberRequest(e164=e164)
            answer: telephony_pb2.ResolveNumberResponse = await ask(
                self._telephony.ResolveNumber, request, self._peers.own(tenant)
            )
            return answer

        return await self._remembered(tenant, f"number:{e164}", question())

    async def contact(self, tenant: str, e164: str) -> directory_pb2.Contact:
        """The contact that calls; made at the first call. A caller's number proves nothing: it is not verified."""
        identity = directory_pb2.Identity(channel="phone", value=e164)
        request = directory_pb2.ResolveIdentityRequest(identity=identity)
        answer = await ask(self._directory.ResolveIdentity, request, self._peers.own(tenant))
        contact: directory_pb2.Contact = answer.contact
        return contact

    async def known_contact(self, tenant: str, e164: str) -> directory_pb2.Contact | None:
        """The contact that calls, if there is one."""
        identity = directory_pb2.Identity(channel="phone", value=e164)
        request = directory_pb2.ResolveIdentityRequest(identity=identity, known_only=True)
        answer = await ask(self._directory.ResolveIdentity, request, self._peers.own(tenant))
        return answer.contact if answer.HasField("contact") else None

    async def person(self, tenant: str, person_id: str) -> directory_pb2.Person:
        """A colleague. Reasons: NOT_FOUND."""
        request = directory_pb2.GetPersonRequest(person_id=person_id)

        async def question() -> directory_pb2.Person:
            answer = await ask(self._directory.GetPerson, request, self._peers.own(tenant))
            person: directory_pb2.Person = answer.person
            return person

        return await self._remembered(tenant, f"person:{person_id}", question())

    async def members(self, tenant: str, group_id: str) -> list[str]:
        """The people of a group."""

        async def question() -> dict[str, list[str]]:
            answer = await ask(self._directory.ListGroups, directory_pb2.ListGroupsRequest(), self._peers.own(tenant))
            return {group.id: list(group.person_ids) for group in answer.groups}

        groups = await self._remembered(tenant, "groups", question())
        return groups.get(group_id, [])

    async def family(self, tenant: str, contact_id: str) -> list[str]:
        """The ids of all cards that are one customer; only the given one where directory does not know it."""
        request = crm_pb2.GetFamilyRequest(contact_id=contact_id)
        try:
            answer = await ask(self._crm.GetFamily, request, self._peers.own(tenant))
        except DomainError as error:
            if error.reason is not Common.NOT_FOUND:
                raise
            return [contact_id]
        return list(answer.contact_ids)

    async def next_erasure(self) -> privacy_pb2.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy_pb2.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy_pb2.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy_pb2.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))

    async def retentions(self) -> list[privacy_pb2.Retention]:
        """How long each tenant keeps what."""
        answer = await ask(self._privacy.ListRetentions, privacy_pb2.ListRetentionsRequest(), self._peers.own(""))
        return list(answer.retentions)

    async def groups_of(self, tenant: str, person_id: str) -> frozenset[str]:
        """The groups a person is in."""
        await self.members(tenant, "")
        groups: dict[str, list[str]] = self._kept.get((tenant, "groups"), {})
        return frozenset(group_id for group_id, people in groups.items() if person_id in people)

    async def accounts(self, tenant: str) -> list[telephony_pb2.SipAccount]:
        """All SIP accounts of the tenant."""

        async def question() -> list[telephony_pb2.SipAccount]:
            request = telephony_pb2.ListSipAccountsRequest()
            answer = await ask(self._telephony.ListSipAccounts, request, self._peers.own(tenant))
            return list(answer.accounts)

        return await self._remembered(tenant, "accounts", question())

    async def dial_plan(self, tenant: str) -> telephony_pb2.DialPlan:
        async def question() -> telephony_pb2.DialPlan:
            request = telephony_pb2.GetDialPlanRequest()
            answer = await ask(self._telephony.GetDialPlan, request, self._peers.own(tenant))
            plan: telephony_pb2.DialPlan = answer.plan
            return plan

        return await self._remembered(tenant, "plan", question())

    async def trunk(self, tenant: str, trunk_id: str) -> tuple[telephony_pb2.Trunk, str]:
        """A trunk and its password. Reasons: NOT_FOUND."""

        async def question() -> tuple[telephony_pb2.Trunk, str]:
            request = telephony_pb2.GetTrunkSecretRequest(trunk_id=trunk_id)
            answer = await ask(self._telephony.GetTrunkSecret, request, self._peers.own(tenant))
            return answer.trunk, answer.password

        return await self._remembered(tenant, f"trunk:{trunk_id}", question())

    async def edge_trunks(self) -> list[telephony_pb2.EdgeTrunk]:
        """The trunks in use of all tenants."""
        request = telephony_pb2.ListEdgeRecordsRequest(trunks_only=True)
        answer = await ask(self._telephony.ListEdgeRecords, request, self._peers.own(""))
        return list(answer.trunks)

    async def trunk_secret(self, tenant: str, trunk_id: str) -> tuple[str, str] | None:
        """User name and password of a trunk; None for one that is known by its address."""
        trunk, password = await self.trunk(tenant, trunk_id)
        return (trunk.username, password) if trunk.username and password else None

    async def audit(self, tenant: str, actor: str, action: str, target: str, facts: dict[str, str]) -> None:
        """Notes what somebody did. Raises when it could not be noted: then it must not happen."""
        entry = directory_pb2.AuditEntry(id=new_id("au"), actor=actor, action=action, object=target, facts=facts)
        await ask(self._directory.RecordAudit, directory_pb2.RecordAuditRequest(entry=entry), self._peers.own(tenant))

    # --- routing

    async def next(
        self, tenant: str, interaction: routing_pb2.Interaction, event: routing_pb2.Event
    ) -> routing_pb2.NextResponse:
        """What routing wants done. Reasons: UNKNOWN_ADDRESS, BLOCKED_CALLER."""
        request = routing_pb2.NextRequest(interaction=interaction, event=event)
        answer: routing_pb2.NextResponse = await ask(self._routing.Next, request, self._peers.own(tenant))
        return answer

    async def route_call(
        self, tenant: str, number: str, person_id: str, caller_id: str
    ) -> routing_pb2.RouteCallResponse:
        """Where a dialled number goes. Reasons: BLOCKED_DESTINATION, UNKNOWN_EXTENSION, NO_TRUNK, INBOUND_ONLY,
        INVALID."""
        request = routing_pb2.RouteCallRequest(dialled=number, person_id=person_id, caller_id=caller_id)
        answer: routing_pb2.RouteCallResponse = await ask(self._routing.RouteCall, request, self._peers.own(tenant))
        return answer

    # --- acd

    async def queue(self, tenant: str, queue_id: str) -> acd_pb2.Queue | None:
        """A queue's settings: its music and announcements. None while the ACD cannot say."""

        async def question() -> dict[str, acd_pb2.Queue]:
            answer = await ask(self._acd.ListQueues, acd_pb2.ListQueuesRequest(), self._peers.own(tenant))
            return {queue.id: queue for queue in answer.queues}

        queues = await self.quietly(self._remembered(tenant, "queues", question()))
        return (queues or {}).get(queue_id)

    async def enqueue(self, tenant: str, request: acd_pb2.EnqueueRequest) -> acd_pb2.EnqueueResponse:
        """Puts an item into a queue. Reasons: UNKNOWN_QUEUE, QUEUE_FULL."""
        answer: acd_pb2.EnqueueResponse = await ask(self._acd.Enqueue, request, self._peers.own(tenant))
        return answer

    async def estimate(self, tenant: str, queue_id: str, item_id: str) -> acd_pb2.EstimateWaitResponse:
        """The place of an item and how long it will probably wait. Reasons: UNKNOWN_QUEUE, UNKNOWN_ITEM."""
        request = acd_pb2.EstimateWaitRequest(queue_id=queue_id, item_id=item_id)
        answer: acd_pb2.EstimateWaitResponse = await ask(self._acd.EstimateWait, request, self._peers.own(tenant))
        return answer

    async def request_callback(self, tenant: str, item_id: str, at: datetime | None = None) -> None:
        """His place is kept; with `at` he is out of line until then. Reasons: UNKNOWN_ITEM, ILLEGAL_TRANSITION."""
        request = acd_pb2.RequestCallbackRequest(item_id=item_id, at=timestamp(at))
        await ask(self._acd.RequestCallback, request, self._peers.own(tenant))

    async def fail_callback(self, tenant: str, item_id: str, agent_id: str) -> None:
        """The customer did not answer; asked until the ACD hears."""
        request = acd_pb2.FailCallbackRequest(item_id=item_id, agent_id=agent_id)
        await self.surely(lambda: ask(self._acd.FailCallback, request, self._peers.own(tenant)))

    async def connect_offer(self, tenant: str, request: acd_pb2.ConnectOfferRequest) -> None:
        """The agent's phone was answered. Reasons: OFFER_GONE."""
        await ask(self._acd.ConnectOffer, request, self._peers.own(tenant))

    async def end_offer(self, tenant: str, request: acd_pb2.EndOfferRequest) -> None:
        """The agent could not be reached."""
        await ask(self._acd.EndOffer, request, self._peers.own(tenant))

    async def finish(self, tenant: str, item_id: str, reason: str) -> None:
        """The call is over for the ACD; asked until it hears."""
        request = acd_pb2.FinishRequest(item_id=item_id, reason=reason)
        await self.surely(lambda: ask(self._acd.Finish, request, self._peers.own(tenant)))

    async def authorize(self, tenant: str, session_id: str, called: str) -> Granted | None:
        """Seconds that are paid; None is without end. Raises billing's refusals."""
        request = billing_pb2.AuthorizeRequest(session_id=session_id, called=called)
        answer = await ask(self._billing.Authorize, request, self._peers.own(tenant))
        if answer.emergency:
            return None
        return Granted(answer.granted_seconds, answer.extend_after_seconds, answer.final)

    async def carriers(
        self, tenant: str, request: carriers_pb2.ChooseCarriersRequest
    ) -> carriers_pb2.ChooseCarriersResponse:
        """In which order trunks are tried, by present prices and measured quality."""
        answer: carriers_pb2.ChooseCarriersResponse = await ask(
            self._carriers.ChooseCarriers, request, self._peers.own(tenant)
        )
        return answer

    async def blocks(self, tenant: str) -> Blocks:
        """What is blocked on suspicion of fraud."""

        async def question() -> Blocks:
            answer = await ask(self._office.ListCallBlocks, office_pb2.ListCallBlocksRequest(), self._peers.own(tenant))
            return blocks((one.kind, one.value) for one in answer.blocks)

        return await self._remembered(tenant, "blocks", question())

    async def case_is_open(self, tenant: str, case_id: str) -> bool:
        """Is there such a case of fraud, and is it being looked into?"""
        try:
            answer = await ask(
                self._office.GetCase, office_pb2.GetCaseRequest(case_id=case_id), self._peers.own(tenant)
            )
        except DomainError as error:
            if error.reason.name == Common.NOT_FOUND.name:
                return False
            raise
        return bool(answer.case.state == "open")

    async def extend(self, tenant: str, session_id: str, used: int) -> Granted:
        """Seconds from the answer on. Raises billing's refusals."""
        request = billing_pb2.ExtendRequest(session_id=session_id, used_seconds=used)
        answer = await ask(self._billing.Extend, request, self._peers.own(tenant))
        return Granted(answer.granted_seconds, answer.extend_after_seconds, answer.final)

    async def occupy(self, tenant: str, item_id: str, person_id: str, call_id: str, contact_id: str) -> None:
        """A call of the person's own takes his capacity. Reasons: UNKNOWN_AGENT."""
        request = acd_pb2.OccupyRequest(
            item_id=item_id, agent_id=person_id, channel="voice", subject=f"call:{call_id}", contact_id=contact_id,
            force=True,
        )  # fmt: skip
        await ask(self._acd.Occupy, request, self._peers.own(tenant))

    async def transfer(self, token: str, item_id: str, queue_id: str, note: str) -> None:
        """As the person. Reasons: NOT_YOURS, UNKNOWN_QUEUE, UNKNOWN_ITEM."""
        request = acd_pb2.TransferRequest(item_id=item_id, queue_id=queue_id, note=note)
        await ask(self._acd.Transfer, request, metadata(token))
