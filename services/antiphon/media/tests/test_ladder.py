"""What is remembered of SIP: one rung a message, numbers only for who may see them."""

from __future__ import annotations

import pytest

from antiphon.media.domain import ladder
from antiphon.media.domain.ladder import Rung

pytestmark = pytest.mark.domain

INVITE = (
    b"INVITE sip:+380441234567@pbx.example;transport=udp SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
    b'Call-ID:  abc@host \r\nCSeq: 1 INVITE\r\nReason: Q.850;cause=16;text="to +380441234567"\r\n\r\nv=0\r\n'
)


def test_a_message_of_a_call_is_read_from_its_bytes() -> None:
    found = ladder.read(INVITE)
    assert found == (
        "abc@host", "INVITE sip:+380441234567@pbx.example;transport=udp SIP/2.0", "1 INVITE", True,
        'Q.850;cause=16;text="to +380441234567"',
    )  # fmt: skip
    compact = ladder.read(b"SIP/2.0 200 OK\r\ni: x\r\nCSEQ: 7 BYE\r\n\r\n")
    assert compact == ("x", "SIP/2.0 200 OK", "7 BYE", False, "")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n\r\n", b"junk", b"\x00\xff" * 40, b"OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
        b"REGISTER sip:a SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n\r\n", b"INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE",
    ],
)  # fmt: skip
def test_anything_else_is_not(data: bytes) -> None:
    assert ladder.read(data) is None


def test_what_is_not_text_and_what_is_endless_does_no_harm() -> None:
    found = ladder.read(b"INVITE sip:\xff\xfe@x SIP/2.0\r\nCall-ID: y\r\nCSeq: 1 INVITE\r\nX: " + b"a" * 60_000)
    assert found is not None
    assert found[0] == "y"
    long = ladder.read(b"INVITE sip:" + b"9" * 5000 + b"@x SIP/2.0\r\nCall-ID: y\r\nCSeq: 1 INVITE\r\n\r\n")
    assert long is not None
    assert len(long[1]) == 300


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("INVITE sip:+380441234567@pbx;x=1 SIP/2.0", "INVITE sip:•••67@pbx;x=1 SIP/2.0"),
        ("REFER sips:james-x7@10.0.0.1:5061 SIP/2.0", "REFER sips:•••x7@10.0.0.1:5061 SIP/2.0"),
        ("INVITE tel:+380441234567 SIP/2.0", "INVITE tel:•••67 SIP/2.0"),
        ("BYE sip:201@pbx SIP/2.0", "BYE sip:•••@pbx SIP/2.0"),
        ("SIP/2.0 180 Ringing", "SIP/2.0 180 Ringing"),
        ("ACK sip:192.0.2.7:5072 SIP/2.0", "ACK sip:192.0.2.7:5072 SIP/2.0"),
    ],
)
def test_who_may_not_see_numbers_sees_their_end(line: str, shown: str) -> None:
    assert ladder.masked_line(line) == shown


def test_a_reason_keeps_its_words() -> None:
    assert ladder.hide_numbers('Q.850;cause=16;text="to +380441234567"') == 'Q.850;cause=16;text="to •••67"'


def test_dialogs_are_one_ladder_in_order_of_time() -> None:
    def rung(at: float) -> Rung:
        return Rung(at, sent=True, peer="", line=str(at), sequence="1 INVITE", has_sdp=False)

    shown = ladder.in_order({"x": [rung(1), rung(4)], "y": [rung(2), rung(3)]})
    assert [(call_id, it.at) for call_id, it in shown] == [("x", 1), ("y", 2), ("y", 3), ("x", 4)]
