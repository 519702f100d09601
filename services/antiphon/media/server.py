"""gRPC ↔ use cases. No rule lives here; permissions are the interceptor's, by the option beside each method."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.tokens import current_caller, current_token
from antiphon.media import messages
from antiphon.media.app.campaigning import order_of
from antiphon.media.app.commands import Commands
from antiphon.media.bans import Bans
from antiphon.media.cabinet import Cabinet
from antiphon.media.domain.call import Call
from antiphon.media.domain.monitoring import Mode
from antiphon.media.domain.reasons import Reason
from antiphon.media.grounds import STAFF
from antiphon.media.health import Health
from antiphon.media.ladders import Ladders
from antiphon.media.library import Library
from antiphon.media.links import Links
from antiphon.media.passing import Passing
from antiphon.media.settings import Settings
from antiphon.media.softphone import softphone
from antiphon.media.v1 import media_pb2 as pb
from antiphon.media.v1 import media_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["MediaService"].full_name
_MODES = {
    pb.MONITOR_MODE_LISTEN: Mode.LISTEN,
    pb.MONITOR_MODE_WHISPER: Mode.WHISPER,
    pb.MONITOR_MODE_BARGE: Mode.BARGE,
}
A = TypeVar("A", bound=Message)


@dataclass(frozen=True, slots=True)
class App:
    """What is reached by gRPC."""

    settings: Settings
    clock: Clock
    commands: Commands
    library: Library
    passing: Passing
    health: Health
    cabinet: Cabinet
    links: Links
    ladders: Ladders
    bans: Bans


class MediaServicer(media_pb2_grpc.MediaServiceServicer):
    def __init__(self, app: App) -> None:
        self.app = app

    async def _owner(self, request: Message, call_id: str, here: Callable[[], Awaitable[A]]) -> A:
        return await self.app.passing.to_owner(call_id, request, here)

    def _voice(self) -> None:
        if not self.app.settings.enabled:
            raise DomainError(Reason.NO_VOICE, self.app.settings.why_disabled)

    # --- softphone, dialling

    async def GetSoftphone(self, request: pb.GetSoftphoneRequest, context: object) -> pb.GetSoftphoneResponse:
        caller = current_caller()
        return softphone(self.app.settings, caller.tenant, caller.person_id, self.app.clock())

    async def Dial(self, request: pb.DialRequest, context: object) -> pb.DialResponse:
        self._voice()
        caller = current_caller()
        if (over := await self.app.library.dialled(caller, request.request_id)) is not None:
            return pb.DialResponse(call=over)
        call = await self.app.commands.dial(caller, request.request_id, request.to, request.caller_id)
        return pb.DialResponse(call=messages.call(call))

    async def Originate(self, request: pb.OriginateRequest, context: object) -> pb.OriginateResponse:
        self._voice()
        tenant = current_caller().tenant
        if (over := await self.app.library.originated(tenant, request.call_id)) is not None:
            return pb.OriginateResponse(call=over)
        call = await self.app.commands.originate(tenant, order_of(request), request.call_id)
        return pb.OriginateResponse(call=messages.call(call))

    # --- looking

    async def ListLiveCalls(self, request: pb.ListLiveCallsRequest, context: object) -> pb.ListLiveCallsResponse:
        return pb.ListLiveCallsResponse(calls=self.app.library.live(current_caller()))

    async def ListCalls(self, request: pb.ListCallsRequest, context: object) -> pb.ListCallsResponse:
        calls, mark = await self.app.library.page(current_caller(), request)
        return pb.ListCallsResponse(calls=calls, next=mark)

    async def GetCall(self, request: pb.GetCallRequest, context: object) -> pb.GetCallResponse:
        return pb.GetCallResponse(call=await self.app.library.call(current_caller(), request.call_id))

    async def GetCallLadder(self, request: pb.GetCallLadderRequest, context: object) -> pb.GetCallLadderResponse:
        async def here() -> pb.GetCallLadderResponse:
            caller, live = current_caller(), self.app.commands.board.get(request.call_id)
            if not caller.sees_project(live.call.project_id):
                raise DomainError(Reason.UNKNOWN_CALL)
            await self.app.library.may_analyse(caller, messages.call(live.call), request)
            return messages.ladder_for(caller, self.app.ladders.now(live))

        try:
            return await self._owner(request, request.call_id, here)
        except DomainError as error:
            if error.reason.name != Reason.UNKNOWN_CALL.name:
                raise
            return await self.app.library.ladder(current_caller(), request)

    # --- commands

    async def Hold(self, request: pb.HoldRequest, context: object) -> pb.HoldResponse:
        async def here() -> pb.HoldResponse:
            call = await self.app.commands.hold(current_caller(), request.call_id, request.on)
            return pb.HoldResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    async def HangUp(self, request: pb.HangUpRequest, context: object) -> pb.HangUpResponse:
        async def here() -> pb.HangUpResponse:
            await self.app.commands.hang_up(current_caller(), request.call_id)
            return pb.HangUpResponse()

        try:
            return await self._owner(request, request.call_id, here)
        except DomainError as error:
            if error.reason.name != Reason.UNKNOWN_CALL.name:
                raise
            return pb.HangUpResponse()

    async def SendDigits(self, request: pb.SendDigitsRequest, context: object) -> pb.SendDigitsResponse:
        async def here() -> pb.SendDigitsResponse:
            await self.app.commands.digits(current_caller(), request.call_id, request.digits)
            return pb.SendDigitsResponse()

        return await self._owner(request, request.call_id, here)

    async def Transfer(self, request: pb.TransferRequest, context: object) -> pb.TransferResponse:
        async def here() -> pb.TransferResponse:
            return pb.TransferResponse(call=messages.call(await self._transfer(request)))

        return await self._owner(request, request.call_id, here)

    async def _transfer(self, request: pb.TransferRequest) -> Call:
        caller, commands, kind = current_caller(), self.app.commands, request.WhichOneof("to")
        if kind is None or not getattr(request, kind):
            raise invalid("to", "a number, a person or a queue is needed")
        if kind == "queue_id":
            if request.attended:
                raise invalid("attended", "a queue cannot be consulted")
            return await commands.to_queue(caller, request.call_id, request.queue_id, request.note, current_token())
        to = (kind.removesuffix("_id"), getattr(request, kind))
        return await commands.transfer(caller, request.call_id, to, request.attended)

    async def CompleteTransfer(
        self, request: pb.CompleteTransferRequest, context: object
    ) -> pb.CompleteTransferResponse:
        async def here() -> pb.CompleteTransferResponse:
            call = await self.app.commands.complete(current_caller(), request.call_id)
            return pb.CompleteTransferResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    async def CancelTransfer(self, request: pb.CancelTransferRequest, context: object) -> pb.CancelTransferResponse:
        async def here() -> pb.CancelTransferResponse:
            call = await self.app.commands.cancel(current_caller(), request.call_id)
            return pb.CancelTransferResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    async def AddParty(self, request: pb.AddPartyRequest, context: object) -> pb.AddPartyResponse:
        async def here() -> pb.AddPartyResponse:
            call = await self.app.commands.add_party(current_caller(), request.call_id, request.to)
            return pb.AddPartyResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    async def PauseRecording(self, request: pb.PauseRecordingRequest, context: object) -> pb.PauseRecordingResponse:
        async def here() -> pb.PauseRecordingResponse:
            call = await self.app.commands.pause_recording(current_caller(), request.call_id, request.on)
            return pb.PauseRecordingResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    async def Monitor(self, request: pb.MonitorRequest, context: object) -> pb.MonitorResponse:
        mode = _MODES.get(request.mode)
        if mode is None:
            raise invalid("mode", "listen, whisper or barge")
        if not request.reason.strip():
            raise invalid("reason", "say why: it is kept in the audit log")
        wanted = mode

        async def here() -> pb.MonitorResponse:
            caller, grounds = current_caller(), self.app.library.grounds
            if caller.may(STAFF):
                await grounds.require(caller, request)
            facts = {"mode": wanted.value}

            async def noted() -> None:
                await grounds.note(caller, "call.monitored", f"call:{request.call_id}", request, **facts)

            call = await self.app.commands.monitor(caller, request.call_id, wanted, noted)
            return pb.MonitorResponse(call=messages.call(call))

        return await self._owner(request, request.call_id, here)

    # --- sound

    async def ListRecordings(self, request: pb.ListRecordingsRequest, context: object) -> pb.ListRecordingsResponse:
        found, mark = await self.app.library.recordings(current_caller(), request)
        return pb.ListRecordingsResponse(recordings=found, next=mark)

    async def DownloadRecording(
        self, request: pb.DownloadRecordingRequest, context: object
    ) -> AsyncIterator[pb.DownloadRecordingResponse]:
        it, parts = await self.app.library.listen(current_caller(), request)
        yield pb.DownloadRecordingResponse(recording=it)
        async for part in parts:
            yield pb.DownloadRecordingResponse(chunk=part)

    async def DeleteRecording(self, request: pb.DeleteRecordingRequest, context: object) -> pb.DeleteRecordingResponse:
        await self.app.library.delete_recording(current_caller(), request.recording_id, request.reason)
        return pb.DeleteRecordingResponse()

    async def ListVoicemails(self, request: pb.ListVoicemailsRequest, context: object) -> pb.ListVoicemailsResponse:
        found, mark = await self.app.library.voicemails(current_caller(), request)
        return pb.ListVoicemailsResponse(voicemails=found, next=mark)

    async def DownloadVoicemail(
        self, request: pb.DownloadVoicemailRequest, context: object
    ) -> AsyncIterator[pb.DownloadVoicemailResponse]:
        it, parts = await self.app.library.hear(current_caller(), request.voicemail_id)
        yield pb.DownloadVoicemailResponse(voicemail=it)
        async for part in parts:
            yield pb.DownloadVoicemailResponse(chunk=part)

    async def DeleteVoicemail(self, request: pb.DeleteVoicemailRequest, context: object) -> pb.DeleteVoicemailResponse:
        await self.app.library.delete_voicemail(current_caller(), request.voicemail_id)
        return pb.DeleteVoicemailResponse()

    # --- faxes

    async def ListFaxes(self, request: pb.ListFaxesRequest, context: object) -> pb.ListFaxesResponse:
        found, mark = await self.app.cabinet.page(current_caller(), request)
        return pb.ListFaxesResponse(faxes=found, next=mark)

    async def DownloadFax(
        self, request: pb.DownloadFaxRequest, context: object
    ) -> AsyncIterator[pb.DownloadFaxResponse]:
        it, parts = await self.app.cabinet.read(current_caller(), request.fax_id, request.reason)
        yield pb.DownloadFaxResponse(fax=it)
        async for part in parts:
            yield pb.DownloadFaxResponse(chunk=part)

    async def SendFax(self, request: pb.SendFaxRequest, context: object) -> pb.SendFaxResponse:
        self._voice()
        return pb.SendFaxResponse(fax=await self.app.cabinet.send(current_caller(), request))

    async def DeleteFax(self, request: pb.DeleteFaxRequest, context: object) -> pb.DeleteFaxResponse:
        await self.app.cabinet.delete(current_caller(), request.fax_id)
        return pb.DeleteFaxResponse()

    async def ListLinkTests(self, request: pb.ListLinkTestsRequest, context: object) -> pb.ListLinkTestsResponse:
        limit = min(request.limit, 500) if request.limit > 0 else 100
        return pb.ListLinkTestsResponse(tests=await self.app.links.store.latest(limit))

    async def GetVoiceHealth(self, request: pb.GetVoiceHealthRequest, context: object) -> pb.GetVoiceHealthResponse:
        return self.app.health.of(current_caller().tenant)

    async def ListBans(self, request: pb.ListBansRequest, context: object) -> pb.ListBansResponse:
        self._voice()
        return await self.app.bans.banned()

    async def LiftBan(self, request: pb.LiftBanRequest, context: object) -> pb.LiftBanResponse:
        self._voice()
        return await self.app.bans.lift(current_caller(), request)


def add(server: grpc.aio.Server, app: App) -> None:
    servicer = MediaServicer(app)
    app.passing.servicer = servicer
    media_pb2_grpc.add_MediaServiceServicer_to_server(servicer, server)
