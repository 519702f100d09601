"""Between the domain and the public protocol."""

from __future__ import annotations

from datetime import datetime

from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.conversation import Conversation, Priority, Scheduled, Status
from antiphon.channels.domain.message import Attachment, Delivery, Direction, Kind, Message, Option, Template
from antiphon.channels.domain.rating import Rating
from antiphon.channels.domain.sla import Alarm, Clock, Norm, Sla, left
from antiphon.channels.kinds import KINDS
from antiphon.channels.v1 import care_pb2, events_pb2, rating_pb2
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.kit.protos import moment, struct, timestamp

_STATUS = {
    Status.RECEPTION: pb.CONVERSATION_STATUS_RECEPTION,
    Status.WAITING: pb.CONVERSATION_STATUS_WAITING,
    Status.OPEN: pb.CONVERSATION_STATUS_OPEN,
    Status.CLOSED: pb.CONVERSATION_STATUS_CLOSED,
    Status.SNOOZED: pb.CONVERSATION_STATUS_SNOOZED,
}
_KIND = {
    Kind.TEXT: pb.MESSAGE_KIND_TEXT,
    Kind.NOTE: pb.MESSAGE_KIND_NOTE,
    Kind.EVENT: pb.MESSAGE_KIND_EVENT,
    Kind.MENU: pb.MESSAGE_KIND_MENU,
    Kind.TEMPLATE: pb.MESSAGE_KIND_TEMPLATE,
}
_DIRECTION = {
    Direction.IN: pb.DIRECTION_IN,
    Direction.OUT: pb.DIRECTION_OUT,
    Direction.INTERNAL: pb.DIRECTION_INTERNAL,
}
_DELIVERY = {
    Delivery.NONE: pb.DELIVERY_UNSPECIFIED,
    Delivery.STORED: pb.DELIVERY_STORED,
    Delivery.SENT: pb.DELIVERY_SENT,
    Delivery.DELIVERED: pb.DELIVERY_DELIVERED,
    Delivery.READ: pb.DELIVERY_READ,
    Delivery.FAILED: pb.DELIVERY_FAILED,
}
_PRIORITY = {
    Priority.LOW: care_pb2.PRIORITY_LOW,
    Priority.NORMAL: care_pb2.PRIORITY_NORMAL,
    Priority.HIGH: care_pb2.PRIORITY_HIGH,
    Priority.URGENT: care_pb2.PRIORITY_URGENT,
}
PRIORITIES = {value: priority for priority, value in _PRIORITY.items()} | {
    care_pb2.PRIORITY_UNSPECIFIED: Priority.NORMAL
}
_NORM = {
    Norm.FIRST_REPLY: care_pb2.SLA_CLOCK_KIND_FIRST_REPLY,
    Norm.NEXT_REPLY: care_pb2.SLA_CLOCK_KIND_NEXT_REPLY,
    Norm.RESOLUTION: care_pb2.SLA_CLOCK_KIND_RESOLUTION,
}
MESSAGE_KINDS = {value: kind for kind, value in _KIND.items()}
_DIRECTIONS = {value: direction for direction, value in _DIRECTION.items()}
_DELIVERIES = {value: delivery for delivery, value in _DELIVERY.items()}


def attachment(it: Attachment) -> pb.Attachment:
    return pb.Attachment(
        id=it.id, name=it.name, media_type=it.media_type, size=it.size, width=it.width, height=it.height
    )


def message(it: Message) -> pb.Message:
    return pb.Message(
        conversation_id=it.conversation_id,
        seq=it.seq,
        client_id=it.client_id,
        kind=_KIND[it.kind],
        direction=_DIRECTION[it.direction],
        author=it.author,
        author_name=it.author_name,
        text=it.text,
        attachments=[attachment(a) for a in it.attachments],
        at=timestamp(it.at),
        edited_at=timestamp(it.edited_at),
        deleted=it.deleted,
        delivery=_DELIVERY[it.delivery],
        failure=it.failure,
        group_id=it.group_id,
        options=[pb.MenuOption(key=option.key, label=option.label) for option in it.options],
        event=it.event,
        facts=dict(it.facts),
        rev=it.rev,
        reply_to_client_id=it.reply_to,
        mention_ids=it.mentions,
        template=template(it.template) if it.template is not None else None,
        usage=pb.Usage(service=it.usage.service, quantity=it.usage.quantity) if it.usage is not None else None,
    )


def message_of(it: pb.Message) -> Message:
    """A message as it was told; what is not told of it (the provider's id, a template) is missing."""
    return Message(
        conversation_id=it.conversation_id,
        seq=it.seq,
        client_id=it.client_id,
        kind=MESSAGE_KINDS[it.kind],
        direction=_DIRECTIONS[it.direction],
        author=it.author,
        author_name=it.author_name,
        text=it.text,
        attachments=tuple(Attachment(a.id, a.name, a.media_type, a.size, a.width, a.height) for a in it.attachments),
        at=moment(it.at),
        edited_at=moment(it.edited_at) if it.HasField("edited_at") else None,
        deleted=it.deleted,
        delivery=_DELIVERIES[it.delivery],
        failure=it.failure,
        group_id=it.group_id,
        options=tuple(Option(option.key, option.label) for option in it.options),
        event=it.event,
        facts=dict(it.facts),
        rev=it.rev,
        reply_to=it.reply_to_client_id,
        mentions=tuple(it.mention_ids),
    )


