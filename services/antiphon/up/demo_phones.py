"""What the demo tenant telephones with: an operator on this machine, numbers, a dial plan, phones, a reception.

The operator is whoever calls from a loopback address: a SIP phone or the demo's own callers. A phone at such an address
that calls itself by a known account has to prove it, and is that account. Passwords of phones are shown once by
directory; those of the demo are kept in the state directory, because a demo wants to be tried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit.grpc_client import Peers
from antiphon.kit.protos import struct
from antiphon.routing.v1 import routing_pb2 as routing
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub
from antiphon.up.demo_scheme import telephone

Ask: TypeAlias = Callable[[Any, Any], Awaitable[Any]]
MAIN = "+380443902020"
ONLY_CALLED = "+380443902048"
OPERATOR = "Demo operator"
OPERATOR_PORT = 5066
"""Where calls to the outside are sent: a demo has nobody there unless something listens."""

SCHEME = "Телефон"
NEVER_CALLED = ("+7809", "+882", "+883", "+380900")
"""Prefixes of paid services."""


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """A SIP account that a phone may use."""

    person_id: str
    username: str
    password: str


class Phones:
    """Looks before it makes, as the rest of the demo tenant."""

    def __init__(self, peers: Peers, ask: Ask, kept: Iterable[DemoPhone]) -> None:
        self._directory = DirectoryServiceStub(peers.channel("directory"))
        self._telephony = TelephonyServiceStub(peers.channel("directory"))
        self._routing = RoutingServiceStub(peers.channel("routing"))
        self._ask = ask
        self._kept = {phone.username: phone for phone in kept}

    async def make(self, people: Iterable[str], queues: dict[str, str], group_id: str) -> tuple[str, list[DemoPhone]]:
        """The number that customers dial, and the phones of these people."""
        trunk = await self._trunk()
        await self._number(MAIN, "Основний", trunk)
        await self._number(ONLY_CALLED, "Сервіс і гарантія", trunk, max_channels=3, inbound_only=True)
        await self._plan()
        phones = [await self._phone(person) for person in people]
        await self._reception(queues, group_id)
        return MAIN, phones

    async def _trunk(self) -> str:
        present = (await self._ask(self._telephony.ListTrunks, telephony.ListTrunksRequest())).trunks
        for trunk in present:
            if trunk.name == OPERATOR:
                return str(trunk.id)
        new = telephony.Trunk(
            name=OPERATOR, host="127.0.0.1", port=OPERATOR_PORT, networks=["127.0.0.0/8"], max_channels=100
        )
        made = await self._ask(self._telephony.PutTrunk, telephony.PutTrunkRequest(trunk=new))
        return str(made.trunk.id)

    async def _number(self, e164: str, title: str, trunk_id: str, **more: Any) -> None:
        present = (await self._ask(self._directory.ListNumbers, directory.ListNumbersRequest())).numbers
        if any(number.e164 == e164 for number in present):
            return
        number = directory.Number(e164=e164, title=title, trunk_id=trunk_id, **more)
        await self._ask(self._directory.PutNumber, directory.PutNumberRequest(number=number))

    async def _plan(self) -> None:
        if (await self._ask(self._telephony.GetDialPlan, telephony.GetDialPlanRequest())).plan.rev:
            return
        plan = telephony.DialPlan(
            country="UA", caller_id=MAIN, blocked_prefixes=NEVER_CALLED, record_calls=True, recording_days=30
        )
        await self._ask(self._telephony.PutDialPlan, telephony.PutDialPlanRequest(plan=plan))

    async def _phone(self, person_id: str) -> DemoPhone:
        """An account whose password is known here; one whose password got lost is given another."""
        asked = telephony.ListSipAccountsRequest(person_id=person_id)
        for account in (await self._ask(self._telephony.ListSipAccounts, asked)).accounts:
            if account.username in self._kept:
                return self._kept[account.username]
            again = telephony.ChangeSipPasswordRequest(account_id=account.id)
            changed = await self._ask(self._telephony.ChangeSipPassword, again)
            return DemoPhone(person_id, account.username, changed.password)
        new = telephony.SipAccount(person_id=person_id, title="Телефон")
        made = await self._ask(self._telephony.PutSipAccount, telephony.PutSipAccountRequest(account=new))
        return DemoPhone(person_id, made.account.username, made.password)

    async def _reception(self, queues: dict[str, str], group_id: str) -> None:
        """The scheme that answers both numbers."""
        present = (await self._ask(self._routing.ListSchemes, routing.ListSchemesRequest())).schemes
        scheme_id = next((scheme.id for scheme in present if scheme.name == SCHEME and scheme.live_version), "")
        if not scheme_id:
            scheme_id = await self._published(
                queues, group_id, next((one for one in present if one.name == SCHEME), None)
            )
        bound = (await self._ask(self._routing.ListBindings, routing.ListBindingsRequest())).bindings
        for address in {MAIN, ONLY_CALLED} - {binding.address for binding in bound}:
            binding = routing.Binding(address=address, scheme_id=scheme_id)
            await self._ask(self._routing.PutBinding, routing.PutBindingRequest(binding=binding))

    async def _published(self, queues: dict[str, str], group_id: str, draft: routing.Scheme | None) -> str:
        if draft is None:
            calendars = (await self._ask(self._routing.ListCalendars, routing.ListCalendarsRequest())).calendars
            graph = telephone(calendars[0].id, queues["Продажі"], queues["Сервіс"], group_id)
            new = routing.PutSchemeRequest(scheme=routing.Scheme(name=SCHEME, graph=struct(graph)))
            draft = (await self._ask(self._routing.PutScheme, new)).scheme
        request = routing.PublishSchemeRequest(scheme_id=draft.id, rev=draft.rev, reason="demo")
        await self._ask(self._routing.PublishScheme, request)
        return str(draft.id)
