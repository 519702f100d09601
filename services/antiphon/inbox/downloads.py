"""Files that are written while they are read: history, reports, results, evidence. They pass chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from antiphon.inbox import wire
from antiphon.inbox.rows import Row, fill_path
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers

_WITHIN = 600.0
_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


class Downloads:
    """The endpoints of the rows that stream down. A service names its file in the first part, or the row does."""

    def __init__(self, peers: Peers, sessions: Sessions) -> None:
        self._peers = peers
        self._sessions = sessions

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        """GET of one file; what goes into it is said by the query."""

        async def serve(request: Request) -> Response:
            admission = await self._sessions.admit(request)
            data = wire.from_query(row.request, request.query_params.multi_items())
            if row.target:
                fill_path(row, data, request.path_params["id"])
            message = wire.parse(row.request, data)
            method = self._peers.channel(row.peer).unary_stream(
                row.rpc_path,
                request_serializer=row.request.SerializeToString,
                response_deserializer=row.response.FromString,
            )
            parts: Any = grpc_client.stream(method, message, grpc_client.metadata(admission.token), within=_WITHIN)
            first: Any = await anext(parts, None)
            if first is None and not row.file:
                raise DomainError(Common.UNAVAILABLE)
            name = row.file or first.name
            headers = {
                "Content-Type": _KINDS[name.rpartition(".")[2]] if row.file else first.media_type,
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, no-store",
            }
            return StreamingResponse(_chunks(first, parts), headers=headers)

        return serve


async def _chunks(first: Any, parts: AsyncGenerator[Any, None]) -> AsyncIterator[bytes]:
    async with aclosing(parts):
        if first is not None:
            yield first.chunk
        async for part in parts:
            yield part.chunk
