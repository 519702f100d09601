"""Files that are written while they are read: exports of history and reports, passed on chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from antiphon.inbox import wire
from antiphon.inbox.rows import Row
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers

_WITHIN = 600.0


class Exports:
    """The endpoints of the rows of insight that stream down."""

    def __init__(self, peers: Peers, sessions: Sessions) -> None:
        self._peers = peers
        self._sessions = sessions

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        """GET of one file; what goes into it is said by query parameters."""

        async def serve(request: Request) -> Response:
            admission = await self._sessions.admit(request)
            message = wire.parse(row.request, wire.from_query(row.request, request.query_params.multi_items()))
            method = self._peers.channel(row.peer).unary_stream(
                f"/{row.rpc_method.containing_service.full_name}/{row.rpc}",
                request_serializer=row.request.SerializeToString,
                response_deserializer=row.response.FromString,
            )
            parts: Any = grpc_client.stream(method, message, grpc_client.metadata(admission.token), within=_WITHIN)
            first = await anext(parts, None)
            if first is None:
                raise DomainError(Common.UNAVAILABLE)
            headers = {
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(first.name, safe='')}",
                "Cache-Control": "no-store",
            }
            return StreamingResponse(_chunks(parts), media_type=first.media_type, headers=headers)

        return serve


async def _chunks(parts: AsyncGenerator[Any, None]) -> AsyncIterator[bytes]:
    async with aclosing(parts):
        async for part in parts:
            yield part.chunk
