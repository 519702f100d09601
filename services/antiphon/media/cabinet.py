"""What people may do with faxes: a box is its person's or group's, as with voicemail; what one sent is one's own; who
may listen to all recordings may read all faxes, and says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.media.app.switchboard import Switchboard
    from antiphon.media.faxes import Faxes

_LONGEST_PAGE = 200


class Cabinet:
    def __init__(self, faxes: Faxes, board: Switchboard) -> None:
        self.faxes = faxes
        self.board = board

    async def page(self, caller: Caller, request: pb.ListFaxesRequest) -> tuple[list[pb.Fax], str]:
        query = {}
        if not caller.may("recordings.read"):
            groups = sorted(await self._groups(caller))
            query = {"$or": [{"person_id": caller.person_id or "nobody"}, {"group_id": {"$in": groups}}]}
        limit = min(request.limit, _LONGEST_PAGE) if request.limit > 0 else 50
        return await self.faxes.store.page(caller.tenant, query, limit, request.after)

    async def read(self, caller: Caller, fax_id: str, reason: str) -> tuple[pb.Fax, AsyncIterator[bytes]]:
        """Audited before the first byte. Raises NOT_FOUND, DENIED, INVALID."""
        it = await self.faxes.store.find(caller.tenant, fax_id)
        own = await self._is_own(caller, it)
        if not own and not caller.may("recordings.read"):
            raise DomainError(Common.DENIED, "the right 'recordings.read' is needed", permission="recordings.read")
        if not own and not reason.strip():
            raise invalid("reason", "say why you read somebody else's fax")
        await self._audit(caller, "fax.read", fax_id, reason)
        if own and not it.read:
            it = await self.faxes.store.change(fax_id, pb.Fax(read=True), self.faxes.clock()) or it
        return it, self.faxes.store.parts(fax_id)

    async def send(self, caller: Caller, request: pb.SendFaxRequest) -> pb.Fax:
        if not request.request_id or not request.to or not caller.person_id:
            field = "to" if request.request_id else "request_id"
            raise invalid(field, "a number, a request id and a person are needed")
        return await self.faxes.send(self.board, caller, request)

    async def delete(self, caller: Caller, fax_id: str) -> None:
        """Of one that is gone it is a success. Raises DENIED."""
        try:
            it = await self.faxes.store.find(caller.tenant, fax_id)
        except DomainError:
            return
        if not await self._is_own(caller, it) and not caller.may("recordings.delete"):
            raise DomainError(Common.DENIED, "the right 'recordings.delete' is needed", permission="recordings.delete")
        await self._audit(caller, "fax.deleted", fax_id, "")
        await self.faxes.store.delete(fax_id)

    async def _is_own(self, caller: Caller, it: pb.Fax) -> bool:
        if it.person_id and it.person_id == caller.person_id:
            return True
        return bool(it.group_id) and it.group_id in await self._groups(caller)

    async def _groups(self, caller: Caller) -> frozenset[str]:
        return await self.faxes.asks.groups_of(caller.tenant, caller.person_id)

    async def _audit(self, caller: Caller, action: str, fax_id: str, reason: str) -> None:
        facts = {"reason": reason[:500]}
        await self.faxes.asks.audit(caller.tenant, caller.subject, action, f"fax:{fax_id}", facts)
