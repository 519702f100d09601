"""What a batch reads and what it writes, each in one go of the driver's blocking calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pymongo import InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError

from antiphon.billing.app.memory import Found, Wanted
from antiphon.billing.app.writer import Fenced, Page, Repeated
from antiphon.billing.domain.carrying import owed
from antiphon.billing.store import codec
from antiphon.kit import mongo, outbox
from antiphon.kit.mongo import Document

OWED = "carrier_entries"
"""Transfers between us and carriers, in the transaction of the calls they rest on."""
T = TypeVar("T")


def read(db: mongo.Blocking, wanted: Wanted) -> Found:
    """What is wanted, as it is stored."""

    def named(collection: str, names: Iterable[tuple[str, str]], of: Callable[[Document], T]) -> list[tuple[str, T]]:
        ids = sorted(codec.key(account_id, name) for account_id, name in names)
        found = db[collection].find({"_id": {"$in": ids}}) if ids else ()
        return [(document["account"], of(document)) for document in found]

    found = Found(
        operations=named("transfers", wanted.operations, codec.entry),
        holds=named("holds", wanted.holds, codec.hold),
        sessions=named("sessions", wanted.sessions, codec.session),
        calls=named("calls", wanted.calls, codec.call),
        papers=named("papers", wanted.papers, codec.paper),
    )
    if wanted.accounts:
        accounts = {"$in": sorted(wanted.accounts)}
        found.accounts = [codec.account(document) for document in db.accounts.find({"_id": accounts})]
        held = db.holds.find({"account": accounts, "state": "open"})
        found.holds += [(document["account"], codec.hold(document)) for document in held]
    return found


@dataclass(slots=True)
class Writes:
    """What a batch writes, by collection."""

    fences: list[UpdateOne | UpdateMany] = field(default_factory=list)
    fenced: int = 0
    """How many partitions they must match."""
    inserted: dict[str, list[Document]] = field(default_factory=dict)
    replaced: dict[str, list[Document]] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[Page], told: list[Document]) -> Writes:
        replaced = ("accounts", "holds", "sessions", "calls", "papers", OWED)
        inserted: dict[str, list[Document]] = {"transfers": [], "calls": [], "trail": [], outbox.COLLECTION: told}
        writes = cls(inserted=inserted, replaced={name: [] for name in replaced})
        for page in pages:
            writes._add(page)
        return writes

    def _add(self, page: Page) -> None:
        book, replaced = page.book, self.replaced
        self.inserted["transfers"] += [codec.entry_document(page, entry) for entry in book.fresh]
        if page.account is not None and (page.changed or book.fresh):
            replaced["accounts"].append(codec.account_document(page))
        replaced["holds"] += [codec.hold_document(page, hold) for hold in book.touched.values()]
        replaced["papers"] += [codec.paper_document(page, paper) for paper in page.new_papers.values()]
        self.inserted["trail"] += [codec.line_document(page, line) for line in page.lines]
        replaced["sessions"] += [codec.session_document(page, session) for session in page.new_sessions.values()]
        for call in page.new_calls.values():
            known = call.id in page.known_calls
            (replaced if known else self.inserted)["calls"].append(codec.call_document(page, call))
            if (due := owed(call)) is not None:
                replaced[OWED].append(codec.owed_document(page, call, due))

    def fence(self, epochs: Mapping[int, int], numbers: Mapping[int, int], pages: Sequence[Page]) -> None:
        """Makes the writes conditional on the epochs, and keeps how many calls each partition has."""
        written = {"$inc": {"commits": 1}}
        counting = {call.partition for page in pages for call in page.new_calls.values()}
        quiet: dict[int, list[int]] = {}
        for number, epoch in epochs.items():
            if number in counting:
                change = {**written, "$set": {"calls": numbers[number]}}
                self.fences.append(UpdateOne({"_id": number, "epoch": epoch}, change))
            else:
                quiet.setdefault(epoch, []).append(number)
        self.fences += [UpdateMany({"_id": {"$in": found}, "epoch": epoch}, written) for epoch, found in quiet.items()]
        self.fenced = len(epochs)

    def write(self, db: mongo.Blocking, session: mongo.BlockingSession) -> None:
        """Raises Fenced, Repeated."""
        matched = db.partitions.bulk_write(self.fences, ordered=False, session=session).matched_count
        if matched != self.fenced:
            raise Fenced
        for name in {**self.inserted, **self.replaced}:
            operations: list[InsertOne[Document] | ReplaceOne[Document]] = []
            operations += [InsertOne(document) for document in self.inserted.get(name, ())]
            operations += [
                ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in self.replaced.get(name, ())
            ]
            try:
                if operations:
                    db[name].bulk_write(operations, ordered=False, session=session)
            except BulkWriteError as error:
                if mongo.only_duplicates(error):
                    raise Repeated from error
                raise
