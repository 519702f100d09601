"""Leads: setting up a site's form, keeping what visitors send, and who gets it.

A lead arrives like any update (`webchat/lead_form.py` stores it before the visitor gets a "yes") and becomes a
conversation in `arrivals`; here follows what a lead has beside: the consent on the customer's card, and one way to each
chat of the company's messengers (`app/lead_posts.py` goes it).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from antiphon.channels.domain import leads as rules
from antiphon.channels.domain.leads import Catcher, State
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.vault import digest
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import derived_id

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup
    from antiphon.channels.contract import ChannelView, Said
    from antiphon.channels.domain.conversation import Conversation
    from antiphon.channels.store.leads import LeadStore
    from antiphon.kit.bus import Fact
    from antiphon.kit.clock import Clock
    from antiphon.kit.mongo import Document
    from antiphon.kit.tokens import Caller

_ASKED_EVERY = timedelta(minutes=5)
_USUAL, _MOST = 50, 200


class Asks(Protocol):
    """What this part asks of others."""

    async def has_service(self, tenant: str, product: str) -> bool: ...
    async def consent(self, tenant: str, contact_id: str, source: str) -> None: ...


@dataclass(slots=True)
class _Known:
    pro: bool
    at: datetime


class Leads:
    def __init__(self, store: LeadStore, setup: ChannelSetup, asks: Asks, clock: Clock, billed: bool) -> None:
        self.store = store
        self.setup = setup
        self.asks = asks
        self.now = clock
        self._billed = billed
        self._plans: dict[str, _Known] = {}

    # --- the plan

    async def is_pro(self, tenant: str) -> bool:
        """Whether the plan is ordered, as billing said within five minutes; while it cannot say, as it said last.
        Raises UNAVAILABLE when it never did."""
        if not self._billed:
            return True
        known, now = self._plans.get(tenant), self.now()
        if known is not None and now - known.at < _ASKED_EVERY:
            return known.pro
        try:
            pro = await self.asks.has_service(tenant, rules.PRODUCT)
        except DomainError:
            if known is None:
                raise
            return known.pro
        self._plans[tenant] = _Known(pro, now)
        return pro

    async def order_changed(self, fact: Fact) -> None:
        """Something was ordered or cancelled: billing is asked again."""
        known = self._plans.get(fact.tenant)
        if known is not None:
            known.at -= _ASKED_EVERY

    async def _require_pro(self, tenant: str, options: tuple[str, ...]) -> None:
        if not options:
            return
        if self._billed:
            self._plans.pop(tenant, None)
        if not await self.is_pro(tenant):
            raise DomainError(Reason.PRO_REQUIRED, option=options[0])

    # --- setting up

    async def catcher(self, caller: Caller, channel_id: str) -> tuple[Catcher, bool]:
        """Raises UNKNOWN_CHANNEL."""
        await self._site(caller, channel_id)
        return await self.store.catcher(channel_id), await self.is_pro(caller.tenant)

    async def put(self, caller: Caller, wish: Catcher) -> Catcher:
        """Raises UNKNOWN_CHANNEL, STALE, INVALID, PRO_REQUIRED."""
        await self._site(caller, wish.channel_id)
        rules.checked(wish)
        await self._require_pro(caller.tenant, wish.options())
        for channel_id in wish.messengers:
            messenger = await self.setup.store.find(channel_id)
            if messenger is None or messenger.tenant != caller.tenant or messenger.kind not in rules.MESSENGERS:
                raise invalid("catcher.messenger_ids", "a channel of Viber, Telegram or Messenger")
        await self.store.put_catcher(caller.tenant, wish)
        return replace(wish, rev=wish.rev + 1)

    async def _site(self, caller: Caller, channel_id: str) -> None:
        channel = await self.setup.store.get(caller.tenant, channel_id)
        if channel.kind != "webchat" or not caller.sees_project(channel.project_id):
            raise DomainError(Reason.UNKNOWN_CHANNEL)

    async def make_code(self, caller: Caller) -> tuple[str, datetime]:
        """A code that a chat writes to a bot, and until when it works. Raises PRO_REQUIRED."""
        await self._require_pro(caller.tenant, ("messenger_ids",))
        code, until = rules.new_code(secrets.token_bytes(10)), self.now() + rules.CODE_LASTS
        await self.store.add_code(digest(code), caller.tenant, until)
        return f"LEAD-{code}", until

    async def chats(self, caller: Caller) -> list[Document]:
        return await self.store.chats(caller.tenant)

    async def delete_chat(self, caller: Caller, chat_id: str) -> None:
        await self.store.delete_chat(caller.tenant, chat_id)

    async def newest(self, caller: Caller, channel_id: str, limit: int) -> list[tuple[Document, list[Document]]]:
        """Raises UNKNOWN_CHANNEL, INVALID."""
        await self._site(caller, channel_id)
        if not 0 <= limit <= _MOST:
            raise invalid("limit", f"limit must be between 1 and {_MOST}")
        return await self.store.newest(caller.tenant, channel_id, limit or _USUAL)

    # --- what arrives

    async def subscribes(self, channel: ChannelView, said: Said) -> bool:
        """True when a colleague's chat wrote its code: it is no customer's message. Twice is once."""
        if channel.kind not in rules.MESSENGERS:
            return False
        code = rules.code_of(" ".join([said.text, *said.facts.values()]))
        chat_id = derived_id("lc", channel.id, said.sender.peer)
        if not code or not await self.store.spend_code(digest(code), channel.tenant, chat_id, self.now()):
            return False
        chat: Document = {
            "_id": chat_id, "tenant": channel.tenant, "channel_id": channel.id, "kind": channel.kind,
            "peer": said.sender.peer, "name": said.sender.name, "language": said.sender.language, "since": self.now(),
        }  # fmt: skip
        await self.store.put_chat(chat)
        hello = self._post(f"hello/{chat_id}/{said.client_id}", "", chat, said.sender.language)
        await self.store.keep({**hello, "_id": f"hello/{chat_id}", "channel_id": ""}, [hello])
        return True

    async def came(self, channel: ChannelView, said: Said, it: Conversation) -> None:
        """What a lead has beside its conversation. Twice is once; raises what can be asked again."""
        lead = said.lead
        if lead is None:
            return
        catcher = await self.store.catcher(channel.id)
        chats: list[Document] = []
        if catcher.messengers and await self.is_pro(channel.tenant):
            chats = await self.store.chats(channel.tenant, catcher.messengers)
        language = str(channel.settings.get("language") or said.sender.language)
        document: Document = {
            "_id": lead.id, "tenant": channel.tenant, "channel_id": channel.id, "site": channel.name, "at": said.at,
            "conversation_id": it.id, "contact_id": it.contact_id, "page": lead.page, "utm": dict(lead.utm),
            "client_id": said.client_id,
        }  # fmt: skip
        posts = [self._post(f"{lead.id}/{chat['_id']}", lead.id, chat, language) for chat in chats]
        await self.store.keep(document, posts)
        if not await self.store.consented(lead.id):
            await self.asks.consent(channel.tenant, it.contact_id, f"{channel.name}: {lead.consent}")
            await self.store.mark_consented(lead.id)

    def _post(self, post_id: str, lead_id: str, chat: Document, language: str) -> Document:
        now = self.now()
        return {
            "_id": post_id, "tenant": chat["tenant"], "lead": lead_id, "chat": chat["_id"], "name": chat["name"],
            "channel_id": chat["channel_id"], "kind": chat["kind"], "peer": chat["peer"], "language": language,
            "state": State.WAITING.value, "tries": 0, "claimed": False, "due": now, "at": now, "failure": "",
        }  # fmt: skip
