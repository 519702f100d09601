"""Files in and out: checked by their bytes, stored for a tenant, named by messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.channels.domain import files as rules
from antiphon.channels.domain.message import MAX_ATTACHMENTS, Attachment
from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import new_id

if TYPE_CHECKING:
    from antiphon.channels.antivirus import Scan
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.store import FileStore
    from antiphon.kit.tokens import Caller


class Files:
    def __init__(
        self, store: FileStore, conversations: Conversations, scan: Scan, limit: int, unused_for: timedelta
    ) -> None:
        self.store = store
        self.scan = scan
        self.conversations = conversations
        self.limit = limit
        self.unused_for = unused_for

    async def keep(self, tenant: str, owner: str, name: str, data: bytes, file_id: str = "") -> Attachment:
        """Checks and stores a file. Raises TOO_LARGE, TYPE_REFUSED, EMPTY, INFECTED; UNAVAILABLE while the
        scanner is away."""
        if len(data) > self.limit:
            raise DomainError(Reason.TOO_LARGE, limit=self.limit)
        found = rules.sniff(data, name)
        await self.scan(data)
        attachment = Attachment(
            id=file_id or new_id("at"),
            name=rules.safe_name(name, found.media_type),
            media_type=found.media_type,
            size=len(data),
            width=found.width,
            height=found.height,
        )
        await self.store.add(tenant, owner, attachment, data, self.conversations.now())
        return attachment

    async def collect(self, parts: AsyncIterator[bytes]) -> bytes:
        """The bytes of an upload. Raises TOO_LARGE as soon as it is."""
        data = bytearray()
        async for part in parts:
            data += part
            if len(data) > self.limit:
                raise DomainError(Reason.TOO_LARGE, limit=self.limit)
        return bytes(data)

    async def named(self, tenant: str, ids: Sequence[str], owner: str) -> tuple[Attachment, ...]:
        """The files that a message of `owner` names; from now on they are kept. Raises UNKNOWN_ATTACHMENT."""
        if len(ids) > MAX_ATTACHMENTS:
            raise invalid("attachment_ids", f"at most {MAX_ATTACHMENTS} files in one message")
        found = await self.store.owned(tenant, list(dict.fromkeys(ids)), owner)
        await self.store.use(tenant, [attachment.id for attachment in found])
        return found

    async def upload(self, caller: Caller, name: str, data: bytes) -> Attachment:
        """A colleague's file."""
        return await self.keep(caller.tenant, caller.subject, name, data)

    async def head(self, tenant: str, attachment_id: str) -> Attachment:
        """Raises UNKNOWN_ATTACHMENT, also for another tenant's."""
        return replace(await self.store.get(tenant, attachment_id))

    async def sweep(self) -> int:
        """Deletes files that no message has named for long."""
        return await self.store.sweep(self.conversations.now() - self.unused_for)
