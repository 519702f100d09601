"""What is handed out: a day's signed evidence, and the results as a table."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from antiphon.dialer.app.world import STRICT, World
from antiphon.dialer.evidence import seal
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

_PIECE = 64 * 1024
_HIDDEN = frozenset(
    {"_id", "tenant", "campaign", "day", "live", "asked_at", "project", "person", "own_phone", "message"}
)


class Proof:
    def __init__(self, world: World) -> None:
        self._world = world

    async def evidence(self, caller: Caller, request: pb.GetEvidenceRequest) -> AsyncIterator[bytes]:
        """The file of a day. A day that is not over has no evidence yet."""
        campaign = await self._world.campaign(caller, request.campaign_id)
        key = self._key()
        try:
            day = date.fromisoformat(request.day)
        except ValueError as error:
            raise invalid("day", "a day as 2026-06-10") from error
        now = self._world.clock()
        if day >= now.date():
            raise invalid("day", "the day is not over")
        packs = self._world.rules.packs
        head = {
            "tenant": caller.tenant,
            "campaign": campaign.id,
            "name": campaign.name,
            "day": request.day,
            "made_at": now.isoformat(),
            "pack": campaign.pack_id or STRICT,
            "packs": [
                {"id": one.id, "since": one.since.isoformat(), "sources": [source.text for source in one.sources]}
                for one in packs
                if one.in_force(day) and campaign.pack_id in (one.id, one.joins)
            ],
        }
        lines = [_line(one) async for one in self._world.store.attempts.of_day(campaign.id, request.day)]
        for piece in _pieces(b"".join(seal(head, lines, key))):
            yield piece

    async def results(self, caller: Caller, request: pb.ExportResultsRequest) -> AsyncIterator[bytes]:
        """A row for every contact."""
        campaign = await self._world.campaign(caller, request.campaign_id)
        questions = [one.id for one in campaign.questions]
        buffer = io.StringIO()
        table = csv.writer(buffer)
        buffer.write("\ufeff")
        head = ["number", "name", "state", "attempts", "result", "disposition", "agent", "amount", "currency", "note"]
        table.writerow([*head, *(_harmless(one) for one in questions)])
        async for contact in self._world.store.contacts.all(campaign.id, request.list_id):
            last, answers = contact.get("last", {}), contact.get("answers", {})
            row = [contact["number"], contact["name"], contact["state"], contact["attempts"], last.get("result", "")]
            row += [
                last.get("disposition", ""),
                last.get("agent", ""),
                _money(last.get("amount")),
                last.get("currency", ""),
            ]
            row += [last.get("note", ""), *(answers.get(one, "") for one in questions)]
            table.writerow([_harmless(cell) for cell in row])
            if buffer.tell() > _PIECE:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()

    def _key(self) -> Ed25519PrivateKey:
        text = self._world.settings.evidence_key.get_secret_value()
        if not text:
            raise DomainError(Common.UNAVAILABLE, "no key for evidence is set", retry=False)
        return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _line(document: dict[str, Any]) -> dict[str, Any]:
    found = {name: _plain(value) for name, value in document.items() if name not in _HIDDEN}
    return {"id": document["_id"], **found}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _money(micros: int | None) -> str:
    """1250000 → 1.25."""
    return f"{Decimal(micros) / 1_000_000:.2f}" if micros else ""


def _harmless(cell: object) -> object:
    """A spreadsheet shall not take somebody's name for a formula. Numbers in E.164 stay as they are."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "@", "-", "\t") or (text[:1] == "+" and not text[1:].isdigit()) else cell


def _pieces(data: bytes) -> list[bytes]:
    return [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
