"""Session descriptions: what phones really send, what is refused, what we write; and that the stack is pure."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import antiphon.media.sip
from antiphon.media.sip import sdp
from antiphon.media.sip.sdp import Codec
from antiphon.media.sip.syntax import ParseError

pytestmark = pytest.mark.domain

BROWSER = b"""v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=msid-semantic: WMS
m=audio 54400 UDP/TLS/RTP/SAVPF 111 0 8 110
c=IN IP4 203.0.113.1
a=rtcp:54401 IN IP4 203.0.113.1
a=candidate:0 1 UDP 2113667327 203.0.113.1 54400 typ host
a=ice-ufrag:F7gI
a=fingerprint:sha-256 49:66
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:110 telephone-event/8000
"""


def described(*lines: str) -> bytes:
    return "\r\n".join(["v=0", "o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5", "s=SDP Seminar", *lines, ""]).encode()


def test_a_browser_is_understood() -> None:
    session = sdp.parse(BROWSER)
    (media,) = session.media
    assert media.codecs == [
        Codec(111, "opus", 48000, 2, "minptime=10;useinbandfec=1"),
        Codec(0, "PCMU", 8000),
        Codec(8, "PCMA", 8000),
        Codec(110, "telephone-event", 8000),
    ]
    assert (media.protocol, media.port, session.address_of(media)) == ("UDP/TLS/RTP/SAVPF", 54400, "203.0.113.1")
    assert (media.attribute("rtcp-mux"), media.attribute("mid"), media.attribute("nothing")) == ("", "0", None)
    assert session.version == 2
    again = sdp.parse(session.encode())
    assert again == session


@pytest.mark.parametrize(
    "data",
    [
        described("t=0 0"),
        described("t=0 0").replace(b"\r\n", b"\n"),
        described("t=0 0").replace(b"\r\n", b"\r\n\r\n"),
        described(
            "i=A Seminar", "u=http://a", "e=j@x", "p=+1", "c=IN IP4 224.2.36.42/127", "b=AS:1", "t=1 2", "r=7d 1h 0 25h"
        ),
        described("t=0 0", "z=2882844526 -3600 2898848070 0", "k=prompt", "a=recvonly"),
        described("t=0 0", "m=audio 49170/2 RTP/AVP 0", "m=video 0 RTP/AVP 99", "m=message 5028 TCP/MSRP *"),
        described("t=0 0", "m=audio 65535 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "c=IN IP4 203.0.113.1", "i=late"),
        described("t=0 0", "m=application 9 TCP/BFCP *", "m=image 9 UDPTL t38", "m=application 9 UDP/DTLS/SCTP x"),
        described("t=0 0", "m=audio 1 RTP/AVP 0", "c=IN IP4 0.0.0.0", "a=rtcp:1 IN IP7 X", "f=invalid:yes"),
        described(
            "t=0 0", "m=audio 0 RTP/AVP 8", "m=image 4000 udptl t38", "a=T38FaxVersion:3", "a=T38FaxUdpECDepth:1 3"
        ),
        b"v=0\r\no=- 1001 1 IN\r\ns=Test Stream\r\nt=0 0\r\n",
        b"v=0\r\no=- 1001 1 IN IP4 \r\ns=Camera\r\nt=0 0\r\n",
    ],
)
def test_what_is_accepted(data: bytes) -> None:
    session = sdp.parse(data)
    assert sdp.parse(session.encode()).media == session.media


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"v=1\r\n",
        b"v=0\r\n",
        b"v=0\r\no=\r\ns=x\r\n",
        b"v=0\r\no=user\r\ns=x\r\n",
        b"v=0\r\no=- 1 2\r\ns=x\r\n",
        b"v=0\r\no=- 1 2 ATM IP4 h\r\ns=x\r\n",
        b"v=0\r\no=- 1 2 IN IP9 h\r\ns=x\r\n",
        b"v=0\r\no=- x 2 IN IP4 h\r\ns=x\r\n",
        described("o=- 1 2 IN IP4 h"),
        described("nonsense"),
        described("m=video -1 RTP/AVP 99"),
        described("m=video 65536 RTP/AVP 99"),
        described("m=video --- RTP/AVP 99"),
        described("m=video 1"),
        described("c=IN IP4"),
        described("c=IN IP5 h"),
    ],
)
def test_what_is_refused_with_488(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        sdp.parse(data)
    assert caught.value.status == 488


@pytest.mark.parametrize(
    ("lines", "held"),
    [
        (["m=audio 1 RTP/AVP 0"], False),
        (["m=audio 1 RTP/AVP 0", "a=sendonly"], True),
        (["a=inactive", "m=audio 1 RTP/AVP 0"], True),
        (["a=inactive", "m=audio 1 RTP/AVP 0", "a=sendrecv"], False),
        (["m=audio 1 RTP/AVP 0", "c=IN IP4 0.0.0.0"], True),
        (["m=audio 0 RTP/AVP 0", "a=sendonly"], False),
        (["m=audio 1 RTP/AVP 0", "a=recvonly"], False),
    ],
)
def test_hold(lines: list[str], held: bool) -> None:
    assert sdp.parse(described("c=IN IP4 192.0.2.1", "t=0 0", *lines)).is_held() is held


def test_what_we_write_is_read_again() -> None:
    codecs = [Codec(8, "PCMA", 8000), Codec(101, "telephone-event", 8000, 1, "0-16"), Codec(111, "opus", 48000, 2)]
    session = sdp.audio("2001:db8::1", 4000, codecs, version=3, direction="sendonly")
    again = sdp.parse(session.encode())
    (media,) = again.media
    assert media.codecs == codecs
    assert (again.version, again.direction_of(media), again.address_of(media)) == (3, "sendonly", "2001:db8::1")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_mutations_raise_nothing_but_parse_errors(data: st.DataObject) -> None:
    text = bytearray(data.draw(st.sampled_from([BROWSER, described("t=0 0", "m=audio 1 RTP/AVP 0")])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
    try:
        session = sdp.parse(bytes(text))
    except ParseError:
        return
    session.is_held()
    for media in session.media:
        assert media.codecs is not None
        session.address_of(media)
    assert len(sdp.parse(session.encode()).media) == len(session.media)


def test_the_stack_does_no_input_or_output() -> None:
    forbidden = {"asyncio", "time", "random", "os", "socket", "uuid", "secrets", "threading", "datetime", "logging"}
    for file in Path(antiphon.media.sip.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.partition(".")[0] for name in names} & forbidden, file
            assert not any(name.startswith("antiphon") and ".media.sip" not in name for name in names), file


def test_a_fax_is_read_and_written_as_it_was() -> None:
    lines = ["m=image 4000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400", "a=T38FaxFillBitRemoval"]
    lines += ["a=T38FaxTranscodingMMR:0", "a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxBuffer:1800"]
    lines += ["a=T38FaxMaxDatagram:512", "a=T38FaxUdpEC:t38UDPRedundancy", "a=T38VendorInfo:0 0 0"]
    data = described("c=IN IP4 203.0.113.1", "t=0 0", *lines)
    session = sdp.parse(data)
    (fax,) = session.media
    assert (fax.kind, fax.port, fax.protocol, fax.formats) == ("image", 4000, "udptl", ("t38",))
    assert (session.address_of(fax), fax.codecs, session.is_held()) == ("203.0.113.1", [], False)
    assert fax.attribute("T38FaxFillBitRemoval") == ""
    assert fax.attribute("T38FaxTranscodingMMR") == "0"
    assert session.encode() == data
