"""Keeps one transceiver bound per channel: what an SMSC brings is stored, then answered."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView, RawUpdate
from antiphon.channels.domain.channel import Channel
from antiphon.channels.sms import pdu
from antiphon.channels.sms.numbers import written
from antiphon.channels.sms.parts import AGAIN, Group, PartStore
from antiphon.channels.sms.pdu import Command, ShortMessage
from antiphon.channels.sms.raw import Stored
from antiphon.channels.sms.segments import opened
from antiphon.channels.sms.session import BindFailed, Session, bound
from antiphon.kit import leases, logs
from antiphon.kit.ids import new_id

if TYPE_CHECKING:
    from antiphon.channels.app.arrivals import Arrivals
    from antiphon.channels.app.channel_setup import ChannelSetup

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
_LOOK = 5.0
PATIENCE = timedelta(minutes=3)
"""How long a long message waits for its missing parts."""
log = logs.get("channels")


class Sessions:
    """The transceivers that are bound in this process, by channel."""

    def __init__(self) -> None:
        self._bound: dict[str, tuple[int, Session]] = {}

    def of(self, channel: ChannelView) -> Session | None:
        """A living one with these very settings."""
        rev, session = self._bound.get(channel.id, (0, None))
        return session if session is not None and session.alive and rev == channel.rev else None

    def put(self, channel: ChannelView, session: Session) -> None:
        self._bound[channel.id] = (channel.rev, session)

    def drop(self, channel: ChannelView) -> None:
        self._bound.pop(channel.id, None)


class Smscs:
    def __init__(self, setup: ChannelSetup, arrivals: Arrivals, parts: PartStore, sessions: Sessions) -> None:
        self.setup = setup
        self.arrivals = arrivals
        self.parts = parts
        self.sessions = sessions

    def now(self) -> datetime:
        return self.arrivals.conversations.now()

    async def read(self, channel: Channel, view: ChannelView, lease: leases.Lease) -> None:
        """Until cancelled, or the lease is lost. A gateway that calls us by HTTP needs no session."""
        if view.settings.get("transport") != "smpp":
            await asyncio.Event().wait()
        failures = 0
        while lease.valid:
            try:
                session = await bound(view, Command.BIND_TRANSCEIVER)
            except BindFailed as error:
                log.warning("an SMSC cannot be bound", channel_id=channel.id, why=str(error))
                await self.setup.store.note_health(channel, str(error))
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            failures = 0
            await self._serve(channel, view, session, lease)
            await asyncio.sleep(PAUSES[0])

    async def _serve(self, channel: Channel, view: ChannelView, session: Session, lease: leases.Lease) -> None:
        door = _Door(self, view)
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(session.run(door.store))
                self.sessions.put(view, session)
                await self.setup.store.note_health(channel, "")
                while session.alive and lease.valid:
                    await self._release(view)
                    await asyncio.wait({hearing}, timeout=_LOOK)
                hearing.cancel()
        finally:
            self.sessions.drop(view)
            session.close()

    async def _release(self, view: ChannelView) -> None:
        """Long messages whose parts did not all come are said as what came."""
        for group in await self.parts.overdue(view.id, self.now() - PATIENCE):
            await self.say(view, group)

    async def say(self, view: ChannelView, group: Group) -> None:
        """A long message as one update. Twice changes nothing: its name is made from its parts and their beginning."""
        numbers = sorted(group.bodies)
        bodies = tuple(group.bodies[number] for number in numbers)
        name = f"{group.key}:{group.since.isoformat()}"
        missing = tuple(number for number in range(1, group.total + 1) if number not in group.bodies)
        identity = hashlib.sha256(name.encode()).hexdigest()[:32]
        lane = lane_of(view, pdu.parse(bodies[0]))
        await self.accept(view, lane, Stored(identity, self.now(), bodies, missing))
        await self.parts.said(group, self.now())

    async def accept(self, view: ChannelView, lane: str, stored: Stored) -> None:
        order = int(stored.at.timestamp() * 1_000_000)
        await self.arrivals.accept([RawUpdate(view.tenant, view.id, stored.id, lane, order, stored.encode())])


class _Door:
    """What comes through one session."""

    def __init__(self, smscs: Smscs, view: ChannelView) -> None:
        self.smscs = smscs
        self.view = view
        self._session = new_id("sm")
        self._count = 0

    async def store(self, body: bytes) -> None:
        """Returns when the message is stored."""
        now = self.smscs.now()
        try:
            message = pdu.parse(body)
        except ValueError:
            await self.smscs.accept(self.view, "unreadable", Stored(await self._name(body), now, (body,)))
            return
        lane = lane_of(self.view, message)
        place, _ = opened(message)
        if place is None or message.is_receipt:
            await self.smscs.accept(self.view, lane, Stored(await self._name(body), now, (body,)))
            return
        group = await self.smscs.parts.add(self.view.tenant, (self.view.id, lane), place, body, now)
        if group is not None and group.is_whole:
            await self.smscs.say(self.view, group)

    async def _name(self, body: bytes) -> str:
        """SMPP gives incoming messages no id. The same octets from an earlier session, a short while ago, are what the
        SMSC brings again because it did not hear our "yes"; in the same session they are another message."""
        digest = hashlib.sha256(body).hexdigest()[:32]
        since = self.smscs.now() - AGAIN
        earlier = await self.smscs.arrivals.updates.named(self.view.id, f"{digest}:", since)
        before = next((name for name in earlier if not name.startswith(f"{digest}:{self._session}:")), None)
        if before is not None:
            return before
        self._count += 1
        return f"{digest}:{self._session}:{self._count}"


def lane_of(view: ChannelView, message: ShortMessage) -> str:
    """Messages of one sender stay in order; receipts do not wait for them."""
    sender = written(message.source.digits, str(view.settings.get("region", "")), message.source.ton) or "nobody"
    return f"report:{sender}" if message.is_receipt else sender
