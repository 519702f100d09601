"""Reading, narrowing and making up descriptions."""

from __future__ import annotations

import pytest

from antiphon.kit.errors import DomainError
from antiphon.media.anchor import sdp
from antiphon.media.anchor.sdp import Codec, LegKind
from antiphon.media.ng.reasons import Reason

pytestmark = pytest.mark.domain

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
PHONE = (
    HEAD + "m=audio 4000 RTP/AVP 9 0 8 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\na=ptime:20\r\n"
).encode()
BROWSER = (
    HEAD + "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 126 110\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\n"
    "a=rtcp-fb:111 transport-cc\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:110 telephone-event/48000\r\n"
    "a=rtpmap:126 telephone-event/8000\r\na=fingerprint:sha-256 AA\r\na=mid:0\r\n"
).encode()


def test_what_a_phone_offers() -> None:
    assert sdp.kind_of(PHONE) is LegKind.SIP
    assert sdp.address_of(PHONE) == ("192.0.2.1", 4000)
    assert sdp.choose(PHONE) == Codec(0, "PCMU", 8000)
    assert sdp.telephone_event(PHONE) == Codec(101, "TELEPHONE-EVENT", 8000, "0-16")
    assert sdp.direction(PHONE) == "sendrecv"


def test_what_a_browser_offers() -> None:
    assert sdp.kind_of(BROWSER) is LegKind.WEBRTC
    assert sdp.choose(BROWSER).name == "OPUS"
    narrow = sdp.narrowed(BROWSER, sdp.choose(BROWSER)).decode()
    assert "SAVPF 111 110\r\n" in narrow
    assert "a=rtcp-fb:111" in narrow
    assert "red" not in narrow
    assert "a=fingerprint" in narrow


def test_statics_need_no_map() -> None:
    assert sdp.choose((HEAD + "m=audio 4000 RTP/AVP 18 8\r\n").encode()) == Codec(8, "PCMA", 8000)
    assert sdp.telephone_event((HEAD + "m=audio 4000 RTP/AVP 8\r\n").encode()) is None
    assert sdp.kind_of((HEAD + "m=audio 4000 RTP/SAVP 8\r\n").encode()) is LegKind.SRTP


def test_narrowing_keeps_one_codec_and_its_digits() -> None:
    narrow = sdp.narrowed(PHONE, sdp.choose(PHONE)).decode()
    assert "RTP/AVP 0 101\r\n" in narrow
    assert "PCMA" not in narrow
    assert "a=ptime:20" in narrow
    assert sdp.narrowed(narrow.encode(), sdp.choose(PHONE)) == narrow.encode()


@pytest.mark.parametrize(
    ("offered", "answered"),
    [("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")],
)
def test_the_answer_looks_the_other_way(offered: str, answered: str) -> None:
    held = sdp.directed(PHONE, offered)
    assert sdp.direction(held) == offered
    assert held.count(b"a=send") + held.count(b"a=recv") + held.count(b"a=inactive") == 1
    assert sdp.answering(held) == answered


def test_the_old_hold() -> None:
    assert sdp.direction(PHONE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 0.0.0.0")) == "inactive"


def test_what_the_pbx_says_about_itself_is_understood() -> None:
    own = sdp.synthetic(sdp.ALONE, sdp.EVENT, "127.0.0.1")
    assert sdp.codecs(own) == (sdp.ALONE, Codec(101, "TELEPHONE-EVENT", 8000, "0-16"))
    assert sdp.address_of(own) == ("127.0.0.1", 9)
    opus = sdp.synthetic(Codec(111, "OPUS", 48000), None, "127.0.0.1")
    assert b"a=rtpmap:111 OPUS/48000/2" in opus


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", Reason.BAD_SDP),
        (b"\xff\xfe", Reason.BAD_SDP),
        ((HEAD + "m=video 4000 RTP/AVP 96\r\n").encode(), Reason.BAD_SDP),
        ((HEAD + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 iLBC/8000\r\n").encode(), Reason.NO_COMMON_CODEC),
        (
            (HEAD + "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96\r\na=rtpmap:x PCMA/8\r\n").encode(),
            Reason.NO_COMMON_CODEC,
        ),
    ],
)
def test_what_cannot_be_used_is_refused(text: bytes, reason: Reason) -> None:
    with pytest.raises(DomainError) as refusal:
        sdp.choose(text)
    assert refusal.value.reason is reason


@pytest.mark.parametrize(
    ("lines", "fax"),
    [
        ("m=image 4000 udptl t38\r\n", True),
        ("m=image 4000 UDPTL t38\r\n", True),
        ("m=audio 0 RTP/AVP 8\r\nm=image 4000 udptl t38\r\n", True),
        ("m=audio 4000 RTP/AVP 8\r\nm=image 4002 udptl t38\r\n", False),
        ("m=image 0 udptl t38\r\n", False),
        ("m=image 4000 TCP t38\r\n", False),
        ("m=audio 4000 RTP/AVP 8\r\nm=image 0 udptl t38\r\n", False),
        ("", False),
    ],
)
def test_what_is_a_fax(lines: str, fax: bool) -> None:
    assert sdp.is_fax((HEAD + lines).encode()) is fax
    assert sdp.streams((HEAD + lines).encode()) == lines.count("m=")
