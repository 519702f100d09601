"""Short messages without a network: characters, parts, PDUs (smpp34 reads what we write), receipts, signatures."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.contract import Call, ChannelView, Ignored, Reported, Said
from antiphon.channels.domain.message import Delivery
from antiphon.channels.kinds import KINDS
from antiphon.channels.sms import pdu, signature
from antiphon.channels.sms.alphabet import BASIC, EXTENSION, decode, decode_gsm
from antiphon.channels.sms.incoming import SmsHooks, SmsIncoming
from antiphon.channels.sms.numbers import addressed, can_answer, written
from antiphon.channels.sms.outgoing import submits
from antiphon.channels.sms.pdu import Address, ShortMessage
from antiphon.channels.sms.raw import Stored
from antiphon.channels.sms.receipts import other_forms, plain, receipt
from antiphon.channels.sms.segments import Place, opened, segments
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
SMPP = {"transport": "smpp", "host": "smsc.example", "port": 2775, "system_id": "me", "source": "+380441112233",
        "region": "UA"}  # fmt: skip
HTTP = {"transport": "http", "url": "https://gw.example/send", "source": "Romashka", "region": "UA"}
SECRET = "0123456789abcdef"
GSM_TEXT = st.text(alphabet=[c for c in BASIC if c != "\x1b"] + list(EXTENSION.values()), max_size=700)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500)
US, THEM = Address("380441112233", 1, 1), Address("380501234567", 1, 1)


def view(settings: dict[str, Any], **secrets: str) -> ChannelView:
    return ChannelView("ch", "t", "sms", 1, "Texts", "", True, settings, secrets)


def deliver(data: bytes = b"", **fields: Any) -> ShortMessage:
    return ShortMessage(THEM, US, data, **fields)


def heard(*messages: ShortMessage, missing: tuple[int, ...] = ()) -> Said | Reported | Ignored:
    raw = Stored("x", NOW, tuple(one.encode() for one in messages), missing).encode()
    found = SmsIncoming().read(view(SMPP), raw)
    assert isinstance(found, Said | Reported | Ignored)
    return found


@given(GSM_TEXT | ANY_TEXT)
def test_a_text_comes_back_from_its_parts(text: str) -> None:
    made = segments(text, 7)
    got = [opened(deliver(part, coding=made.coding, esm_class=made.esm_class)) for part in made.parts]
    assert "".join(decode(data, made.coding, "gsm7") or "" for _, data in got) == text
    if len(got) > 1:
        assert [place for place, _ in got] == [Place(7, len(got), n) for n in range(1, len(got) + 1)]
    assert all(len(part) <= 160 for part in made.parts)


@pytest.mark.parametrize(
    ("text", "coding", "sizes"),
    [
        ("a" * 160, 0, [160]),
        ("a" * 161, 0, [159, 14]),
        ("a" * 306, 0, [159, 159]),
        ("a" * 307, 0, [159, 159, 7]),
        ("€" * 80, 0, [160]),
        ("€" * 81, 0, [158, 16]),
        ("ї" * 70, 8, [140]),
        ("ї" * 71, 8, [140, 14]),
        ("ї" * 134, 8, [140, 140]),
        ("🙂" * 35, 8, [140]),
        ("🙂" * 36, 8, [138, 18]),
    ],
)
def test_where_texts_are_cut(text: str, coding: int, sizes: list[int]) -> None:
    made = segments(text, 1)
    assert (made.coding, [len(part) for part in made.parts]) == (coding, sizes)


def test_alphabets() -> None:
    assert decode_gsm(b"\x00\x02\x1b\x65\x1b\x41\x1b") == "@$€A"
    assert decode(b"\x80", 0, "gsm7") == "\ufffd"
    assert decode(b"\xe9", 0, "latin1") == "é"
    assert decode("Ґ".encode("utf-16-be"), 0x08, "gsm7") == decode("Ґ".encode("utf-16-be"), 0x18, "gsm7") == "Ґ"
    assert decode(b"hi", 0xF1, "gsm7") == "hi"
    assert [decode(b"hi", coding, "gsm7") for coding in (2, 4, 0xF5)] == [None, None, None]
    assert segments("Ґ", 1, "latin1").coding == 8
    assert segments("é", 1, "latin1").coding == 3


@given(st.binary(max_size=254), st.integers(0, 255), st.dictionaries(st.integers(1, 65_535), st.binary(max_size=40)))
def test_a_pdu_comes_back(data: bytes, coding: int, tlvs: dict[int, bytes]) -> None:
    one = deliver(data, coding=coding, esm_class=0, registered=1, tlvs=tlvs)
    got = pdu.parse(one.encode())
    assert (got.source, got.destination, got.coding, got.tlvs) == (one.source, one.destination, coding, tlvs)
    assert got.data == (data or tlvs.get(pdu.PAYLOAD, b""))


@given(st.binary(max_size=200))
def test_a_broken_pdu_is_a_value_error(raw: bytes) -> None:
    try:
        pdu.parse(raw)
    except ValueError:
        return


def test_another_library_reads_what_we_submit() -> None:
    for number, body in enumerate(submits(view(SMPP), "+380501234567", "ї" * 100, 9)):
        read = smpp34.decode(pdu.Pdu(4, 0, 1, body).encode())
        assert isinstance(read, smpp34.SubmitSm)
        assert (read.source_addr, read.destination_addr, read.dest_addr_ton) == ("380441112233", "380501234567", 1)
        assert (read.data_coding, read.esm_class, read.registered_delivery) == (8, 0x40, 2 - number)


def test_parts_are_found_by_every_header() -> None:
    long = bytes((6, 0x08, 4, 1, 2, 3, 2)) + b"x"
    assert opened(deliver(long, esm_class=0x40)) == (Place(0x102, 3, 2), b"x")
    ported = bytes((11, 5, 4, 0, 1, 0, 2, 0, 3, 9, 2, 1)) + b"x"
    assert opened(deliver(ported, esm_class=0x40)) == (Place(9, 2, 1), b"x")
    sar = {pdu.SAR_REF: b"\1\2", pdu.SAR_TOTAL: b"\2", pdu.SAR_NUMBER: b"\1"}
    assert opened(deliver(b"x", tlvs=sar)) == (Place(0x102, 2, 1), b"x")
    assert opened(deliver(bytes((5, 0, 3, 1, 2, 9)) + b"x", esm_class=0x40)) == (None, b"x"), "part 9 of 2"


def test_joined_parts_and_gaps_are_said() -> None:
    parts = [deliver(part, coding=8, esm_class=0x40) for part in segments("ґ" * 67 + "є" * 67 + "ї", 1).parts]
    whole = heard(*parts)
    assert isinstance(whole, Said)
    assert whole.text == "ґ" * 67 + "є" * 67 + "ї"
    gap = heard(parts[0], parts[2], missing=(2,))
    assert isinstance(gap, Said)
    assert (gap.text, gap.facts) == ("ґ" * 67 + "[…]ї", {"missing_parts": "2"})


RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:2603041000 done date:2603041001 stat:%s err:%s text:hi"


@pytest.mark.parametrize(
    ("state", "error", "delivery", "words"),
    [
        (b"DELIVRD", b"000", Delivery.DELIVERED, ""),
        (b"UNDELIV", b"011", Delivery.FAILED, "(error 011)"),
        (b"REJECTD", b"000", Delivery.FAILED, "refused"),
        (b"EXPIRED", b"000", Delivery.FAILED, "in time"),
        (b"ENROUTE", b"000", Delivery.NONE, ""),
    ],
)
def test_receipts(state: bytes, error: bytes, delivery: Delivery, words: str) -> None:
    found = receipt(deliver(RECEIPT % (b"0123", state, error), esm_class=4))
    assert (found.id, found.delivery) == ("0123", delivery)
    assert words in found.failure


def test_receipts_by_parameters_and_without_an_id() -> None:
    tlvs = {pdu.RECEIPTED_ID: b"AB12\0", pdu.MESSAGE_STATE: b"\5"}
    found = heard(deliver(b"", esm_class=4, tlvs=tlvs))
    assert isinstance(found, Reported)
    assert (found.ext_ids, found.delivery) == (("ab12",), Delivery.FAILED)
    with pytest.raises(ValueError, match="without an id"):
        receipt(deliver(b"hello", esm_class=4))


@given(st.integers(0, 2**64))
def test_hexadecimal_and_decimal_ids_meet(number: int) -> None:
    """The id at sending in one form, in the receipt in the other, whatever zeros stand before it."""
    for sent, told in (
        (f"{number:X}", f"{number:010d}"),
        (f"{number:d}", f"{number:08x}"),
        (f"{number:x}", f"{number:X}"),
    ):
        assert plain(sent) in (plain(told), *other_forms(told))


def test_ids_that_are_no_numbers_keep_their_letters() -> None:
    assert [plain(one) for one in ("00AB", "0", "Zx9", "a,b")] == ["ab", "0", "Zx9", "a;b"]
    assert other_forms("Zx9") == ()


def test_numbers() -> None:
    assert (
        written("0501234567", "UA")
        == written("380501234567", "", 1)
        == written("+38 050 123 45 67", "")
        == "+380501234567"
    )
    assert written("380501234567", "UA") == "+380501234567"
    assert (written("5433", "UA"), written("Romashka", "UA", 5)) == ("5433", "Romashka")
    assert [can_answer(peer) for peer in ("+380501234567", "5433", "Romashka")] == [True, True, False]
    assert (addressed("+3805")[0:2], addressed("5433")[1], addressed("Romashka")[1:]) == (("3805", 1), 0, (5, 0))


def test_names_and_binary() -> None:
    said = heard(ShortMessage(Address("Romashka", 5), US, b"Sale"))
    assert isinstance(said, Said)
    assert (said.sender.peer, said.facts) == ("Romashka", {"cannot_be_answered": "the sender is a name"})
    assert isinstance(heard(deliver(b"\1\2", coding=4)), Ignored)


BODY = '{"id": "m1", "from": "+380501234567", "to": "5433", "text": "Привіт"}'.encode()


def call(body: bytes, header: str) -> Call:
    return Call({}, {signature.NAME: header}, body)


def test_only_these_very_bytes_of_the_last_five_minutes_are_signed() -> None:
    hooks, channel, header = SmsHooks(), view(HTTP, secret=SECRET), signature.sign(SECRET, BODY, NOW)
    assert hooks.is_authentic(channel, call(BODY, header), NOW)
    assert hooks.is_authentic(channel, call(BODY, header), NOW + timedelta(seconds=299))
    again = json.dumps(json.loads(BODY)).encode()
    later = header.replace("t=1", "t=2", 1)
    for body, given_, at in (
        (BODY.replace(b"m1", b"m2"), header, NOW),
        (again, header, NOW),
        (BODY, header, NOW + timedelta(seconds=301)),
        (BODY, header, NOW - timedelta(seconds=301)),
        (BODY, later, NOW),
        (BODY, "", NOW),
        (BODY, header + ",v1=" + "0" * 64, NOW),
    ):
        assert not hooks.is_authentic(channel, call(body, given_), at)
    assert not hooks.is_authentic(view(HTTP), call(BODY, signature.sign("", BODY, NOW)), NOW), "no secret is no key"
    assert not hooks.is_authentic(view(SMPP, secret=SECRET), call(BODY, header), NOW)


def test_what_a_gateway_says() -> None:
    channel, hooks = view(HTTP, secret=SECRET), SmsHooks()

    def updates(body: dict[str, Any]) -> Any:
        raw = json.dumps(body).encode()
        return hooks.updates(channel, call(raw, signature.sign(SECRET, raw, NOW)))[0]

    said = updates(json.loads(BODY))
    read = SmsIncoming().read(channel, said.raw)
    assert isinstance(read, Said)
    assert (read.text, read.sender.identity, said.lane) == ("Привіт", "+380501234567", "+380501234567")
    lost = updates({"id": "GW-7", "status": "failed", "error": "absent"})
    told = SmsIncoming().read(channel, lost.raw)
    assert isinstance(told, Reported)
    assert (told.ext_ids, told.delivery, told.at) == (("GW-7",), Delivery.FAILED, NOW)
    assert told.failure.endswith("absent")
    for wrong in ({"id": 1, "from": "1", "text": "x"}, {"id": "a", "status": "eaten"}, {"id": "a", "from": "1"}):
        with pytest.raises((ValueError, KeyError)):
            updates(wrong)


def test_what_a_channel_may_set() -> None:
    kind = KINDS["sms"]
    assert kind.check_settings({**SMPP, "region": "ua"}, False)["region"] == "UA"
    kind.check_settings({**HTTP, "url": "http://127.0.0.1:9/x"}, False)
    for wrong in (
        {**HTTP, "url": "http://gw.example/"},
        {**HTTP, "url": "https://"},
        {**SMPP, "host": ""},
        {**SMPP, "region": "XX"},
        {**SMPP, "transport": "pigeon"},
        {"source": "1"},
    ):
        with pytest.raises(DomainError, match="INVALID"):
            kind.check_settings(wrong, False)
    assert kind.account(SMPP, {}) == "smpp://me@smsc.example:2775"
    assert kind.account(HTTP, {}) == ""
