"""gRPC ↔ leads; like `server.py`, for `LeadService`."""

from __future__ import annotations

import grpc

from antiphon.channels.app.leads import Leads
from antiphon.channels.domain.leads import Catcher, State, Theme
from antiphon.channels.v1 import leads_pb2 as pb
from antiphon.channels.v1 import leads_pb2_grpc
from antiphon.kit.mongo import Document
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import current_caller

SERVICE = pb.DESCRIPTOR.services_by_name["LeadService"].full_name
_STATES = {
    State.WAITING: pb.LEAD_DELIVERY_STATE_WAITING,
    State.SENT: pb.LEAD_DELIVERY_STATE_SENT,
    State.FAILED: pb.LEAD_DELIVERY_STATE_FAILED,
}


class LeadServicer(leads_pb2_grpc.LeadServiceServicer):
    def __init__(self, leads: Leads) -> None:
        self.leads = leads

    async def GetLeadCatcher(self, request: pb.GetLeadCatcherRequest, context: object) -> pb.GetLeadCatcherResponse:
        catcher, pro = await self.leads.catcher(current_caller(), request.channel_id)
        return pb.GetLeadCatcherResponse(catcher=_told(catcher), pro=pro)

    async def PutLeadCatcher(self, request: pb.PutLeadCatcherRequest, context: object) -> pb.PutLeadCatcherResponse:
        wish = _wished(request.channel_id, request.catcher)
        return pb.PutLeadCatcherResponse(catcher=_told(await self.leads.put(current_caller(), wish)))

    async def MakeLeadCode(self, request: pb.MakeLeadCodeRequest, context: object) -> pb.MakeLeadCodeResponse:
        code, until = await self.leads.make_code(current_caller())
        return pb.MakeLeadCodeResponse(code=code, until=timestamp(until))

    async def ListLeadChats(self, request: pb.ListLeadChatsRequest, context: object) -> pb.ListLeadChatsResponse:
        chats = await self.leads.chats(current_caller())
        return pb.ListLeadChatsResponse(
            chats=[
                pb.LeadChat(
                    id=chat["_id"], channel_id=chat["channel_id"], channel=chat["kind"], name=chat["name"],
                    since=timestamp(chat["since"]),
                )
                for chat in chats
            ]
        )  # fmt: skip

    async def DeleteLeadChat(self, request: pb.DeleteLeadChatRequest, context: object) -> pb.DeleteLeadChatResponse:
        await self.leads.delete_chat(current_caller(), request.chat_id)
        return pb.DeleteLeadChatResponse()

    async def ListLeads(self, request: pb.ListLeadsRequest, context: object) -> pb.ListLeadsResponse:
        found = await self.leads.newest(current_caller(), request.channel_id, request.limit)
        return pb.ListLeadsResponse(leads=[_lead(lead, posts) for lead, posts in found])


def add(server: grpc.aio.Server, leads: Leads) -> None:
    leads_pb2_grpc.add_LeadServiceServicer_to_server(LeadServicer(leads), server)


def _wished(channel_id: str, wish: pb.LeadCatcher) -> Catcher:
    theme = wish.theme
    return Catcher(
        channel_id=channel_id, rev=wish.rev, enabled=wish.enabled, title=_words(wish.title), intro=_words(wish.intro),
        consent=_words(wish.consent), privacy_url=wish.privacy_url.strip(), queue_id=wish.queue_id,
        region=wish.region.strip().upper(), messengers=tuple(wish.messenger_ids),
        theme=Theme(theme.background, theme.text, theme.accent, theme.radius, theme.font or "system")
        if wish.HasField("theme") else None,
    )  # fmt: skip


def _words(given: object) -> dict[str, str]:
    return {language: words.strip() for language, words in dict(given).items() if words.strip()}  # type: ignore[call-overload]


def _told(it: Catcher) -> pb.LeadCatcher:
    theme = it.theme
    return pb.LeadCatcher(
        channel_id=it.channel_id, rev=it.rev, enabled=it.enabled, title=it.title, intro=it.intro, consent=it.consent,
        privacy_url=it.privacy_url, queue_id=it.queue_id, region=it.region, messenger_ids=it.messengers,
        theme=pb.LeadTheme(
            background=theme.background, text=theme.text, accent=theme.accent, radius=theme.radius, font=theme.font
        ) if theme else None,
    )  # fmt: skip


def _lead(lead: Document, posts: list[Document]) -> pb.Lead:
    return pb.Lead(
        id=lead["_id"], conversation_id=lead["conversation_id"], contact_id=lead["contact_id"],
        at=timestamp(lead["at"]), page=lead["page"], utm=lead["utm"], deliveries=[_delivery(post) for post in posts],
    )  # fmt: skip


def _delivery(post: Document) -> pb.LeadDelivery:
    told = pb.LeadDelivery(
        chat_id=post["chat"], channel=post["kind"], chat_name=post["name"], state=_STATES[State(post["state"])],
        failure=post["failure"], attempts=post["tries"],
    )  # fmt: skip
    if post.get("sent_at"):
        told.sent_at.FromDatetime(post["sent_at"])
    return told
