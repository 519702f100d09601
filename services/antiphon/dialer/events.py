"""What the dialler hears."""

from __future__ import annotations

from antiphon.acd.v1.events_pb2 import WorkCompleted
from antiphon.channels.v1.events_pb2 import MessageAdded
from antiphon.dialer.app.incoming import Incoming
from antiphon.dialer.app.results import Results
from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.kit.bus import Fact, Table
from antiphon.kit.erasing import Rounds
from antiphon.media.v1.events_pb2 import CallBridged, CallChanged, CallEnded


def table(results: Results, incoming: Incoming, erasures: Rounds) -> Table:
    """Event → handler. Each may come twice and in any order."""

    async def ended(fact: Fact) -> None:
        await results.hear_end(fact)
        await incoming.hear_call(fact.tenant, fact.event.call)

    return {
        CallChanged: results.hear_call,
        CallBridged: results.hear_call,
        CallEnded: ended,
        MessageAdded: incoming.hear_message,
        WorkCompleted: results.hear_work,
        ContactErased: erasures.hear,
    }
