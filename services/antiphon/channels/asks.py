"""What channels asks of the services below it: who is this (directory), what now (routing), who has time (acd)."""

from __future__ import annotations

from datetime import timedelta

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.billing.v1 import billing_pb2, billing_pb2_grpc, cabinet_pb2, cabinet_pb2_grpc
from antiphon.directory.v1 import (
    crm_pb2,
    crm_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    privacy_pb2,
    privacy_pb2_grpc,
)
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.tokens import Caller
from antiphon.routing.v1 import routing_pb2, routing_pb2_grpc

_PREFERRED_FOR = timedelta(minutes=2)
_NAMES, _SOURCE = 10_000, 500
NO_ACCOUNT = "NO_ACCOUNT"
log = logs.get("channels")


class Asks:
    """One method per question. All raise DomainError as the other side did, UNAVAILABLE and TIMEOUT included."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._crm = crm_pb2_grpc.CrmServiceStub(peers.channel("directory"))
        self._privacy = privacy_pb2_grpc.PrivacyServiceStub(peers.channel("directory"))
        self._routing = routing_pb2_grpc.RoutingServiceStub(peers.channel("routing"))
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))
        self._billing = billing_pb2_grpc.BillingServiceStub(peers.channel("billing"))
        self._cabinet = cabinet_pb2_grpc.CabinetServiceStub(peers.channel("billing"))
        self._names: dict[tuple[str, str], str] = {}

    async def contact(
        self, tenant: str, identity: directory_pb2.Identity, name: str, language: str
    ) -> directory_pb2.Contact:
        """The contact that owns an identity; made at the first sight."""
        request = directory_pb2.ResolveIdentityRequest(identity=identity, name=name, language=language)
        answer = await ask(self._directory.ResolveIdentity, request, self._peers.own(tenant))
        contact: directory_pb2.Contact = answer.contact
        return contact

    async def card(self, tenant: str, contact_id: str) -> directory_pb2.Contact:
        """A customer, all cards that were merged as one. Raises NOT_FOUND."""
        request = directory_pb2.GetContactRequest(contact_id=contact_id)
        answer = await ask(self._directory.GetContact, request, self._peers.own(tenant))
        whole: directory_pb2.Contact = answer.whole
        return whole

    async def customer(self, tenant: str, contact_id: str) -> list[str]:
        """The ids of all cards that are one customer. Raises NOT_FOUND."""
        request = crm_pb2.GetFamilyRequest(contact_id=contact_id)
        answer = await ask(self._crm.GetFamily, request, self._peers.own(tenant))
        return list(answer.contact_ids)

    async def family(self, tenant: str, contact_id: str) -> list[str]:
        """As `customer`; only the given card where directory does not know it."""
        try:
            return await self.customer(tenant, contact_id)
        except DomainError as error:
            if error.reason is not Common.NOT_FOUND:
                raise
            return [contact_id]

    async def may_pay(self, tenant: str) -> bool:
        """Is paid service not suspended? A company without an account is not billed. Raises UNAVAILABLE."""
        try:
            answer = await ask(self._billing.GetAccount, billing_pb2.GetAccountRequest(), self._peers.own(tenant))
        except DomainError as error:
            if error.reason.name == NO_ACCOUNT:
                return True
            raise
        return bool(answer.account.state == billing_pb2.ACCOUNT_STATE_ACTIVE)

    async def has_service(self, tenant: str, product: str) -> bool:
        """Is a service of the cabinet's catalogue ordered, or part of the operator's plan? A company without an account
        is not billed: it has all of them. Raises UNAVAILABLE."""
        try:
            answer = await ask(self._cabinet.ListOrders, cabinet_pb2.ListOrdersRequest(), self._peers.own(tenant))
        except DomainError as error:
            if error.reason.name == NO_ACCOUNT:
                return True
            raise
        active = [order for order in answer.orders if order.state == cabinet_pb2.ORDER_STATE_ACTIVE]
        return any(product == order.product_id or product in order.includes for order in active)

    async def consent(self, tenant: str, contact_id: str, source: str) -> None:
        """A customer agreed to be served, and where. Of an erased one nothing is kept."""
        request = privacy_pb2.GiveConsentRequest(
            contact_id=contact_id, purpose=privacy_pb2.PURPOSE_SERVICE, source=source[:_SOURCE]
        )
        try:
            await ask(self._privacy.GiveConsent, request, self._peers.own(tenant))
        except DomainError as error:
            if error.reason is not Common.NOT_FOUND:
                raise

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

    async def person_name(self, tenant: str, person_id: str) -> str:
        """A colleague's name; empty while directory cannot say. Remembered until it changes."""
        if not person_id:
            return ""
        key = (tenant, person_id)
        if key not in self._names:
            request = directory_pb2.GetPersonRequest(person_id=person_id)
            try:
                answer = await ask(self._directory.GetPerson, request, self._peers.own(tenant))
            except DomainError as error:
                log.warning("the agent's name is not known", reason=error.reason.name, person_id=person_id)
                return ""
            if len(self._names) > _NAMES:
                self._names.clear()
            self._names[key] = answer.person.name
        return self._names[key]

    def forget_name(self, tenant: str, person_id: str) -> None:
        self._names.pop((tenant, person_id), None)

    async def next(
        self, tenant: str, interaction: routing_pb2.Interaction, event: routing_pb2.Event
    ) -> routing_pb2.NextResponse:
        """What routing wants done. Reasons: UNKNOWN_ADDRESS, BLOCKED_CALLER."""
        request = routing_pb2.NextRequest(interaction=interaction, event=event)
        answer: routing_pb2.NextResponse = await ask(self._routing.Next, request, self._peers.own(tenant))
        return answer

    async def enqueue(
        self, tenant: str, request: acd_pb2.EnqueueRequest, preferred_agent_id: str = ""
    ) -> acd_pb2.EnqueueResponse:
        """Puts an item into a queue. Reasons: UNKNOWN_QUEUE, QUEUE_FULL."""
        if preferred_agent_id:
            request.preferred_agent_id = preferred_agent_id
            request.preferred_for.FromTimedelta(_PREFERRED_FOR)
        answer: acd_pb2.EnqueueResponse = await ask(self._acd.Enqueue, request, self._peers.own(tenant))
        return answer

    async def withdraw(self, tenant: str, item_id: str, reason: str) -> None:
        request = acd_pb2.WithdrawRequest(item_id=item_id, reason=reason)
        await ask(self._acd.Withdraw, request, self._peers.own(tenant))

    async def release(self, token: str, item_id: str, disposition: str) -> None:
        """As the person. Reasons: UNKNOWN_ITEM, NOT_YOURS, UNKNOWN_DISPOSITION."""
        request = acd_pb2.ReleaseRequest(item_id=item_id, disposition=disposition)
        await ask(self._acd.Release, request, metadata(token))

    async def transfer(self, token: str, request: acd_pb2.TransferRequest) -> acd_pb2.WorkItem:
        """As the person. Reasons: NOT_YOURS, UNKNOWN_QUEUE, UNKNOWN_AGENT, UNKNOWN_ITEM."""
        answer = await ask(self._acd.Transfer, request, metadata(token))
        item: acd_pb2.WorkItem = answer.item
        return item

    async def pull(self, token: str, item_id: str) -> acd_pb2.WorkItem:
        """As the person. Reasons: NO_ROOM, UNKNOWN_ITEM, OFFER_GONE."""
        answer = await ask(self._acd.Pull, acd_pb2.PullRequest(item_id=item_id), metadata(token))
        item: acd_pb2.WorkItem = answer.item
        return item

    async def assign(self, token: str, item_id: str, agent_id: str) -> acd_pb2.WorkItem:
        """As the person. Reasons: UNKNOWN_ITEM, UNKNOWN_AGENT, NO_ROOM, ILLEGAL_TRANSITION."""
        request = acd_pb2.AssignRequest(item_id=item_id, agent_id=agent_id)
        answer = await ask(self._acd.Assign, request, metadata(token))
        item: acd_pb2.WorkItem = answer.item
        return item

    async def calendars(self, tenant: str) -> list[routing_pb2.Calendar]:
        """Every calendar of working hours."""
        request = routing_pb2.ListCalendarsRequest()
        return list((await ask(self._routing.ListCalendars, request, self._peers.own(tenant))).calendars)

    async def groups_of(self, caller: Caller) -> frozenset[str]:
        """The groups of which the caller is a member."""
        request = directory_pb2.ListGroupsRequest()
        answer = await ask(self._directory.ListGroups, request, self._peers.own(caller.tenant))
        return frozenset(group.id for group in answer.groups if caller.person_id in group.person_ids)

    async def people(self, tenant: str) -> frozenset[str]:
        """Colleagues who may sign in."""
        request = directory_pb2.ListPeopleRequest()
        answer = await ask(self._directory.ListPeople, request, self._peers.own(tenant))
        return frozenset(person.id for person in answer.people if not person.disabled)

    async def held(self, token: str, item_id: str) -> acd_pb2.WorkItem | None:
        """The item, when the ACD says that the person has it now."""
        answer = await ask(self._acd.GetMyWork, acd_pb2.GetMyWorkRequest(), metadata(token))
        held = (item for item in answer.items if item.state == acd_pb2.ITEM_STATE_CONNECTED)
        return next((item for item in held if item.id == item_id), None)

    async def queues_of(self, caller: Caller, token: str) -> frozenset[str]:
        """The queues in which the caller works; none for one who takes no work."""
        if not caller.person_id or not caller.may("work.take"):
            return frozenset()
        answer = await ask(self._acd.GetMyWork, acd_pb2.GetMyWorkRequest(), metadata(token))
        return frozenset(answer.agent.queue_ids)
