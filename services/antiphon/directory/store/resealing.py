"""Where sealed secrets stand, and how they are sealed by another key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from motor.motor_asyncio import AsyncIOMotorCollection

from antiphon.kit.mongo import Document

SEALED = (
    ("credentials", "totp"),
    ("credentials", "totp_pending"),
    ("sip_secrets", "ha1"),
    ("trunk_secrets", "sealed"),
    ("erasures", "sealed"),
    ("sign_ons", "sealed"),
)
"""(collection, field); all are bound to the document's id, a provider's to its tenant."""


class Resealing(Protocol):
    """What knows the keys."""

    def resealed(self, sealed: bytes, owner: str) -> bytes | None: ...


async def reseal(db: Mapping[str, AsyncIOMotorCollection[Document]], sealer: Resealing) -> int:
    """Returns how many were sealed anew."""
    count = 0
    for collection, field in SEALED:
        async for document in db[collection].find({field: {"$exists": True, "$nin": [b"", None]}}, {field: 1}):
            fresh = sealer.resealed(bytes(document[field]), _owner(collection, document["_id"]))
            if fresh is not None:
                same: dict[str, Any] = {"_id": document["_id"], field: document[field]}
                count += (await db[collection].update_one(same, {"$set": {field: fresh}})).modified_count
    return count


def _owner(collection: str, key: str) -> str:
    return f"{key}/sign-on" if collection == "sign_ons" else key
