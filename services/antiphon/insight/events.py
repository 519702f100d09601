"""What insight hears."""

from __future__ import annotations

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.dialer.v1 import events_pb2 as dialer
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.insight.app import hearing
from antiphon.insight.domain.heard import What
from antiphon.media.v1 import events_pb2 as media

TABLE = {
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
    dialer.AttemptEnded: hearing.attempt,
    dialer.CampaignChanged: hearing.campaign,
    directory.DealChanged: hearing.deal,
    directory.DealDeleted: hearing.deal_deleted,
}
"""Event → how it is heard. Each is kept under a key of its own content, so order and repeats do not matter."""
