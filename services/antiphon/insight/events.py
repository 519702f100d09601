"""What insight hears."""

from __future__ import annotations

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.insight.app.hearing import Hearing
from antiphon.insight.domain.heard import What
from antiphon.kit.bus import Table
from antiphon.kit.erasing import Rounds
from antiphon.media.v1 import events_pb2 as media


def table(hearing: Hearing, erasures: Rounds) -> Table:
    """Event → handler. Each keeps the fact under a key of its own content, so order and repeats do not matter."""
    return {
        acd.WorkQueued: hearing.item(What.QUEUED),
        acd.WorkOffered: hearing.offered,
        acd.OfferEnded: hearing.offer_ended,
        acd.WorkAccepted: hearing.item(What.ACCEPTED),
        acd.WorkAbandoned: hearing.item(What.ABANDONED),
        acd.WorkOverflowed: hearing.item(What.OVERFLOWED),
        acd.WorkScheduled: hearing.item(What.SCHEDULED),
        acd.WrapUpStarted: hearing.item(What.WRAPPING),
        acd.WorkCompleted: hearing.item(What.COMPLETED),
        acd.AgentChanged: hearing.agent,
        acd.QueueChanged: hearing.queue,
        media.CallStarted: hearing.call(What.STARTED),
        media.CallEnded: hearing.call(What.ENDED),
        media.RecordingReady: hearing.recorded,
        channels.MessageAdded: hearing.message,
        channels.ConversationChanged: hearing.conversation,
        directory.ContactErased: erasures.hear,
    }
