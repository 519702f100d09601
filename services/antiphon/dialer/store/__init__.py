"""Mongo: campaigns, lists, contacts, attempts, decisions, do-not-call lists. The only folder that imports the driver.

An attempt is stored before anything rings; `live` is true until its end is known, and of one number there is at most
one live attempt in a tenant (a unique index): that is what makes a second dial impossible, whoever leads.
"""

from __future__ import annotations

from pymongo.errors import PyMongoError

from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.v1.dialer_pb2 import Campaign
from antiphon.dialer.v1.events_pb2 import CampaignChanged
from antiphon.kit import mongo, outbox
from antiphon.kit.clock import system_clock
from antiphon.kit.mongo import Document, Index
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Kind, Records

from .attempts import Attempts
from .contacts import Contacts
from .dnc import DoNotCall
from .erasing import ErasingStore

CAMPAIGNS = Kind(
    "campaigns",
    Campaign,
    Reason.TAKEN,
    changed=lambda campaign: CampaignChanged(occurred_at=timestamp(system_clock()), campaign=campaign),
)
INDEXES = (
    *CAMPAIGNS.indexes,
    Index("campaigns", "by_state", (("body.state", 1),)),
    Index("lists", "campaign", (("tenant", 1), ("campaign", 1))),
    Index("bad_rows", "line", (("list", 1), ("line", 1))),
    Index("contacts", "seq", (("campaign", 1), ("seq", 1)), unique=True),
    Index("contacts", "touched", (("campaign", 1), ("touched", 1))),
    Index("contacts", "state", (("list", 1), ("state", 1))),
    Index(
        "contacts",
        "turn",
        (("campaign", 1), ("state", 1), ("callback", -1), ("priority", -1), ("attempts", 1), ("seq", 1)),
    ),
    Index("contacts", "preview", (("tenant", 1), ("preview.agent", 1)), where={"state": "preview"}),
    Index("contacts", "shown", (("tenant", 1), ("preview.id", 1)), where={"state": "preview"}),
    Index("attempts", "one_live", (("tenant", 1), ("number", 1)), unique=True, where={"live": True}),
    Index("attempts", "live", (("campaign", 1), ("live", 1)), where={"live": True}),
    Index("attempts", "number", (("tenant", 1), ("number", 1), ("at", -1))),
    Index("attempts", "person", (("tenant", 1), ("person", 1), ("at", -1))),
    Index("attempts", "day", (("campaign", 1), ("day", 1), ("_id", 1))),
    Index("attempts", "newest", (("campaign", 1), ("_id", -1))),
    Index("attempts", "call", (("tenant", 1), ("call", 1))),
    Index("decisions", "day", (("campaign", 1), ("day", 1), ("_id", 1))),
    *outbox.INDEXES,
)
AWAY = (PyMongoError,)
"""Raised while the database cannot be reached."""
COLLECTIONS = ("dnc", "statuses", "counters")


class Store:
    """The dialler's own database."""

    def __init__(self, db: mongo.Database, secrets: tuple[str, ...] = ("",)) -> None:
        self._db = db
        self.outbox = Outbox(db)
        self.campaigns = Records(db, CAMPAIGNS, self.outbox)
        self.contacts = Contacts(db)
        self.attempts = Attempts(db, self.outbox)
        self.dnc = DoNotCall(db, secrets)
        self.erasing = ErasingStore(db, self.dnc)

    async def in_states(self, states: list[str]) -> list[tuple[str, str]]:
        """(tenant, campaign) of every campaign in one of these states, of all tenants."""
        found = self._db.campaigns.find({"body.state": {"$in": states}}, {"tenant": 1})
        return [(document["tenant"], document["_id"]) async for document in found]

    async def put_status(self, campaign_id: str, status: Document) -> None:
        """What the leader last said of a campaign."""
        await self._db.statuses.replace_one({"_id": campaign_id}, status, upsert=True)

    async def status(self, campaign_id: str) -> Document | None:
        """The same, for any replica."""
        return await self._db.statuses.find_one({"_id": campaign_id})
