"""The settings of a tenant's identity provider. Only owners come here: a provider can vouch for every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.directory.domain import limits, permissions, scope, signon
from antiphon.directory.v1.signon_pb2 import JOINING_VERIFIED, PutSignOnRequest, RoleRule, SignOn
from antiphon.kit.errors import Common, DomainError, invalid

from . import writing

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

    from .provider import Providers
    from .sealing import Sealer


def return_url(settings: Settings) -> str:
    """Where providers send browsers back to."""
    return f"{settings.desk_url.rstrip('/')}/sign-in/return"


def logout_url(settings: Settings) -> str:
    """Where providers say that somebody signed out."""
    return f"{settings.desk_url.rstrip('/')}/sign-in/logout"


class SignOnSettings:
    def __init__(self, store: Store, sealer: Sealer, providers: Providers, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._providers = providers
        self._return_url, self._logout_url = return_url(settings), logout_url(settings)
        self._clock = clock

    async def get(self, caller: Caller) -> SignOn:
        return self._shown(*await self._store.of(caller.tenant).sign_on.get())

    async def put(self, caller: Caller, request: PutSignOnRequest) -> SignOn:
        scope.require_untied(caller)
        now = self._clock()
        before, kept = await self._store.of(caller.tenant).sign_on.get()
        after = self._cleaned(request.sign_on)
        permissions.require_grant(caller, {*after.roles, *(rule.role for rule in after.role_rules)})
        if before.rev != after.rev:
            raise DomainError(Common.STALE, rev=before.rev)
        after.rev += 1
        if after.enabled:
            await self._providers.describe(after.issuer, anew=True)
        moved = (before.issuer, before.client_id) != (after.issuer, after.client_id)
        sealed = b"" if moved else kept
        if request.client_secret:
            text = limits.line("client_secret", request.client_secret, 1000)
            sealed = self._sealer.seal(text.encode(), _owner(caller.tenant))

        async def body(tx: TenantStore) -> None:
            await tx.sign_on.save(after, sealed)
            facts = {
                "fields": writing.changed(before, after),
                "secret": "set" if request.client_secret else "",
                "enabled": after.enabled,
                "enforced": after.enforced,
            }
            await tx.audit.add(writing.entry(caller.subject, "signon.put", f"tenant:{caller.tenant}", now, **facts))

        await self._store.write(caller.tenant, body)
        return self._shown(after, sealed)

    def secret_of(self, tenant: str, sealed: bytes) -> str:
        """The client secret; empty for a public client."""
        return self._sealer.unseal(sealed, _owner(tenant)).decode() if sealed else ""

    def _cleaned(self, wanted: SignOn) -> SignOn:
        if wanted.enforced and not wanted.enabled:
            raise invalid("enforced", "only a provider that is on can be the one way in")
        roles = signon.mapped_roles("roles", wanted.roles)
        if wanted.joining == JOINING_VERIFIED and not roles and not wanted.role_claim:
            raise invalid("roles", "who joins needs a role")
        rules = limits.at_most("role_rules", wanted.role_rules, signon.RULES)
        return SignOn(
            rev=wanted.rev, word=signon.word(wanted.word),
            issuer=signon.issuer(wanted.issuer, inside=self._providers.inside),
            client_id=limits.line("client_id", wanted.client_id, 200, required=True),
            enabled=wanted.enabled, enforced=wanted.enforced, joining=wanted.joining,
            domains=signon.domains(wanted.domains), roles=roles,  # type: ignore[arg-type]
            role_claim=limits.line("role_claim", wanted.role_claim, 100),
            role_rules=[_cleaned_rule(rule) for rule in rules],
        )  # fmt: skip

    def _shown(self, record: SignOn, sealed: bytes) -> SignOn:
        record.has_secret, record.return_url, record.logout_url = bool(sealed), self._return_url, self._logout_url
        return record


def _cleaned_rule(rule: RoleRule) -> RoleRule:
    value = limits.line("role_rules", rule.value, signon.VALUE, required=True)
    return RoleRule(value=value, role=signon.mapped_roles("role_rules", [rule.role])[0])  # type: ignore[arg-type]


def _owner(tenant: str) -> str:
    return f"{tenant}/sign-on"
