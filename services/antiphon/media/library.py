"""What people may look at and listen to: records of calls, recordings, voicemail; with the rights of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Document
from antiphon.kit.tokens import Caller
from antiphon.media import messages
from antiphon.media.app.originate import dial_id
from antiphon.media.domain.reasons import Reason
from antiphon.media.grounds import STAFF, Grounds
from antiphon.media.registry import Registry
from antiphon.media.store.sounds import RECORDING, VOICEMAIL, recording, voicemail
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.media.asks import Asks
    from antiphon.media.ladders import Ladders
    from antiphon.media.store import CallStore, SoundStore

_LONGEST_PAGE = 200


class Library:
    def __init__(
        self, registry: Registry, calls: CallStore, sounds: SoundStore, ladders: Ladders, asks: Asks, clock: Clock
    ) -> None:
        self.registry = registry
        self.calls = calls
        self.sounds = sounds
        self.asks = asks
        self.clock = clock
        self.ladders = ladders
        self.grounds = Grounds(asks.case_is_open, asks.audit)

    # --- calls

    def live(self, caller: Caller) -> list[pb.Call]:
        """One's own; all of the tenant for who may watch."""
        found = []
        for entry in self.registry.every():
            present = {leg.person_id for leg in entry.call.legs if leg.person_id and not leg.HasField("ended_at")}
            watches = caller.may("work.watch") and caller.sees_project(entry.call.project_id)
            over = entry.call.state == pb.CALL_STATE_ENDED
            if not over and entry.tenant == caller.tenant and (watches or caller.person_id in present):
                found.append(messages.for_person(entry.call, caller.person_id, entry.sip_call_ids))
        return sorted(found, key=lambda call: call.started_at.ToNanoseconds())

    async def call(self, caller: Caller, call_id: str) -> pb.Call:
        """A live one or a record. Raises UNKNOWN_CALL; somebody else's does not exist without the right to read."""
        entry = self.registry.now(call_id)
        if entry is not None and entry.tenant == caller.tenant:
            it: pb.Call | None = messages.for_person(entry.call, caller.person_id, entry.sip_call_ids)
        else:
            it = await self.calls.find(caller.tenant, call_id)
        if it is None or not (self._took_part(caller, it) or caller.may("calls.read") or caller.may("work.watch")):
            raise DomainError(Reason.UNKNOWN_CALL)
        return it

    async def ladder(self, caller: Caller, request: pb.GetCallLadderRequest) -> pb.GetCallLadderResponse:
        """Of a call that is over; without messages when none are kept. Raises UNKNOWN_CALL, DENIED."""
        it = await self.calls.find(caller.tenant, request.call_id)
        if it is None or not caller.sees_project(it.project_id):
            raise DomainError(Reason.UNKNOWN_CALL)
        await self.may_analyse(caller, it, request)
        found = await self.ladders.find(caller.tenant, request.call_id)
        found.call.CopyFrom(it)
        return messages.ladder_for(caller, found)

    async def may_analyse(self, caller: Caller, it: pb.Call, request: pb.GetCallLadderRequest) -> None:
        """Staff look into somebody else's call for a purpose, and it is noted. Raises DENIED."""
        if caller.may(STAFF) and not self._took_part(caller, it):
            await self.grounds.require(caller, request)
            await self.grounds.note(caller, "call.analysed", f"call:{it.id}", request)

    async def dialled(self, caller: Caller, request_id: str) -> pb.Call | None:
        """The call of a Dial that is over already."""
        return await self.calls.find(caller.tenant, dial_id(caller.tenant, caller.person_id, request_id))

    async def originated(self, tenant: str, call_id: str) -> pb.Call | None:
        """The call of an Originate that is over already."""
        return await self.calls.find(tenant, call_id)

    async def page(self, caller: Caller, request: pb.ListCallsRequest) -> tuple[list[pb.Call], str]:
        query: Document = {}
        if not caller.may("calls.read"):
            query["people"] = caller.person_id
        if request.contact_id:
            query["contact_id"] = {"$in": await self.asks.family(caller.tenant, request.contact_id)}
        if request.agent_id:
            query["agent_id"] = request.agent_id
        return await self.calls.page(caller.tenant, query, _limit(request.limit), request.after)

    def _took_part(self, caller: Caller, it: pb.Call) -> bool:
        people = {leg.person_id for leg in it.legs} | {it.agent_id}
        return bool(caller.person_id) and caller.person_id in people

    # --- recordings

    async def recordings(self, caller: Caller, request: pb.ListRecordingsRequest) -> tuple[list[pb.Recording], str]:
        query: Document = {}
        if not caller.may("recordings.read"):
            query["people"] = caller.person_id
        if request.call_id:
            query["call_id"] = request.call_id
        if request.agent_id:
            query["agent_id"] = request.agent_id
        found, mark = await self.sounds.page(caller.tenant, RECORDING, query, _limit(request.limit), request.after)
        return [recording(document) for document in found], mark

    async def listen(
        self, caller: Caller, request: pb.DownloadRecordingRequest
    ) -> tuple[pb.Recording, AsyncIterator[bytes]]:
        """Audited before the first byte. Raises NOT_FOUND, DENIED."""
        recording_id = request.recording_id
        document = await self.sounds.find(caller.tenant, RECORDING, recording_id)
        own = bool(caller.person_id) and caller.person_id in document["people"]
        if not own and not caller.may("recordings.read"):
            raise DomainError(Common.DENIED, "the right 'recordings.read' is needed", permission="recordings.read")
        if not own:
            await self.grounds.require(caller, request)
        await self.grounds.note(caller, "recording.listened", f"recording:{recording_id}", request)
        return recording(document), self.sounds.parts(recording_id)

    async def delete_recording(self, caller: Caller, recording_id: str, reason: str) -> None:
        try:
            document = await self.sounds.find(caller.tenant, RECORDING, recording_id)
        except DomainError:
            return
        await self._audit(caller, "recording.deleted", f"recording:{recording_id}", reason)
        await self.sounds.delete(document, self.clock())

    async def _audit(self, caller: Caller, action: str, target: str, reason: str) -> None:
        await self.asks.audit(caller.tenant, caller.subject, action, target, {"reason": reason[:500]})

    # --- voicemail

    async def voicemails(self, caller: Caller, request: pb.ListVoicemailsRequest) -> tuple[list[pb.Voicemail], str]:
        """Of one's own box and of one's groups."""
        query = await self._boxes(caller)
        if request.contact_id:
            query["contact_id"] = {"$in": await self.asks.family(caller.tenant, request.contact_id)}
        found, mark = await self.sounds.page(caller.tenant, VOICEMAIL, query, _limit(request.limit), request.after)
        return [voicemail(document) for document in found], mark

    async def hear(self, caller: Caller, voicemail_id: str) -> tuple[pb.Voicemail, AsyncIterator[bytes]]:
        """Marks it heard. Raises NOT_FOUND, also for somebody else's."""
        document = await self._own_voicemail(caller, voicemail_id)
        await self.sounds.hear(voicemail_id)
        return voicemail(document), self.sounds.parts(voicemail_id)

    async def delete_voicemail(self, caller: Caller, voicemail_id: str) -> None:
        try:
            document = await self._own_voicemail(caller, voicemail_id)
        except DomainError:
            return
        await self.sounds.delete(document, self.clock())

    async def _own_voicemail(self, caller: Caller, voicemail_id: str) -> Document:
        document = await self.sounds.find(caller.tenant, VOICEMAIL, voicemail_id)
        groups = await self.asks.groups_of(caller.tenant, caller.person_id)
        if document["person_id"] != caller.person_id and document["group_id"] not in groups:
            raise DomainError(Common.NOT_FOUND)
        return document

    async def _boxes(self, caller: Caller) -> Document:
        groups = await self.asks.groups_of(caller.tenant, caller.person_id)
        boxes: list[Document] = [{"person_id": caller.person_id or "nobody"}]
        if groups:
            boxes.append({"group_id": {"$in": sorted(groups)}})
        return {"$or": boxes}


def _limit(asked: int) -> int:
    return min(asked, _LONGEST_PAGE) if asked > 0 else 50
