"""Fax machines and what becomes of faxes: `app.world.Faxes` over spandsp, Mongo and mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.kit import logs
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import timestamp
from antiphon.media.domain.fax import Document, Result, Status
from antiphon.media.domain.reasons import Reason
from antiphon.media.fax import pages, spandsp, tiff
from antiphon.media.fax.terminal import Terminal
from antiphon.media.mail import Mail, Undelivered
from antiphon.media.v1 import media_pb2 as pb

if TYPE_CHECKING:
    from antiphon.kit.tokens import Caller
    from antiphon.media.app.switchboard import Switchboard
    from antiphon.media.asks import Asks
    from antiphon.media.books import Books
    from antiphon.media.domain.call import Call
    from antiphon.media.domain.verbs import Fax
    from antiphon.media.registry import Registry
    from antiphon.media.store import FaxStore

LARGEST = 3_000_000
"""Bytes of a PDF that is sent."""
_STATUS = {status: pb.FaxStatus.Value(f"FAX_STATUS_{status.name}") for status in Status}
_LOST_AFTER = timedelta(minutes=2)
_MAIL_FOR = timedelta(hours=24)
log = logs.get("media")


class Faxes:
    """`host` is the address of our ports, reached by the engines."""

    def __init__(self, store: FaxStore, asks: Asks, clock: Clock, spool: Path, host: str) -> None:
        self.store = store
        self.asks = asks
        self.clock = clock
        self.spool = spool
        self.host = host
        self.books: Books = None  # type: ignore[assignment]  # set by wiring
        self.mail: Mail | None = None
        self._to_mail = asyncio.Event()

    # --- machines

    def receiver(self, call: Call, fax_id: str, over: Callable[[Result], None]) -> Terminal | None:
        return self._terminal(lambda: spandsp.Machine.receiving(self._file(fax_id), call.called), over)

    def sender(self, call: Call, document: Document, over: Callable[[Result], None]) -> Terminal | None:
        return self._terminal(lambda: spandsp.Machine.sending(self._file(document.fax_id), call.caller), over)

    def _terminal(self, make: Callable[[], spandsp.Machine], over: Callable[[Result], None]) -> Terminal | None:
        try:
            self.spool.mkdir(parents=True, exist_ok=True)
            return Terminal(self.host, make(), over)
        except OSError as error:
            log.warning("there is no fax machine", error=type(error).__name__)
            return None

    def _file(self, fax_id: str) -> Path:
        return self.spool / f"{fax_id}.tif"

    # --- for us

    async def received(self, call: Call, fax_id: str, verb: Fax, result: Result) -> str:
        file, status = self._file(fax_id), result.of_received()
        if status is None:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            return ""
        try:
            scans = tiff.scans(await asyncio.to_thread(file.read_bytes))
        except (OSError, tiff.NotAFax) as error:
            log.warning("a fax could not be kept", call_id=call.id, error=type(error).__name__)
            await self.books.alarm("disk", "fax", cleared=False, tenant=call.tenant)
            return ""
        document = await asyncio.to_thread(tiff.pdf, scans)
        now = self.clock()
        it = pb.Fax(
            id=fax_id, call_id=call.id, direction=pb.DIRECTION_INBOUND, at=timestamp(call.started_at),
            number=call.caller, ident=result.ident, status=_status(status), why=result.why, pages=len(scans),
            pages_done=len(scans), bytes=len(document), contact_id=call.contact_id, person_id=verb.person_id,
            group_id=verb.group_id, email=verb.email if self.mail is not None else "",
            kept_until=await self._kept_until(call.tenant),
        )  # fmt: skip
        await self.store.add(call.tenant, it, document, now, now + _MAIL_FOR if it.email else None)
        self._to_mail.set()
        await asyncio.to_thread(file.unlink, missing_ok=True)
        return fax_id

    async def _kept_until(self, tenant: str) -> Timestamp | None:
        plan = await self.asks.quietly(self.asks.dial_plan(tenant))
        days = plan.recording_days if plan is not None else 0
        return timestamp(self.clock() + timedelta(days=days)) if days else None

    # --- from us

    async def send(self, board: Switchboard, caller: Caller, request: pb.SendFaxRequest) -> pb.Fax:
        """Kept, and its call has begun. Raises BAD_DOCUMENT, NO_FAX and the refusals of Dial."""
        if why := spandsp.missing():
            raise DomainError(Reason.NO_FAX, why)
        fax_id = derived_id("fx", caller.tenant, caller.person_id, request.request_id)
        try:
            return await self.store.find(caller.tenant, fax_id)
        except DomainError:
            count = await self._drawn(fax_id, request.document)
        document = Document(fax_id, request.to, request.caller_id, caller.person_id, count)
        call_id = derived_id("cl", caller.tenant, fax_id)
        try:
            await board.fax(caller.tenant, document, call_id, lambda call: self._keep(call, document, request.document))
        except DomainError:
            await asyncio.to_thread(self._file(fax_id).unlink, missing_ok=True)
            raise
        return await self.store.find(caller.tenant, fax_id)

    async def _drawn(self, fax_id: str, document: bytes) -> int:
        """How many pages there are in the file now."""
        if not document.startswith(b"%PDF-") or len(document) > LARGEST:
            raise DomainError(Reason.BAD_DOCUMENT, "a PDF of at most 3 MB is needed")
        source = self.spool / f"{fax_id}.pdf"
        await asyncio.to_thread(self.spool.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(source.write_bytes, document)
        try:
            return await pages.drawn(source, self._file(fax_id))
        finally:
            await asyncio.to_thread(source.unlink, missing_ok=True)

    async def _keep(self, call: Call, document: Document, content: bytes) -> None:
        now = self.clock()
        it = pb.Fax(
            id=document.fax_id, call_id=call.id, direction=pb.DIRECTION_OUTBOUND, at=timestamp(now),
            number=call.called, status=pb.FAX_STATUS_SENDING, pages=document.pages, bytes=len(content),
            person_id=document.person_id, read=True, kept_until=await self._kept_until(call.tenant),
        )  # fmt: skip
        await self.store.add(call.tenant, it, content, now, None)

    async def sent(self, call: Call, document: Document, result: Result) -> bool:
        status = result.of_sent(document.pages)
        changes = pb.Fax(status=_status(status), why=result.why, pages_done=result.sent, ident=result.ident)
        await self.store.change(document.fax_id, changes, self.clock(), of=pb.FAX_STATUS_SENDING)
        await asyncio.to_thread(self._file(document.fax_id).unlink, missing_ok=True)
        return status is Status.DELIVERED

    # --- what time does

    async def sweep(self, registry: Registry) -> None:
        """Faxes whose time is over go; those whose call died with its replica have failed."""
        while await self.store.sweep(self.clock()):
            continue
        for fax_id, call_id in await self.store.sending(self.clock() - _LOST_AFTER):
            if registry.now(call_id) is None:
                lost = pb.Fax(status=pb.FAX_STATUS_FAILED, why="interrupted")
                await self.store.change(fax_id, lost, self.clock(), of=pb.FAX_STATUS_SENDING)

    async def another(self, patience: float) -> None:
        """Returns when there may be something to mail, at the latest after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._to_mail.wait()
        self._to_mail.clear()

    async def post(self) -> None:
        """Mails what is to be mailed, once each; what could not be is tried again for a day."""
        while self.mail is not None and (found := await self.store.to_mail(self.clock())) is not None:
            _, it = found
            document = b"".join([part async for part in self.store.parts(it.id)])
            try:
                await self.mail.send(it, document)
            except Undelivered as error:
                log.warning("a fax could not be mailed", fax_id=it.id, error=str(error))
            else:
                await self.store.change(it.id, pb.Fax(mailed=True), self.clock())


def _status(status: Status) -> pb.FaxStatus.ValueType:
    return pb.FaxStatus.ValueType(_STATUS[status])
