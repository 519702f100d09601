"""A made-up contact centre: services that tell facts, and people who ask insight about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.directory.v1.deals_pb2_grpc import DealServiceStub
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.insight.v1.insight_pb2_grpc import InsightServiceStub
from antiphon.insight.v1.quality_pb2_grpc import QualityServiceStub
from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata, stream
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, token_for
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import events_pb2 as media
from antiphon.media.v1 import media_pb2

SUPERVISOR = frozenset({"work.watch", "calls.read", "work.take", "tenant.write", "quality.write"})
AGENT = frozenset({"work.take"})
VIEWER = frozenset({"work.watch"})
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOCK = SettableClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


class Centre:
    """A tenant: whoever asks, and those who tell."""

    def __init__(self, rt: Runtime, platforms: dict[str, Platform], tenant: str, owner: str = "") -> None:
        self._rt, self._platforms, self.tenant, self.owner = rt, platforms, tenant, owner
        self._stub = InsightServiceStub(rt.peers.channel("insight"))
        self._quality = QualityServiceStub(rt.peers.channel("insight"))
        self.told: list[tuple[Message, str]] = []

    async def crm(self, name: str, request: Any) -> Any:
        """Asked of directory's deals, as the company's owner."""
        rights = frozenset({"contacts.read", "contacts.write", "directory.write"})
        stub = DealServiceStub(self._rt.peers.channel("directory"))
        return await ask(getattr(stub, name), request, self._headers(self.owner, rights), within=60)

    def _headers(self, person: str, rights: frozenset[str], projects: tuple[str, ...] = ()) -> Any:
        return metadata(
            token_for(self._platforms["directory"], Caller(self.tenant, f"person:{person}", rights, projects))
        )

    async def ask(
        self, name: str, request: Any, person: str = "boss", rights: frozenset[str] = SUPERVISOR,
        projects: tuple[str, ...] = (),
    ) -> Any:  # fmt: skip
        method = getattr(self._stub, name, None) or getattr(self._quality, name)
        return await ask(method, request, self._headers(person, rights, projects), within=60)

    async def refused(self, name: str, request: Any, rights: frozenset[str] = SUPERVISOR, person: str = "boss") -> str:
        with pytest.raises(DomainError) as refused:
            await self.ask(name, request, person, rights)
        return refused.value.reason.name

    async def file(self, name: str, request: Any) -> tuple[str, bytes]:
        headers = self._headers("boss", SUPERVISOR)
        parts = [part async for part in stream(getattr(self._stub, name), request, headers, within=60)]
        return parts[0].name, b"".join(part.chunk for part in parts)

    async def tell(self, event: Message, key: str) -> None:
        """Twice, with envelopes that do not show it."""
        bus = await self._bus()
        self.told.append((event, key))
        for copy in range(2):
            await bus.publish(event, tenant=self.tenant, key=key, event_id=f"{self.tenant}-{len(self.told)}-{copy}")

    async def _bus(self) -> Any:
        if not hasattr(self, "_open"):
            self._open = await self._rt.bus()
        return self._open

    async def call(self, name: str, at: datetime, wait: int, talk: int = 0, agent: str = "ann", **more: Any) -> None:
        """Waits, then talks and is wrapped up for ten seconds; or leaves. Media tells of it before the ACD."""
        call = media_pb2.Call(
            id=name, direction=media_pb2.DIRECTION_INBOUND, caller=more.get("caller", "+380441112233"),
            started_at=timestamp(at), project_id=more.get("project", ""), called=more.get("line", "+380445550000"),
            contact_id=more.get("contact", ""),
        )  # fmt: skip
        await self.tell(media.CallStarted(occurred_at=timestamp(at), call=call), name)
        ended = at + timedelta(seconds=wait + talk)
        call.ended_at.FromDatetime(ended)
        call.outcome, call.rating = "answered" if talk else "abandoned", more.get("rating", 0)
        await self.tell(media.CallEnded(occurred_at=timestamp(ended), call=call), name)
        item = acd_pb2.WorkItem(
            id=f"wi_{name}", queue_id=more.get("queue", "qu_1"), channel="voice", subject=f"call:{name}",
            contact_id=more.get("contact", ""),
        )  # fmt: skip
        later = timestamp(at + timedelta(seconds=wait))
        await self.tell(acd.WorkQueued(occurred_at=timestamp(at), item=item), item.id)
        if not talk:
            await self.tell(acd.WorkAbandoned(occurred_at=later, item=item, reason="customer_left"), item.id)
            return
        offer = acd_pb2.Offer(item_id=item.id, version=1, agent_id=agent, offered_at=timestamp(at))
        await self.tell(acd.WorkOffered(occurred_at=timestamp(at), item=item, offer=offer), item.id)
        ended_offer = acd.OfferEnded(
            occurred_at=later, item_id=item.id, version=1, agent_id=agent, how=acd_pb2.OFFER_END_ACCEPTED
        )
        await self.tell(ended_offer, item.id)
        item.agent_id = agent
        await self.tell(acd.WorkAccepted(occurred_at=later, item=item), item.id)
        await self.tell(acd.WrapUpStarted(occurred_at=timestamp(ended), item=item), item.id)
        done = timestamp(ended + timedelta(seconds=10))
        await self.tell(acd.WorkCompleted(occurred_at=done, item=item), item.id)

    async def call_out(self, name: str, to: str, at: datetime, talk: int = 0) -> None:
        """We call; whoever is called answers at once, or not at all."""
        call = media_pb2.Call(
            id=name, direction=media_pb2.DIRECTION_OUTBOUND, called=to, started_at=timestamp(at),
            outcome="answered" if talk else "no_answer",
        )  # fmt: skip
        call.ended_at.FromDatetime(at + timedelta(seconds=talk or 20))
        await self.tell(media.CallEnded(occurred_at=call.ended_at, call=call), name)

    async def chat(self, name: str, at: datetime, text: str = "secret words") -> None:
        """A customer writes, nobody is needed, it is closed."""
        it = channels_pb2.Conversation(
            id=name, channel="webchat", contact_name="=cmd|'/c calc'!A1", tags=["vip"], created_at=timestamp(at)
        )
        said = channels_pb2.Message(
            conversation_id=name, seq=1, kind=channels_pb2.MESSAGE_KIND_TEXT, direction=channels_pb2.DIRECTION_IN,
            author="customer", text=text,
        )  # fmt: skip
        await self.tell(channels.MessageAdded(occurred_at=timestamp(at), message=said, conversation=it), name)
        it.status = channels_pb2.CONVERSATION_STATUS_CLOSED
        closed = timestamp(at + timedelta(minutes=1))
        await self.tell(channels.ConversationChanged(occurred_at=closed, conversation=it), name)
        it.rev, it.rating.score = 2, 4
        rated = timestamp(at + timedelta(minutes=2))
        await self.tell(channels.ConversationChanged(occurred_at=rated, conversation=it), name)

    async def list(self, **more: Any) -> list[pb.Interaction]:
        return list((await self.ask("ListInteractions", self.asked(pb.ListInteractionsRequest, **more))).interactions)

    async def report(self, **more: Any) -> pb.GetReportResponse:
        found: pb.GetReportResponse = await self.ask("GetReport", self.asked(pb.GetReportRequest, **more))
        return found

    @staticmethod
    def asked(kind: Any, **more: Any) -> Any:
        return kind(since=timestamp(NINE), until=timestamp(NINE + timedelta(hours=2)), **more)

    async def folded(self, count: int) -> None:
        """Until so many interactions are there and nothing is left to fold."""
        facts = self._rt.database().facts

        async def done() -> bool:
            left = await facts.count_documents({"tenant": self.tenant, "folded": False})
            return not left and len(await self.list(limit=200)) == count

        await eventually(done, within=60)
