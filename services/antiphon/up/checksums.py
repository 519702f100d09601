"""`antiphon checksums`: one SHA-256 for each collection of the installation, files and recordings included, to tell
whether what was restored is what was backed up. All of them are of one moment, which MongoDB remembers for five
minutes: what takes longer to read is refused, and judged by the archive's own checksum.

    collection → digest of its documents' bytes in the order of their ids, and of its indexes
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from bson import json_util
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

Client = MongoClient[RawBSONDocument]


def of(url: str, prefix: str) -> dict[str, str]:
    """Of every collection of the databases with this prefix."""
    found = {}
    with (
        MongoClient[RawBSONDocument](url, document_class=RawBSONDocument) as client,
        client.start_session(snapshot=True) as session,
    ):
        for database in sorted(name for name in client.list_database_names() if name.startswith(f"{prefix}_")):
            for name in sorted(client[database].list_collection_names()):
                found[f"{database}.{name}"] = _digest(client[database][name], session)
    return found


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What is missing, new or other, by name."""
    names = sorted({*before, *after})
    return [name for name in names if before.get(name) != after.get(name)]


def _digest(collection: Collection[RawBSONDocument], session: ClientSession) -> str:
    made = hashlib.sha256()
    for document in collection.find(session=session).sort("_id", 1):
        made.update(document.raw)
    plain: Collection[dict[str, Any]] = collection.with_options(CodecOptions(document_class=dict))
    indexes = {name: dict(one) for name, one in plain.index_information().items()}
    for one in indexes.values():
        one.pop("ns", None)
    made.update(json_util.dumps(indexes, sort_keys=True).encode())
    return made.hexdigest()
