"""Files in and out as streams: nothing larger than a chunk is held in memory.

An upload is one `file` in a multipart form. A form is what a foreign page can send without asking, so a cookie request
must also carry a header that such a page cannot set: X-Requested-With or Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import quote

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import channels_pb2_grpc
from antiphon.inbox import wire
from antiphon.inbox.domain.reasons import Reason
from antiphon.inbox.problems import HttpProblem, too_large, unsupported
from antiphon.inbox.rest import json_response
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers

_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MEDIA_TYPE = re.compile(r"^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}$")
_FORM_ROOM = 64_000
_CHUNK = 256_000


class Attachments:
    """The two endpoints."""

    def __init__(self, peers: Peers, sessions: Sessions, limit: int) -> None:
        self._stub = channels_pb2_grpc.ChannelsServiceStub(peers.channel("channels"))
        self._sessions = sessions
        self._limit = limit

    async def upload(self, request: Request) -> Response:
        """POST /attachments."""
        admission = await self._sessions.admit(request, changes=True)
        headers = request.headers
        by_cookie = "authorization" not in headers
        if by_cookie and not ("x-requested-with" in headers or "idempotency-key" in headers):
            raise DomainError(Reason.FOREIGN_ORIGIN, "an upload needs the header X-Requested-With")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limit + _FORM_ROOM:
            raise too_large(self._limit)
        upload = _Upload(request, self._limit)
        try:
            answer = await grpc_client.send(
                self._stub.UploadAttachment, upload.parts(), grpc_client.metadata(admission.token)
            )
        except asyncio.CancelledError:
            if upload.failure is None:
                raise
            raise upload.failure from None  # gRPC cancels a call whose parts fail
        except DomainError:
            if upload.failure is None:
                raise
            raise upload.failure from None
        return json_response(wire.encode(wire.render(answer)))

    async def download(self, request: Request) -> Response:
        """GET /attachments/{id}."""
        admission = await self._sessions.admit(request)
        asked = pb.DownloadAttachmentRequest(attachment_id=request.path_params["id"])
        parts = grpc_client.stream(self._stub.DownloadAttachment, asked, grpc_client.metadata(admission.token))
        first = await anext(parts, pb.DownloadAttachmentResponse())
        return StreamingResponse(_chunks(parts), headers=_file_headers(first.head))


async def _chunks(parts: AsyncIterator[pb.DownloadAttachmentResponse]) -> AsyncIterator[bytes]:
    async with aclosing(parts):  # type: ignore[type-var]
        async for part in parts:
            yield part.chunk


def _file_headers(head: pb.AttachmentHead) -> dict[str, str]:
    """A file of a stranger must not become a page of ours: only plain pictures are shown in place."""
    media_type = head.media_type if _MEDIA_TYPE.match(head.media_type) else "application/octet-stream"
    kind = "inline" if media_type in _SHOWN else "attachment"
    headers = {
        "Content-Type": media_type,
        "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(head.name or 'file', safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "Cache-Control": "private, max-age=3600",
    }
    if head.size > 0:
        headers["Content-Length"] = str(head.size)
    return headers


class _Upload:
    """One multipart body as the parts of UploadAttachment."""

    def __init__(self, request: Request, limit: int) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise unsupported("the body must be multipart/form-data")
        self.failure: DomainError | HttpProblem | None = None
        self._request = request
        self._limit = limit
        self._ready: list[pb.UploadAttachmentRequest] = []
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = bytearray(), bytearray()
        self._files = 0
        self._in_file = False
        self._ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )

    async def parts(self) -> AsyncIterator[pb.UploadAttachmentRequest]:
        """The head, then the bytes. On a bad form `failure` says why and the call is broken off."""
        try:
            seen = size = 0
            async for chunk in self._request.stream():
                seen += len(chunk)
                if seen > self._limit + _FORM_ROOM:
                    raise too_large(self._limit)
                for start in range(0, len(chunk), _CHUNK):
                    self._parser.write(chunk[start : start + _CHUNK])
                ready, self._ready = self._ready, []
                for part in ready:
                    size += len(part.chunk)
                    if size > self._limit:
                        raise too_large(self._limit)
                    yield part
            if not self._ended or self._files != 1:
                raise DomainError(Reason.ATTACHMENT_BROKEN)
        except MultipartParseError:
            self.failure = DomainError(Reason.ATTACHMENT_BROKEN)
            raise
        except (DomainError, HttpProblem) as error:
            self.failure = error
            raise

    def _on_part_begin(self) -> None:
        self._headers, self._in_file = {}, False

    def _on_header_end(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if options.get(b"name") != b"file" or b"filename" not in options:
            raise DomainError(Reason.ATTACHMENT_BROKEN, "the form has another field than `file`")
        self._files += 1
        if self._files > 1:
            raise DomainError(Reason.ATTACHMENT_BROKEN, "one file at a time")
        self._in_file = True
        name = options[b"filename"].decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
        media_type = self._headers.get(b"content-type", b"").decode("latin-1")[:120]
        head = pb.AttachmentHead(name=name[:255], media_type=media_type)
        self._ready.append(pb.UploadAttachmentRequest(head=head))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and end > start:
            self._ready.append(pb.UploadAttachmentRequest(chunk=data[start:end]))

    def _on_end(self) -> None:
        self._ended = True
