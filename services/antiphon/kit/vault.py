"""Encryption at rest by envelopes: what people said and sent is sealed by a data key, one a tenant and month, which
itself is stored only as wrapped by a master key. The master key comes by reference, from a file that a secret store or
a key service puts there; without the file nothing is sealed, and what was sealed before cannot be read.

    {"current": "2026b", "keys": {"2026a": "<32 bytes, base64url>", "2026b": "…"}}

To change the master: add the new one as `current`, restart; data keys are wrapped anew at the start, nothing else is
written again; then the old one may leave the file. AES-256-GCM throughout; what a thing is about is authenticated, so
what was put in another's place does not open. A file has a key of its own (HKDF) and is sealed piece by piece, each
with its number and the last one marked: none can be left out, repeated or moved.

Who destroys a tenant's data keys destroys what they sealed, wherever copies of it lie; other replicas know an open key
for five minutes more. Texts in documents are sealed by `texts.py`.
"""

from __future__ import annotations

import base64
import json
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo import ReturnDocument

from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.mongo import Database, Document

_FORM = 1
_NONCE, _TAG, _SALT = 12, 16, 16
_CHUNK = 255 * 1024
_PIECE = _CHUNK - _TAG
_KEPT = 2_000
_KNOWN_FOR = timedelta(minutes=5)
_INDEX = "index"
"""In place of the month: the key of a tenant's search words, which is the same as long as there are any."""


class Destroyed(DomainError):
    """What was sealed cannot be read any more, because somebody wanted it so."""

    def __init__(self) -> None:
        super().__init__(Common.NOT_FOUND, "the key of this was destroyed")


@dataclass(frozen=True, slots=True)
class DataKey:
    """An open data key."""

    name: str
    raw: bytes
    cipher: AESGCM
    until: datetime
    """It is looked up again after this."""

    def seal(self, data: bytes, about: str) -> bytes:
        nonce, label = os.urandom(_NONCE), self.name.encode()
        return bytes([_FORM, len(label)]) + label + nonce + self.cipher.encrypt(nonce, data, about.encode())

    def unseal(self, sealed: bytes, about: str) -> bytes:
        rest = sealed[2 + sealed[1] :]
        return _decrypted(self.cipher, rest[:_NONCE], rest[_NONCE:], about.encode())


def key_of(sealed: bytes) -> str:
    """The name of the data key that opens it."""
    return sealed[2 : 2 + sealed[1]].decode()


