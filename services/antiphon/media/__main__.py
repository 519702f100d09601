"""Runs media: `python -m antiphon.media`."""

from __future__ import annotations

from collections.abc import Callable

from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.kit import leases, mongo, service
from antiphon.kit.measuring import Measuring
from antiphon.kit.outbox import Outbox
from antiphon.kit.service import Runtime
from antiphon.media import scores, server, trunks, wiring
from antiphon.media.engines import Marks
from antiphon.media.registry import Registry
from antiphon.media.settings import Settings
from antiphon.media.store import COLLECTIONS, INDEXES
from antiphon.media.v1.events_pb2 import StorageMeasured


async def serve(
    rt: Runtime, settings: Settings | None = None, built: Callable[[wiring.Parts], None] | None = None
) -> None:
    """`built` sees the parts before anything runs."""
    settings = settings or Settings()
    db = rt.database()
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    bus = await rt.bus()
    outbox = Outbox(db, every=0.1)
    own, registry = await leases.Leases.open(bus), await Registry.open(bus)
    marks, operators = await Marks.open(bus), await trunks.open_bucket(bus)
    quality = scores.Scores(await scores.open_bucket(bus), rt.instance, rt.clock)
    after = await bus.last_sequence()
    parts = await wiring.build(rt, settings, wiring.Stores(bus, outbox, own, registry, operators, quality, marks))
    if built is not None:
        built(parts)
    rt.spawn(outbox.relay(bus), "outbox")
    rt.spawn(registry.watch(rt.instance), "registry")
    rt.spawn(parts.hold_lease(own, rt.instance), "lease")
    rt.spawn(parts.engines.watch(), "engines")
    rt.spawn(marks.follow(parts.engines), "marks")
    rt.spawn(parts.edges.watch(parts.endpoint), "edges")
    rt.spawn(parts.keys.run(), "keys")
    rt.spawn(parts.mixer.run(), "mixer")
    rt.spawn(parts.rooms.run(), "rooms")
    rt.spawn(parts.ears.follow(after), "facts")
    rt.spawn(parts.reaper.run(rt.instance), "reaper")
    rt.spawn(parts.sweep(rt), "sweep")
    rt.spawn(parts.erasing.rounds.run(), "erasures")
    rt.spawn(parts.erasing.keep_time(), "retention")
    rt.spawn(Measuring(db, outbox, rt.clock, StorageMeasured, ("sounds", "faxes")).run(), "measuring")
    rt.spawn(bus.consume("media-erasures", {ContactErased: parts.erasing.rounds.hear}), "erased contacts")
    rt.spawn(parts.guard.watch(), "guard")
    rt.spawn(parts.ladders.run(), "ladders")
    rt.spawn(parts.mail(), "mail")
    rt.spawn(parts.tallies.run(), "tallies")
    rt.spawn(parts.trunks.watch(), "trunks")
    rt.spawn(parts.scores.watch(), "scores")
    rt.spawn(parts.scores.say(), "scores told")
    if settings.enabled:
        rt.spawn(parts.trunks.run(own, rt.instance), "operators")
        rt.spawn(parts.promises.consume(), "callbacks")
        rt.spawn(parts.streams.run(), "streams")
        rt.spawn(parts.links.run(settings.link_test_seconds), "links")
    rt.on_close(await parts.app.passing.listen())
    rt.on_close(await parts.rooms.listen())
    rt.on_close(parts.close)
    await rt.grpc(lambda grpc_server: server.add(grpc_server, parts.app), server.SERVICE)
    await rt.until_stopped()


if __name__ == "__main__":
    service.run("media", serve)
