"""An OpenID Connect provider on loopback, by the real protocol: discovery, authorization with PKCE, token, keys.

It checks what a strict provider checks (client, secret, return address, verifier, a code once) and can be told to lie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from antiphon.kit import procs
from antiphon.kit.clock import Clock
from antiphon.kit.web import WebServer

CLIENT, SECRET = "antiphon", "s:ecret/1"


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": f"key-{time.monotonic_ns()}", "use": "sig"})


@dataclass
class FakeProvider:
    """One provider with one client and one person signed in at it."""

    issuer: str
    return_url: str
    clock: Clock
    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims that replace the right ones; None leaves one out."""
    described: dict[str, Any] = field(default_factory=dict)
    forged: str = ""
    """"key": signed by a key of nobody; "secret": by HMAC with the public key; "none": not at all."""
    key: RSAKey = field(default_factory=_new_key)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        """From now on another key signs, and the old one is not published any more."""
        self.key = _new_key()

    def logout_token(self, **claims: Any) -> str:
        """What it sends when somebody signs out; None leaves a claim out."""
        now = int(self.clock().timestamp())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(8)}
        said |= {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **claims}
        return self._jws({name: value for name, value in said.items() if value is not None})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        self.asked.append("discovery")
        said = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip
        return JSONResponse({**said, **self.described})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        good = asked["client_id"] == CLIENT and asked["redirect_uri"] == self.return_url
        if not good or asked["response_type"] != "code" or "openid" not in asked["scope"].split():
            return Response("no such client or return address", 400)
        if asked["code_challenge_method"] != "S256":
            return Response("PKCE is needed", 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.return_url}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(await request.form())
        header = request.headers.get("authorization", "").removeprefix("Basic ")
        client, _, secret = base64.b64decode(header).decode().partition(":")
        if (unquote(client), unquote(secret)) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(str(form["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.rstrip(b"=").decode():
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])})

    async def _keys(self, _request: Request) -> Response:
        self.asked.append("keys")
        odd = [{"kty": "XYZ", "kid": "odd"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}]
        return JSONResponse({"keys": [*odd, self.key.as_dict(private=False)]})

    def _signed(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.person}
        return self._jws({name: value for name, value in {**claims, **self.lies}.items() if value is not None})

    def _jws(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": str(self.key.kid)}
        if self.forged == "secret":
            signed = ".".join(_part(part) for part in ({**header, "alg": "HS256"}, claims))
            digest = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        if self.forged == "none":
            return ".".join(_part(part) for part in ({"alg": "none"}, claims)) + "."
        return jwt.encode(header, claims, _new_key() if self.forged == "key" else self.key)


@asynccontextmanager
async def provider_at(return_url: str, clock: Clock) -> AsyncIterator[FakeProvider]:
    """A provider that knows this return address."""
    port = procs.free_port()
    fake = FakeProvider(f"http://127.0.0.1:{port}", return_url, clock)
    server = WebServer(fake.app(), "127.0.0.1", port)
    await server.start()
    yield fake
    await server.stop()


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
