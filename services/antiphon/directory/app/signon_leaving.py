"""Somebody signed out at his company's provider, which says so to us: his sessions that it opened end here, too.

The token says itself whose it is; only then is it checked by that provider's keys, and nothing else of it is believed
before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from antiphon.directory.domain import signon
from antiphon.directory.domain.signon import Leaving

from . import sessions, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock

    from .provider import Providers


class SignOnLeaving:
    def __init__(self, store: Store, providers: Providers, clock: Clock) -> None:
        self._store = store
        self._providers = providers
        self._clock = clock

    async def end(self, token: str) -> int:
        """How many sessions ended. Raises SIGN_ON_FAILED, PROVIDER_UNUSABLE."""
        issuer, clients = _sender(token)
        ended = 0
        for client_id in clients[:5]:
            for tenant in await self._store.sign_on_tries.of_client(issuer, client_id):
                claims = await self._providers.claims(await self._providers.describe(issuer), token)
                gone = signon.leaving(claims, issuer, client_id, self._clock())
                ended += await self._end(tenant, issuer, gone)
        return ended

    async def _end(self, tenant: str, issuer: str, gone: Leaving) -> int:
        async def body(tx: TenantStore) -> int:
            now, person_id = self._clock(), await tx.sign_on.person_of(issuer, gone.subject)
            ending = [one for one in await tx.sessions.of_person(person_id) if gone.ends(one, issuer)]
            for one in ending:
                await sessions.end_one(tx, one, now)
            if ending:
                entry = writing.entry("anyone", "signout", f"person:{person_id}", now, by="provider", ended=len(ending))
                await tx.audit.add(entry)
            return len(ending)

        return await self._store.write(tenant, body)


def _sender(token: str) -> tuple[str, list[str]]:
    """Whose token this claims to be, and for which clients."""
    try:
        said: Mapping[str, Any] = msgspec.json.decode(jws.extract_compact(token.encode()).payload)
        issuer, audience = said["iss"], said["aud"]
    except (JoseError, ValueError, KeyError, TypeError, UnicodeError, msgspec.DecodeError):
        raise signon.failed("token") from None
    clients = [one for one in (audience if isinstance(audience, list) else [audience]) if isinstance(one, str)]
    if not isinstance(issuer, str) or not clients:
        raise signon.failed("token")
    return issuer, clients
