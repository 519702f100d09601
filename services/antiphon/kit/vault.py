"""Encryption at rest by envelopes: what people said and sent is sealed by a data key, one a tenant and month, which
itself is stored only as wrapped by a master key. The master key comes by reference, from a file that a secret store or
a key service puts there; without the file nothing is sealed, and what was sealed before cannot be read.

    {"current": "2026b", "keys": {"2026a": "<32 bytes, base64url>", "2026b": "…"}}

To change the master: add the new one as `current`, restart; data keys are wrapped anew at the start, nothing else is
written again; then the old one may leave the file. AES-256-GCM throughout; what a thing is about is authenticated, so
what was put in another's place does not open. A file has a key of its own (HKDF) and is sealed piece by piece, each
with its number and the last one marked: none can be left out, repeated or moved.
"""

from __future__ import annotations

import base64
import json
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
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
        self._open: OrderedDict[str, bytes] = OrderedDict()

    @property
    def is_on(self) -> bool:
        return self._masters is not None

    async def seal(self, tenant: str, data: bytes, about: str) -> bytes:
        """`data` sealed; `about` names what it belongs to and must be said again to open it."""
        name, key = await self._present(tenant)
        nonce, label = os.urandom(_NONCE), name.encode()
        return bytes([_FORM, len(label)]) + label + nonce + AESGCM(key).encrypt(nonce, data, about.encode())

    async def unseal(self, sealed: bytes, about: str) -> bytes:
        """Raises UNAVAILABLE without the master key, INTERNAL for what was altered or is about something else."""
        length = sealed[1]
        key = await self._named(sealed[2 : 2 + length].decode())
        rest = sealed[2 + length :]
        return _decrypted(AESGCM(key), rest[:_NONCE], rest[_NONCE:], about.encode())

    async def rewrap(self) -> int:
        """Wraps every data key by the current master. Returns how many were wrapped by another until now."""
        if self._masters is None:
            return 0
        done = 0
        async for document in self._keys.find({"master": {"$ne": self._masters.current}}):
            key = self._unwrapped(document)
            where = {"_id": document["_id"], "master": document["master"]}
            changed = await self._keys.update_one(where, {"$set": self._wrapped(document["_id"], key)})
            done += changed.modified_count
        return done

    async def file_key(self, tenant: str, file_id: str) -> tuple[Document, AESGCM]:
        """A key for a new file, and what must be kept beside it to open it again."""
        name, key = await self._present(tenant)
        salt = os.urandom(_SALT)
        return {"form": _FORM, "key": name, "salt": salt}, _derived(key, salt, file_id)

    async def known_file_key(self, kept: Document, file_id: str) -> AESGCM:
        return _derived(await self._named(kept["key"]), bytes(kept["salt"]), file_id)

    async def _present(self, tenant: str) -> tuple[str, bytes]:
        """This month's key of a tenant, made at its first use."""
        if self._masters is None:
            raise DomainError(Common.UNAVAILABLE, "no master key is given: nothing can be sealed")
        name = f"{tenant}/{self._clock():%Y-%m}"
        if name not in self._open:
            fresh = {"tenant": tenant, **self._wrapped(name, AESGCM.generate_key(256))}
            document = await self._keys.find_one_and_update(
                {"_id": name}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
            )
            self._keep(name, self._unwrapped(document))
        return name, self._open[name]

    async def _named(self, name: str) -> bytes:
        if name not in self._open:
            document = await self._keys.find_one({"_id": name})
            if document is None:
                raise DomainError(Common.INTERNAL, "the data key is gone")
            self._keep(name, self._unwrapped(document))
        return self._open[name]

    def _keep(self, name: str, key: bytes) -> None:
        self._open[name] = key
        if len(self._open) > _KEPT:
            self._open.popitem(last=False)

    def _wrapped(self, name: str, key: bytes) -> Document:
        assert self._masters is not None
        master, nonce = self._masters.current, os.urandom(_NONCE)
        sealed = AESGCM(self._masters.keys[master]).encrypt(nonce, key, f"{name} {master}".encode())
        return {"master": master, "wrapped": nonce + sealed}

    def _unwrapped(self, document: Document) -> bytes:
        master = document["master"]
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
