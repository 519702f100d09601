"""API keys: a secret that a program shows instead of a person's session. It is shown once and stored as a digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from antiphon.directory.app.keyring import Key
from antiphon.directory.domain import limits, permissions, person, scope
from antiphon.directory.v1.directory_pb2 import ApiKey, CreateApiKeyRequest
from antiphon.directory.v1.events_pb2 import SessionEnded
from antiphon.kit import protos
from antiphon.kit.errors import invalid
from antiphon.kit.ids import new_id

from . import sessions, writing

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

_PREFIX = 10


class Keys:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, caller: Caller) -> list[ApiKey]:
        keys = await self._store.of(caller.tenant).keys.all()
        return [key.card for key in keys if not caller.projects or set(key.project_ids) & set(caller.projects)]

    async def create(self, caller: Caller, request: CreateApiKeyRequest) -> tuple[ApiKey, str]:
        """A key and its secret. It sees the client projects of whoever made it. Raises INVALID, DENIED, FULL."""
        now = self._clock()
        roles = person.roles(request.roles, caller.projects)
        if not roles:
            raise invalid("roles", "a key needs at least one role")
        permissions.require_grant(caller, roles)
        secret = f"ak_{sessions.new_secret()}"
        card = ApiKey(
            id=new_id("ky", now), title=limits.line("title", request.title, limits.TITLE, required=True),
            roles=cast(Any, roles), prefix=secret[:_PREFIX], created_at=protos.timestamp(now),
        )  # fmt: skip

        async def body(tx: TenantStore) -> None:
            limits.room("API keys", await tx.keys.count_open(), limits.KEYS)
            await tx.keys.add(Key(caller.tenant, card, caller.projects), sessions.digest_of(secret))
            names = ",".join(permissions.Role(role).name.lower() for role in roles)
            await tx.audit.add(writing.entry(caller.subject, "key.created", f"key:{card.id}", now, roles=names))

        await self._store.write(caller.tenant, body)
        return card, secret

    async def revoke(self, caller: Caller, key_id: str) -> None:
        """From now on the key gets no token. Repeating it, or naming no key, changes nothing."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            key = await tx.keys.get(key_id)
            if key is None or key.card.revoked:
                return
            scope.require_inside(caller, key.project_ids)
            await tx.keys.revoke(key_id)
            await tx.audit.add(writing.entry(caller.subject, "key.revoked", f"key:{key_id}", now))
            ended = SessionEnded(occurred_at=protos.timestamp(now), session_id=f"key:{key_id}")
            await tx.tell(ended, key=key_id, version=1)

        await self._store.write(caller.tenant, body)
