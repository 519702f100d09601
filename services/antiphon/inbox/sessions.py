"""Who is asking: a cookie or a bearer becomes an access token, which every question to a service then carries.

The cookie holds directory's session secret. It is exchanged for a token that lives five minutes and is kept in memory,
by the secret's digest, until shortly before its end, or until a fact says that the session ended or the person changed.
Integrators send an API key or an access token as a bearer instead; a browser never sends that by itself, so only cookie
requests must prove that they come from our own pages.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from antiphon.directory.v1 import identity_pb2, identity_pb2_grpc
from antiphon.inbox.domain import origin
from antiphon.inbox.domain.bucket import Buckets
from antiphon.inbox.domain.reasons import Reason
from antiphon.inbox.settings import Settings
from antiphon.kit import grpc_client, protos
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers
from antiphon.kit.tokens import Caller, Verifier

COOKIE = "antiphon_session"
_KEY_LIFETIME = timedelta(seconds=60)
_EARLY = timedelta(seconds=30)
_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller and the token that speaks for it."""

    caller: Caller
    token: str


class Sessions:
    """Cookies and bearers of this replica."""

    def __init__(self, peers: Peers, verifier: Verifier, clock: Clock, settings: Settings) -> None:
        self._stub = identity_pb2_grpc.IdentityServiceStub(peers.channel("directory"))
        self._verifier = verifier
        self._clock = clock
        self._settings = settings
        self._trusted = origin.networks(settings.trusted_proxies)
        self._kept: OrderedDict[bytes, tuple[datetime, Admission]] = OrderedDict()
        self._tries = Buckets(settings.sign_in_per_minute / 60, settings.sign_in_burst)

    async def admit(self, request: HTTPConnection, *, changes: bool = False) -> Admission:
        """The caller of a request. Raises UNAUTHENTICATED, and FOREIGN_ORIGIN for a change by cookie from elsewhere."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not bearer:
                raise DomainError(Common.UNAUTHENTICATED)
            return await self._by_bearer(bearer.strip())
        secret = cookie_of(request)
        if not secret:
            raise DomainError(Common.UNAUTHENTICATED)
        admission = await self._exchange(identity_pb2.IssueTokenRequest(session=secret), secret, None)
        if changes:
            self.check_origin(request)
        return admission

    def check_origin(self, request: HTTPConnection) -> None:
        """Raises FOREIGN_ORIGIN unless a page of ours sent the request."""
        headers = request.headers
        asked = headers.get("origin", ""), headers.get("sec-fetch-site", "")
        if not origin.is_same_origin(headers.get("host", ""), *asked, self._settings.public_url):
            raise DomainError(Reason.FOREIGN_ORIGIN)

    def count_try(self, request: HTTPConnection) -> None:
        """Raises TOO_MANY when this address tries to sign in too often."""
        address = self.address_of(request)
        if not self._tries.take(address, self._clock().timestamp()):
            wait = int(60 / self._settings.sign_in_per_minute) + 1
            raise DomainError(Common.TOO_MANY, retry_after=wait)

    def address_of(self, request: HTTPConnection) -> str:
        peer = request.client.host if request.client else ""
        return origin.client_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), self._trusted)

    def set_cookie(self, response: Response, secret: str) -> None:
        seconds = int(self._settings.cookie_days * 86400)
        response.set_cookie(
            COOKIE, secret, max_age=seconds, httponly=True, samesite="lax", secure=self.is_https, path="/"
        )

    def clear_cookie(self, response: Response) -> None:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=self.is_https, path="/")

    def forget(self, *, session: str = "", subject: str = "", secret: str = "") -> None:
        """Drops kept tokens of a session, of a person or key, or of a cookie."""
        digest = _digest(secret) if secret else b""
        for key, (_, admission) in list(self._kept.items()):
            caller = admission.caller
            if key == digest or (session and caller.session == session) or (subject and caller.subject == subject):
                del self._kept[key]

    @property
    def is_https(self) -> bool:
        return self._settings.public_url.startswith("https://")

    async def _by_bearer(self, bearer: str) -> Admission:
        if bearer.startswith("ak_"):
            return await self._exchange(identity_pb2.IssueTokenRequest(api_key=bearer), bearer, _KEY_LIFETIME)
        return Admission(self._verified(bearer), bearer)

    def _verified(self, token: str) -> Caller:
        caller = self._verifier.verify(token)
        if caller.is_service:
            raise DomainError(Common.UNAUTHENTICATED, "services do not come in by this door")
        return caller

    async def _exchange(
        self, proof: identity_pb2.IssueTokenRequest, secret: str, at_most: timedelta | None
    ) -> Admission:
        """`at_most` bounds how long the token is kept, if the fact that its API key was revoked should not come."""
        digest, now = _digest(secret), self._clock()
        kept = self._kept.get(digest)
        if kept is not None and now < kept[0]:
            return kept[1]
        issued: identity_pb2.IssueTokenResponse = await grpc_client.ask(
            self._stub.IssueToken, proof, grpc_client.metadata("")
        )
        until = protos.moment(issued.expires_at) - _EARLY
        admission = Admission(self._verified(issued.token), issued.token)
        self._kept[digest] = (min(until, now + at_most) if at_most else until, admission)
        if len(self._kept) > _LIMIT:
            self._kept.popitem(last=False)
        return admission


def cookie_of(request: HTTPConnection) -> str:
    """The session secret that a browser sent; empty when it has none."""
    return request.cookies.get(COOKIE, "")


def _digest(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=16).digest()
