"""Every index of channels, with what it is for."""

from __future__ import annotations

from antiphon.channels.domain.draft import KEPT_FOR
from antiphon.channels.store import leads, workbench
from antiphon.kit import measuring, outbox
from antiphon.kit.mongo import Index

KEEP_UPDATES = 7 * 86400
"""Seconds that a processed raw update is kept, and with it the memory that it came."""
KEEP_PARTS = 86400
"""Seconds that the parts of a short message are kept after it was said: its SMSC may bring one again."""

INDEXES: tuple[Index, ...] = (
    *outbox.INDEXES,
    *leads.INDEXES,
    Index("drafts", "of_conversation", (("tenant", 1), ("conv", 1))),
    Index("drafts", "forgotten", (("typed_at", 1),), expires_after=int(KEPT_FOR.total_seconds())),
    *(index for kind in workbench.KINDS for index in kind.indexes),
    # A bot, number or mailbox is connected once, whatever the tenant; a widget's key names one channel.
    Index("channels", "account", (("kind", 1), ("account", 1)), unique=True, where={"account": {"$gt": ""}}),
    Index("channels", "public_key", (("public_key", 1),), unique=True, where={"public_key": {"$gt": ""}}),
    Index("channels", "tenant", (("tenant", 1), ("_id", 1))),
    Index("visitors", "user", (("channel_id", 1), ("user_id", 1)), unique=True, where={"user_id": {"$gt": ""}}),
    Index("tokens", "visitor", (("visitor_id", 1),)),
    # An update is stored once, however often the provider sends it.
    Index("updates", "dedup", (("channel_id", 1), ("dedup", 1)), unique=True),
    Index("updates", "lane", (("channel_id", 1), ("lane", 1), ("order", 1)), where={"state": "new"}),
    Index("updates", "unfinished", (("received_at", 1),), where={"state": "new"}),
    Index("updates", "forget", (("done_at", 1),), expires_after=KEEP_UPDATES),
    Index("sms_parts", "waiting", (("channel_id", 1), ("since", 1))),
    Index("sms_parts", "forget", (("said_at", 1),), expires_after=KEEP_PARTS),
    # One live conversation per customer and channel; where there are threads, one per thread.
    Index(
        "conversations", "live_thread", (("channel_id", 1), ("identity", 1), ("thread", 1)), unique=True,
        where={"live": True},
    ),
    Index("conversations", "thread", (("channel_id", 1), ("identity", 1), ("created_at", -1))),
    Index("conversations", "peer", (("channel_id", 1), ("peer", 1), ("created_at", -1))),
    Index("conversations", "activity", (("tenant", 1), ("status", 1), ("active_at", -1), ("_id", -1))),
    Index("conversations", "mine", (("tenant", 1), ("assignee_id", 1), ("active_at", -1), ("_id", -1))),
    Index("conversations", "contact", (("tenant", 1), ("contact_id", 1), ("active_at", -1), ("_id", -1))),
    Index("conversations", "duties", (("duty_at", 1),), where={"duty_at": {"$gt": 0}}),
    Index("conversations", "timers", (("timer_due", 1),), where={"timer_due": {"$gt": 0}}),
    Index(
        "conversations", "planned_files", (("tenant", 1), ("scheduled.attachments.id", 1)),
        where={"scheduled.attachments.id": {"$gt": ""}},
    ),
    Index("conversations", "care_planned", (("scheduled_due", 1),), where={"scheduled_due": {"$gt": 0}}),
    Index("conversations", "care_sla", (("sla_due", 1),), where={"sla_due": {"$gt": 0}}),
    Index(
        "conversations", "followed", (("tenant", 1), ("followers", 1), ("active_at", -1), ("_id", -1)),
        where={"followers": {"$gt": ""}},
    ),
    Index("mentions", "person", (("tenant", 1), ("person_id", 1), ("at", -1))),
    Index("mentions", "unseen", (("tenant", 1), ("person_id", 1), ("at", -1)), where={"seen": False}),
    Index("blocks", "tenant", (("tenant", 1), ("at", -1))),
    Index("blocks", "customers", (("tenant", 1),), where={"channel_id": ""}),
    Index("messages", "seq", (("conv", 1), ("seq", 1)), unique=True),
    Index(
        "conversations", "rated", (("tenant", 1), ("rating.asked_at", -1)), where={"rating.asked_at": {"$exists": True}}
    ),
    Index("messages", "words", (("tenant", 1), ("tok", 1), ("at", -1))),
    Index("messages", "analysed", (("tokv", 1),)),
    Index("messages", "said", (("conv", 1), ("at", -1), ("seq", -1))),
    Index("messages", "cid", (("conv", 1), ("cid", 1)), unique=True),
    Index(
        "messages", "ext", (("channel_id", 1), ("ext", 1), ("direction", 1)), unique=True,
        where={"ext": {"$exists": True}},
    ),
    Index("messages", "outgoing", (("out_due", 1),), where={"out_due": {"$gt": 0}}),
    Index("messages", "outgoing_of", (("conv", 1), ("seq", 1), ("out_due", 1)), where={"out_due": {"$gt": 0}}),
    Index("messages", "files", (("attachments.id", 1),), where={"attachments.id": {"$gt": ""}}),
    Index("attachments", "unused", (("created_at", 1),), where={"used": False}),
)  # fmt: skip
COLLECTIONS = (
    "channels", "visitors", "tokens", "updates", "conversations", "messages", "attachments", "counters", "mailboxes",
    "auto_replies", "sms_parts", "mentions", "blocks", "survey_policies",
    measuring.COLLECTION,
    *leads.COLLECTIONS,
)  # fmt: skip
