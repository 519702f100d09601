"""gRPC ↔ finding; like `server.py`, for `SearchService`."""

from __future__ import annotations

import grpc

from antiphon.channels import convert
from antiphon.channels.app.person import Person
from antiphon.channels.app.search import Found, Question, Search
from antiphon.channels.v1 import search_pb2 as pb
from antiphon.channels.v1 import search_pb2_grpc
from antiphon.kit.protos import moment
from antiphon.kit.tokens import current_caller, current_token

SERVICE = pb.DESCRIPTOR.services_by_name["SearchService"].full_name


class SearchServicer(search_pb2_grpc.SearchServiceServicer):
    def __init__(self, search: Search) -> None:
        self.search = search

    async def SearchMessages(self, request: pb.SearchMessagesRequest, context: object) -> pb.SearchMessagesResponse:
        answer = await self.search.find(Person(current_caller(), current_token()), _question(request))
        return pb.SearchMessagesResponse(hits=[_hit(one) for one in answer.hits], next=answer.next, cut=answer.cut)


def add(server: grpc.aio.Server, search: Search) -> None:
    search_pb2_grpc.add_SearchServiceServicer_to_server(SearchServicer(search), server)


def _question(request: pb.SearchMessagesRequest) -> Question:
    return Question(
        query=request.query,
        newest=request.order == pb.SEARCH_ORDER_NEWEST,
        channel=request.channel,
        agent_id=request.agent_id,
        queue_id=request.queue_id,
        tag=request.tag,
        contact_id=request.contact_id,
        since=moment(request.since) if request.HasField("since") else None,
        until=moment(request.until) if request.HasField("until") else None,
        limit=request.limit,
        after=request.after,
    )


def _hit(one: Found) -> pb.Hit:
    pieces = [pb.Piece(text=text, hit=hit) for text, hit in one.pieces]
    return pb.Hit(
        message=convert.message(one.message), conversation=convert.conversation(one.conversation), excerpt=pieces
    )
