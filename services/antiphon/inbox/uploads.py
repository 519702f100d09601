"""Lists of a campaign and signed papers as they are uploaded. They stream: no more than a chunk is held in memory.

An upload is the file itself as the body; what is said about it stands in the query, a map as `columns.phone=Телефон`. A
foreign page cannot send such a body without asking first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from antiphon.inbox import wire
from antiphon.inbox.problems import HttpProblem, too_large, unsupported
from antiphon.inbox.rest import json_response
from antiphon.inbox.rows import Row, fill_path
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers

BODY = "application/octet-stream"
_CHUNK = 256_000
_WITHIN = 600.0


class Uploads:
    """The endpoints of the rows that stream up."""

    def __init__(self, peers: Peers, sessions: Sessions, limit: int) -> None:
        self._peers = peers
        self._sessions = sessions
        self._limit = limit

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            admission = await self._sessions.admit(request, changes=True)
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != BODY:
                raise unsupported(f"the body must be {BODY}")
            length = request.headers.get("content-length", "0")
            if length.isdigit() and int(length) > self._limit:
                raise too_large(self._limit)
            head = self._head(row, request)
            method = self._peers.channel(row.peer).stream_unary(
                row.rpc_path,
                request_serializer=row.request.SerializeToString,
                response_deserializer=row.response.FromString,
            )
            upload = _Upload(row, request, head, self._limit)
            try:
                answer = await grpc_client.send(
                    method, upload.parts(), grpc_client.metadata(admission.token), within=_WITHIN
                )
            except (asyncio.CancelledError, DomainError):
                if upload.failure is None:
                    raise
                raise upload.failure from None  # gRPC cancels a call whose parts fail
            return json_response(wire.encode(wire.render(answer)))

        return serve

    def _head(self, row: Row, request: Request) -> Message:
        """The first message: what the address and the query say about the file."""
        field = next(field for field in row.rpc_method.input_type.fields if field.message_type is not None)
        about = field.message_type
        pairs, maps = list[tuple[str, str]](), dict[str, dict[str, str]]()
        for name, text in request.query_params.multi_items():
            map_name, dot, key = name.partition(".")
            if dot:
                maps.setdefault(map_name, {})[key] = text
            else:
                pairs.append((name, text))
        data: dict[str, Any] = {field.name: {**wire.from_query(_class_of(about), pairs), **maps}}
        if row.target:
            fill_path(row, data, request.path_params["id"])
        return wire.parse(row.request, data)


def _class_of(about: Any) -> type[Message]:
    return message_factory.GetMessageClass(about)


class _Upload:
    """One body as the messages of a stream."""

    def __init__(self, row: Row, request: Request, head: Message, limit: int) -> None:
        self.failure: HttpProblem | None = None
        self._row = row
        self._request = request
        self._head = head
        self._limit = limit

    async def parts(self) -> AsyncIterator[Message]:
        yield self._head
        size = 0
        async for chunk in self._request.stream():
            size += len(chunk)
            if size > self._limit:
                self.failure = too_large(self._limit)
                raise self.failure
            for start in range(0, len(chunk), _CHUNK):
                yield self._row.request(chunk=chunk[start : start + _CHUNK])
