"""A browser goes to its company's provider and comes back with a code; what the provider vouches for opens a session.

The try is stored by the digest of its `state`, with the nonce and the PKCE verifier that nobody else sees, and bound to
the browser by a cookie. It is used up by its first return, whatever comes of it. A person is known by (issuer, subject)
from the first sign-in on; only that first time the verified e-mail address says who they are here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from antiphon.directory.domain import limits, signon
from antiphon.directory.domain import person as person_rules
from antiphon.directory.domain.credentials import Credentials
from antiphon.directory.domain.permissions import Role
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.domain.signon import Proven, Try
from antiphon.directory.v1.directory_pb2 import Person
from antiphon.directory.v1.signon_pb2 import (
    JOINING_VERIFIED,
    BeginSignOnResponse,
    FinishSignOnRequest,
    FinishSignOnResponse,
    SignOn,
)
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import new_id

from . import sessions, writing
from .provider import Exchange
from .signon import return_url

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock

    from .provider import Description, Providers
    from .signon import SignOnSettings

_ACTOR = "anyone"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody the provider vouches for, at the door."""

    record: SignOn
    proven: Proven
    secret: str
    agent: str
    now: datetime


class SignOnDoor:
    def __init__(
        self, store: Store, own: SignOnSettings, providers: Providers, settings: Settings, clock: Clock
    ) -> None:
        self._store = store
        self._own = own
        self._providers = providers
        self._return_url = return_url(settings)
        self._clock = clock

    async def begin(self, word: str) -> BeginSignOnResponse:
        """Where the browser goes, and what it must bring back."""
        now = self._clock()
        tenant = await self._store.sign_on_tries.tenant_of(word.strip().lower()[:80])
        if not tenant:
            raise DomainError(Common.NOT_FOUND, "no company signs in by this word")
        record, _ = await self._store.of(tenant).sign_on.get()
        provider = await self._providers.describe(record.issuer)
        state, binding, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        tried = Try(
            tenant, record.issuer, record.client_id, sessions.digest_of(binding), nonce, verifier, now + signon.TRY
        )
        await self._store.sign_on_tries.add(sessions.digest_of(state), tried)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": record.client_id, "redirect_uri": self._return_url,
            "scope": "openid email profile", "state": state, "nonce": nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        joint = "&" if "?" in provider.authorization else "?"
        return BeginSignOnResponse(url=f"{provider.authorization}{joint}{urlencode(query)}", binding=binding)

    async def finish(self, request: FinishSignOnRequest) -> FinishSignOnResponse:
        now = self._clock()
        tried = await self._store.sign_on_tries.take(sessions.digest_of(request.state))
        if tried is None or now >= tried.expires_at:
            raise signon.failed("state")
        if not hmac.compare_digest(sessions.digest_of(request.binding), tried.binding):
            raise signon.failed("browser")
        try:
            record, proven = await self._proven(tried, request, now)
            secret = sessions.new_secret()
            arrival = Arrival(record, proven, secret, limits.line("agent", request.agent[:300], 300), now)
            person = await self._store.write(tried.tenant, lambda tx: self._admit(tx, arrival))
        except DomainError as refusal:
            await self._note(tried.tenant, refusal, now)
            raise
        return FinishSignOnResponse(person=person, session=secret)

    async def _proven(self, tried: Try, request: FinishSignOnRequest, now: datetime) -> tuple[SignOn, Proven]:
        """What the provider says. Raises SIGN_ON_FAILED, PROVIDER_UNUSABLE."""
        if request.error:
            raise signon.failed("refused")
        record, sealed = await self._store.of(tried.tenant).sign_on.get()
        if not record.enabled or (record.issuer, record.client_id) != (tried.issuer, tried.client_id):
            raise signon.failed("changed")
        provider = await self._providers.describe(record.issuer)
        _check_sender(provider, request.iss)
        secret = self._own.secret_of(tried.tenant, sealed)
        asked = Exchange(record.client_id, secret, request.code, tried.verifier, self._return_url)
        token = await self._providers.exchange(provider, asked)
        return record, signon.proven(await self._providers.claims(provider, token), tried, now)

    async def _admit(self, tx: TenantStore, arrival: Arrival) -> Person:
        """Opens a session for a member, or for who becomes one now."""
        person = await self._member(tx, arrival)
        if person.disabled:
            raise DomainError(Reason.DISABLED)
        person = await self._with_roles(tx, person, arrival)
        subject = f"person:{person.id}"
        by = arrival.record.issuer, arrival.proven.session
        await sessions.open_one(tx, person.id, arrival.secret, arrival.agent, arrival.now, by)
        await tx.audit.add(writing.entry(subject, "signin.ok", subject, arrival.now, by="provider"))
        return person

    async def _member(self, tx: TenantStore, arrival: Arrival) -> Person:
        record, proven = arrival.record, arrival.proven
        known = await tx.sign_on.person_of(record.issuer, proven.subject)
        if known:
            return await tx.people.get(known)
        if not signon.takes(proven.email, record.domains):
            raise DomainError(Reason.NOT_INVITED, email="verified" if proven.email else "unverified")
        person = await tx.people.by_email(proven.email)
        if person is None:
            person = await self._joined(tx, arrival)
        elif await tx.sign_on.is_linked(record.issuer, person.id):
            raise signon.failed("linked")  # the provider gave the address to somebody else
        await tx.sign_on.link(record.issuer, proven.subject, person.id)
        entry = writing.entry(_ACTOR, "signon.linked", f"person:{person.id}", arrival.now, issuer=record.issuer)
        await tx.audit.add(entry)
        return person

    async def _joined(self, tx: TenantStore, arrival: Arrival) -> Person:
        record, proven, now = arrival.record, arrival.proven, arrival.now
        if record.joining != JOINING_VERIFIED:
            raise DomainError(Reason.NOT_INVITED, email="verified")
        limits.room("people", await tx.people.size(), limits.PEOPLE)
        company = await tx.tenants.get(tx.tenant)
        person = Person(
            id=new_id("pe", now), rev=1, name=proven.name or proven.email.partition("@")[0], email=proven.email,
            roles=cast(Any, _roles(arrival) or [int(role) for role in record.roles]), language=company.language,
        )  # fmt: skip
        try:
            await tx.people.save(person)
        except DomainError as taken:  # by a person of another company, of whom nothing is said here
            raise DomainError(Reason.NOT_INVITED, email="verified") from taken
        await tx.credentials.add(Credentials(person.id))
        await tx.audit.add(writing.entry(_ACTOR, "person.joined", f"person:{person.id}", now, issuer=record.issuer))
        await tx.tell(writing.person_changed(person, now), key=person.id, version=1)
        return person

    async def _with_roles(self, tx: TenantStore, person: Person, arrival: Arrival) -> Person:
        """The person with the roles that the claim gives, where the company wants that."""
        if not arrival.record.role_claim:
            return person
        wanted = _roles(arrival)
        if not wanted:
            raise DomainError(Reason.NO_ROLE)
        owned = person_rules.is_active_owner(person.roles, person.disabled)
        if owned and Role.OWNER not in wanted:
            await tx.tenants.claim()
            if not await tx.people.other_owners(person.id):
                wanted = sorted({*wanted, int(Role.OWNER)})
        if wanted == list(person.roles):
            return person
        person.roles[:] = cast(Any, wanted)
        person.rev += 1
        await tx.people.save(person)
        told = ",".join(Role(role).name.lower() for role in wanted)
        entry = writing.entry(_ACTOR, "person.put", f"person:{person.id}", arrival.now, fields="roles", roles=told)
        await tx.audit.add(entry)
        await tx.tell(writing.person_changed(person, arrival.now), key=person.id, version=person.rev)
        return person

    async def _note(self, tenant: str, refusal: DomainError, now: datetime) -> None:
        why = refusal.facts.get("why", refusal.reason.name.lower())
        entry = writing.entry(_ACTOR, "signin.failed", f"tenant:{tenant}", now, by="provider", why=why)
        await self._store.of(tenant).audit.add(entry)


def _roles(arrival: Arrival) -> list[int]:
    """What the claim gives, else the roles of whom no rule fits."""
    record = arrival.record
    rules = [(rule.value, int(rule.role)) for rule in record.role_rules]
    given = signon.roles_of(arrival.proven.claims, record.role_claim, rules) if record.role_claim else []
    return given or [int(role) for role in record.roles]


def _check_sender(provider: Description, iss: str) -> None:
    """The answer came from this provider and no other (RFC 9207)."""
    if (iss or provider.names_itself) and iss != provider.issuer:
        raise signon.failed("issuer")
