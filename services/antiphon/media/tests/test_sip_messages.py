"""What parses, what does not, and what it means: messages in the manner of RFC 4475 and 5118, framing, digest, fuzz."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.sip.core import Core, Identity
from antiphon.media.sip.digest import Authenticator, Challenge, Credentials, proof
from antiphon.media.sip.effects import Invited, Send
from antiphon.media.sip.framing import Framer
from antiphon.media.sip.headers import NameAddr, Replaces, Via, parse_rack, refer_target, refer_to
from antiphon.media.sip.message import BadRequest, Request, Response, parse, respond
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop, Uri, sip
from antiphon.media.tests.sip_net import OFFER, Net

pytestmark = pytest.mark.domain

SOURCE = Hop("192.0.2.7", 5060)


def message(start: str = "OPTIONS sip:u@h.example SIP/2.0", body: bytes = b"", **headers: str) -> bytes:
    """A request that is in order, but for the headers given (underscores are dashes; an empty value removes one)."""
    method = start.partition(" ")[0]
    usual = {
        "Via": "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa1",
        "From": "<sip:a@h.example>;tag=1",
        "To": "<sip:u@h.example>",
        "Call-ID": "c1",
        "CSeq": f"1 {method}",
        "Max-Forwards": "70",
        "Contact": "<sip:a@192.0.2.7>",
        "Content-Length": str(len(body)),
    }
    usual |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [start] + [f"{name}: {value}" for name, value in usual.items() if value]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def request(data: bytes) -> Request:
    found = parse(data)
    assert isinstance(found, Request)
    return found


def core() -> Core:
    ids = iter(range(10**6))
    return Core(Identity("192.0.2.1", 5060), lambda: f"i{next(ids)}", random.Random(1).random)


def answers(data: bytes) -> list[int]:
    """The codes with which a fresh core answers."""
    return [int(one.data[8:11]) for one in core().receive(data, SOURCE, 0.0) if isinstance(one, Send)]


TORTUOUS = (
    b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;"
    b'   unknown    = 1918181833n\r\nfrom   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n'
    b"  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 4\r\n"
    b"cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n"
    b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\nRoute:\r\n"
    b" <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
    b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n'
    b"  secondparam ; q = 0.33\r\n\r\nv=0\rtrailing"
)


def test_a_tortuous_invite_is_understood() -> None:
    found = request(TORTUOUS)
    assert found.get("max-forwards") == "0068"
    assert (found.cseq, found.method) == (9, "INVITE")
    assert [Via.parse(value).branch for value in found.all("via")] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert found.sender.display == 'J Rosenberg \\"'
    assert found.sender.tag == "98asjd8"
    assert found.has("subject")
    assert found.get("newfangledheader") == "newfangled value continued newfangled value"
    contact = NameAddr.parse(found.get("contact"))
    assert (contact.display, contact.params) == (
        'Quoted string ""',
        (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33")),
    )
    assert found.body == b"v=0\r"
    assert request(found.encode()).encode() == found.encode()


def test_odd_characters_survive() -> None:
    method = "!interesting-Method0123456789_*+`.%indeed'~"
    uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"
    odd = message(
        f"{method} {uri} SIP/2.0",
        From="token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"раб\";tag=_token~1'",
        Via="SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
        To='"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)@example.com>',
        X_Odd="\udcff\udc80 not UTF-8",
    )
    found = request(odd)
    assert found.sender.tag == "_token~1'"
    assert found.recipient.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert found.encode().count(b"\xff\x80 not UTF-8") == 1
    assert answers(odd) == [501]


def test_escapes_are_resolved_where_they_are_escapes() -> None:
    assert Uri.parse("sip:sips%3Auser%40example.com@example.net").name == "sips:user@example.com"
    assert Uri.parse("sip:null-%00-null@example.com").name == "null-\x00-null"
    assert Uri.parse("sip:cal%6Cer@h;%6C%72;n%61me=v%61lue%25%34%31").is_loose
    assert Uri.parse("sip:user;par=u%40example.net@example.com").name == "user;par=u@example.net"
    assert str(sip("a b@c", "h.example", 5070)) == "sip:a%20b%40c@h.example:5070"
    assert answers(message("RE%47IST%45R sip:h.example SIP/2.0")) == [501]


def test_a_parameter_belongs_to_the_address_or_to_the_header() -> None:
    outside = NameAddr.parse("sip:+19725552222@gw1.example.net;unknownparam")
    inside = NameAddr.parse("<sip:+19725552222@gw1.example.net;unknownparam>")
    assert (outside.address().params, outside.params) == ((), (("unknownparam", None),))
    assert (inside.address().params, inside.params) == ((("unknownparam", None),), ())
    assert NameAddr.parse("caller<sip:caller@example.com>;tag=323").display == "caller"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("sip:[2001:db8::10]", "2001:db8::10", 5060),
        ("sip:[2001:db8::10:5070]", "2001:db8::10:5070", 5060),
        ("sip:u@[::ffff:192.0.2.10]:5070;transport=tcp", "::ffff:192.0.2.10", 5070),
        ("sip:u@h;maddr=192.0.2.9", "192.0.2.9", 5060),
        ("sips:u@h", "h", 5060),
    ],
)
def test_where_an_address_leads(text: str, host: str, port: int) -> None:
    hop = Uri.parse(text).hop()
    assert (hop.host, hop.port) == (host, port)
    assert str(Uri.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["sip:2001:db8::10", "sip:[2001:db8:::192.0.2.1]", "sip:u@", "sip:", "u@h", "sip:u@h:99999", "sip:u@h; lr"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ParseError):
        Uri.parse(text)


MALFORMED = {
    "separators in Via": message(Via="SIP/2.0/UDP 192.0.2.15;;,;,,"),
    "separators in Contact": message(Contact='"Joe" <sip:joe@example.org>;;;;'),
    "body too short": message(Content_Length="9999"),
    "negative length": message(Content_Length="-999"),
    "CSeq out of range": message(CSeq="36893488147419103232 OPTIONS"),
    "Max-Forwards out of range": message(Max_Forwards="300"),
    "unterminated quote": message(To='"Mr. J. User <sip:j.user@example.com>'),
    "brackets around the Request-URI": message("INVITE <sip:user@example.com> SIP/2.0"),
    "space in the Request-URI": message("INVITE sip:user@example.com; lr SIP/2.0"),
    "spaces in the request line": message("INVITE  sip:user@example.com  SIP/2.0"),
    "space after the request line": message("OPTIONS sip:user@example.com SIP/2.0  "),
    "headers in the Request-URI": message("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"),
    "bare Contact with headers": message(Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
    "spaces in an address": message(To='"Watson, Thomas" < sip:t.watson@example.org >'),
    "comma in a display name": message(From="Bell, Alexander <sip:a.g.bell@example.com>;tag=43"),
    "method and CSeq differ": message(CSeq="8 INVITE"),
    "unknown method and CSeq differ": message("NEWMETHOD sip:user@example.com SIP/2.0", CSeq="8 INVITE"),
    "no Call-ID": message(Call_ID=""),
    "no From, To": message(From="", To=""),
    "two lengths": message(Content_Length="0\r\nContent-Length: 1"),
    "two Call-IDs": message(Call_ID="a\r\nCall-ID: b"),
    "no version": message("INVITE sip:alan@jasomi.com"),
    "no colon": message(X_A="a\r\nFoobar roobar"),
    "three colons": message(Via="SIP/2.0/UDP [2001:db8:::192.0.2.1];branch=z9hG4bK1"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_requests_get_400(name: str) -> None:
    with pytest.raises(BadRequest):
        parse(MALFORMED[name])
    fresh = core()
    effects = fresh.receive(MALFORMED[name], SOURCE, 0.0)
    assert [int(one.data[8:11]) for one in effects if isinstance(one, Send)] == [400]
    assert not any(fresh.census().values())


def test_other_versions_get_505() -> None:
    assert answers(message("OPTIONS sip:u@h SIP/7.0", Via="SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw")) == [505]


@pytest.mark.parametrize(
    "data",
    [
        b"SIP/2.0 4294967301 better not break the receiver\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\r\n",
        message("x").replace(b"x\r\n", b"SIP/2.0 200 OK\r\n", 1).replace(b"1 x", b"9292394834772304023312 OPTIONS"),
        message("x").replace(b"x\r\n", b"SIP/3.0 200 OK\r\n", 1),
        b"",
        b"\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"A" * 70_000,
    ],
)
def test_what_cannot_be_answered_is_dropped(data: bytes) -> None:
    fresh = core()
    assert fresh.receive(data, SOURCE, 0.0) == []
    assert not any(fresh.census().values())


def test_an_ack_is_never_answered() -> None:
    assert answers(message("ACK sip:u@h SIP/2.0", Max_Forwards="x")) == []


REFUSED: list[tuple[bytes, int, bytes]] = [
    (message("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), 416, b""),
    (message("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416, b""),
    (message(To="<isbn:2983792873>"), 416, b""),
    (message(Require="nothingSupportsThis, 100rel, norThis"), 420, b"Unsupported: nothingSupportsThis, norThis"),
    (
        message("INVITE sip:u@h SIP/2.0", b"<audio/>", Content_Type="application/unknownformat"),
        415,
        b"Accept: application/sdp",
    ),
    (
        message("INVITE sip:u@h SIP/2.0", b"zip", Content_Type="application/sdp", Content_Encoding="gzip"),
        415,
        b"Accept-Encoding",
    ),
    (message("INVITE sip:u@h SIP/2.0", OFFER, Content_Type="application/sdp", Accept="text/nobodyKnows"), 406, b""),
    (message(Max_Forwards="0"), 483, b""),
    (message("REGISTER sip:h SIP/2.0"), 405, b"Allow: INVITE, ACK"),
    (message("BYE sip:h SIP/2.0"), 481, b""),
    (message("BYE sip:h SIP/2.0", To="<sip:u@h>;tag=x"), 481, b""),
    (message("CANCEL sip:h SIP/2.0"), 481, b""),
    (message("INVITE sip:u@h SIP/2.0", Replaces="a;to-tag=b"), 400, b""),
    (message("INVITE sip:u@h SIP/2.0", Contact="<tel:+1>"), 400, b""),
    (message("INVITE sip:u@h SIP/2.0", Session_Expires="10", Supported="timer"), 422, b"Min-SE: 90"),
    (message("INVITE sip:u@h SIP/2.0", Session_Expires="x"), 400, b""),
]


@pytest.mark.parametrize(("data", "code", "header"), REFUSED)
def test_what_is_understood_and_refused(data: bytes, code: int, header: bytes) -> None:
    fresh = core()
    effects = fresh.receive(data, SOURCE, 0.0)
    last = effects[-1]
    assert isinstance(last, Send)
    assert int(last.data[8:11]) == code
    assert header in last.data
    assert not any(isinstance(one, Invited) for one in effects)
    for now in (1.0, 40.0):
        fresh.wake(now)
    assert not any(fresh.census().values())


def test_the_same_request_by_two_ways_is_a_loop() -> None:
    fresh = core()
    first = message("INVITE sip:u@h SIP/2.0", OFFER, Content_Type="application/sdp")
    fresh.receive(first, SOURCE, 0.0)
    effects = fresh.receive(first.replace(b"z9hG4bKa1", b"z9hG4bKa2"), SOURCE, 0.0)
    assert [int(one.data[8:11]) for one in effects if isinstance(one, Send)] == [482]


def test_draining_and_overload_answer_503() -> None:
    fresh = core()
    fresh.draining = True
    invite = message("INVITE sip:u@h SIP/2.0", OFFER, Content_Type="application/sdp")
    for data in (message(), invite):
        (answer,) = fresh.receive(data, SOURCE, 0.0)
        assert isinstance(answer, Send)
        assert answer.data.startswith(b"SIP/2.0 503")
    fresh = core()
    fresh.limits = fresh.limits.__class__(calls=0)
    (answer,) = fresh.receive(invite, SOURCE, 0.0)
    assert isinstance(answer, Send)
    assert b"\r\nRetry-After: " in answer.data
    assert not any(fresh.census().values())
    fresh.limits = fresh.limits.__class__(transactions=0)
    (answer,) = fresh.receive(message(), SOURCE, 0.0)
    assert isinstance(answer, Send)
    assert answer.data.startswith(b"SIP/2.0 503")


def test_a_multipart_body_may_hold_the_offer() -> None:
    body = (
        b"--b1\r\nContent-Type: application/sdp\r\n\r\n"
        + OFFER
        + b"\r\n--b1\r\nContent-Type: a/b\r\n\r\n\x00\r\n--b1--"
    )
    found = request(message("INVITE sip:u@h SIP/2.0", body, Content_Type='multipart/mixed;boundary="b1"'))
    assert found.sdp == OFFER
    assert found.body == body


def test_an_answer_goes_where_the_request_really_came_from() -> None:
    for via, hop in [
        ("SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bK1", Hop("192.0.2.7", 5080)),
        ("SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK1", Hop("192.0.2.7", 5080)),
        ("SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bK1", Hop("192.0.2.7", 4444)),
        ("SIP/2.0/UDP [2001:db8::9]:5080;branch=z9hG4bK1", Hop("192.0.2.7", 5080)),
    ]:
        (answer,) = core().receive(message(Via=via), Hop("192.0.2.7", 4444), 0.0)
        assert isinstance(answer, Send)
        assert answer.hop == hop


def test_replaces_and_refer_to_and_rack() -> None:
    value = Replaces("abc@h", "1", "2")
    assert Replaces.parse(str(value)) == value
    assert refer_target(refer_to("sip:b@h", str(value))) == ("sip:b@h", str(value))
    assert refer_target("<sip:b@h;method=INVITE>")[1] == ""
    for wrong in ("<sip:b@h;method=BYE>", "<b@h>"):
        with pytest.raises(ParseError):
            refer_target(wrong)
    assert parse_rack("776656 1 INVITE") == (776656, 1, "INVITE")


def test_nobody_smuggles_a_header_in() -> None:
    found = request(message())
    found.headers.append(("x-a", "b\r\nX-Evil: 1"))
    found.headers.append(("x-b", "c\nX-Evil: 2\rX-Evil: 3"))
    assert not request(found.encode()).has("x-evil")
    assert request(request(message(X_C="d\nX-Evil: 4")).encode()).get("x-c") == "d X-Evil: 4"


# -- streams


def test_a_stream_is_cut_at_any_point() -> None:
    data = message(body=b"hello") + b"\r\n\r\n" + message() + b"\r\n" + message()
    for size in (1, 7, 100, len(data)):
        framer = Framer()
        found = [one for at in range(0, len(data), size) for one in framer.feed(data[at : at + size])]
        assert [request(one).body for one in found] == [b"hello", b"", b""]


@pytest.mark.parametrize("length", ["-1", "x", "99999999", "1\r\nl: 2"])
def test_a_stream_with_a_wrong_length_is_beyond_repair(length: str) -> None:
    with pytest.raises(ParseError):
        Framer().feed(message(Content_Length=length))


# -- digest


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digests_are_those_of_rfc_7616(algorithm: str, expected: str) -> None:
    text = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    challenge = Challenge.parse(text)
    assert challenge is not None
    given = proof(
        challenge,
        Credentials("Mufasa", "Circle of Life"),
        "GET",
        "/dir/index.html",
        1,
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{expected}"' in given
    assert 'opaque="FQhe/' in given
    assert "nc=00000001" in given


def test_the_strongest_challenge_is_answered_once() -> None:
    ids = iter("abcdefgh")
    knows = Authenticator(Credentials("u", "p"), lambda: next(ids))
    asked = request(message())

    def challenged(nonce: str, more: str = "") -> Response:
        values = [f'Digest realm="r", nonce="{nonce}", algorithm={name}{more}' for name in ("MD5", "SHA-256", "X")]
        return respond(asked, 401, "t", [("www-authenticate", value) for value in values])

    assert knows.take(challenged("n1"))
    (header,) = knows.headers(asked)
    assert header[0] == "authorization"
    assert "algorithm=SHA-256" in header[1]
    assert not knows.take(challenged("n1")), "the same nonce again: the password is wrong"
    assert not knows.take(challenged("n2")), "a new nonce at once: the password is wrong"
    assert knows.take(challenged("n3", ", stale=true")), "stale: only the nonce was old"
    knows.headers(asked)
    assert "nc=" not in knows.headers(asked)[0][1]
    assert not knows.take(respond(asked, 401, "t", [("www-authenticate", "NoOneKnowsThisScheme opaque=1")]))


# -- fuzz


def _samples() -> list[bytes]:
    net = Net()
    a, b = net.peer("192.0.2.1"), net.peer("192.0.2.7")
    out = a.invite(b)
    net.run(0.1)
    b.do(lambda: b.calls[0].ring(183, OFFER, reliable=True))
    net.run(0.1)
    b.do(lambda: b.calls[0].answer(OFFER))
    net.run(0.1)
    a.do(lambda: out.transfer.refer("sip:x@y", "a;to-tag=1;from-tag=2", lambda *_: None))
    a.do(out.hang_up)
    net.run(1)
    return [TORTUOUS, *MALFORMED.values(), *(data for data, _, _ in REFUSED), *(m.encode() for _, _, m in net.sent)]


SAMPLES = _samples()
PIECES = [
    b";",
    b",",
    b"<",
    b">",
    b'"',
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b"@",
    b"%00",
    b"\xff",
    b"0",
    b"9" * 30,
    b"=",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 12)))
        data[at:until] = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)))
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutated(), st.binary(max_size=200)))
def test_parsing_raises_nothing_but_parse_errors(data: bytes) -> None:
    try:
        found = parse(data)
    except ParseError:
        return
    again = parse(found.encode())
    assert (again.method, again.cseq, again.body) == (found.method, found.cseq, found.body)


@settings(max_examples=150, deadline=None)
@given(st.lists(mutated(), max_size=12))
def test_the_core_survives_anything_and_keeps_nothing(messages: list[bytes]) -> None:
    fresh = core()
    now, calls = 0.0, []
    for data in messages:
        effects = fresh.receive(data, SOURCE, now)
        calls += [one.call for one in effects if isinstance(one, Invited)]
        now += 0.1
    for call in calls:
        fresh.at(now)
        call.hang_up()
    for _ in range(12):
        now += 8
        fresh.wake(now)
    assert not any(fresh.census().values())