@dataclass(frozen=True, slots=True)
class Masters:
    """The master keys by name, and the one that wraps."""

    current: str
    keys: dict[str, bytes]

    @staticmethod
    def read(file: Path) -> Masters:
        """Raises ValueError for a file that is not as it should be, without saying what it holds."""
        try:
            said = json.loads(file.read_text())
            keys = {str(name): _decoded(text) for name, text in said["keys"].items()}
            current = str(said["current"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{file} is not a file of master keys") from None
        if current not in keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError(f"{file}: every master key has 32 bytes, and the current one is among them")
        return Masters(current, keys)


class Vault:
    """Data keys of one service's database, and what they seal."""

    def __init__(self, db: Database, masters: Masters | None, clock: Clock) -> None:
        self._keys = db["data_keys"]
        self._masters = masters
        self._clock = clock
        self._open: OrderedDict[str, DataKey] = OrderedDict()

    @property
    def is_on(self) -> bool:
        return self._masters is not None

    async def seal(self, tenant: str, data: bytes, about: str) -> bytes:
        """`data` sealed; `about` names what it belongs to and must be said again to open it."""
        return (await self.present(tenant)).seal(data, about)

    async def unseal(self, sealed: bytes, about: str) -> bytes:
        """Raises UNAVAILABLE without the master key, INTERNAL for what was altered or is about something else, and
        Destroyed."""
        return (await self.named(key_of(sealed))).unseal(sealed, about)

    async def rewrap(self) -> int:
        """Wraps every data key by the current master. Returns how many were wrapped by another until now."""
        if self._masters is None:
            return 0
        done = 0
        async for document in self._keys.find({"master": {"$nin": ["", self._masters.current]}}):
            key = self._unwrapped(document)
            where = {"_id": document["_id"], "master": document["master"]}
            changed = await self._keys.update_one(where, {"$set": self._wrapped(document["_id"], key)})
            done += changed.modified_count
        return done

    async def destroy(self, tenant: str) -> int:
        """A tenant's data keys are no more, and so is what they sealed. Returns how many."""
        gone = {"$set": {"master": "", "destroyed_at": self._clock()}, "$unset": {"wrapped": ""}}
        done = await self._keys.update_many({"tenant": tenant, "master": {"$ne": ""}}, gone)
        for name in [one for one in self._open if one.rpartition("/")[0] == tenant]:
            del self._open[name]
        return done.modified_count

    async def file_key(self, tenant: str, file_id: str) -> tuple[Document, AESGCM]:
        """A key for a new file, and what must be kept beside it to open it again."""
        key = await self.present(tenant)
        salt = os.urandom(_SALT)
        return {"form": _FORM, "key": key.name, "salt": salt}, _derived(key.raw, salt, file_id)

    async def known_file_key(self, kept: Document, file_id: str) -> AESGCM:
        return _derived((await self.named(kept["key"])).raw, bytes(kept["salt"]), file_id)

    async def present(self, tenant: str) -> DataKey:
        """This month's key of a tenant, made at its first use."""
        return await self._made(tenant, f"{self._clock():%Y-%m}")

    async def index_key(self, tenant: str) -> DataKey:
        """What a tenant's search words are hidden by."""
        return await self._made(tenant, _INDEX)

    async def named(self, name: str) -> DataKey:
        """A key that is there. Raises UNAVAILABLE, INTERNAL, Destroyed."""
        if (known := self._known(name)) is not None:
            return known
        document = await self._keys.find_one({"_id": name})
        if document is None:
            raise DomainError(Common.INTERNAL, "the data key is gone")
        return self._keep(name, self._unwrapped(document))

    async def _made(self, tenant: str, what: str) -> DataKey:
        """Where it was destroyed, another follows it: 2026-11, 2026-11+, 2026-11++."""
        if self._masters is None:
            raise DomainError(Common.UNAVAILABLE, "no master key is given: nothing can be sealed")
        name = f"{tenant}/{what}"
        while True:
            if (known := self._known(name)) is not None:
                return known
            fresh = {"tenant": tenant, **self._wrapped(name, AESGCM.generate_key(256))}
            document = await self._keys.find_one_and_update(
                {"_id": name}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
            )
            if document["master"]:
                return self._keep(name, self._unwrapped(document))
            name += "+"

    def _known(self, name: str) -> DataKey | None:
        known = self._open.get(name)
        return known if known is not None and self._clock() < known.until else None

    def _keep(self, name: str, raw: bytes) -> DataKey:
        key = self._open[name] = DataKey(name, raw, AESGCM(raw), self._clock() + _KNOWN_FOR)
        if len(self._open) > _KEPT:
            self._open.popitem(last=False)
        return key

    def _wrapped(self, name: str, key: bytes) -> Document:
        assert self._masters is not None
        master, nonce = self._masters.current, os.urandom(_NONCE)
        sealed = AESGCM(self._masters.keys[master]).encrypt(nonce, key, f"{name} {master}".encode())
        return {"master": master, "wrapped": nonce + sealed}

    def _unwrapped(self, document: Document) -> bytes:
        master = document["master"]
        if not master:
            raise Destroyed
        if self._masters is None or master not in self._masters.keys:
            raise DomainError(Common.UNAVAILABLE, "the master key of this data is not given", master=master)
        wrapped, about = bytes(document["wrapped"]), f"{document['_id']} {master}"
        return _decrypted(AESGCM(self._masters.keys[master]), wrapped[:_NONCE], wrapped[_NONCE:], about.encode())


class Files:
    """Files in GridFS under their own ids, sealed where the vault is on. Older ones stay readable as they are."""

    def __init__(self, db: Database, vault: Vault, bucket: str = "files") -> None:
        self._bucket = AsyncIOMotorGridFSBucket(db, bucket, chunk_size_bytes=_CHUNK)
        self._vault = vault

    async def put(self, tenant: str, file_id: str, source: bytes | BinaryIO) -> None:
        """Stores a file; there must be none of this id."""
        if not self._vault.is_on:
            await self._bucket.upload_from_stream_with_id(file_id, file_id, source)
            return
        kept, key = await self._vault.file_key(tenant, file_id)
        stream = self._bucket.open_upload_stream_with_id(file_id, file_id, metadata={"sealed": kept})
        try:
            for number, piece, last in _pieces(source):
                await stream.write(key.encrypt(_place(number, last), piece, None))
            await stream.close()
        except BaseException:
            await stream.abort()
            raise

    async def parts(self, file_id: str) -> AsyncIterator[bytes]:
        """The bytes in order. Raises gridfs' NoFile, UNAVAILABLE without the master key, INTERNAL when altered."""
        stream = await self._bucket.open_download_stream(file_id)
        kept = (stream.metadata or {}).get("sealed")
        if kept is None:
            while chunk := await stream.readchunk():
                yield chunk
            return
        key = await self._vault.known_file_key(kept, file_id)
        chunk = await stream.readchunk()
        for number in count():
            following = await stream.readchunk()
            if piece := _decrypted(key, _place(number, not following), chunk, None):
                yield piece
            if not following:
                return
            chunk = following


def _pieces(source: bytes | BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Number, bytes, and whether it is the last one; an empty file has one empty piece."""
    at = 0

    def read() -> bytes:
        nonlocal at
        if not isinstance(source, bytes):
            return source.read(_PIECE)
        at += _PIECE
        return source[at - _PIECE : at]

    piece = read()
    for number in count():
        following = read()
        yield number, piece, not following
        if not following:
            return
        piece = following


def _place(number: int, last: bool) -> bytes:
    """The nonce of a piece: the key belongs to one file, so its number is never used twice."""
    return number.to_bytes(_NONCE - 1) + bytes([last])


def _derived(key: bytes, salt: bytes, file_id: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, f"file {file_id}".encode()).derive(key))


def _decrypted(key: AESGCM, nonce: bytes, data: bytes, about: bytes | None) -> bytes:
    try:
        return key.decrypt(nonce, data, about)
    except (InvalidTag, ValueError) as error:
        raise DomainError(Common.INTERNAL, "what is stored was altered, or is not what it says it is") from error


def _decoded(text: Any) -> bytes:
    return base64.urlsafe_b64decode(str(text) + "=" * (-len(str(text)) % 4))
