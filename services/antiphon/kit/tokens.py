"""Who is asking: short-lived EdDSA tokens, signed by the service that vouches and verified without asking anyone.

Directory signs tokens of people and API keys after checking a session; they carry tenant, permissions and projects.
Every other service signs its own tokens (`sub` = "service:<name>") for work it does on behalf of a tenant. A verifier
needs only the public keys. A token signed by any key but directory's can never speak for a person.
JWT by RFC 7519, EdDSA with the fully specified name Ed25519 by RFC 9864, through joserfc.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from antiphon.kit.clock import Clock, system_clock
from antiphon.kit.errors import Common, DomainError

PERSON_ISSUER = "directory"
LIFETIME = timedelta(minutes=5)
SKEW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified sender of a request."""

    tenant: str
    subject: str
    """ "person:<id>", "key:<id>" or "service:<name>"."""
    permissions: frozenset[str] = frozenset()
    projects: tuple[str, ...] = ()
    """Client projects the caller may see; empty means all."""
    session: str = ""

    @property
    def is_service(self) -> bool:
        return self.subject.startswith("service:")

    @property
    def person_id(self) -> str:
        """The person's id; empty for services and API keys."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "person" else ""

    def may(self, permission: str) -> bool:
        """Services may everything; people what their token says."""
        return self.is_service or permission in self.permissions

    def sees_project(self, project_id: str) -> bool:
        return not self.projects or project_id in self.projects


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
_token: ContextVar[str] = ContextVar("token", default="")


def current_caller() -> Caller:
    """The caller of the request being served. Raises UNAUTHENTICATED outside of one."""
    caller = _caller.get()
    if caller is None:
        raise DomainError(Common.UNAUTHENTICATED)
    return caller


def current_token() -> str:
    """The raw token of the request being served, to be passed on when another service must see the same person; empty
    outside of a request."""
    return _token.get()


def set_token(token: str) -> None:
    """Binds the raw token to this task (every call is a task of its own, so nothing has to be reset)."""
    _token.set(token)


def set_caller(caller: Caller | None) -> Any:
    """Binds the caller to this task; returns the token for `reset_caller`."""
    return _caller.set(caller)


def reset_caller(token: Any) -> None:
    _caller.reset(token)


class Signer:
    """Signs tokens as `issuer`. Keeps service tokens until shortly before they end."""

    def __init__(self, issuer: str, private_key: str, clock: Clock = system_clock) -> None:
        self.issuer = issuer
        self._key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public_of(private_key), "d": private_key})
        self._clock = clock
        self._cache: dict[str, tuple[datetime, str]] = {}

    def sign(self, caller: Caller, lifetime: timedelta = LIFETIME) -> str:
        """A token for `caller`."""
        now = self._clock()
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": caller.subject,
            "tenant": caller.tenant,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        if caller.permissions:
            claims["perms"] = sorted(caller.permissions)
        if caller.projects:
            claims["projects"] = list(caller.projects)
        if caller.session:
            claims["sid"] = caller.session
        return jwt.encode({"alg": "Ed25519", "kid": self.issuer}, claims, self._key, algorithms=["Ed25519"])

    def for_tenant(self, tenant: str) -> str:
        """This service's own token for work in `tenant`."""
        now = self._clock()
        kept = self._cache.get(tenant)
        if kept and now < kept[0]:
            return kept[1]
        token = self.sign(Caller(tenant, f"service:{self.issuer}"))
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[tenant] = (now + LIFETIME / 2, token)
        return token


class Verifier:
    """Checks tokens against the trusted public keys. Remembers good ones until they end: a check costs 60 µs.

    An issuer has one key, or while it changes two, separated by a space: tokens of both are good."""

    def __init__(self, public_keys: Mapping[str, str], clock: Clock = system_clock) -> None:
        self._keys = {
            name: [OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key}) for key in text.split()]
            for name, text in public_keys.items()
        }
        self._clock = clock
        self._cache: dict[str, tuple[float, Caller]] = {}

    def verify(self, token: str) -> Caller:
        """The caller a token speaks for. Raises UNAUTHENTICATED for anything but a good token."""
        now = self._clock().timestamp()
        kept = self._cache.get(token)
        if kept:
            expires, caller = kept
        else:
            expires, caller = self._decode(token)
            if len(self._cache) > 10_000:
                self._cache.clear()
            self._cache[token] = (expires, caller)
        if now > expires + SKEW.total_seconds():
            raise DomainError(Common.UNAUTHENTICATED, "the access token has expired")
        return caller

    def _decode(self, token: str) -> tuple[float, Caller]:
        try:
            parsed = self._parsed(token)
            claims = parsed.claims
            issuer, subject = claims["iss"], claims["sub"]
            caller = Caller(
                tenant=claims["tenant"],
                subject=subject,
                permissions=frozenset(claims.get("perms", ())),
                projects=tuple(claims.get("projects", ())),
                session=claims.get("sid", ""),
            )
            expires = float(claims["exp"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise DomainError(Common.UNAUTHENTICATED, "the access token is not valid") from error
        if issuer != parsed.header.get("kid") or (issuer != PERSON_ISSUER and subject != f"service:{issuer}"):
            raise DomainError(Common.UNAUTHENTICATED, "the signer may not speak for this subject")
        return expires, caller

    def _parsed(self, token: str) -> jwt.Token:
        """The token, signed by one of its issuer's keys. Raises JoseError, ValueError."""
        name = str(jws.extract_compact(token.encode()).headers().get("kid"))
        for key in self._keys.get(name, ())[:-1]:
            try:
                return jwt.decode(token, key, algorithms=["Ed25519"])
            except BadSignatureError:
                continue
        if not self._keys.get(name):
            raise ValueError("unknown key id")
        return jwt.decode(token, self._keys[name][-1], algorithms=["Ed25519"])


def new_private_key() -> str:
    """A fresh Ed25519 private key, base64url without padding."""
    raw = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_of(private_key: str) -> str:
    """The public half of a private key, in the same form."""
    raw = base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4))
    public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()
