"""Texts at rest: what people wrote lies in documents as bytes that only the vault opens, and is found by hidden words.

A service says where in its documents texts stand, as places: (container, key, what it is about). `seal` replaces the
text there by bytes of a subtype of their own, `open` the other way round; what is no text there, or none of those
bytes, is left alone. So old and new documents are read alike, and nobody has to say which a document is.

Words that texts are found by are hidden each by itself: a keyed digest, the key one a tenant. Whoever reads the
database sees how long a text is, which texts share a word and how often words occur, and may guess frequent ones; but
not the words. Stored before, they are plain; a question asks for both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

from bson import Binary

from antiphon.kit.mongo import Database, Document
from antiphon.kit.vault import Destroyed, Vault, key_of

SEALED = 0x8A
"""The subtype of sealed bytes in BSON; 0x80 and above are for applications."""
_TEXT, _BYTES = b"t", b"b"
_BATCH = 200
_TRIES = 5

Place: TypeAlias = tuple[Any, Any, str]
"""container, key in it, what the text there is about: it opens nowhere else."""
Places: TypeAlias = Iterable[Place]
Word: TypeAlias = str | int


class Texts:
    """What one service keeps of people's words."""

    def __init__(self, vault: Vault, *, seals: bool) -> None:
        """`seals`: whether new texts are sealed; sealed ones are read anyway."""
        self._vault = vault
        self.seals = seals

    async def seal(self, tenant: str, places: Places) -> None:
        """Seals in place what is not sealed yet."""
        if not self.seals:
            return
        key = await self._vault.present(tenant)
        for container, at, about in places:
            if data := _plain(container[at]):
                container[at] = Binary(key.seal(data, about), SEALED)

    async def open(self, places: Places) -> None:
        """Opens in place; what was sealed by a key that was destroyed is empty. Raises UNAVAILABLE, INTERNAL."""
        for container, at, about in places:
            value = container[at]
            if not is_sealed(value):
                continue
            try:
                data = (await self._vault.named(key_of(value))).unseal(value, about)
            except Destroyed:
                data = _TEXT
            container[at] = data[1:].decode() if data[:1] == _TEXT else data[1:]

    async def hidden(self, tenant: str, words: Sequence[str]) -> list[Word]:
        """The words as they are stored."""
        return _digests((await self._vault.index_key(tenant)).raw, words) if self.seals and words else list(words)

    async def wanted(self, tenant: str, groups: Sequence[Sequence[str]]) -> list[list[Word]]:
        """The words of a question in both forms."""
        if not self._vault.is_on:
            return [list(group) for group in groups]
        key = (await self._vault.index_key(tenant)).raw
        return [[*group, *_digests(key, group)] for group in groups]


def is_sealed(value: object) -> bool:
    return isinstance(value, Binary) and value.subtype == SEALED


def _plain(value: object) -> bytes:
    """What is to be sealed, and of which kind it is; empty for nothing."""
    if isinstance(value, str):
        return _TEXT + value.encode() if value else b""
    if isinstance(value, bytes) and value and not is_sealed(value):
        return _BYTES + bytes(value)
    return b""


def _digests(key: bytes, words: Sequence[str]) -> list[Word]:
    """Eight bytes each, as the integers that an index holds most cheaply."""
    made = blake2b(digest_size=8, key=key)
    found: list[Word] = []
    for word in words:
        digest = made.copy()
        digest.update(word.encode())
        found.append(int.from_bytes(digest.digest(), signed=True))
    return found


# ------------------------------------------------------------ what was stored before


@dataclass(frozen=True, slots=True)
class Stored:
    """A collection whose documents hold texts."""

    collection: str
    places: Callable[[Document], Places]
    words: Callable[[Document], list[str]] | None = None
    """What a document with a plain text is found by; hidden, in the field `tok`."""
    blank: tuple[str, ...] = ()
    """Fields that say the text in another form: there is none of them beside a sealed one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection is."""

    collection: str
    looked_at: int
    sealed: int
    of: int


async def seal_stored(db: Database, texts: Texts, stored: Stored) -> AsyncIterator[Progress]:
    """Seals what was stored before texts were; goes on where it was interrupted. Documents that somebody changes
    meanwhile are read again: nothing is overwritten."""
    place = await db["sealing"].find_one({"_id": stored.collection}) or {"looked_at": 0, "sealed": 0}
    of = await db[stored.collection].estimated_document_count()
    looked_at, sealed = place["looked_at"], place["sealed"]
    while True:
        after = {"_id": {"$gt": place["last"]}} if "last" in place else {}
        found = await db[stored.collection].find(after).sort("_id", 1).limit(_BATCH).to_list(_BATCH)
        for document in found:
            looked_at += 1
            sealed += await _sealed(db, texts, stored, document)
        if found:
            place = {"_id": stored.collection, "last": found[-1]["_id"], "looked_at": looked_at, "sealed": sealed}
            await db["sealing"].replace_one({"_id": stored.collection}, place, upsert=True)
        yield Progress(stored.collection, looked_at, sealed, max(of, looked_at))
        if len(found) < _BATCH:
            return


async def begin_again(db: Database) -> None:
    """The next round looks at everything."""
    await db["sealing"].delete_many({})


async def _sealed(db: Database, texts: Texts, stored: Stored, document: Document | None) -> bool:
    for _ in range(_TRIES):
        if document is None:
            return False
        change = await _change(texts, stored, document)
        if not change:
            return False
        same = {"_id": document["_id"], **{name: document[name] for name in change if name in document}}
        if (await db[stored.collection].update_one(same, {"$set": change})).matched_count:
            return True
        document = await db[stored.collection].find_one({"_id": document["_id"]})
    raise RuntimeError(f"{stored.collection}: a document is changed faster than it is read")


async def _change(texts: Texts, stored: Stored, document: Document) -> Document:
    """What is other in the document when it is sealed, by field."""
    after = _copy(document)
    if not any(_plain(container[at]) for container, at, _ in stored.places(after)):
        return {}
    if stored.words is not None:
        await texts.open(stored.places(after))
        after["tok"] = await texts.hidden(document["tenant"], stored.words(after))
    after.update(dict.fromkeys(stored.blank, ""))
    await texts.seal(document["tenant"], stored.places(after))
    return {name: value for name, value in after.items() if name not in document or document[name] != value}


def _copy(value: Any) -> Any:
    """Containers anew, the rest as it is."""
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
