"""Every index of media, with what it is for."""

from __future__ import annotations

from antiphon.kit import measuring, outbox
from antiphon.kit.mongo import Index

COLLECTIONS = (
    "calls",
    "callbacks",
    "faxes",
    "ladders",
    "links",
    "sounds",
    "tallies",
    "files.files",
    "files.chunks",
    measuring.COLLECTION,
    outbox.COLLECTION,
)
INDEXES: tuple[Index, ...] = (
    *outbox.INDEXES,
    Index("calls", "latest", (("tenant", 1), ("started_at", -1), ("_id", -1))),
    Index("calls", "people", (("tenant", 1), ("people", 1), ("started_at", -1), ("_id", -1))),
    Index("calls", "contact", (("tenant", 1), ("contact_id", 1), ("started_at", -1), ("_id", -1))),
    Index("sounds", "latest", (("tenant", 1), ("kind", 1), ("at", -1), ("_id", -1))),
    Index("sounds", "call", (("tenant", 1), ("call_id", 1))),
    # Recordings whose time is over.
    Index("sounds", "retention", (("kept_until", 1),), where={"kept_until": {"$exists": True}}),
    Index("faxes", "latest", (("tenant", 1), ("at", -1), ("_id", -1))),
    Index("faxes", "retention", (("kept_until", 1),), where={"kept_until": {"$exists": True}}),
    Index("faxes", "mail", (("mail_at", 1),), where={"mail_at": {"$exists": True}}),
    # What is on its way, and what a dead replica has left so.
    Index("faxes", "sending", (("at", 1),), where={"status": 1}),
    # What SIP was said, until its time is over.
    Index("ladders", "retention", (("kept_until", 1),), expires_after=0),
    Index("links", "latest", (("at", -1),)),
    Index("files.chunks", "chunk", (("files_id", 1), ("n", 1)), unique=True),
)
