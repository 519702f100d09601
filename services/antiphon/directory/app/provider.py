"""An OpenID Connect provider as a client sees it: its description, its keys, and a code becoming an ID token.

Descriptions and keys are kept for an hour; a key that is not known is looked for once more, at most every half minute,
so a provider may change its keys at any time and nobody can make us ask it without end. Every address is judged before
it is connected to (`kit/reach.py`), redirects are not followed, and answers are small.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from antiphon.directory.domain import signon
from antiphon.directory.domain.reasons import Reason
from antiphon.kit import reach
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from antiphon.kit.clock import Clock

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures that are believed: none with a shared secret, and never "none"."""
_KEEP = timedelta(hours=1)
_AGAIN = timedelta(seconds=30)
_MOST = 256 * 1024
_SMALLEST_RSA = 2048
_KINDS: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class Description:
    """What discovery says (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization: str
    token: str
    keys: str
    by_post: bool
    """The client's secret goes into the form, not into a header."""
    names_itself: bool
    """Returns carry `iss` (RFC 9207)."""


@dataclass(slots=True)
class _Keys:
    read_at: datetime
    sought_at: datetime
    keys: list[Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is sent for a code."""

    client_id: str
    secret: str
    code: str
    verifier: str
    return_url: str


class Providers:
    def __init__(self, clock: Clock, *, inside: bool) -> None:
        self.inside = inside
        self._clock = clock
        self._client: httpx.AsyncClient | None = None
        self._described: dict[str, tuple[datetime, Description]] = {}
        self._keys: dict[str, _Keys] = {}

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def describe(self, issuer: str, *, anew: bool = False) -> Description:
        """The provider's description. Raises PROVIDER_UNUSABLE, PRIVATE_HOST."""
        now = self._clock()
        kept = self._described.get(issuer)
        if kept is not None and now < kept[0] and not anew:
            return kept[1]
        said = await self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", "discovery")
        found = self._description(issuer, said)
        _room(self._described)
        self._described[issuer] = (now + _KEEP, found)
        return found

    async def claims(self, provider: Description, token: str) -> Mapping[str, Any]:
        """The claims of a token that the provider has signed. Raises SIGN_ON_FAILED, PROVIDER_UNUSABLE."""
        name = _key_name(token)
        for key in await self._candidates(provider.keys, name):
            try:
                return jwt.decode(token, key, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError, TypeError):
                continue
        raise signon.failed("signature")

    async def exchange(self, provider: Description, asked: Exchange) -> str:
        """The ID token for a code. Raises SIGN_ON_FAILED when the provider refuses it, PROVIDER_UNUSABLE."""
        form = {
            "grant_type": "authorization_code", "code": asked.code, "redirect_uri": asked.return_url,
            "code_verifier": asked.verifier, "client_id": asked.client_id,
        }  # fmt: skip
        headers: dict[str, str] = {}
        if asked.secret and provider.by_post:
            form["client_secret"] = asked.secret
        elif asked.secret:
            pair = quote(asked.client_id, safe=""), quote(asked.secret, safe="")
            headers["Authorization"] = f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}"  # RFC 6749, 2.3.1
        said = await self._json("POST", provider.token, "token", data=form, headers=headers)
        if not isinstance(said.get("id_token"), str):
            raise signon.failed("code" if "error" in said else "no_token")
        return str(said["id_token"])

    async def _candidates(self, address: str, name: str) -> list[Any]:
        """The keys that may have signed: the one with this name, all when the token names none."""
        now = self._clock()
        kept = self._keys.get(address)
        if kept is None or now - kept.read_at >= _KEEP:
            kept = await self._read_keys(address, now, now - _AGAIN)
        found = _named(kept.keys, name)
        if not found and now - kept.sought_at >= _AGAIN:
            found = _named((await self._read_keys(address, now, now)).keys, name)
        return found

    async def _read_keys(self, address: str, now: datetime, sought_at: datetime) -> _Keys:
        said = await self._json("GET", address, "keys")
        listed = said.get("keys")
        if not isinstance(listed, list):
            raise _unusable("keys")
        _room(self._keys)
        found = [key for each in listed[:50] if isinstance(each, dict) and (key := _usable(each)) is not None]
        self._keys[address] = kept = _Keys(now, sought_at, found)
        return kept

    def _description(self, issuer: str, said: Mapping[str, Any]) -> Description:
        if said.get("issuer") != issuer:
            raise _unusable("issuer")
        addresses = [said.get(f) for f in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(isinstance(one, str) and signon.is_safe(one, inside=self.inside) for one in addresses):
            raise _unusable("addresses")
        if "code" not in (said.get("response_types_supported") or ["code"]):
            raise _unusable("code_flow")
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_post = "client_secret_basic" not in ways and "client_secret_post" in ways
        names_itself = said.get("authorization_response_iss_parameter_supported") is True
        authorization, token, keys = map(str, addresses)
        return Description(issuer, authorization, token, keys, by_post, names_itself)

    async def _json(self, method: str, url: str, what: str, **request: Any) -> dict[str, Any]:
        """A JSON object, of a refusal too. Raises PROVIDER_UNUSABLE, PRIVATE_HOST."""
        try:
            async with asyncio.timeout(reach.CONNECT):
                body = await self._read(method, url, **request)
            value = msgspec.json.decode(body)
        except reach.Inside as error:
            raise DomainError(Reason.PRIVATE_HOST, str(error), field="issuer") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, UnicodeError, msgspec.DecodeError) as error:
            raise _unusable(what) from error
        if not isinstance(value, dict):
            raise _unusable(what)
        return value

    async def _read(self, method: str, url: str, **request: Any) -> bytes:
        asked = httpx.URL(url)
        known = await reach.addresses(asked.host, asked.port or 443, inside=self.inside)
        headers = {**request.pop("headers", {}), "Host": asked.netloc.decode(), "Accept": "application/json"}
        to = asked.copy_with(host=known[0])
        named = {"sni_hostname": asked.host}
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=reach.CONNECT, follow_redirects=False, trust_env=False)
        async with self._client.stream(method, to, headers=headers, extensions=named, **request) as answer:
            if answer.status_code >= 500 or answer.is_redirect or (method == "GET" and answer.status_code != 200):
                raise httpx.ProtocolError(f"the provider answers {answer.status_code}")
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MOST:
                    raise httpx.ProtocolError("the answer is too large")
        return bytes(body)


def _unusable(why: str) -> DomainError:
    return DomainError(Reason.PROVIDER_UNUSABLE, why=why)


def _room(kept: dict[str, Any]) -> None:
    if len(kept) >= 1000:
        kept.clear()


def _key_name(token: str) -> str:
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid") or "")
    except (JoseError, ValueError, UnicodeError):
        raise signon.failed("signature") from None


def _named(keys: list[Any], name: str) -> list[Any]:
    return [key for key in keys if not name or key.kid == name]


def _usable(said: Mapping[str, Any]) -> Any:
    """A public key for signatures; None for what is for something else, too weak, or not understood."""
    kind = _KINDS.get(str(said.get("kty")))
    if kind is None or said.get("use", "sig") != "sig":
        return None
    try:
        key = kind.import_key({name: value for name, value in said.items() if name not in ("d", "p", "q")})
        weak = said["kty"] == "RSA" and key.public_key.key_size < _SMALLEST_RSA
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if weak else key
