"""Tariffs: drafts, approval by a second person, and the catalogue that rates.

A version takes effect at least `SOON` after its approval; catalogues are read anew more often than that, so every
process rates by the same version at every instant.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from google.protobuf.message import Message

from antiphon.billing.app.messages import nanos, stamp
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.charging import MICRO, Catalogue, Version
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.reading import BadInput, Form
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.tariff import Tariff, compile_tariff
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.events_pb2 import TariffActivated
from antiphon.kit import ids
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

SOON = 2 * SECOND
FRESH = SECOND
DAY = 86_400 * SECOND
LARGEST_DOCUMENT = 3_000_000
MOST_COMPILED = 200


class Versions(Protocol):
    """What is needed of the store."""

    async def all(self, tenant: str) -> list[dict[str, Any]]: ...

    async def seller(self, tenant: str) -> str: ...

    async def sold_in(self, seller: str) -> set[str]: ...

    async def get(self, tenant: str, tariff: str, version: int) -> dict[str, Any] | None: ...

    async def add(self, draft: dict[str, Any]) -> dict[str, Any]: ...

    async def approve(self, draft: dict[str, Any], approver: str, effective_from: int, told: Message) -> bool: ...


class Rises(Protocol):
    """What the customers of a tariff are told ahead (`dearer`)."""

    async def rising(self, tenant: str, tariff: str, version: int) -> list[str]: ...

    async def notice(self, tenant: str, tariff: str) -> int: ...


class Tariffs:
    """Everything about tariffs."""

    def __init__(self, store: Versions, clock: Clock, dearer: Rises | None = None) -> None:
        self._store = store
        self._dearer = dearer
        self._clock = clock
        self._catalogues: dict[str, tuple[int, Catalogue]] = {}
        self._compiled: dict[str, tuple[Tariff, dict[str, Fraction]]] = {}
        self._reading: dict[str, asyncio.Future[Catalogue]] = {}

    async def catalogue(self, tenant: str) -> Catalogue:
        """The active versions that count for a tenant, compiled; at most a second old."""
        now = nanos(self._clock())
        kept = self._catalogues.get(tenant)
        if kept is not None and 0 <= now - kept[0] < FRESH:
            return kept[1]
        reading = self._reading.get(tenant)
        if reading is None:
            reading = self._reading[tenant] = asyncio.ensure_future(self._read(tenant, now))
            reading.add_done_callback(lambda _: self._reading.pop(tenant, None))
        return await asyncio.shield(reading)  # whoever goes away does not take it from the others

    async def _read(self, tenant: str, now: int) -> Catalogue:
        versions: dict[str, list[Version]] = {}
        for document in await self._counting(tenant):
            if document["approver"]:
                version = Version(
                    f"{document['tariff']}:{document['version']}",
                    document["currency"],
                    document["effective_from"],
                    *self._tariff(document),
                )
                versions.setdefault(document["tariff"], []).append(version)
        for listed in versions.values():
            listed.sort(key=lambda version: -version.effective_from)
        catalogue = Catalogue(versions)
        self._catalogues[tenant] = (now, catalogue)
        return catalogue

    async def _counting(self, tenant: str) -> list[dict[str, Any]]:
        """The tenant's own versions and its operator's; of one name the operator's."""
        seller = await self._store.seller(tenant)
        sold = await self._store.all(seller) if seller else []
        names = {document["tariff"] for document in sold}
        return sold + [document for document in await self._store.all(tenant) if document["tariff"] not in names]

    async def sold_in(self, tenant: str) -> set[str] | None:
        """The currencies in which an operator sells to this tenant; None for who is nobody's customer."""
        seller = await self._store.seller(tenant)
        return await self._store.sold_in(seller) if seller else None

    async def put(self, caller: Caller, request: pb.PutTariffRequest) -> pb.PutTariffResponse:
        asked = request.tariff
        if len(asked.currency) != 3 or not asked.currency.isupper():
            raise invalid("currency", "is not an ISO 4217 code")
        _compiled(asked.document)
        _ = usage_of(json.loads(asked.document, parse_float=Decimal))
        name = asked.id or ids.new_id("tf", self._clock())
        if ":" in name or "/" in name or len(name) > 64:
            raise invalid("id", "has no colon or slash and at most 64 characters")
        draft = {
            "tenant": caller.tenant,
            "tariff": name,
            "name": asked.name.strip(),
            "currency": asked.currency,
            "document": asked.document,
            "author": caller.subject,
            "approver": "",
            "effective_from": 0,
        }
        return pb.PutTariffResponse(tariff=_message(await self._store.add(draft)))

    async def approve(self, caller: Caller, request: pb.ApproveTariffRequest) -> pb.ApproveTariffResponse:
        draft = await self._store.get(caller.tenant, request.id, request.version)
        if draft is None:
            raise DomainError(Common.NOT_FOUND, object=request.id)
        if draft["author"] == caller.subject:
            raise DomainError(Reason.SAME_PERSON)
        now = nanos(self._clock())
        asked = request.effective_from
        starts = asked.seconds * SECOND + asked.nanos if request.HasField("effective_from") else now + SOON
        if draft["approver"] or starts < now:
            raise DomainError(Reason.ILLEGAL, "it is active already, or would begin in the past")
        await self._told_before(caller.tenant, draft, starts - now)
        active = draft | {"approver": caller.subject, "effective_from": max(starts, now + SOON)}
        told = TariffActivated(occurred_at=stamp(now), tariff=_message(active))
        if not await self._store.approve(draft, caller.subject, active["effective_from"], told):
            raise DomainError(Reason.ILLEGAL, "somebody else approved it meanwhile")
        return pb.ApproveTariffResponse(tariff=_message(active))

    async def _told_before(self, tenant: str, draft: dict[str, Any], ahead: int) -> None:
        """Raises NOTICE_TOO_SHORT when a price rises sooner than its customers may be told."""
        if self._dearer is None:
            return
        found = await self._dearer.rising(tenant, draft["tariff"], draft["version"])
        days = await self._dearer.notice(tenant, draft["tariff"]) if found else 0
        if found and ahead < days * DAY:
            raise DomainError(Reason.NOTICE_TOO_SHORT, prefix=found[0], days=days)

    async def list_tariffs(self, caller: Caller) -> pb.ListTariffsResponse:
        return pb.ListTariffsResponse(tariffs=[_message(each) for each in await self._store.all(caller.tenant)])

    def _tariff(self, document: dict[str, Any]) -> tuple[Tariff, dict[str, Fraction]]:
        kept = self._compiled.get(document["_id"])
        if kept is None:
            if len(self._compiled) >= MOST_COMPILED:
                self._compiled.clear()
            usage = usage_of(json.loads(document["document"], parse_float=Decimal))
            kept = self._compiled[document["_id"]] = _compiled(document["document"]), usage
        return kept


