"""Lists: importing them, changing them, calling their contacts again.

An import is parsed in a thread in pieces, so that dialling goes on; it is stored piece by piece and the list is shown
as imported only at the end. Interrupted, it begins anew under the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterator
from itertools import islice
from typing import Any

from antiphon.dialer import sheets
from antiphon.dialer.app import messages
from antiphon.dialer.app.world import Document, World
from antiphon.dialer.domain.importing import HEADINGS, BadRow, Importer, NoPhoneColumn, Row, columns
from antiphon.dialer.domain.recycling import Result
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id
from antiphon.kit.tokens import Caller

LARGEST = 64 * 1024 * 1024
_PIECE = 2000
_PAGE = 1000
_SHOWN = 12
_COUNTED = ("rows", "bad_rows", "contacts")


class Lists:
    def __init__(self, world: World) -> None:
        self._world = world

    # --- lists

    async def import_list(
        self, caller: Caller, asked: pb.ListToImport, chunks: AsyncIterable[bytes]
    ) -> pb.ImportListResponse:
        if not asked.request_id or not asked.name.strip():
            raise invalid("name" if asked.request_id else "request_id", "a request id and a name are needed")
        if not 0 <= asked.weight <= 100:
            raise invalid("weight", "1 to 100")
        if strange := set(asked.columns) - set(HEADINGS):
            raise invalid("columns", f"no such meaning: {min(strange)}")
        campaign = await self._world.campaign(caller, asked.campaign_id)
        list_id = derived_id("ls", caller.tenant, campaign.id, asked.request_id)
        data = await collect(chunks)
        known: Document | None = await self._world.store.contacts.list_of(caller.tenant, list_id)
        if known is None or not known["done"]:
            known = await self._import(caller.tenant, campaign, (list_id, asked), data)
        return pb.ImportListResponse(list=await self._shown(known))

    async def list_lists(self, caller: Caller, request: pb.ListListsRequest) -> pb.ListListsResponse:
        campaign = await self._world.campaign(caller, request.campaign_id)
        found = await self._world.store.contacts.lists(caller.tenant, campaign.id)
        return pb.ListListsResponse(lists=[await self._shown(one) for one in found])

    async def preview(
        self, caller: Caller, asked: pb.ListToImport, chunks: AsyncIterable[bytes]
    ) -> pb.PreviewListResponse:
        """The first rows, as an import would read them."""
        campaign = await self._world.campaign(caller, asked.campaign_id)
        table = await asyncio.to_thread(opened, await collect(chunks))
        answer = pb.PreviewListResponse(headings=table.headings)
        try:
            found = columns(table.headings, dict(asked.columns))
        except NoPhoneColumn:
            importer, found = None, {}
        else:
            importer = Importer(table.headings, campaign.region, dict(asked.columns))
        for meaning, at in found.items():
            answer.columns[meaning] = table.headings[at]
        try:
            for line, cells in islice(table.rows, _SHOWN):
                read = importer.take(line, cells) if importer is not None else None
                reason = read.reason if isinstance(read, BadRow) else ""
                answer.rows.add(line=line, cells=[cell[:200] for cell in cells], reason=reason)
        except sheets.Unreadable as error:
            raise invalid("chunk", str(error)) from error
        return answer

    async def put_list(self, caller: Caller, request: pb.PutListRequest) -> pb.PutListResponse:
        known = await self._known(caller, request.list.id)
        name, weight = request.list.name.strip(), request.list.weight or 1
        if not 1 <= len(name) <= 200:
            raise invalid("list.name", "1 to 200 characters")
        if not 1 <= weight <= 100:
            raise invalid("list.weight", "1 to 100")
        changes = {"name": name, "weight": weight, "resting": request.list.resting}
        await self._world.store.contacts.change_list(known["_id"], changes)
        return pb.PutListResponse(list=await self._shown({**known, **changes}))

    async def recycle(self, caller: Caller, request: pb.RecycleListRequest) -> pb.RecycleListResponse:
        known = await self._known(caller, request.list_id)
        if not request.results and not request.dispositions:
            raise invalid("results", "which contacts come again?")
        results = [messages.RESULTS[one].value for one in request.results if one in messages.RESULTS]
        if len(results) != len(request.results) or Result.DNC.value in results:
            raise invalid("results", "not a result that comes again")
        store = self._world.store.contacts
        changed = await store.recycle(known["_id"], results, list(request.dispositions), self._world.clock())
        return pb.RecycleListResponse(contacts=changed)

    async def _known(self, caller: Caller, list_id: str) -> Document:
        known = await self._world.store.contacts.list_of(caller.tenant, list_id)
        if known is None:
            raise DomainError(Common.NOT_FOUND, object=list_id)
        await self._world.campaign(caller, known["campaign"])
        return known

    async def list_bad_rows(self, caller: Caller, request: pb.ListBadRowsRequest) -> pb.ListBadRowsResponse:
        await self._known(caller, request.list_id)
        found = await self._world.store.contacts.bad_rows(request.list_id, request.after_line, _PAGE)
        rows = [pb.BadRow(line=one["line"], reason=one["reason"], cell=one["cell"]) for one in found]
        return pb.ListBadRowsResponse(rows=rows)

    async def _import(
        self, tenant: str, campaign: pb.Campaign, what: tuple[str, pb.ListToImport], data: bytes
    ) -> Document:
        store, (list_id, asked) = self._world.store.contacts, what
        table = await asyncio.to_thread(opened, data)
        try:
            importer = Importer(table.headings, campaign.region, dict(asked.columns))
        except NoPhoneColumn as error:
            raise invalid("columns", "no column with numbers") from error
        where = {"tenant": tenant, "campaign": campaign.id, "list": list_id}
        document: dict[str, Any] = {
            "_id": list_id, "tenant": tenant, "campaign": campaign.id, "name": asked.name.strip(), "done": False,
            "weight": asked.weight or 1, "imported_at": self._world.clock(), "rows": 0, "contacts": 0, "bad_rows": 0,
            "rows_expected": max(0, table.about - 1), "resting": False,
        }  # fmt: skip
        await store.forget(list_id)
        await store.put_list(document)
        pieces = _pieces(importer, table)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            good = [row for row in piece if isinstance(row, Row)]
            bad = [row for row in piece if isinstance(row, BadRow)]
            first = await store.numbers_of(campaign.id, len(good))
            bad += await store.add(where, good, first, self._world.clock())
            await store.refuse(list_id, bad)
            document["rows"] += len(piece)
            document["bad_rows"] += len(bad)
            document["contacts"] = document["rows"] - document["bad_rows"]
            await store.change_list(list_id, {name: document[name] for name in _COUNTED})
        document["contacts"] = document["rows"] - document["bad_rows"]
        document["done"] = True
        await store.change_list(list_id, {name: document[name] for name in (*_COUNTED, "done")})
        return await store.list_of(tenant, list_id) or document

    async def _shown(self, document: Document) -> pb.ContactList:
        return messages.contact_list(document, await self._world.store.contacts.by_state(document["_id"]))


def _pieces(importer: Importer, table: sheets.Table) -> Iterator[list[Row | BadRow]]:
    """Rows in pieces. A table that breaks in the middle ends with a bad row that says so."""
    rows = iter(table.rows)
    while True:
        piece: list[Row | BadRow] = []
        try:
            piece.extend(importer.take(line, cells) for line, cells in islice(rows, _PIECE))
        except sheets.Unreadable as error:
            line = piece[-1].line + 1 if piece else 0
            yield [*piece, BadRow(line, f"unreadable from here: {error}", "")]
            return
        if not piece:
            return
        yield piece


def opened(data: bytes) -> sheets.Table:
    """The table of a file. Raises INVALID."""
    try:
        return sheets.read(data)
    except sheets.Unreadable as error:
        raise invalid("chunk", str(error)) from error


async def collect(chunks: AsyncIterable[bytes]) -> bytes:
    """The whole file. Raises INVALID when it is too large."""
    found = bytearray()
    async for chunk in chunks:
        found += chunk
        if len(found) > LARGEST:
            raise invalid("chunk", f"at most {LARGEST // 1024 // 1024} MiB")
    return bytes(found)
