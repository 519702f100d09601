"""The look-ups that come before a tenant is known: what was shown at the door says whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.directory.app.keyring import Key
from antiphon.directory.domain.credentials import Credentials
from antiphon.directory.domain.sessions import Session
from antiphon.directory.v1.directory_pb2 import Person
from antiphon.kit.mongo import Database

from . import codec
from .credentials import to_credentials
from .keys import to_key
from .sessions import to_session


@dataclass(frozen=True, slots=True)
class Known:
    """A person at the door."""

    tenant: str
    person: Person
    credentials: Credentials


class Doors:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def person(self, email: str) -> Known | None:
        """Whose sign-in name this is."""
        document = await self._db["people"].find_one({"email": email})
        secrets = await self._db["credentials"].find_one({"_id": document["_id"]}) if document else None
        if document is None or secrets is None:
            return None
        return Known(document["tenant"], codec.to_record(Person, document), to_credentials(secrets))

    async def first_tenant(self) -> str:
        """The tenant that signed up first; empty before there is one."""
        document = await self._db["tenants"].find_one({}, {"_id": 1}, sort=[("_id", 1)])
        return str(document["_id"]) if document else ""

    async def session(self, digest: bytes) -> Session | None:
        """Which session has a secret with this digest."""
        document = await self._db["sessions"].find_one({"digest": digest})
        return None if document is None else to_session(document)

    async def key(self, digest: bytes) -> Key | None:
        """Which API key has a secret with this digest."""
        document = await self._db["keys"].find_one({"digest": digest})
        return None if document is None else to_key(document)
