"""Trunks and the dial plan."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, phones, scope, sip
from antiphon.directory.domain import lines as rules
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.events_pb2 import DialPlanChanged, TrunkChanged, TrunkDeleted
from antiphon.directory.v1.telephony_pb2 import TRANSPORT_UDP, DialPlan, Transport, Trunk, TrunkDirection
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError, invalid

from . import writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .sealing import Sealer

_LONGEST_SECRET = 128


class Lines:
    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def trunks(self, caller: Caller) -> list[Trunk]:
        scope.require_untied(caller)
        return await self._store.of(caller.tenant).trunks.all(rules.TRUNKS, "name_key")

    async def put_trunk(self, caller: Caller, wanted: Trunk, password: str) -> Trunk:
        """Creates or replaces; an empty password leaves the present one."""
        scope.require_untied(caller)
        now = self._clock()
        if len(password) > _LONGEST_SECRET or not password.isprintable():
            raise invalid("password", f"password may have at most {_LONGEST_SECRET} printable signs")
        before = await self._store.of(caller.tenant).trunks.get(wanted.id) if wanted.id else None
        cleaned = _cleaned_trunk(wanted)
        cleaned.has_password = bool(password) or bool(before and before.has_password)
        after = writing.revised(cleaned, before, "tk", now)

        async def body(tx: TenantStore) -> None:
            if before is None:
                limits.room("trunks", await tx.trunks.size(), rules.TRUNKS)
            await tx.trunks.save(after)
            if password:
                await tx.trunks.keep_secret(after.id, self._sealer.seal(password.encode(), after.id))
            await tx.edge_changes()
            facts = {"fields": writing.changed(before, after), "password": "set" if password else ""}
            await tx.audit.add(writing.entry(caller.subject, "trunk.put", f"trunk:{after.id}", now, **facts))
            event = TrunkChanged(occurred_at=protos.timestamp(now), trunk=after)
            await tx.tell(event, key=after.id, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after

    async def delete_trunk(self, caller: Caller, trunk_id: str) -> None:
        """Raises IN_USE when a number comes in over it."""
        scope.require_untied(caller)
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            trunk = await tx.trunks.find(trunk_id)
            if trunk is None:
                return
            if numbers := await tx.numbers.over(trunk_id):
                raise DomainError(Reason.IN_USE, "a number comes in over this trunk", numbers=numbers)
            if await tx.slots.gateway(trunk_id) is not None:
                raise DomainError(Reason.IN_USE, "the trunk is a GSM gateway")
            await tx.trunks.delete(trunk_id)
            await tx.trunks.drop_secret(trunk_id)
            await tx.edge_changes()
            await tx.audit.add(writing.entry(caller.subject, "trunk.deleted", f"trunk:{trunk_id}", now))
            event = TrunkDeleted(occurred_at=protos.timestamp(now), trunk_id=trunk_id)
            await tx.tell(event, key=trunk_id, version=trunk.rev + 1)

        await self._store.write(caller.tenant, body)

    async def secret(self, caller: Caller, trunk_id: str) -> tuple[Trunk, str]:
        """A trunk and its password, for the service that calls over it: also a gateway with a SIM card of the tenant's,
        and a trunk of the operator it rents a number from. Raises NOT_FOUND."""
        tenant = self._store.of(await self._store.slots.landlord(trunk_id, caller.tenant) or caller.tenant)
        if not await tenant.trunks.find(trunk_id):
            operator = await self._store.pool.operator_of(caller.tenant)
            gateways = await self._store.slots.gateways(operator) if operator else []
            if operator and trunk_id not in {gateway.id for gateway in gateways}:
                tenant = self._store.of(operator)
        trunk = await tenant.trunks.get(trunk_id)
        sealed = await tenant.trunks.secret(trunk_id)
        return trunk, self._sealer.unseal(sealed, trunk_id).decode() if sealed else ""

    async def plan(self, caller: Caller) -> DialPlan:
        return await self._store.of(caller.tenant).plans.get()

    async def put_plan(self, caller: Caller, wanted: DialPlan) -> DialPlan:
        """Raises STALE, INVALID, UNKNOWN_NUMBER, INBOUND_ONLY."""
        scope.require_untied(caller)
        now = self._clock()
        before = await self._store.of(caller.tenant).plans.get()
        if wanted.rev != before.rev:
            raise DomainError(Common.STALE, rev=before.rev)
        after = _cleaned_plan(wanted)
        after.rev = before.rev + 1

        async def body(tx: TenantStore) -> None:
            if after.caller_id:
                await require_outbound(tx, after.caller_id)
            await tx.plans.save(after)
            if after.password_days != before.password_days:
                await tx.sip_secrets.forget_ages()
            await tx.edge_changes()
            fields = writing.changed(before, after)
            await tx.audit.add(writing.entry(caller.subject, "dial_plan.put", "dial_plan", now, fields=fields))
            event = DialPlanChanged(occurred_at=protos.timestamp(now), plan=after)
            await tx.tell(event, key=caller.tenant, version=after.rev)

        await self._store.write(caller.tenant, body)
        return after


async def require_outbound(tx: TenantStore, e164: str) -> None:
    """Claims a number for a caller ID. Raises UNKNOWN_NUMBER, INBOUND_ONLY."""
    if not await tx.numbers.claim(e164):
        raise DomainError(Reason.UNKNOWN_NUMBER)
    (number,) = await tx.numbers.of([e164])
    if number.inbound_only:
        raise DomainError(Reason.INBOUND_ONLY)


def _cleaned_trunk(trunk: Trunk) -> Trunk:
    if trunk.transport not in Transport.values():
        raise invalid("transport", "there is no such transport")
    if trunk.direction not in TrunkDirection.values():
        raise invalid("direction", "there is no such direction")
    username = rules.credential("username", trunk.username)
    if trunk.register and not username:
        raise invalid("username", "registering needs a user name")
    host = rules.host(trunk.host)
    return Trunk(
        id=trunk.id,
        rev=trunk.rev,
        name=limits.line("name", trunk.name, required=True),
        host=host,
        port=rules.port(trunk.port),
        transport=trunk.transport or TRANSPORT_UDP,
        username=username,
        register=trunk.register,
        networks=_networks(trunk.networks) or _network_of(host),
        max_channels=rules.between("max_channels", trunk.max_channels, rules.MOST_CHANNELS),
        codecs=rules.codecs(trunk.codecs),
        prefixes=rules.prefixes("prefixes", trunk.prefixes, everything=True),
        priority=rules.between("priority", trunk.priority, 1_000),
        disabled=trunk.disabled,
        source_port=rules.between("source_port", trunk.source_port, 65_535),
        direction=trunk.direction,
    )


def _networks(texts: Iterable[str]) -> list[str]:
    """Where its calls come from. Raises INVALID, also for everywhere: whoever that lets in calls without a password."""
    found = sip.networks("networks", texts)
    if any(ipaddress.ip_network(network).prefixlen == 0 for network in found):
        raise invalid("networks", "a trunk cannot be everybody")
    return found


def _network_of(host: str) -> list[str]:
    """The host itself, when it is an address. Calls in from a named host need its networks said."""
    try:
        return [str(ipaddress.ip_network(host))]
    except ValueError:
        return []


def _cleaned_plan(plan: DialPlan) -> DialPlan:
    return DialPlan(
        country=rules.country(plan.country),
        blocked_prefixes=rules.prefixes("blocked_prefixes", plan.blocked_prefixes, everything=False),
        caller_id=phones.e164("caller_id", plan.caller_id) if plan.caller_id.strip() else "",
        outside_prefix=rules.outside_prefix(plan.outside_prefix),
        emergency_codes=rules.short_codes(plan.emergency_codes),
        record_calls=plan.record_calls,
        recording_days=rules.between("recording_days", plan.recording_days, rules.MOST_DAYS),
        password_days=rules.between("password_days", plan.password_days, rules.MOST_DAYS),
        strict_passwords=plan.strict_passwords,
    )
