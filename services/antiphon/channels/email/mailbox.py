"""Watches a mailbox by IMAP (RFC 9051; IDLE, RFC 2177): what is new is stored as it came, then the place is kept.

A mailbox is read from the moment it is connected on; older mail stays where it is. When the server numbers its mails
anew (UIDVALIDITY), the last two days are read again: a mail that is here already changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView, RawUpdate
from antiphon.channels.domain.channel import Channel
from antiphon.channels.email.headers import sender
from antiphon.channels.email.imap import MailboxTrouble, Session, fetch, opened, search, select, wait
from antiphon.channels.store.mailboxes import MailboxStore, Place
from antiphon.kit import leases, logs

if TYPE_CHECKING:
    from antiphon.channels.app.arrivals import Arrivals
    from antiphon.channels.app.channel_setup import ChannelSetup

_PAUSES = (2.0, 5.0, 15.0, 60.0)
_AGAIN = timedelta(days=2)
log = logs.get("channels")


class Mailboxes:
    def __init__(self, setup: ChannelSetup, arrivals: Arrivals, store: MailboxStore) -> None:
        self.setup = setup
        self.arrivals = arrivals
        self.store = store

    async def read(self, channel: Channel, view: ChannelView, lease: leases.Lease) -> None:
        """Until cancelled, or the lease is lost."""
        failures = 0
        while lease.valid:
            try:
                async with opened(view) as imap:
                    place = await self._begin(view, imap)
                    await self.setup.store.note_health(channel, "")
                    failures = 0
                    await self._follow(view, imap, place, lease)
            except (MailboxTrouble, TimeoutError, OSError, ValueError) as error:
                why = str(error) if isinstance(error, MailboxTrouble) else _broken(error)
                log.warning("a mailbox cannot be read", channel_id=channel.id, why=why)
                if failures:
                    await self.setup.store.note_health(channel, why)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1

    async def _begin(self, view: ChannelView, imap: Session) -> Place:
        validity, following = await select(imap, str(view.settings.get("imap_folder") or "INBOX"))
        place = await self.store.place(view.id)
        if place is not None and place.validity == validity:
            return place
        place = Place(validity, 0 if place is not None else max(0, following - 1))
        if place.last == 0:
            await self._fetch_all(view, imap, place, await search(imap, f"SINCE {self._since()}"))
        place = replace(place, last=max(0, following - 1))
        await self.store.read_to(view.id, place)
        return place

    async def _follow(self, view: ChannelView, imap: Session, place: Place, lease: leases.Lease) -> None:
        while lease.valid:
            found = [uid for uid in await search(imap, f"UID {place.last + 1}:*") if uid > place.last]
            place = await self._fetch_all(view, imap, place, found)
            await wait(imap)

    async def _fetch_all(self, view: ChannelView, imap: Session, place: Place, uids: list[int]) -> Place:
        for uid in sorted(uids):
            raw = await fetch(imap, uid)
            if raw:
                await self.arrivals.accept([_update(view, place.validity, uid, raw)])
            place = replace(place, last=max(place.last, uid))
            await self.store.read_to(view.id, place)
        return place

    def _since(self) -> str:
        at = self.arrivals.conversations.now() - _AGAIN
        return f"{at.day}-{_MONTHS[at.month - 1]}-{at.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _update(view: ChannelView, validity: int, uid: int, raw: bytes) -> RawUpdate:
    """Mails of one sender stay in order."""
    _, address = sender(message_from_bytes(raw[:65_536]))
    return RawUpdate(view.tenant, view.id, f"{validity}:{uid}", address or "nobody", uid, raw)


def _broken(error: Exception) -> str:
    return f"The mail server for reading cannot be reached ({type(error).__name__}). Check its name and port."
