"""MongoDB through motor: one client per process, transactions that retry, indexes that follow the code.

Only this file, `outbox.py` and each service's `store.py` import the driver, so that its successor (AsyncMongoClient)
can replace it by touching one layer. Cancelling a call does not undo its write: every write has an idempotency key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import IndexModel, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.database import Database as BlockingDatabase
from pymongo.errors import BulkWriteError, CollectionInvalid, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from antiphon.kit import logs
from antiphon.kit.settings import Platform

Document: TypeAlias = dict[str, Any]
Database: TypeAlias = "AsyncIOMotorDatabase[Document]"
Session: TypeAlias = AsyncIOMotorClientSession
Blocking: TypeAlias = "BlockingDatabase[Document]"
"""The same database with calls that wait, for work that runs in a thread of its own."""
BlockingSession: TypeAlias = ClientSession
T = TypeVar("T")
_ATTEMPTS = 5
_NO_SUCH_TRANSACTION = 251
_PATIENCE, _PAUSE = 120.0, 0.005
"""Seconds that a conflict is waited for in all, and the first pause."""
_DUPLICATE_KEY = 11000
_AT_ONCE = 4
"""Collections that are made at once."""
_threads = ThreadPoolExecutor(16, "mongo")
_CONCERNS: dict[str, Any] = {
    "read_concern": ReadConcern("snapshot"),
    "write_concern": WriteConcern("majority", j=True, wtimeout=10_000),
    "read_preference": ReadPreference.PRIMARY,
}

_CROSSED = frozenset({27, 276, 12587})
"""IndexNotFound, IndexBuildAborted, BackgroundOperationInProgress: another replica drops or makes the same index."""
_clients: dict[tuple[str, int], AsyncIOMotorClient[Document]] = {}
log = logs.get("mongo")


@dataclass(frozen=True, slots=True)
class Index:
    """One index of a collection. `name` is the identity: change the definition together with the name."""

    collection: str
    name: str
    keys: Sequence[tuple[str, int]]
    unique: bool = False
    where: Document | None = None
    """Partial filter expression."""
    expires_after: int | None = None
    """Seconds after the value of the (date) key."""


def database(platform: Platform, service: str) -> Database:
    """The service's own database. Services of one process and loop share a client."""
    key = (platform.mongo_url, id(asyncio.get_running_loop()))
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = AsyncIOMotorClient(
            platform.mongo_url,
            tz_aware=True,
            uuidRepresentation="standard",
            serverSelectionTimeoutMS=5000,
            maxPoolSize=64,
            retryWrites=True,
        )
    return client.get_database(
        f"{platform.mongo_prefix}_{service}", write_concern=WriteConcern("majority", j=True, wtimeout=10_000)
    )


def close_clients() -> None:
    """Closes the clients of this loop."""
    loop = id(asyncio.get_running_loop())
    for key in [key for key in _clients if key[1] == loop]:
        _clients.pop(key).close()


async def migrate(db: Database, indexes: Sequence[Index], collections: Sequence[str] = ()) -> None:
    """Creates missing collections and indexes and drops indexes that the code no longer names.

    Collections must exist before their first use inside a transaction."""
    wanted = {index.collection for index in indexes} | set(collections)
    bare = wanted - {index.collection for index in indexes} - set(await db.list_collection_names())
    some = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> None:
        async with some:
            if name in bare:
                await _create(db, name)
            else:
                await _surely(db, name, [index for index in indexes if index.collection == name])

    await asyncio.gather(*map(one, sorted(wanted)))


async def _create(db: Database, name: str) -> None:
    try:
        await db.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != 48:  # NamespaceExists: another replica was faster
            raise


async def _surely(db: Database, name: str, indexes: Sequence[Index]) -> None:
    """However many replicas, of this release and the last, do the same at the same moment."""
    for attempt in range(_ATTEMPTS):
        try:
            await _migrate_collection(db, name, indexes)
            return
        except OperationFailure as error:
            if error.code not in _CROSSED or attempt == _ATTEMPTS - 1:
                raise
        await asyncio.sleep(0.1 * (attempt + 1))


async def _migrate_collection(db: Database, name: str, indexes: Sequence[Index]) -> None:
    present = set(await db[name].index_information()) - {"_id_"}
    for stale in sorted(present - {index.name for index in indexes}):
        log.info("dropping an index that the code no longer names", collection=name, index=stale)
        await db[name].drop_index(stale)
    missing = [_model(index) for index in indexes if index.name not in present]
    if missing:
        await db[name].create_indexes(missing)  # makes the collection, too: one command where a start had five


def _model(index: Index) -> IndexModel:
    options: Document = {"name": index.name, "unique": index.unique}
    if index.where is not None:
        options["partialFilterExpression"] = index.where
    if index.expires_after is not None:
        options["expireAfterSeconds"] = index.expires_after
    return IndexModel(list(index.keys), **options)


def only_duplicates(error: BulkWriteError) -> bool:
    """True when nothing but unique keys stood against a bulk of writes: all of it was written before."""
    failed = (error.details or {}).get("writeErrors", ())
    concerned = (error.details or {}).get("writeConcernErrors")
    return bool(failed) and not concerned and all(one["code"] == _DUPLICATE_KEY for one in failed)


async def transaction(db: Database, body: Callable[[Session], Coroutine[Any, Any, T]]) -> T:
    """Runs `body` in a transaction, again on a transient conflict. `body` may run several times.

    The driver repeats what the server labels transient; a transaction that a restarted server has forgotten comes
    without the label and is repeated here."""

    async def once() -> T:
        async with await db.client.start_session() as session:
            return await session.with_transaction(body, **_CONCERNS)

    for _ in range(_ATTEMPTS - 1):
        try:
            return await once()
        except OperationFailure as error:
            if error.code != _NO_SUCH_TRANSACTION:
                raise
    return await once()


async def in_thread(db: Database, work: Callable[[Blocking], T]) -> T:
    """Many calls at the price of one change of threads, where motor changes threads at each."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work, db.delegate)


async def transaction_in_thread(
    db: Database, body: Callable[[Blocking, BlockingSession], T], *, patience: float = _PATIENCE
) -> T:
    """As `transaction`, in one thread from beginning to end. Between attempts no thread is held; a conflict is raised
    when it lasts longer than `patience`. Cancelling does not stop it: what it writes must be fenced or bear being
    written late."""

    def once(blocking: Blocking) -> T:
        with blocking.client.start_session() as session:
            return session.with_transaction(lambda begun: _conflicts_apart(body, blocking, begun), **_CONCERNS)

    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + patience, _PAUSE
    while True:
        try:
            return await in_thread(db, once)
        except (_Conflict, OperationFailure) as error:
            cause = error.cause if isinstance(error, _Conflict) else error
            if not _is_conflict(cause) or loop.time() + pause > deadline:
                raise cause from None
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.5)


class _Conflict(Exception):
    """Takes a conflict past the driver, which would repeat the body and keep the thread."""

    def __init__(self, cause: PyMongoError) -> None:
        self.cause = cause


def _is_conflict(error: PyMongoError) -> bool:
    forgotten = isinstance(error, OperationFailure) and error.code == _NO_SUCH_TRANSACTION
    return forgotten or error.has_error_label("TransientTransactionError")


def _conflicts_apart(body: Callable[[Blocking, BlockingSession], T], blocking: Blocking, session: BlockingSession) -> T:
    try:
        return body(blocking, session)
    except PyMongoError as error:
        if _is_conflict(error):
            raise _Conflict(error) from error
        raise
