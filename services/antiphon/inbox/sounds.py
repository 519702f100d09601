"""Recordings and voicemail as files that a browser can play and seek in, and faxes, which it saves.

Media streams a file from its beginning. A seek is a new request with a Range; what lies before the range is read and
dropped here, so that media needs to know nothing of HTTP. A voicemail does not say its size, but is short: it is held
in memory to learn it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from antiphon.inbox import wire
from antiphon.inbox.domain import span
from antiphon.inbox.domain.span import Span
from antiphon.inbox.problems import answer, too_large
from antiphon.inbox.rows import Row, fill_path
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers
from antiphon.media.v1 import media_pb2

_SOUND = re.compile(r"^audio/[a-z0-9][a-z0-9.+-]{0,40}(; ?codecs=[a-z0-9.]{1,20})?$")
_MAGIC = {b"OggS": "audio/ogg", b"RIFF": "audio/wav", b"ID3\x03": "audio/mpeg"}
_WITHIN = 4 * 3600.0
"""A player that is paused reads on slowly."""


class Sounds:
    """The endpoints of the rows of media that stream down."""

    def __init__(self, peers: Peers, sessions: Sessions, limit: int) -> None:
        self._peers = peers
        self._sessions = sessions
        self._limit = limit

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        """GET of one file; the reason, where one is needed, is a query parameter."""

        async def serve(request: Request) -> Response:
            admission = await self._sessions.admit(request)
            data = wire.from_query(row.request, request.query_params.multi_items())
            fill_path(row, data, request.path_params["id"])
            parts = self._open(row, wire.parse(row.request, data), admission.token)
            return await self._reply(parts, request.headers.get("range", ""))

        return serve

    def _open(self, row: Row, message: Any, token: str) -> AsyncGenerator[Any, None]:
        method = self._peers.channel(row.peer).unary_stream(
            row.rpc_path,
            request_serializer=row.request.SerializeToString,
            response_deserializer=row.response.FromString,
        )
        stream: Any = grpc_client.stream(method, message, grpc_client.metadata(token), within=_WITHIN)
        opened: AsyncGenerator[Any, None] = stream
        return opened

    async def _reply(self, parts: AsyncGenerator[Any, None], wanted: str) -> Response:
        first = await anext(parts, None)
        if first is None:
            raise DomainError(Common.NOT_FOUND)
        if isinstance(first, media_pb2.DownloadFaxResponse):
            return _document(first, parts)
        recording: Any = getattr(first, "recording", None)
        size: int = recording.bytes if recording is not None else 0
        chunks = _chunks(first, parts)
        if size <= 0:
            whole = await self._whole(chunks)
            size, chunks = len(whole), _one(whole)
            media_type = _MAGIC.get(whole[:4], "application/octet-stream")
        else:
            media_type = recording.media_type if _SOUND.match(recording.media_type) else "application/octet-stream"
        part = span.asked(wanted, size)
        if part is not None and part.length <= 0:
            await chunks.aclose()
            about = {"Content-Range": f"bytes */{size}"}
            return answer(416, "RANGE_NOT_SATISFIABLE", "the file has no such bytes", about)
        return _file(chunks, media_type, size, part)

    async def _whole(self, chunks: AsyncGenerator[bytes, None]) -> bytes:
        data = bytearray()
        async with aclosing(chunks):
            async for chunk in chunks:
                data += chunk
                if len(data) > self._limit:
                    raise too_large(self._limit)
        return bytes(data)


def _document(first: media_pb2.DownloadFaxResponse, parts: AsyncGenerator[Any, None]) -> Response:
    """A stranger's document is never a page of ours: it is saved, and opened by what opens documents."""
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{first.fax.id}.pdf"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Content-Length": str(first.fax.bytes),
    }
    return StreamingResponse(_chunks(first, parts), headers=headers)


def _file(chunks: AsyncGenerator[bytes, None], media_type: str, size: int, part: Span | None) -> Response:
    headers = {
        "Content-Type": media_type,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
    }
    if part is None:
        return StreamingResponse(chunks, headers={**headers, "Content-Length": str(size)})
    headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    headers["Content-Length"] = str(part.length)
    return StreamingResponse(_cut(chunks, part), status_code=206, headers=headers)


async def _chunks(first: Any, rest: AsyncGenerator[Any, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        if first.chunk:
            yield first.chunk
        async for message in rest:
            yield message.chunk


async def _one(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


async def _cut(chunks: AsyncGenerator[bytes, None], part: Span) -> AsyncIterator[bytes]:
    """Only the part, and no byte is read after it."""
    at = 0
    async with aclosing(chunks):
        async for chunk in chunks:
            piece = chunk[max(part.start - at, 0) : max(part.end - at, 0)]
            at += len(chunk)
            if piece:
                yield piece
            if at >= part.end:
                return
