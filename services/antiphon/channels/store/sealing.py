"""Where people's words stand in the documents of channels, for `kit/texts.py`. What is asked for by value (names of
contacts, addresses at the provider, ids) is not among them."""

from __future__ import annotations

from collections.abc import Iterator

from antiphon.channels.store import documents
from antiphon.kit.mongo import Document
from antiphon.kit.texts import Place, Stored
from antiphon.kit.words import Stemming


def of_message(document: Document) -> Iterator[Place]:
    """Also of the copy that a conversation keeps of its last one."""
    about = f"message {document['conv']} {document['seq']}"
    yield document, "text", about
    yield from _files(document["attachments"])
    if document["kind"] != "event":
        yield from _values(document["facts"], about)
    for pair in (document.get("template") or {}).get("values", ()):
        yield pair, 1, f"{about} {pair[0]}"


def of_conversation(document: Document) -> Iterator[Place]:
    about = f"conversation {document['_id']}"
    for name in ("subject", "interaction"):
        if name in document:
            yield document, name, f"{about} {name}"
    if document.get("last"):
        yield from of_message(document["last"])
    for one in document.get("scheduled", ()):
        yield one, "text", f"{about} plan {one['id']}"
        yield from _files(one.get("attachments", ()))
    if document.get("rating"):
        yield document["rating"], "comment", f"{about} rating"
    happened = [*document["pending"], *([document["timer"]["happened"]] if document["timer"] else [])]
    for one in happened:
        yield from _values(one["facts"], f"{about} {one['id']}")
    for verb in (document["step"] or {}).get("verbs", ()):
        if "text" in verb:
            yield verb, "text", f"{about} step"


def of_draft(document: Document) -> Iterator[Place]:
    for name in ("reply", "note"):
        yield document, name, f"draft {document['conv']} {document['person_id']} {name}"


def of_attachment(document: Document) -> Iterator[Place]:
    yield from _files([document["file"]])


def of_update(document: Document) -> Iterator[Place]:
    yield document, "raw", f"update {document['channel_id']} {document['dedup']}"


def of_parts(document: Document) -> Iterator[Place]:
    """Of a long short message: the octets of each part. They live for a day, so old ones are not sealed afterwards."""
    for number in document["bodies"]:
        yield document["bodies"], number, f"sms {document['_id']} {number}"


def of_lead(document: Document) -> Iterator[Place]:
    """Where the visitor was, and what led there; a greeting to a chat has neither."""
    about = f"lead {document['_id']}"
    if "page" in document:
        yield document, "page", about
        yield from _values(document["utm"], about)


def _files(files: list[Document]) -> Iterator[Place]:
    for one in files:
        yield one, "name", f"file {one['id']}"


def _values(facts: Document, about: str) -> Iterator[Place]:
    for name in facts:
        yield facts, name, f"{about} {name}"


def _words(document: Document) -> list[str]:
    words: list[str] = documents.searched(documents.message_from(document), Stemming())["tok"]
    return words


STORED = (
    Stored("messages", of_message, _words),
    Stored("conversations", of_conversation),
    Stored("drafts", of_draft),
    Stored("attachments", of_attachment),
    Stored("updates", of_update),
    Stored("leads", of_lead),
)
