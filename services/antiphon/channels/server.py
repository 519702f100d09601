"""gRPC ↔ use cases. No rule lives here; permissions are the interceptor's, by the option beside each method."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc

from antiphon.acd.v1 import acd_pb2
from antiphon.channels import convert
from antiphon.channels.app.channel_setup import ChannelSetup, Wish
from antiphon.channels.app.desk import Desk, Draft
from antiphon.channels.app.files import Files
from antiphon.channels.app.handover import Handover
from antiphon.channels.app.person import Person
from antiphon.channels.app.starting import Start, Starting
from antiphon.channels.app.typing import Typing
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.message import Kind, Template
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import channels_pb2_grpc, workbench_pb2_grpc
from antiphon.channels.workbench import Bench, WorkbenchServicer
from antiphon.kit.errors import invalid
from antiphon.kit.protos import plain
from antiphon.kit.tokens import current_caller, current_token

SERVICE = pb.DESCRIPTOR.services_by_name["ChannelsService"].full_name
_VIEWS = {
    pb.CONVERSATION_VIEW_MINE: "mine",
    pb.CONVERSATION_VIEW_QUEUE: "queue",
    pb.CONVERSATION_VIEW_OPEN: "open",
    pb.CONVERSATION_VIEW_CLOSED: "closed",
    pb.CONVERSATION_VIEW_SNOOZED: "snoozed",
}


@dataclass(frozen=True, slots=True)
class App:
    """The use cases that are reached by gRPC."""

    setup: ChannelSetup
    desk: Desk
    handover: Handover
    starting: Starting
    files: Files
    typing: Typing
    bench: Bench
    public_url: str


class ChannelsServicer(channels_pb2_grpc.ChannelsServiceServicer):
    def __init__(self, app: App) -> None:
        self.app = app

    async def ListChannels(self, request: pb.ListChannelsRequest, context: object) -> pb.ListChannelsResponse:
        found = await self.app.setup.all_of(current_caller())
        return pb.ListChannelsResponse(channels=[self._channel(c) for c in found])

    async def PutChannel(self, request: pb.PutChannelRequest, context: object) -> pb.PutChannelResponse:
        it = request.channel
        settings, secrets = plain(it.settings), dict(request.secrets)
        wish = Wish(it.id, it.rev, it.kind, it.name, it.project_id, it.enabled, settings, secrets)
        saved = await self.app.setup.put(current_caller(), wish)
        return pb.PutChannelResponse(channel=self._channel(saved))

    def _channel(self, it: Channel) -> pb.Channel:
        word = self.app.setup.verify_word(it) if current_caller().may("channels.write") else ""
        return convert.channel(it, self.app.public_url, word)

    async def DeleteChannel(self, request: pb.DeleteChannelRequest, context: object) -> pb.DeleteChannelResponse:
        await self.app.setup.delete(current_caller(), request.channel_id)
        return pb.DeleteChannelResponse()

    async def TestChannel(self, request: pb.TestChannelRequest, context: object) -> pb.TestChannelResponse:
        ok, says = await self.app.setup.test(current_caller(), request.channel_id)
        return pb.TestChannelResponse(ok=ok, says=says)

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: object
    ) -> pb.ListConversationsResponse:
        view = _VIEWS.get(request.view, "")
        found, mark = await self.app.desk.page(_person(), view, request.contact_id, request.limit, request.after)
        return pb.ListConversationsResponse(conversations=[convert.conversation(it) for it in found], next=mark)

    async def GetConversation(self, request: pb.GetConversationRequest, context: object) -> pb.GetConversationResponse:
        it = await self.app.desk.get(_person(), request.conversation_id)
        return pb.GetConversationResponse(conversation=convert.conversation(it))

    async def ListMessages(self, request: pb.ListMessagesRequest, context: object) -> pb.ListMessagesResponse:
        found, more = await self.app.desk.messages(
            _person(), request.conversation_id, request.before, request.after, request.limit
        )
        return pb.ListMessagesResponse(messages=[convert.message(m) for m in found], more=more)

    async def ListCustomerMessages(
        self, request: pb.ListCustomerMessagesRequest, context: object
    ) -> pb.ListCustomerMessagesResponse:
        messages, found, mark = await self.app.desk.said_with(
            _person(), request.contact_id, request.limit, request.after
        )
        return pb.ListCustomerMessagesResponse(
            messages=[convert.message(m) for m in messages],
            conversations=[convert.conversation(it) for it in found],
            next=mark,
        )

    async def SendMessage(self, request: pb.SendMessageRequest, context: object) -> pb.SendMessageResponse:
        message = await self.app.desk.send(_person(), await self._draft(request))
        return pb.SendMessageResponse(message=convert.message(message))

    async def _draft(self, request: pb.SendMessageRequest) -> Draft:
        text, template = request.text, None
        if request.HasField("template"):
            wanted = request.template
            template = Template(wanted.name, wanted.language, dict(wanted.values))
            it = await self.app.desk.get(_person(), request.conversation_id)
            text = await self.app.bench.templates.render(current_caller(), it.channel_id, template)
        return Draft(
            conversation_id=request.conversation_id,
            client_id=request.client_id,
            kind=convert.MESSAGE_KINDS.get(request.kind, Kind.EVENT),
            text=text,
            attachment_ids=tuple(request.attachment_ids),
            expect_seq=request.expect_seq if request.HasField("expect_seq") else None,
            mentions=tuple(request.mention_ids),
            template=template,
        )

    async def MarkRead(self, request: pb.MarkReadRequest, context: object) -> pb.MarkReadResponse:
        await self.app.desk.mark_read(_person(), request.conversation_id, request.seq)
        return pb.MarkReadResponse()

    async def CloseConversation(
        self, request: pb.CloseConversationRequest, context: object
    ) -> pb.CloseConversationResponse:
        it = await self.app.handover.close(_person(), request.conversation_id, request.disposition)
        return pb.CloseConversationResponse(conversation=convert.conversation(it))

    async def TransferConversation(
        self, request: pb.TransferConversationRequest, context: object
    ) -> pb.TransferConversationResponse:
        to = acd_pb2.TransferRequest(note=request.note[:2000])
        if request.WhichOneof("to") == "queue_id":
            to.queue_id = request.queue_id
        else:
            to.agent_id = request.person_id
        it = await self.app.handover.transfer(_person(), request.conversation_id, to)
        return pb.TransferConversationResponse(conversation=convert.conversation(it))

    async def TakeConversation(
        self, request: pb.TakeConversationRequest, context: object
    ) -> pb.TakeConversationResponse:
        it = await self.app.handover.take(_person(), request.conversation_id)
        return pb.TakeConversationResponse(conversation=convert.conversation(it))

    async def StartConversation(
        self, request: pb.StartConversationRequest, context: object
    ) -> pb.StartConversationResponse:
        subject = " ".join(request.subject.split())
        start = Start(request.channel_id, request.contact_id, request.client_id, request.address, subject)
        it = await self.app.starting.start(_person(), start)
        return pb.StartConversationResponse(conversation=convert.conversation(it))

    async def ShowTyping(self, request: pb.ShowTypingRequest, context: object) -> pb.ShowTypingResponse:
        await self.app.typing.show(_person(), request.conversation_id)
        return pb.ShowTypingResponse()

    async def UploadAttachment(
        self, request_iterator: AsyncIterator[pb.UploadAttachmentRequest], context: object
    ) -> pb.UploadAttachmentResponse:
        head = await anext(aiter(request_iterator), None)
        if head is None or head.WhichOneof("part") != "head":
            raise invalid("head", "the first message is the head")
        data = await self.app.files.collect(part.chunk async for part in request_iterator)
        stored = await self.app.files.upload(current_caller(), head.head.name, data)
        return pb.UploadAttachmentResponse(attachment=convert.attachment(stored))

    async def DownloadAttachment(
        self, request: pb.DownloadAttachmentRequest, context: object
    ) -> AsyncIterator[pb.DownloadAttachmentResponse]:
        it = await self.app.desk.attachment(_person(), request.attachment_id)
        head = pb.AttachmentHead(name=it.name, media_type=it.media_type, attachment_id=it.id, size=it.size)
        yield pb.DownloadAttachmentResponse(head=head)
        async for part in self.app.files.store.parts(it.id):
            yield pb.DownloadAttachmentResponse(chunk=part)


def add(server: grpc.aio.Server, app: App) -> None:
    channels_pb2_grpc.add_ChannelsServiceServicer_to_server(ChannelsServicer(app), server)
    workbench_pb2_grpc.add_WorkbenchServiceServicer_to_server(WorkbenchServicer(app.bench), server)


def _person() -> Person:
    return Person(current_caller(), current_token())
