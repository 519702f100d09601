"""The audit log: read newest first, appended to by every use case and by the other services."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from antiphon.directory.domain import contacts, limits, scope
from antiphon.directory.v1.directory_pb2 import AuditEntry, ListAuditRequest
from antiphon.kit import protos
from antiphon.kit.clock import Clock, from_millis, to_millis

if TYPE_CHECKING:
    from antiphon.directory.store import Store
    from antiphon.kit.tokens import Caller

_MOST = 500
_USUAL = 100


class Audit:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, caller: Caller, request: ListAuditRequest) -> tuple[list[AuditEntry], str]:
        """A page, the newest first, and where the next one begins."""
        scope.require_untied(caller)
        position = cast("tuple[int, str] | None", contacts.position(request.after, int, str))
        entries, end = await self._store.of(caller.tenant).audit.page(
            limits.line("object", request.object, 200),
            (from_millis(position[0]), position[1]) if position else None,
            limits.page(request.limit, _USUAL, _MOST),
        )
        return entries, contacts.cursor(to_millis(end[0]), end[1]) if end else ""

    async def record(self, caller: Caller, wanted: AuditEntry) -> None:
        """Appends what another service did or saw. An id that is there already changes nothing."""
        at = protos.moment(wanted.at) if wanted.HasField("at") else self._clock()
        entry = AuditEntry(
            id=limits.line("entry.id", wanted.id, 64, required=True),
            at=protos.timestamp(from_millis(to_millis(at))),
            actor=limits.line("entry.actor", wanted.actor, 100) or caller.subject,
            action=limits.line("entry.action", wanted.action, 64, required=True),
            object=limits.line("entry.object", wanted.object, 200),
            facts=limits.pairs("entry.facts", wanted.facts, 32),
        )
        await self._store.of(caller.tenant).audit.add(entry)
