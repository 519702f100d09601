"""Importing lists, and the do-not-call lists.

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
from antiphon.dialer.domain.importing import HEADINGS, BadRow, Importer, NoPhoneColumn, Row
from antiphon.dialer.domain.numbers import Bad, Numbers
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id
from antiphon.kit.tokens import Caller

LARGEST = 64 * 1024 * 1024
_PIECE = 2000
_MOST_NUMBERS = 10_000
_PAGE = 1000


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
        data = await _collect(chunks)
        known: Document | None = await self._world.store.contacts.list_of(caller.tenant, list_id)
        if known is None or not known["done"]:
            known = await self._import(caller.tenant, campaign, (list_id, asked), data)
        return pb.ImportListResponse(list=await self._shown(known))

    async def list_lists(self, caller: Caller, request: pb.ListListsRequest) -> pb.ListListsResponse:
        campaign = await self._world.campaign(caller, request.campaign_id)
        found = await self._world.store.contacts.lists(caller.tenant, campaign.id)
        return pb.ListListsResponse(lists=[await self._shown(one) for one in found])

    async def list_bad_rows(self, caller: Caller, request: pb.ListBadRowsRequest) -> pb.ListBadRowsResponse:
        known = await self._world.store.contacts.list_of(caller.tenant, request.list_id)
        if known is None:
            raise DomainError(Common.NOT_FOUND, object=request.list_id)
        await self._world.campaign(caller, known["campaign"])
        found = await self._world.store.contacts.bad_rows(request.list_id, request.after_line, _PAGE)
        rows = [pb.BadRow(line=one["line"], reason=one["reason"], cell=one["cell"]) for one in found]
        return pb.ListBadRowsResponse(rows=rows)

    async def _import(
        self, tenant: str, campaign: pb.Campaign, what: tuple[str, pb.ListToImport], data: bytes
    ) -> Document:
        store, (list_id, asked) = self._world.store.contacts, what
        try:
            table = await asyncio.to_thread(sheets.read, data)
            importer = Importer(table.headings, campaign.region, dict(asked.columns))
        except sheets.Unreadable as error:
            raise invalid("chunk", str(error)) from error
        except NoPhoneColumn as error:
            raise invalid("columns", "no column with numbers") from error
        where = {"tenant": tenant, "campaign": campaign.id, "list": list_id}
        document: dict[str, Any] = {
            "_id": list_id, "tenant": tenant, "campaign": campaign.id, "name": asked.name.strip(), "done": False,
            "weight": asked.weight or 1, "imported_at": self._world.clock(), "rows": 0, "contacts": 0, "bad_rows": 0,
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
        document["done"] = True
        await store.put_list(document)
        return document

    async def _shown(self, document: Document) -> pb.ContactList:
        return messages.contact_list(document, await self._world.store.contacts.by_state(document["_id"]))

    # --- do not call

    async def add_do_not_call(self, caller: Caller, request: pb.AddDoNotCallRequest) -> pb.AddDoNotCallResponse:
        level, owner = await self._level(caller, request.level, request.campaign_id)
        if len(request.numbers) > _MOST_NUMBERS:
            raise invalid("numbers", f"at most {_MOST_NUMBERS}")
        reader = Numbers(request.region)
        read = [(raw, reader.read(raw)) for raw in request.numbers]
        good = sorted({number for _, number in read if not isinstance(number, Bad)})
        added = await self._world.store.dnc.add(level, owner, good, request.source, self._world.clock())
        unreadable = [raw for raw, number in read if isinstance(number, Bad)]
        return pb.AddDoNotCallResponse(added=added, unreadable=unreadable)

    async def remove_do_not_call(
        self, caller: Caller, request: pb.RemoveDoNotCallRequest
    ) -> pb.RemoveDoNotCallResponse:
        level, owner = await self._level(caller, request.level, request.campaign_id)
        await self._world.store.dnc.remove(level, owner, request.numbers)
        return pb.RemoveDoNotCallResponse()

    async def _level(self, caller: Caller, asked: pb.DoNotCallLevel.ValueType, campaign_id: str) -> tuple[str, str]:
        match asked:
            case pb.DO_NOT_CALL_LEVEL_GLOBAL:
                if not caller.is_service:
                    raise DomainError(Common.DENIED, "the list of the whole installation is not a tenant's")
                return "global", ""
            case pb.DO_NOT_CALL_LEVEL_TENANT:
                return "tenant", caller.tenant
            case pb.DO_NOT_CALL_LEVEL_CAMPAIGN:
                return "campaign", (await self._world.campaign(caller, campaign_id)).id
            case _:
                raise invalid("level", "which list?")


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


async def _collect(chunks: AsyncIterable[bytes]) -> bytes:
    found = bytearray()
    async for chunk in chunks:
        found += chunk
        if len(found) > LARGEST:
            raise invalid("chunk", f"at most {LARGEST // 1024 // 1024} MiB")
    return bytes(found)
