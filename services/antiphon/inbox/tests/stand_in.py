# ruff: noqa: N802 - the names of gRPC methods
"""Small channels and media services for tests of the edge: conversations, calls and files are put in by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import channels_pb2_grpc, workbench_pb2, workbench_pb2_grpc
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.service import Runtime
from antiphon.kit.tokens import current_caller
from antiphon.media.v1 import media_pb2, media_pb2_grpc


class Workbench(workbench_pb2_grpc.WorkbenchServiceServicer):
    """Nobody has tags, nobody was mentioned."""

    async def ListTags(self, request: Any, context: Any) -> Any:
        return workbench_pb2.ListTagsResponse()

    async def ListMentions(self, request: Any, context: Any) -> Any:
        return workbench_pb2.ListMentionsResponse()


class Channels(channels_pb2_grpc.ChannelsServiceServicer):
    """Keeps everything by (tenant, id)."""

    def __init__(self) -> None:
        self.conversations: dict[tuple[str, str], pb.Conversation] = {}
        self.files: dict[tuple[str, str], tuple[pb.AttachmentHead, bytes]] = {}
        self.channels: dict[tuple[str, str], pb.Channel] = {}
        self.said: dict[tuple[str, str], list[pb.Message]] = {}
        self.asked: list[str] = []

    async def serve(self, rt: Runtime) -> None:
        def add(server: Any) -> None:
            channels_pb2_grpc.add_ChannelsServiceServicer_to_server(self, server)
            workbench_pb2_grpc.add_WorkbenchServiceServicer_to_server(Workbench(), server)  # type: ignore[abstract]

        await rt.grpc(add, pb.DESCRIPTOR.services_by_name["ChannelsService"].full_name)
        await rt.until_stopped()

    def _find(self, conversation: str) -> pb.Conversation:
        self.asked.append(conversation)
        found = self.conversations.get((current_caller().tenant, conversation))
        if found is None:
            raise DomainError(Common.NOT_FOUND)
        return found

    async def ListChannels(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        return pb.ListChannelsResponse(channels=[one for key, one in self.channels.items() if key[0] == tenant])

    async def PutChannel(self, request: Any, context: Any) -> Any:
        channel = request.channel
        if channel.id and (current_caller().tenant, channel.id) not in self.channels:
            raise DomainError(Common.NOT_FOUND)
        channel.id = channel.id or new_id("ch")
        self.channels[current_caller().tenant, channel.id] = channel
        return pb.PutChannelResponse(channel=channel)

    async def DeleteChannel(self, request: Any, context: Any) -> Any:
        return pb.DeleteChannelResponse()

    async def TestChannel(self, request: Any, context: Any) -> Any:
        raise DomainError(Common.NOT_FOUND)

    async def ListConversations(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        found = [one for key, one in self.conversations.items() if key[0] == tenant]
        return pb.ListConversationsResponse(conversations=found)

    async def GetConversation(self, request: Any, context: Any) -> Any:
        return pb.GetConversationResponse(conversation=self._find(request.conversation_id))

    async def ListMessages(self, request: Any, context: Any) -> Any:
        self._find(request.conversation_id)
        return pb.ListMessagesResponse()

    async def ListCustomerMessages(self, request: Any, context: Any) -> Any:
        key = (current_caller().tenant, request.contact_id)
        if key not in self.said:
            raise DomainError(Common.NOT_FOUND)
        return pb.ListCustomerMessagesResponse(messages=self.said[key])

    async def _change(self, request: Any, context: Any) -> Any:
        self._find(request.conversation_id)
        raise DomainError(Common.INTERNAL)

    SendMessage = MarkRead = CloseConversation = TransferConversation = TakeConversation = _change
    ShowTyping = _change

    async def StartConversation(self, request: Any, context: Any) -> Any:
        raise DomainError(Common.NOT_FOUND)

    async def UploadAttachment(self, request_iterator: AsyncIterator[Any], context: Any) -> Any:
        head, data = pb.AttachmentHead(), bytearray()
        async for part in request_iterator:
            if part.HasField("head"):
                head = part.head
            data += part.chunk
        attachment = pb.Attachment(id=new_id("at"), name=head.name, media_type=head.media_type, size=len(data))
        head.size = len(data)
        self.files[current_caller().tenant, attachment.id] = (head, bytes(data))
        return pb.UploadAttachmentResponse(attachment=attachment)

    async def DownloadAttachment(self, request: Any, context: Any) -> Any:
        kept = self.files.get((current_caller().tenant, request.attachment_id))
        if kept is None:
            raise DomainError(Common.NOT_FOUND)
        head, data = kept
        yield pb.DownloadAttachmentResponse(head=head)
        for start in range(0, len(data), 64_000):
            yield pb.DownloadAttachmentResponse(chunk=data[start : start + 64_000])


class Media(media_pb2_grpc.MediaServiceServicer):
    """Keeps calls, recordings and voicemails by (tenant, id); does nothing with them."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, str], media_pb2.Call] = {}
        self.recordings: dict[tuple[str, str], tuple[media_pb2.Recording, bytes]] = {}
        self.faxes: dict[tuple[str, str], tuple[media_pb2.Fax, bytes]] = {}
        self.voicemails: dict[tuple[str, str], tuple[media_pb2.Voicemail, bytes]] = {}
        self.reasons: list[str] = []

    async def serve(self, rt: Runtime) -> None:
        await rt.grpc(
            lambda server: media_pb2_grpc.add_MediaServiceServicer_to_server(self, server),
            media_pb2.DESCRIPTOR.services_by_name["MediaService"].full_name,
        )
        await rt.until_stopped()

    async def GetSoftphone(self, request: Any, context: Any) -> Any:
        return media_pb2.GetSoftphoneResponse(available=True, uri="sip:acme-101@pbx.example")

    async def ListLiveCalls(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        return media_pb2.ListLiveCallsResponse(calls=[one for key, one in self.calls.items() if key[0] == tenant])

    async def ListCalls(self, request: Any, context: Any) -> Any:
        return media_pb2.ListCallsResponse()

    async def ListRecordings(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        found = [one for key, (one, _) in self.recordings.items() if key[0] == tenant]
        return media_pb2.ListRecordingsResponse(recordings=found)

    async def ListVoicemails(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        found = [one for key, (one, _) in self.voicemails.items() if key[0] == tenant]
        return media_pb2.ListVoicemailsResponse(voicemails=found)

    async def GetVoiceHealth(self, request: Any, context: Any) -> Any:
        return media_pb2.GetVoiceHealthResponse(engines=[media_pb2.EngineHealth(name="rtpengine-1", up=True)])

    async def GetCall(self, request: Any, context: Any) -> Any:
        found = self.calls.get((current_caller().tenant, request.call_id))
        if found is None:
            raise DomainError(Common.NOT_FOUND)
        return media_pb2.GetCallResponse(call=found)

    Hold = HangUp = SendDigits = Transfer = CompleteTransfer = CancelTransfer = GetCall
    GetCallLadder = GetCall
    AddParty = PauseRecording = Monitor = Originate = GetCall

    async def Dial(self, request: Any, context: Any) -> Any:
        return media_pb2.DialResponse(call=media_pb2.Call(id=request.request_id, called=request.to))

    async def ListBans(self, request: Any, context: Any) -> Any:
        return media_pb2.ListBansResponse()

    async def LiftBan(self, request: Any, context: Any) -> Any:
        return media_pb2.LiftBanResponse()

    async def DeleteRecording(self, request: Any, context: Any) -> Any:
        self.recordings.pop((current_caller().tenant, request.recording_id), None)
        return media_pb2.DeleteRecordingResponse()

    async def DeleteVoicemail(self, request: Any, context: Any) -> Any:
        return media_pb2.DeleteVoicemailResponse()

    async def ListLinkTests(self, request: Any, context: Any) -> Any:
        return media_pb2.ListLinkTestsResponse()

    async def ListFaxes(self, request: Any, context: Any) -> Any:
        tenant = current_caller().tenant
        return media_pb2.ListFaxesResponse(faxes=[one for key, (one, _) in self.faxes.items() if key[0] == tenant])

    async def SendFax(self, request: Any, context: Any) -> Any:
        fax = media_pb2.Fax(id="fx_1", number=request.to, bytes=len(request.document))
        self.faxes[current_caller().tenant, fax.id] = (fax, request.document)
        return media_pb2.SendFaxResponse(fax=fax)

    async def DeleteFax(self, request: Any, context: Any) -> Any:
        return media_pb2.DeleteFaxResponse()

    async def DownloadFax(self, request: Any, context: Any) -> Any:
        kept = self.faxes.get((current_caller().tenant, request.fax_id))
        if kept is None:
            raise DomainError(Common.NOT_FOUND)
        fax, document = kept
        yield media_pb2.DownloadFaxResponse(fax=fax)
        yield media_pb2.DownloadFaxResponse(chunk=document)

    async def DownloadRecording(self, request: Any, context: Any) -> Any:
        kept = self.recordings.get((current_caller().tenant, request.recording_id))
        if kept is None:
            raise DomainError(Common.NOT_FOUND)
        self.reasons.append(request.reason)
        head, data = kept
        yield media_pb2.DownloadRecordingResponse(recording=head)
        for start in range(0, len(data), 1000):
            yield media_pb2.DownloadRecordingResponse(chunk=data[start : start + 1000])

    async def DownloadVoicemail(self, request: Any, context: Any) -> Any:
        kept = self.voicemails.get((current_caller().tenant, request.voicemail_id))
        if kept is None:
            raise DomainError(Common.NOT_FOUND)
        yield media_pb2.DownloadVoicemailResponse(voicemail=kept[0], chunk=kept[1])