def template(it: Template) -> care_pb2.TemplateUse:
    return care_pb2.TemplateUse(name=it.name, language=it.language, values=dict(it.values))


def rating(it: Rating | None) -> rating_pb2.Rating | None:
    if it is None:
        return None
    return rating_pb2.Rating(
        asked_at=timestamp(it.asked_at), score=it.score, answered_at=timestamp(it.answered_at), comment=it.comment
    )


def conversation(it: Conversation) -> pb.Conversation:
    return pb.Conversation(
        id=it.id,
        rev=it.rev,
        no=it.no,
        contact_id=it.contact_id,
        contact_name=it.contact_name,
        channel_id=it.channel_id,
        channel=it.channel,
        status=_STATUS[it.status],
        queue_id=it.queue_id,
        assignee_id=it.assignee_id,
        work_id=it.work_id,
        last_seq=it.last_seq,
        last_message=message(it.last) if it.last is not None else None,
        created_at=timestamp(it.created_at),
        active_at=timestamp(it.active_at),
        waiting_since=timestamp(it.waiting_since),
        window_until=timestamp(it.window_until),
        subject=it.subject,
        read=dict(it.read),
        tags=list(it.tags),
        disposition=it.disposition,
        project_id=it.project_id,
        language=it.language,
        priority=_PRIORITY[it.priority],
        snooze_until=timestamp(it.snooze_until),
        follower_ids=it.followers,
        scheduled=[scheduled(one) for one in it.scheduled],
        sla=sla(it.sla) if it.sla is not None else None,
        spam=it.outcome == "spam",
        rating=rating(it.rating),
        unreachable=it.unreachable,
    )


def scheduled(it: Scheduled) -> care_pb2.ScheduledMessage:
    return care_pb2.ScheduledMessage(
        id=it.id, author=it.author, text=it.text, at=timestamp(it.at), unless_reply=it.unless_reply, failure=it.failure,
        attachment_ids=[file.id for file in it.attachments], attachment_names=[file.name for file in it.attachments],
    )  # fmt: skip


def sla(it: Sla) -> care_pb2.Sla:
    return care_pb2.Sla(policy_id=it.policy_id, clocks=[_clock(clock) for clock in it.clocks])


def _clock(it: Clock) -> care_pb2.SlaClock:
    stands = it.since is None and it.met_at is None
    return care_pb2.SlaClock(
        kind=_NORM[it.norm],
        due_at=timestamp(it.due),
        warn_at=timestamp(it.warn),
        met_at=timestamp(it.met_at),
        breached=it.breached,
        left_s=int(left(it).total_seconds()) if stands else 0,
    )


def channel(it: Channel, public_url: str, verify_word: str = "") -> pb.Channel:
    path = KINDS[it.kind].path.format(id=it.id)
    return pb.Channel(
        id=it.id,
        rev=it.rev,
        kind=it.kind,
        name=it.name,
        project_id=it.project_id,
        enabled=it.enabled,
        settings=struct(dict(it.settings)),
        secrets_set=sorted(it.secrets),
        health=it.health,
        public_key=it.public_key,
        webhook_url=public_url.rstrip("/") + path if path else "",
        verify_word=verify_word,
        writes_first_to=first.of if (first := KINDS[it.kind].first) else "",
    )


def message_added(it: Message, after: Conversation, now: datetime) -> events_pb2.MessageAdded:
    return events_pb2.MessageAdded(occurred_at=timestamp(now), message=message(it), conversation=conversation(after))


def message_changed(it: Message, now: datetime) -> events_pb2.MessageChanged:
    return events_pb2.MessageChanged(occurred_at=timestamp(now), message=message(it))


def conversation_changed(it: Conversation, now: datetime) -> events_pb2.ConversationChanged:
    return events_pb2.ConversationChanged(occurred_at=timestamp(now), conversation=conversation(it))


def person_mentioned(it: Message, after: Conversation, now: datetime) -> events_pb2.PersonMentioned:
    return events_pb2.PersonMentioned(occurred_at=timestamp(now), message=message(it), conversation=conversation(after))


def alarm(it: Alarm, after: Conversation, now: datetime) -> events_pb2.SlaWarned | events_pb2.SlaBreached:
    kind = events_pb2.SlaBreached if it.breached else events_pb2.SlaWarned
    return kind(occurred_at=timestamp(now), conversation=conversation(after), clock=_NORM[it.norm])


def channel_changed(it: Channel, public_url: str, now: datetime) -> events_pb2.ChannelChanged:
    return events_pb2.ChannelChanged(occurred_at=timestamp(now), channel=channel(it, public_url), deleted=it.deleted)
