"""Everything that is kept of one customer, as one ZIP: JSON of the records, and the files as they are.

Asked with the caller's own token, so that it holds nothing that the caller may not see; whoever exports needs the right
to erase, which whoever answers a customer's request has. A service that is absent (no telephony) is left out and named.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import IO, Any
from urllib.parse import quote

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from antiphon.channels.v1 import channels_pb2, channels_pb2_grpc
from antiphon.directory.v1 import (
    crm_pb2,
    crm_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    privacy_pb2,
    privacy_pb2_grpc,
)
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.media.v1 import media_pb2, media_pb2_grpc

RIGHT = "contacts.erase"
_IN_MEMORY = 8 * 1024 * 1024
_CHUNK = 256 * 1024
_PAGE = 200
_REASON = "export for the customer"


class CustomerFile:
    def __init__(self, peers: Peers, sessions: Sessions) -> None:
        self._sessions = sessions
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._crm = crm_pb2_grpc.CrmServiceStub(peers.channel("directory"))
        self._privacy = privacy_pb2_grpc.PrivacyServiceStub(peers.channel("directory"))
        self._channels = channels_pb2_grpc.ChannelsServiceStub(peers.channel("channels"))
        self._media = media_pb2_grpc.MediaServiceStub(peers.channel("media"))

    async def download(self, request: Request) -> Response:
        """GET /contacts/{id}/export."""
        admission = await self._sessions.admit(request)
        if not admission.caller.may(RIGHT):
            raise DomainError(Common.DENIED, f"the right {RIGHT!r} is needed", permission=RIGHT)
        contact_id, token = request.path_params["id"], metadata(admission.token)
        card = await ask(self._directory.GetContact, directory_pb2.GetContactRequest(contact_id=contact_id), token)
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who streams it
        try:
            with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
                await self._fill(archive, card, token)
        except BaseException:
            spool.close()
            raise
        name = quote(f"customer-{card.contact.id}.zip")
        headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
        return StreamingResponse(_parts(spool), media_type="application/zip", headers=headers)

    async def _fill(self, archive: zipfile.ZipFile, card: directory_pb2.GetContactResponse, token: Any) -> None:
        contact_id = card.contact.id
        _write(archive, "card.json", [card])
        notes = await self._all(
            lambda after: ask(
                self._crm.ListContactNotes,
                crm_pb2.ListContactNotesRequest(contact_id=contact_id, limit=_PAGE, after=after),
                token,
            ),
            "notes",
        )
        _write(archive, "notes.json", notes)
        consents = await ask(self._privacy.ListConsents, privacy_pb2.ListConsentsRequest(contact_id=contact_id), token)
        _write(archive, "consents.json", list(consents.consents))
        messages = await self._all(
            lambda after: ask(
                self._channels.ListCustomerMessages,
                channels_pb2.ListCustomerMessagesRequest(contact_id=contact_id, limit=_PAGE, after=after),
                token,
            ),
            "messages",
        )
        _write(archive, "messages.json", messages)
        for message in messages:
            for file in message.attachments:
                asked = channels_pb2.DownloadAttachmentRequest(attachment_id=file.id)
                await _copy(
                    archive, f"files/{file.id}-{_safe(file.name)}", self._channels.DownloadAttachment, asked, token
                )
        try:
            await self._calls(archive, contact_id, token)
        except DomainError as error:
            if error.reason is not Common.UNAVAILABLE:
                raise
            archive.writestr("calls-are-missing.txt", "The service of calls did not answer: ask again later.\n")

    async def _calls(self, archive: zipfile.ZipFile, contact_id: str, token: Any) -> None:
        calls = await self._all(
            lambda after: ask(
                self._media.ListCalls,
                media_pb2.ListCallsRequest(contact_id=contact_id, limit=_PAGE, after=after),
                token,
            ),
            "calls",
        )
        _write(archive, "calls.json", calls)
        for call in calls:
            if call.recording_id:
                asked = media_pb2.DownloadRecordingRequest(
                    recording_id=call.recording_id, reason=_REASON, purpose=media_pb2.LISTENING_PURPOSE_PRIVACY_REQUEST
                )
                await _copy(archive, f"recordings/{call.recording_id}.ogg", self._media.DownloadRecording, asked, token)

    async def _all(self, page: Callable[[str], Awaitable[Any]], field: str) -> list[Any]:
        found: list[Any] = []
        after = ""
        while True:
            answer = await page(after)
            found += getattr(answer, field)
            after = answer.next
            if not after:
                return found


def _write(archive: zipfile.ZipFile, name: str, records: list[Message]) -> None:
    texts = (MessageToJson(one, preserving_proto_field_name=True, ensure_ascii=False) for one in records)
    archive.writestr(name, "[\n" + ",\n".join(texts) + "\n]\n")


async def _copy(archive: zipfile.ZipFile, name: str, method: Any, asked: Message, token: Any) -> None:
    """A file, if it is still there."""
    try:
        async with aclosing(grpc_client.stream(method, asked, token)) as parts:  # type: ignore[type-var]
            with archive.open(name, "w", force_zip64=True) as file:
                async for part in parts:
                    file.write(part.chunk)
    except DomainError as error:
        if error.retry:
            raise


async def _parts(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        spool.seek(0)
        while chunk := spool.read(_CHUNK):
            yield chunk


def _safe(name: str) -> str:
    """A file's name without what a path could mean."""
    return re.sub(r"[^\w.\- ]+", "_", name).strip(". ")[:100] or "file"
