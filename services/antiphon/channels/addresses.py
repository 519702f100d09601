"""Addresses of files, and of the question how it went, that work for a while and for nobody who guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Attachment
from antiphon.channels.domain.survey import BY_LINK_WITHIN
from antiphon.channels.vault import Vault


@dataclass(frozen=True, slots=True)
class Addresses:
    vault: Vault
    now: Callable[[], datetime]
    lifetime: timedelta

    def make(self, attachment: Attachment) -> str:
        ticket = self.vault.ticket(f"file:{attachment.id}", self.now(), self.lifetime)
        return f"/widget/attachments/{attachment.id}?t={quote(ticket)}"

    def rate(self, it: Conversation) -> str:
        """Where the customer says how a conversation went; for the closing about which they were asked."""
        ticket = self.vault.ticket(_rating(it), self.now(), BY_LINK_WITHIN)
        return f"/rate/{it.id}?t={quote(ticket)}"

    def admits_rating(self, it: Conversation, ticket: str) -> bool:
        return it.rating is not None and self.vault.admits(ticket, _rating(it), self.now())

    def admits(self, attachment_id: str, ticket: str) -> bool:
        return self.vault.admits(ticket, f"file:{attachment_id}", self.now())


def _rating(it: Conversation) -> str:
    asked = it.rating.asked_at.isoformat() if it.rating is not None else ""
    return f"rate:{it.id}:{asked}"
