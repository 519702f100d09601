"""The lead catcher's door: a form's content, checked and stored as a raw update before the visitor gets a "yes".

Whoever fills the field that people do not see is a robot: it gets its "yes", and nothing is kept. The form's own id
names everything that is made of it, so a double submit is one lead.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from antiphon.channels.contract import ChannelView, RawUpdate
from antiphon.channels.domain import leads as rules
from antiphon.channels.domain.leads import Catcher, Lead
from antiphon.channels.domain.message import check_client_id
from antiphon.channels.domain.pace import Bucket
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.visitor import Visitor
from antiphon.channels.webchat import incoming
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.leads import Leads
    from antiphon.channels.webchat.socket import Gate

MAX_FORM = 16_000
_TRAP = "website"
_NAME, _TEXT, _PAGE, _UTM = 100, 1000, 1000, 200
_EACH, _ALL = (1 / 30, 5.0), (2.0, 60.0)
"""Rate a second and burst: of one address, of a whole site."""


class LeadDoor:
    def __init__(self, gate: Gate, leads: Leads) -> None:
        self.gate = gate
        self.leads = leads
        self._buckets: dict[str, Bucket] = {}

    async def look(self, channel_id: str, tenant: str) -> dict[str, Any] | None:
        """What the widget shows; None while there is no form."""
        catcher = await self.leads.store.catcher(channel_id)
        if not catcher.enabled:
            return None
        texts = {
            language: {
                "title": catcher.title.get(language, ""), "intro": catcher.intro.get(language, ""),
                "consent": rules.consent_text(catcher, language),
            }
            for language in rules.LANGUAGES
        }  # fmt: skip
        theme = catcher.theme if catcher.theme and await self._is_pro(tenant) else None
        return {"texts": texts, "privacy_url": catcher.privacy_url, "theme": asdict(theme) if theme else None}

    async def _is_pro(self, tenant: str) -> bool:
        """While nobody can say, the form is shown in its usual design."""
        try:
            return await self.leads.is_pro(tenant)
        except DomainError:
            return False

    async def take(self, channel: ChannelView, body: bytes, address: str) -> None:
        """Stores a lead. Raises UNKNOWN_CHANNEL, MALFORMED, INVALID, TOO_FAST."""
        catcher = await self.leads.store.catcher(channel.id)
        if not catcher.enabled or not channel.enabled:
            raise DomainError(Reason.UNKNOWN_CHANNEL)
        form = incoming.parse(body.decode("utf-8", "replace"))
        if form.get(_TRAP):
            return
        client_id = check_client_id(incoming.text_of(form, "client_id", 200))
        language = incoming.text_of(form, "language", 10)
        lead = _lead_of(channel, catcher, client_id, form, language)
        self._pace(channel.id, address)
        now = self.gate.conversations.now()
        visitor = Visitor(derived_id("vs", channel.id, "lead", client_id), channel.tenant, channel.id)
        raw = {
            "visitor": visitor.id, "language": language if language in rules.LANGUAGES else "", "at": to_millis(now),
            "client_id": client_id, "lead": {name: getattr(lead, name) for name in Lead.__slots__ if name != "utm"},
            "utm": dict(lead.utm),
        }  # fmt: skip
        update = RawUpdate(
            channel.tenant, channel.id, f"{visitor.id}:{client_id}", visitor.id, self.gate.order(now),
            json.dumps(raw, ensure_ascii=False).encode(),
        )  # fmt: skip
        await self.gate.arrivals.accept([update])

    def _pace(self, channel_id: str, address: str) -> None:
        if len(self._buckets) > 50_000:
            self._buckets.clear()
        at = asyncio.get_running_loop().time()
        for name, limits in ((f"{channel_id}:{address}", _EACH), (channel_id, _ALL)):
            if not self._buckets.setdefault(name, Bucket(*limits)).take(at):
                raise DomainError(Reason.TOO_FAST)


def _lead_of(channel: ChannelView, catcher: Catcher, client_id: str, form: Mapping[str, Any], language: str) -> Lead:
    """Raises INVALID."""
    if form.get("consent") is not True:
        raise invalid("consent", "without consent nothing is kept")
    utm = form.get("utm")
    sent = {name: incoming.text_of(utm, name, _UTM) for name in rules.UTM} if isinstance(utm, dict) else {}
    return Lead(
        id=derived_id("ld", channel.id, client_id),
        name=" ".join(_readable(incoming.text_of(form, "name", _NAME)).split()),
        phone=rules.phone_of(incoming.text_of(form, "phone", 40), catcher.region),
        text=_readable(incoming.text_of(form, "text", _TEXT)).strip(),
        consent=rules.consent_text(catcher, language),
        page=_readable(incoming.text_of(form, "page", _PAGE)),
        utm={name: value for name, value in sent.items() if value},
        queue_id=catcher.queue_id,
    )


def _readable(text: str) -> str:
    """Without signs that no line of a customer's card may hold; line breaks stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