def _compiled(text: str) -> Tariff:
    """Reads a tariff's document. Raises INVALID with the field."""
    if len(text) > LARGEST_DOCUMENT:
        raise invalid("document", f"is longer than {LARGEST_DOCUMENT} characters")
    try:
        tariff = compile_tariff(Form.of(json.loads(text, parse_float=Decimal, parse_constant=str), "document"))
    except BadInput as error:
        raise invalid(error.field, error.message) from error
    except (ValueError, RecursionError) as error:
        raise invalid("document", f"is not JSON: {error}") from error
    if tariff.scale > MICRO:
        raise invalid("document.scale", f"is above {MICRO}: the ledger counts in millionths")
    if not tariff.rates:
        raise invalid("document.rates", "is empty")
    return tariff


def compiled(document: dict[str, Any]) -> Tariff:
    """A stored version, ready to rate."""
    return _compiled(document["document"])


def _message(document: dict[str, Any]) -> pb.Tariff:
    return pb.Tariff(
        id=document["tariff"],
        version=document["version"],
        name=document["name"],
        currency=document["currency"],
        document=document["document"],
        author=document["author"],
        approver=document["approver"],
        effective_from=stamp(document["effective_from"]) if document["approver"] else None,
    )


def usage_of(document: dict[str, Any]) -> dict[str, Fraction]:
    """The prices of what is not a call. Raises INVALID with the field."""
    given = document.get("usage", {})
    if not isinstance(given, dict):
        raise invalid("document.usage", "is not a map of prices by name")
    prices = {}
    for name, price in given.items():
        try:
            prices[str(name)] = exact(price)
        except ValueError as error:
            raise invalid(f"document.usage.{name}", str(error)) from error
        if prices[str(name)] < 0:
            raise invalid(f"document.usage.{name}", "is negative")
    return prices
