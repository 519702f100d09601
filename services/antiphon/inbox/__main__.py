"""Wiring: `python -m antiphon.inbox`."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.inbox import http, store
from antiphon.inbox.attachments import Attachments
from antiphon.inbox.customer_file import CustomerFile
from antiphon.inbox.desk import Desk
from antiphon.inbox.downloads import Downloads
from antiphon.inbox.erasing import Erasing
from antiphon.inbox.papers import Papers
from antiphon.inbox.realtime.attendance import Attendance
from antiphon.inbox.realtime.board import Boards
from antiphon.inbox.realtime.edge import RealTime
from antiphon.inbox.realtime.ephemera import Ephemera
from antiphon.inbox.realtime.feed import Feed
from antiphon.inbox.realtime.rooms import Rooms
from antiphon.inbox.realtime.snapshot import Snapshots
from antiphon.inbox.realtime.tickets import Tickets
from antiphon.inbox.rest import Rest
from antiphon.inbox.sessions import Sessions
from antiphon.inbox.settings import Settings
from antiphon.inbox.signon import SignOn
from antiphon.inbox.sounds import Sounds
from antiphon.inbox.uploads import Uploads
from antiphon.kit import mongo, service
from antiphon.kit.erasing import Rounds
from antiphon.kit.service import Runtime

_WARM_UP = 15.0


async def serve(rt: Runtime, settings: Settings | None = None) -> None:
    """Runs one replica of the inbox."""
    settings = settings or Settings()
    bus, db = await rt.bus(), rt.database()
    await mongo.migrate(db, store.INDEXES)
    kept = store.Store(db, rt.platform.token_key.get_secret_value())
    sessions = Sessions(rt.peers, rt.verifier, rt.clock, settings)
    feed = Feed(bus, settings.ring_facts, settings.ring_bytes)
    rooms = Rooms(feed, rt.peers, sessions)
    ephemera = Ephemera(bus, rooms)
    attendance = Attendance(rooms, kept, rt.peers, rt.clock, settings.agent_grace)
    realtime = RealTime(
        feed, rooms, Tickets(bus), Snapshots(feed, rt.peers), ephemera, attendance, sessions, rt.clock, settings,
        asyncio.Event(),
    )  # fmt: skip
    rest = Rest(rt.peers, sessions, kept, rt.clock, settings)
    attachments = Attachments(rt.peers, sessions, settings.attachment_limit)
    sounds = Sounds(rt.peers, sessions, settings.sound_limit)
    papers = Papers(rt.peers, sessions, rest)
    downloads, uploads = Downloads(rt.peers, sessions), Uploads(rt.peers, sessions, settings.table_limit)

    erasing = Erasing(rt.peers, kept)
    erasures = Rounds(erasing, erasing.erase)
    rt.spawn(bus.consume("inbox-erasures", {ContactErased: erasures.hear}), "erased contacts")
    rt.spawn(erasures.run(), "erasures")
    rt.spawn(feed.run(), "feed")
    await ephemera.listen()
    rt.spawn(Boards(rooms, rt.peers).run(), "boards")
    rt.spawn(attendance.run(), "attendance")
    with suppress(TimeoutError):
        async with asyncio.timeout(_WARM_UP):
            await feed.caught_up.wait()
    file = CustomerFile(rt.peers, sessions)
    parts = http.Parts(
        settings, rest, attachments, sounds, papers, downloads, uploads, realtime, Desk(settings), file,
        SignOn(rt.peers, sessions),
    )  # fmt: skip
    await rt.web(http.build(parts), settings.port)
    rt.on_close(realtime.drain)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("inbox", serve)
