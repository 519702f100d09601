"""One-time tickets: how a socket learns who opened it without a token in its address.

A ticket is random, good for thirty seconds on every replica, and used by taking it away: only one taker succeeds. The
bucket holds its digest and the verified caller.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError, KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

BUCKET = "antiphon_tickets"
TTL = 30.0


class Tickets:
    """The tickets of all replicas."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._kv: KeyValue | None = None

    async def issue(self, caller: Caller) -> str:
        """A fresh ticket for this caller."""
        ticket = secrets.token_urlsafe(24)
        value = msgspec.json.encode(
            {
                "tenant": caller.tenant,
                "subject": caller.subject,
                "permissions": sorted(caller.permissions),
                "projects": list(caller.projects),
                "session": caller.session,
            }
        )
        try:
            await (await self._bucket()).create(_digest(ticket), value)
        except (NatsError, APIError, TimeoutError) as error:
            self._kv = None
            raise DomainError(Common.UNAVAILABLE, "tickets cannot be stored now") from error
        return ticket

    async def redeem(self, ticket: str) -> Caller:
        """The caller a ticket was issued to. Raises UNAUTHENTICATED for one that is unknown, used or too old, and
        UNAVAILABLE when that cannot be known now."""
        key = _digest(ticket)
        try:
            kv = await self._bucket()
            entry = await kv.get(key)
            await kv.delete(key, last=entry.revision)
        except (KeyNotFoundError, KeyWrongLastSequenceError):
            raise DomainError(Common.UNAUTHENTICATED, "the ticket is unknown, used or too old") from None
        except (NatsError, APIError, TimeoutError) as error:
            self._kv = None
            raise DomainError(Common.UNAVAILABLE, "tickets cannot be read now") from error
        kept = msgspec.json.decode(entry.value or b"{}")
        return Caller(
            tenant=kept["tenant"],
            subject=kept["subject"],
            permissions=frozenset(kept["permissions"]),
            projects=tuple(kept["projects"]),
            session=kept["session"],
        )

    async def _bucket(self) -> KeyValue:
        if self._kv is None:
            try:
                self._kv = await self._bus.js.key_value(BUCKET)
            except NotFoundError:
                config = KeyValueConfig(bucket=BUCKET, ttl=TTL, replicas=self._bus.replicas)
                self._kv = await self._bus.js.create_key_value(config)
        return self._kv


def _digest(ticket: str) -> str:
    return hashlib.blake2b(ticket.encode(), digest_size=20).hexdigest()
