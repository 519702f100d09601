"""Addresses of files that work for a while and for nobody who guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from antiphon.channels.domain.message import Attachment
from antiphon.channels.vault import Vault


@dataclass(frozen=True, slots=True)
class Addresses:
    vault: Vault
    now: Callable[[], datetime]
    lifetime: timedelta

    def make(self, attachment: Attachment) -> str:
        ticket = self.vault.ticket(f"file:{attachment.id}", self.now(), self.lifetime)
        return f"/widget/attachments/{attachment.id}?t={quote(ticket)}"

    def admits(self, attachment_id: str, ticket: str) -> bool:
        return self.vault.admits(ticket, f"file:{attachment_id}", self.now())
