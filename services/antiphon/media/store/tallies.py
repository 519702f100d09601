"""Tallies: what was recorded, counted in one transaction with the records and told by another way than they are.

Each run of a replica numbers the records of a company from 1 without gaps. A tally stays here until it was told, by
whichever replica comes first: a replica that died owes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.common.v1.tally_pb2 import TalliedRecord, Tally
from antiphon.kit.mongo import Database, Document, Session
from antiphon.kit.seals import Sealed, seal
from antiphon.media.v1 import media_pb2 as pb

SWITCH = "media"
OUTSIDE = "outside"
_SECOND = 10**9
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tally that is to be told."""

    id: str
    tenant: str
    tally: Tally


class TallyStore:
    """Tallies of all replicas; this one writes those of its own run."""

    def __init__(self, db: Database, source: str) -> None:
        self._tallies = db.tallies
        self._run = source
        self._breaks = 0
        self._given: Counter[str] = Counter()
        """Tenant → the last number."""

    async def count(self, session: Session, calls: Sequence[tuple[str, pb.Call]]) -> Mapping[str, int]:
        """Writes the tallies of (tenant, call) with their records; returns the last numbers, for `counted`."""
        given = self._given.copy()
        sealed: dict[str, list[Document]] = {}
        for tenant, call in calls:
            sealed.setdefault(tenant, []).extend(_sealed(call))
        documents = []
        for tenant, records in sealed.items():
            for start in range(0, len(records), _MOST):
                part = records[start : start + _MOST]
                first = given[tenant] + 1
                told = {"tenant": tenant, "source": self._source, "first": first, "records": part}
                documents.append({"_id": f"{tenant}/{self._source}/{first}", **told})
                given[tenant] += len(part)
        await self._tallies.insert_many(documents, session=session)
        return given

    def counted(self, given: Mapping[str, int]) -> None:
        """They are stored."""
        self._given = Counter(given)

    def doubted(self) -> None:
        """Whether they were stored is not known: what comes now is counted anew, as another run."""
        self._breaks += 1
        self._given.clear()

    @property
    def _source(self) -> str:
        return f"{self._run}.{self._breaks}" if self._breaks else self._run

    async def waiting(self, most: int) -> list[Waiting]:
        """Those that were not told yet, of all replicas."""
        return [_waiting(document) for document in await self._tallies.find({}).limit(most).to_list(most)]

    async def told(self, ids: Sequence[str]) -> None:
        await self._tallies.delete_many({"_id": {"$in": list(ids)}})


def _sealed(call: pb.Call) -> Iterator[Document]:
    """What is to be billed for a call: the time of each outside party; else that there was one."""
    paid = [leg for leg in call.legs if leg.role == OUTSIDE and call.direction != pb.DIRECTION_INTERNAL]
    for leg in paid:
        key = f"{call.id}:{leg.id}"
        answered = _nanos(leg.answered_at) if leg.HasField("answered_at") else None
        ended = _nanos(leg.ended_at) if leg.HasField("ended_at") else None
        yield {"key": key, "digest": seal(b"", Sealed(SWITCH, key, key, leg.number, answered, ended, free=False))}
    if not paid:
        yield {"key": call.id, "digest": seal(b"", Sealed(SWITCH, call.id, "", "", None, None, free=True))}


def _nanos(stamp: Timestamp) -> int:
    return stamp.seconds * _SECOND + stamp.nanos


def _waiting(document: Document) -> Waiting:
    records = [TalliedRecord(key=one["key"], digest=one["digest"]) for one in document["records"]]
    tally = Tally(switch=SWITCH, source=document["source"], first=document["first"], records=records)
    return Waiting(document["_id"], document["tenant"], tally)
