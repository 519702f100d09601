"""What other services ask about telephony across tenants, and of one tenant at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.directory.domain import lines, phones, sip, slots
from antiphon.directory.v1.telephony_pb2 import (
    TRUNK_DIRECTION_INBOUND,
    EdgeAccount,
    EdgeTrunk,
    GetDiallingRequest,
    GetDiallingResponse,
    ListEdgeRecordsResponse,
    ResolveNumberResponse,
    SimLine,
    Trunk,
)
from antiphon.kit.errors import Common, DomainError

if TYPE_CHECKING:
    from antiphon.directory.store import Store
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .sealing import Sealer


class Edge:
    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def resolve_number(self, e164: str) -> ResolveNumberResponse:
        """Whose number it is. Raises NOT_FOUND, INVALID."""
        found = await self._store.edge.number(phones.e164("e164", e164))
        if found is None:
            raise DomainError(Common.NOT_FOUND, "nobody has this number")
        tenant, number = found
        sim = await self._store.slots.sim(e164=number.e164)
        pooled = await self._store.pool.at(number.e164) if number.rented else None
        channels = number.max_channels or lines.USUAL_CHANNELS
        return ResolveNumberResponse(
            tenant_id=tenant, number_id=number.id, e164=number.e164, inbound_only=number.inbound_only,
            max_channels=1 if sim else channels, gateway_id=sim.gateway_id if sim else "",
            carrier_id=pooled[0] if pooled is not None else tenant,
        )  # fmt: skip

    async def records(self, known: int, *, trunks_only: bool = False) -> ListEdgeRecordsResponse:
        """Accounts that may register and trunks in use, of all tenants; nothing but the revision when it is known."""
        now = self._clock()
        revision = await self._store.edge.revision()
        answer = ListEdgeRecordsResponse(revision=revision)
        if known and known == revision:
            return answer
        everybody = await self._store.edge.everybody()
        answer.trunks.extend(
            EdgeTrunk(
                trunk_id=trunk.id, tenant_id=tenant, networks=trunk.networks, source_port=trunk.source_port,
                rev=trunk.rev, register=trunk.register,
            )
            for tenant, trunk in everybody.trunks
        )  # fmt: skip
        if trunks_only:
            return answer
        strict = {tenant: plan.password_days for tenant, plan in everybody.plans.items() if plan.strict_passwords}
        for tenant, account in everybody.accounts:
            secret = everybody.secrets.get(account.id)
            if secret is None:
                continue
            if tenant in strict and now >= sip.expires_at(secret.changed_at, strict[tenant]):
                continue
            answer.accounts.append(
                EdgeAccount(
                    account_id=account.id, tenant_id=tenant, person_id=account.person_id, username=account.username,
                    ha1=self._sealer.unseal(secret.sealed_ha1, account.id).decode(),
                    allowed_networks=account.allowed_networks, encrypted_only=account.encrypted_only,
                )
            )  # fmt: skip
        return answer

    async def dialling(self, caller: Caller, request: GetDiallingRequest) -> GetDiallingResponse:
        """Everything by which one dialled number of a tenant is routed."""
        tenant = self._store.of(caller.tenant)
        answer = GetDiallingResponse(plan=await tenant.plans.get())
        answer.trunks.extend(await self._carrying_out(caller.tenant))
        person = await tenant.people.find(request.person_id) if request.person_id else None
        if person is not None:
            answer.caller.CopyFrom(person)
        colleague = await tenant.people.at_extension(request.extension) if request.extension else None
        if colleague is not None:
            answer.callee.CopyFrom(colleague)
        wanted = {request.caller_id, answer.caller.caller_id, answer.plan.caller_id} - {""}
        answer.numbers.extend(await tenant.numbers.of(sorted(wanted)) if wanted else [])
        if not any(not number.inbound_only for number in answer.numbers):
            usual = await tenant.numbers.first(outbound=True)
            answer.numbers.extend([usual] if usual else [])
        answer.sims.extend(await self._sims(caller.tenant, [number.e164 for number in answer.numbers]))
        answer.lent.extend(await self._lent([number.e164 for number in answer.numbers if number.rented]))
        first = await tenant.numbers.first(outbound=False)
        answer.first_number = first.e164 if first else ""
        return answer

    async def _carrying_out(self, tenant: str) -> list[Trunk]:
        """A company's trunks that are no gateways."""
        gateways = {gateway.id for gateway in await self._store.slots.gateways(tenant)}
        carrying = await self._store.of(tenant).trunks.carrying_out(lines.TRUNKS)
        return [trunk for trunk in carrying if trunk.id not in gateways]

    async def _lent(self, rented: list[str]) -> list[Trunk]:
        """The trunks by which calls from rented numbers leave: their operator's, without what only he has to know."""
        pooled = await self._store.pool.at(rented[0]) if rented else None
        if pooled is None:
            return []
        return [
            Trunk(
                id=one.id, host=one.host, port=one.port, transport=one.transport, max_channels=one.max_channels,
                codecs=one.codecs, prefixes=one.prefixes, priority=one.priority,
            )
            for one in await self._carrying_out(pooled[0])
        ]  # fmt: skip

    async def _sims(self, tenant: str, e164s: list[str]) -> list[SimLine]:
        """How calls from these numbers leave, of those that a SIM card has; without a trunk while it carries none."""
        found = []
        for sim in await self._store.slots.of_numbers(tenant, e164s):
            gateway = await self._store.slots.gateway(sim.gateway_id)
            trunk = await self._store.slots.trunk(sim.gateway_id)
            if gateway is not None and trunk is not None:
                carries = not trunk.disabled and trunk.direction != TRUNK_DIRECTION_INBOUND
                prefix = slots.prefix_of(gateway.prefix, sim.slot)
                found.append(SimLine(e164=sim.e164, trunk=trunk if carries else None, prefix=prefix))
        return found
