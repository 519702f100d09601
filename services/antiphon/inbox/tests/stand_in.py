# ruff: noqa: N802 - the names of gRPC methods
"""A small channels service for tests of the edge: conversations are put into it by hand, files are kept in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import channels_pb2_grpc
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.service import Runtime
from antiphon.kit.tokens import current_caller


class Channels(channels_pb2_grpc.ChannelsServiceServicer):
    """Keeps everything by (tenant, id)."""

    def __init__(self) -> None:
        self.conversations: dict[tuple[str, str], pb.Conversation] = {}
        self.files: dict[tuple[str, str], tuple[pb.AttachmentHead, bytes]] = {}
        self.channels: dict[tuple[str, str], pb.Channel] = {}
        self.asked: list[str] = []

    async def serve(self, rt: Runtime) -> None:
        await rt.grpc(
            lambda server: channels_pb2_grpc.add_ChannelsServiceServicer_to_server(self, server),
            pb.DESCRIPTOR.services_by_name["ChannelsService"].full_name,
        )
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

    async def _change(self, request: Any, context: Any) -> Any:
        self._find(request.conversation_id)
        raise DomainError(Common.INTERNAL)

    SendMessage = MarkRead = CloseConversation = TransferConversation = TakeConversation = ShowTyping = _change

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
