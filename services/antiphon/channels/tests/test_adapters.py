"""What raw updates mean, and what frames a visitor may see: pure halves of the adapters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels import convert
from antiphon.channels.contract import ChannelView, Edited, Ignored, Said
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.message import Attachment, Delivery, Direction, Kind, Message, Option
from antiphon.channels.domain.visitor import Visitor
from antiphon.channels.telegram.bots import Bots
from antiphon.channels.telegram.incoming import TelegramIncoming, lane_of
from antiphon.channels.webchat import incoming, outgoing
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
BOT = ChannelView("ch", "t", "telegram", 1, "Bot", "", True, {}, {"token": "77:AAA", "webhook": "s"})
SITE = replace(BOT, kind="webchat", secrets={})
READER = TelegramIncoming(Bots("http://127.0.0.1:1"))
WHO = {"id": 5, "is_bot": False, "first_name": "Іван", "last_name": "Франко", "language_code": "uk"}


def heard(**update: Any) -> Any:
    return READER.read(BOT, json.dumps({"update_id": 1, **update}).encode())


def tg(**fields: Any) -> dict[str, Any]:
    return {"message_id": 9, "from": WHO, "chat": {"id": 5, "type": "private"}, "date": 1_750_000_000, **fields}


def test_a_text_has_a_sender_and_an_id() -> None:
    said = heard(message=tg(text="Добрий день", reply_to_message=tg(message_id=3)))
    assert isinstance(said, Said)
    assert (said.text, said.client_id, said.reply_to) == ("Добрий день", "tg:9", "tg:3")
    sender = said.sender
    assert (sender.identity, sender.namespace, sender.name, sender.language) == ("5", "77", "Іван Франко", "uk")
    assert sender.verified


@pytest.mark.parametrize(
    ("fields", "text", "files"),
    [
        ({"caption": "c", "photo": [{"file_id": "s"}, {"file_id": "L", "width": 9, "height": 9}]}, "c", ["L"]),
        ({"voice": {"file_id": "v"}}, "", ["v"]),
        ({"document": {"file_id": "d", "file_name": "x.pdf"}}, "", ["d"]),
        ({"sticker": {"file_id": "st", "emoji": "😀"}}, "😀", []),
        ({"contact": {"phone_number": "+38067", "first_name": "A"}}, "A +38067", []),
    ],
)  # fmt: skip
def test_media_become_files_and_words(fields: dict[str, Any], text: str, files: list[str]) -> None:
    said = heard(message=tg(**fields))
    assert isinstance(said, Said)
    assert (said.text, [file.id for file in said.files]) == (text, files)


def test_albums_edits_and_starts() -> None:
    assert heard(message=tg(photo=[{"file_id": "a"}], media_group_id="g")).group_id == "g"
    assert heard(message=tg(text="/start ad")).facts == {"start": "ad"}
    edited = heard(edited_message=tg(text="new", edit_date=1_750_000_100))
    assert isinstance(edited, Edited)
    assert (edited.text, edited.client_id) == ("new", "tg:9")


def test_only_our_buttons_are_choices() -> None:
    keyboard = {"inline_keyboard": [[{"text": "Продажі", "callback_data": "m:1"}]]}
    query = {"id": "q", "from": WHO, "message": tg(text="?", reply_markup=keyboard), "data": "m:1"}
    said = heard(callback_query=query)
    assert (said.text, said.choice, said.client_id) == ("Продажі", "1", "cb:q")
    assert isinstance(heard(callback_query={**query, "data": "other"}), Ignored)


def test_what_is_not_a_private_word_is_ignored() -> None:
    assert isinstance(heard(message=tg(text="x", chat={"id": -1, "type": "group"})), Ignored)
    assert isinstance(heard(message=tg(new_chat_photo=[])), Ignored)
    assert isinstance(heard(my_chat_member={}), Ignored)
    assert isinstance(heard(brand_new={}), Ignored)
    assert (lane_of({"message": tg()}), lane_of({"brand_new": 1})) == ("5", "other")


def frame_of(message: Message) -> Any:
    return outgoing.message_frame(message, 100, lambda a: f"/f/{a.id}")


def test_a_message_comes_back_as_it_was_told() -> None:
    """A visitor is shown what the fact says: nothing of it may be lost on the way."""
    plain = Message("c", Kind.TEXT, Direction.IN, "customer", NOW, "hi", "Olha", "cv", 3)
    full = replace(
        plain, kind=Kind.MENU, direction=Direction.OUT, attachments=(Attachment("at", "a.png", "image/png", 5, 2, 1),),
        options=(Option("1", "One"),), delivery=Delivery.FAILED, failure="GONE", event="closed", facts={"a": "b"},
        group_id="g", reply_to="r", edited_at=NOW, deleted=True, rev=4, mentions=("p",),
    )  # fmt: skip
    assert [convert.message_of(convert.message(one)) for one in (plain, full)] == [plain, full]


def test_notes_and_internal_events_have_no_frame() -> None:
    text = Message("c", Kind.TEXT, Direction.OUT, "person:p", NOW, "<b>hi</b>", "Olha", seq=3, delivery=Delivery.SENT)
    assert frame_of(replace(text, kind=Kind.NOTE)) is None
    for name in ("no_scheme", "blocked", "anything_new"):
        assert frame_of(replace(text, kind=Kind.EVENT, event=name)) is None
    shown = frame_of(replace(text, attachments=(Attachment("at", "a.png", "image/png", 5, 2, 1),)))
    assert (shown["seq"], shown["text"], shown["mine"], shown["client_id"]) == (103, "<b>hi</b>", False, None)
    assert shown["attachments"][0]["url"] == "/f/at"
    assert frame_of(replace(text, deleted=True))["text"] == ""
    assert frame_of(replace(text, kind=Kind.EVENT, event="accepted"))["event"] == "joined"
    mine = frame_of(replace(text, direction=Direction.IN))
    assert (mine["mine"], mine["client_id"], mine["delivery"]) == (True, "c", "sent")
    assert set(outgoing.config(Channel("ch", "t", "webchat", "Shop"), 20)) == {
        "title", "subtitle", "colour", "language", "greeting", "away_text", "max_upload_mb", "accept",
    }  # fmt: skip


def test_what_is_stored_of_a_frame_is_read_back() -> None:
    frame = incoming.message_of({"client_id": "c1", "text": "привіт", "choice": "k", "attachment_ids": ["at_1"]})
    raw = incoming.raw_of(Visitor("vs", "t", "ch", "u", "Olha", "", "uk", "https://a"), frame, NOW)
    said = incoming.WebchatIncoming().read(SITE, raw)
    assert isinstance(said, Said)
    assert (said.text, said.choice, said.attachment_ids, said.at) == ("привіт", "k", ("at_1",), NOW)
    assert (said.sender.identity, said.sender.verified, said.facts["page"]) == ("vs", True, "https://a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["client_id", "text", "choice", "attachment_ids", "t"]), JSON))
def test_any_frame_is_read_or_refused(frame: dict[str, Any]) -> None:
    try:
        found = incoming.message_of(frame)
    except DomainError:
        return
    incoming.raw_of(Visitor("vs", "t", "ch"), found, NOW).decode()


@given(st.text(max_size=60))
def test_any_text_is_a_frame_or_refused(raw: str) -> None:
    try:
        frame = incoming.parse(raw)
    except DomainError:
        return
    assert incoming.number_of(frame, "seq") >= 0
