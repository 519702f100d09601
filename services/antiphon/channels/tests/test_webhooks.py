"""What signed calls of providers mean: samples as the providers document them, without a server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from e2e.fakes.providers import APP_SECRET
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.contract import Call, ChannelView, Edited, Heard, Hooks, Ignored, Incoming, Reported, Said
from antiphon.channels.domain.message import Delivery, Direction, Kind, Message, Option
from antiphon.channels.kinds import KINDS
from antiphon.channels.messenger.incoming import MessengerHooks, MessengerIncoming
from antiphon.channels.meta.graph import Graph, refusal
from antiphon.channels.viber.api import Viber
from antiphon.channels.viber.incoming import ViberHooks, ViberIncoming
from antiphon.channels.vk.api import Vk
from antiphon.channels.vk.incoming import VkHooks, VkIncoming
from antiphon.channels.whatsapp.incoming import WhatsappHooks, WhatsappIncoming
from antiphon.channels.whatsapp.outgoing import menu, to
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
NOBODY = "http://127.0.0.1:1"
TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"


def view(kind: str, settings: Mapping[str, Any], **secrets: str) -> ChannelView:
    return ChannelView("ch", "t", kind, 1, "Shop", "", True, settings, {"webhook": "word", **secrets})


WHATSAPP = view("whatsapp", {"phone_number_id": "106540352242922"}, app_secret=APP_SECRET)
MESSENGER = view("messenger", {"page_id": "1906385232743451"}, app_secret=APP_SECRET)
VIBER = view("viber", {}, token=TOKEN)
VK = view("vk", {"group_id": "123456", "confirmation_code": "a1b2c3"}, secret="vk_secret_1")
DOORS: dict[str, tuple[ChannelView, Hooks, Incoming]] = {
    "whatsapp": (WHATSAPP, WhatsappHooks(), WhatsappIncoming(Graph("WhatsApp", NOBODY))),
    "messenger": (MESSENGER, MessengerHooks(), MessengerIncoming(Graph("Messenger", NOBODY))),
    "viber": (VIBER, ViberHooks(), ViberIncoming(Viber("Viber", NOBODY))),
    "vk": (VK, VkHooks(), VkIncoming(Vk("VK", NOBODY))),
}


def whatsapp(message: Mapping[str, Any] | None = None, **value: Any) -> dict[str, Any]:
    contact = {"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234", "user_id": "US.13491208655302741918"}
    sender = {"from": "16505551234", "from_user_id": "US.13491208655302741918"}
    body = {"metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}, **value}
    if message is not None:
        stamped = {"id": "wamid.HBgL", "timestamp": "1749416383", **sender, **message}
        body |= {"contacts": [contact], "messages": [stamped]}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", **body}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def messenger(**event: Any) -> dict[str, Any]:
    whole = {"sender": {"id": "5"}, "recipient": {"id": "1906385232743451"}, "timestamp": 1_749_416_383_000, **event}
    return {"object": "page", "entry": [{"id": "1906385232743451", "time": 1_749_416_383_001, "messaging": [whole]}]}


def viber(**event: Any) -> dict[str, Any]:
    return {"event": "message", "timestamp": 1_749_416_383_000, "message_token": 4912661846655238145, **event}


VIBER_SENDER = {"id": "01234567890A=", "name": "John", "language": "uk", "country": "UA", "api_version": 1}


def vk(kind: str = "message_new", **message: Any) -> dict[str, Any]:
    whole = {
        "id": 3, "date": 1_749_416_383, "peer_id": 7, "from_id": 7, "conversation_message_id": 9, "text": "", **message
    }  # fmt: skip
    inside = {"message": whole, "client_info": {}} if kind == "message_new" else whole
    return {
        "type": kind, "object": inside, "group_id": 123456, "event_id": "e1", "v": "5.199", "secret": "vk_secret_1"
    }  # fmt: skip


def heard(kind: str, body: Mapping[str, Any]) -> list[Heard]:
    channel, hooks, incoming = DOORS[kind]
    call = Call({}, {}, json.dumps(body).encode())
    return [incoming.read(channel, update.raw) for update in hooks.updates(channel, call)]


def the_said(kind: str, body: Mapping[str, Any]) -> Said:
    (one,) = heard(kind, body)
    assert isinstance(one, Said), one
    return one


SAMPLES: dict[str, dict[str, Any]] = {
    "whatsapp": whatsapp({"type": "text", "text": {"body": "Does it come in another color?"}}),
    "messenger": messenger(message={"mid": "m_1", "text": "Does it come in another color?"}),
    "viber": viber(sender=VIBER_SENDER, message={"type": "text", "text": "Does it come in another color?"}),
    "vk": vk(text="Does it come in another color?"),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_text_is_said_by_its_sender(kind: str) -> None:
    said = the_said(kind, SAMPLES[kind])
    assert said.text == "Does it come in another color?"
    assert said.sender.verified
    assert (said.sender.identity, said.sender.peer) == {
        "whatsapp": ("US.13491208655302741918", "16505551234"), "messenger": ("5", "5"),
        "viber": ("01234567890A=", "01234567890A="), "vk": ("7", "7"),
    }[kind]  # fmt: skip


def signed(kind: str, raw: bytes) -> dict[str, str]:
    if kind == "viber":
        return {"x-viber-content-signature": hmac.new(TOKEN.encode(), raw, hashlib.sha256).hexdigest()}
    return {"x-hub-signature-256": "sha256=" + hmac.new(APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize("kind", ["whatsapp", "messenger", "viber"])
def test_a_signature_is_over_the_raw_bytes(kind: str) -> None:
    channel, hooks, _ = DOORS[kind]
    raw = json.dumps(SAMPLES[kind], indent=1).encode()
    headers = signed(kind, raw)
    assert hooks.is_authentic(channel, Call({}, headers, raw), NOW)
    assert not hooks.is_authentic(channel, Call({}, headers, raw.replace(b"color", b"colOr")), NOW)
    assert not hooks.is_authentic(channel, Call({}, headers, json.dumps(SAMPLES[kind]).encode()), NOW)
    assert not hooks.is_authentic(channel, Call({}, {}, raw), NOW)
    bare = ChannelView("ch", "t", kind, 1, "Shop", "", True, channel.settings, {"webhook": "word"})
    assert not hooks.is_authentic(bare, Call({}, signed(kind, raw), raw), NOW)


def test_vk_shows_the_secret_and_the_community() -> None:
    channel, hooks, _ = DOORS["vk"]

    def admits(**other: Any) -> bool:
        return hooks.is_authentic(channel, Call({}, {}, json.dumps({**SAMPLES["vk"], **other}).encode()), NOW)

    assert admits()
    assert not admits(secret="vk_secret_2")
    assert not admits(group_id=7)
    assert not hooks.is_authentic(channel, Call({}, {}, b"[1]"), NOW)
    trial = Call({}, {}, json.dumps({"type": "confirmation", "group_id": 123456, "secret": "vk_secret_1"}).encode())
    assert (list(hooks.updates(channel, trial)), hooks.thanks(channel, trial)) == ([], "a1b2c3")
    (update,) = hooks.updates(channel, Call({}, {}, json.dumps(SAMPLES["vk"]).encode()))
    assert b"vk_secret" not in update.raw


def test_meta_welcomes_only_who_knows_the_word() -> None:
    channel, hooks, _ = DOORS["whatsapp"]
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "word"}
    assert hooks.welcome(channel, Call(asked, {})) == "1158201444"
    assert hooks.welcome(channel, Call({**asked, "hub.verify_token": "other"}, {})) is None
    assert hooks.welcome(channel, Call({}, {})) is None


@pytest.mark.parametrize(
    ("message", "text", "file", "choice"),
    [
        ({"type": "image", "image": {"id": "1", "mime_type": "image/jpeg", "caption": "this"}}, "this", "1", ""),
        ({"type": "audio", "audio": {"id": "2", "mime_type": "audio/ogg; codecs=opus", "voice": True}}, "", "2", ""),
        ({"type": "document", "document": {"id": "3", "filename": "a.pdf"}}, "", "3", ""),
        ({"type": "button", "button": {"text": "Yes", "payload": "y"}}, "Yes", "", "y"),
        ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "2", "title": "Sales"}}},
         "Sales", "", "2"),
        ({"type": "location", "location": {"latitude": 50.45, "longitude": 30.52, "name": "Office"}},
         "Office https://maps.google.com/?q=50.45,30.52", "", ""),
        ({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ivan"}, "phones": [{"phone": "+3"}]}]},
         "Ivan +3", "", ""),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "[unsupported]", "", ""),
    ],
)  # fmt: skip
def test_whatsapp_media_and_choices(message: dict[str, Any], text: str, file: str, choice: str) -> None:
    said = the_said("whatsapp", whatsapp(message))
    assert (said.text, "".join(one.id for one in said.files), said.choice) == (text, file, choice)
    assert said.facts["phone"] == "+16505551234"


def test_somebody_who_hides_the_phone_is_known_by_the_user_id() -> None:
    body = whatsapp({"type": "text", "text": {"body": "Hi"}})
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"username": "sheena"}, "user_id": "US.1"}]
    value["messages"][0] |= {"from_user_id": "US.1"}
    del value["messages"][0]["from"]
    said = the_said("whatsapp", body)
    assert (said.sender.identity, said.sender.peer, said.sender.name) == ("US.1", "US.1", "sheena")
    assert "phone" not in said.facts
    assert (to("US.1"), to("16505551234")) == ({"recipient": "US.1"}, {"to": "16505551234"})


def test_another_number_of_the_same_app_is_none_of_ours() -> None:
    body = whatsapp({"type": "text", "text": {"body": "Hi"}})
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "7"
    assert heard("whatsapp", body) == []
    other = messenger(message={"mid": "m", "text": "x"})
    other["entry"][0]["id"] = "7"
    assert heard("messenger", other) == []


def test_reports_say_how_far_it_came() -> None:
    status = {"id": "wamid.out", "status": "read", "timestamp": "1749416400", "recipient_id": "16505551234"}
    (read,) = heard("whatsapp", whatsapp(statuses=[status]))
    assert isinstance(read, Reported)
    assert (read.delivery, read.ext_ids) == (Delivery.READ, ("wamid.out",))
    errors = [{"code": 131047, "title": "Re-engagement message"}]
    (failed,) = heard("whatsapp", whatsapp(statuses=[{**status, "status": "failed", "errors": errors}]))
    assert isinstance(failed, Reported)
    assert failed.delivery is Delivery.FAILED
    assert "24 hours" in failed.failure
    (delivered,) = heard("messenger", messenger(delivery={"mids": ["m_out"], "watermark": 1_749_416_400_000}))
    assert isinstance(delivered, Reported)
    assert delivered.ext_ids == ("m_out",)
    (seen,) = heard("messenger", messenger(read={"watermark": 1_749_416_400_000}))
    assert isinstance(seen, Reported)
    assert (seen.ext_ids, seen.peer, seen.delivery) == ((), "5", Delivery.READ)
    (lost,) = heard("viber", viber(event="failed", user_id="u", desc="failure description"))
    assert isinstance(lost, Reported)
    assert lost.ext_ids == ("4912661846655238145",), "more than 2^53 and still exact"
    assert "failure description" in lost.failure


def test_messenger_buttons_files_and_echoes() -> None:
    picture = {"type": "image", "payload": {"url": "https://cdn.example/p.jpg"}}
    said = the_said("messenger", messenger(message={"mid": "m", "attachments": [picture]}))
    assert said.files[0].id == "https://cdn.example/p.jpg"
    assert (
        the_said("messenger", messenger(message={"mid": "m", "text": "S", "quick_reply": {"payload": "m:2"}})).choice
        == "2"
    )
    assert (
        the_said("messenger", messenger(postback={"mid": "p", "title": "Start", "payload": "GET_STARTED"})).choice == ""
    )
    assert isinstance(heard("messenger", messenger(message={"mid": "m", "text": "ours", "is_echo": True}))[0], Ignored)
    edit = messenger(message_edit={"mid": "m", "text": "new", "num_edit": 1})
    assert isinstance(heard("messenger", edit)[0], Edited)


def test_vk_attachments_choices_and_edits() -> None:
    photo = {
        "type": "photo",
        "photo": {
            "sizes": [{"url": "https://s", "width": 1, "height": 1}, {"url": "https://L", "width": 9, "height": 9}]
        },
    }
    said = the_said("vk", vk(text="look", attachments=[photo], payload='{"m": "2"}'))
    assert (said.files[0].id, said.choice) == ("https://L", "2")
    (edited,) = heard("vk", vk("message_edit", text="new", update_time=1_749_416_390))
    assert isinstance(edited, Edited)
    assert edited.client_id == "vk:9"
    assert isinstance(heard("vk", vk(peer_id=2_000_000_001, text="a group"))[0], Ignored)
    assert isinstance(heard("vk", vk(from_id=-5, text="another community"))[0], Ignored)


def test_a_menu_fits_whatsapp() -> None:
    def of(count: int) -> Message:
        options = tuple(Option(str(n), f"A rather long label number {n}") for n in range(count))
        return Message("c", Kind.MENU, Direction.OUT, "system", NOW, "How can we help?", options=options)

    (buttons,) = menu(of(3))
    assert buttons["interactive"]["type"] == "button"
    assert all(len(b["reply"]["title"]) <= 20 for b in buttons["interactive"]["action"]["buttons"])
    (rows,) = menu(of(10))
    assert all(len(row["title"]) <= 24 for row in rows["interactive"]["action"]["sections"][0]["rows"])
    (text,) = menu(of(11))
    assert "10 – A rather long label number 10" in text["text"]["body"]


def test_refusals_say_what_to_do() -> None:
    assert "token" in str(refusal("WhatsApp", 401, {"code": 190, "message": "Error validating access token"}))
    assert type(refusal("WhatsApp", 400, {"code": 130429})).__name__ == "SendLater"
    assert "Whatever" in str(refusal("WhatsApp", 400, {"code": 999, "message": "Whatever"}))


def test_kinds_check_what_an_administrator_gives() -> None:
    kind = KINDS["whatsapp"]
    with pytest.raises(DomainError, match="the id of the number"):
        kind.check_settings({}, any_origin=False)
    with pytest.raises(DomainError, match="the app's secret"):
        kind.check_secrets({"token": "t", "app_secret": "short"}, frozenset())
    assert kind.check_secrets({}, frozenset({"token", "app_secret"})) == {}
    with pytest.raises(DomainError, match="no such secret"):
        kind.check_secrets({"pin": "1"}, frozenset({"token", "app_secret"}))
    assert [KINDS["messenger"].window({"human_agent": answer}) for answer in ("yes", "no")] == [
        timedelta(days=7), timedelta(days=1)
    ]  # fmt: skip
    assert KINDS["telegram"].window({}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", SAMPLES)
@given(data=st.data())
def test_whatever_is_damaged_is_refused_and_not_crashed_on(kind: str, data: st.DataObject) -> None:
    body = json.loads(json.dumps(SAMPLES[kind]))
    node: Any = body
    while isinstance(node, dict | list) and node:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(node[key], dict | list):
            node[key] = data.draw(JSON)
            break
        node = node[key]
    try:
        heard(kind, body)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return
