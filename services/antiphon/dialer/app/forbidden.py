"""Do-not-call lists of the installation, a tenant and a campaign: adding, importing, looking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

from antiphon.dialer import sheets
from antiphon.dialer.app.lists import collect, opened
from antiphon.dialer.app.world import World
from antiphon.dialer.domain.importing import NoPhoneColumn, columns
from antiphon.dialer.domain.numbers import Bad, Numbers
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller

_MOST_NUMBERS = 10_000
_MOST_BAD = 1000
_PIECE = 5000
_LONGEST_PAGE, _PAGE = 200, 50


class Forbidden:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list_do_not_call(self, caller: Caller, request: pb.ListDoNotCallRequest) -> pb.ListDoNotCallResponse:
        level, owner = await self._level(caller, request.level, request.campaign_id, reads=True)
        limit = min(max(request.limit, 0) or _PAGE, _LONGEST_PAGE)
        found = await self._world.store.dnc.page(level, owner, (request.prefix, request.after), limit)
        numbers = [pb.DoNotCall(number=number, at=timestamp(at), source=source) for number, at, source in found]
        return pb.ListDoNotCallResponse(numbers=numbers, next=found[-1][0] if len(found) == limit else "")

    async def import_do_not_call(
        self, caller: Caller, asked: pb.ListToForbid, chunks: AsyncIterable[bytes]
    ) -> pb.ImportDoNotCallResponse:
        level, owner = await self._level(caller, asked.level, asked.campaign_id)
        table = await asyncio.to_thread(opened, await collect(chunks))
        try:
            at = columns(table.headings, {})["phone"]
        except NoPhoneColumn as error:
            raise invalid("columns", "no column with numbers") from error
        reader, answer, good = Numbers(asked.region), pb.ImportDoNotCallResponse(), set[str]()
        try:
            for line, cells in table.rows:
                raw = cells[at] if at < len(cells) else ""
                number = reader.read(raw)
                answer.rows += 1
                if not isinstance(number, Bad):
                    good.add(number)
                elif len(answer.bad_rows) < _MOST_BAD:
                    answer.bad_rows.add(line=line, reason=number.value, cell=raw[:200])
                if len(good) >= _PIECE:
                    answer.added += await self._add(level, owner, good)
                    good.clear()
        except sheets.Unreadable as error:
            raise invalid("chunk", str(error)) from error
        answer.added += await self._add(level, owner, good)
        return answer

    async def _add(self, level: str, owner: str, numbers: set[str]) -> int:
        return await self._world.store.dnc.add(level, owner, sorted(numbers), "import", self._world.clock())

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

    async def _level(
        self, caller: Caller, asked: pb.DoNotCallLevel.ValueType, campaign_id: str, *, reads: bool = False
    ) -> tuple[str, str]:
        match asked:
            case pb.DO_NOT_CALL_LEVEL_GLOBAL:
                if not caller.is_service and not reads:
                    raise DomainError(Common.DENIED, "the list of the whole installation is not a tenant's")
                return "global", ""
            case pb.DO_NOT_CALL_LEVEL_TENANT:
                return "tenant", caller.tenant
            case pb.DO_NOT_CALL_LEVEL_CAMPAIGN:
                return "campaign", (await self._world.campaign(caller, campaign_id)).id
            case _:
                raise invalid("level", "which list?")
