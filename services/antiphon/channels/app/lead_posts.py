"""Carries leads to colleagues' chats, through the same adapters that answer customers.

What waits is in the database. A way is claimed before its provider is called; a claim that outlived its holder means
that nobody knows whether the provider took it, and it is said so instead of sending it twice.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.channels.contract import OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.domain import leads as rules
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.leads import State
from antiphon.channels.domain.message import Attachment, Direction, Kind, Message
from antiphon.channels.domain.pace import backoff, gives_up
from antiphon.kit import logs
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from antiphon.channels.app.delivery import Courier
    from antiphon.channels.app.leads import Leads
    from antiphon.kit.mongo import Document

_EVERY, _AT_ONCE = 0.5, 4
UNKNOWN = "It is not known whether this lead arrived: the connection broke while it was sent."
GONE = "The messenger's channel is disconnected or switched off: connect it again."
NO_PLAN = "The plan PRO is not ordered any more."
SUSPENDED = "The account is suspended: pay it, then leads are carried again."
FORGOTTEN = "What the visitor wrote was erased before it could be sent."
log = logs.get("channels")


class LeadPosts:
    def __init__(self, leads: Leads, courier: Courier) -> None:
        self.leads = leads
        self.store = leads.store
        self.courier = courier

    async def run(self) -> None:
        """Sends until cancelled; a provider that is slow holds back one of several."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._work())
                await asyncio.sleep(_EVERY)  # they look in turn

    async def _work(self) -> None:
        while True:
            try:
                while await self.once():
                    pass
            except Exception:
                log.exception("carrying leads was interrupted")
            await asyncio.sleep(_EVERY * _AT_ONCE)

    async def once(self) -> bool:
        """The next one that is due. False when there is none."""
        now = self.leads.now()
        post = await self.store.claim(now, now + self.courier.claim)
        if post is None:
            return False
        if post["claimed"]:
            await self._fail(post, UNKNOWN)
            return True
        try:
            text = await self._text(post)
        except DomainError as error:
            await self._later(post, str(error))
            return True
        if text is not None:
            await self._send(post, text)
        return True

    async def _text(self, post: Document) -> str | None:
        """What the chat reads; None when the way is over. Raises what can be asked again."""
        if not await self.courier.may_pay(post["tenant"], post["kind"]):
            await self._fail(post, SUSPENDED)
            return None
        if not post["lead"]:
            return rules.welcome_text(post["language"])
        if not await self.leads.is_pro(post["tenant"]):
            await self._fail(post, NO_PLAN)
            return None
        lead = await self.store.db.leads.find_one({"_id": post["lead"]})
        conversations, said = self.courier.conversations.store, None
        if lead is not None:
            said = await conversations.message_by_client_id(lead["conversation_id"], "customer", lead["client_id"])
        if lead is None or said is None or not said.text:
            await self._fail(post, FORGOTTEN)
            return None
        return rules.post_text(said.text, lead["site"], lead["page"], post["language"])

    async def _send(self, post: Document, text: str) -> None:
        channel = await self.courier.setup.view(post["channel_id"])
        if channel is None or not channel.enabled:
            await self._fail(post, GONE)
            return
        now = self.leads.now()
        it = Conversation(
            id=post["_id"], tenant=post["tenant"], no=0, channel_id=channel.id, channel=channel.kind,
            identity=post["peer"], peer=post["peer"], contact_id="", contact_name=post["name"], created_at=now,
            active_at=now,
        )  # fmt: skip
        message = Message(
            client_id=post["_id"], kind=Kind.TEXT, direction=Direction.OUT, author="scheme", author_name="", at=now,
            text=text, conversation_id=post["_id"],
        )  # fmt: skip
        if not await self.courier.pace(channel, it):
            await self._later(post, "the provider's limit", counts=False)
            return
        try:
            sent = await self.courier.adapters[channel.kind].outgoing.send(channel, it, message, _no_files)
        except SendRefused as error:
            await self._fail(post, str(error))
        except OutcomeUnknown:
            await self._fail(post, UNKNOWN)
        except SendLater as error:
            await self._later(post, str(error), error.retry_after, counts=error.retry_after is None)
        else:
            await self.store.settle(
                post["_id"], state=State.SENT.value, ext=sent.ids, sent_at=self.leads.now(), failure=""
            )

    async def _fail(self, post: Document, why: str) -> None:
        log.warning("a lead did not reach a chat", channel_id=post["channel_id"])
        await self.store.settle(post["_id"], state=State.FAILED.value, failure=why[:500])

    async def _later(self, post: Document, why: str, after: float | None = None, *, counts: bool = True) -> None:
        tries = post["tries"] + (1 if counts else 0)
        if gives_up(tries):
            await self._fail(post, f"Not sent after {tries} attempts: {why}")
            return
        wait = backoff(max(1, tries)) if after is None else timedelta(seconds=after)
        await self.store.settle(post["_id"], tries=tries, due=self.leads.now() + wait, failure=why[:500])


async def _no_files(_attachment: Attachment) -> bytes:
    return b""
