"""What mail servers say, and what broken and hostile ones say instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.email.wire import (
    MAX_LINE,
    Malformed,
    Reader,
    Response,
    Unsendable,
    command,
    fetched,
    folder_name,
    uids,
    values,
)

pytestmark = pytest.mark.domain
LIMIT = 10_000
MAIL = b"Subject: {3}\r\n\r\nA1 OK done\r\n* 5 EXISTS\r\n)\r\n"
SPEECH = (
    b"* OK [CAPABILITY IMAP4rev1 IDLE] ready {5}\r\n"
    b"\r\n* 3 exists\n+ idling {2}\r\n+\r\n* ESEARCH (TAG \"A3\") UID ALL 2,7:5\r\n"
    b"* 12 FETCH (UID 7 BODY[] {%d}\r\n%s FLAGS (\\Seen $x) X {0}\r\n)\r\n"
    b"A4 OK [READ-WRITE] SELECT {7}\r\n" % (len(MAIL), MAIL)
)  # fmt: skip


def said(data: bytes, limit: int = LIMIT) -> list[Response]:
    return Reader(limit).feed(data)


def test_what_a_server_says_is_cut_into_responses() -> None:
    greeting, exists, idling, ready, found, mail, end = said(SPEECH)
    assert greeting.code == ("CAPABILITY", "IMAP4rev1 IDLE")
    assert (exists.tag, exists.kind, exists.number) == ("*", "EXISTS", 3)
    assert (idling.tag, ready.tag, idling.kind) == ("+", "+", "")
    assert uids([found]) == [2, 5, 6, 7]
    items = fetched(mail)
    assert (mail.kind, mail.number) == ("FETCH", 12)
    assert items["UID"] == b"7"
    assert items["BODY[]"] == MAIL, "a mail that speaks IMAP is a mail"
    assert (items["FLAGS"], items["X"]) == ([b"\\Seen", b"$x"], b"")
    assert (end.tag, end.kind, end.code) == ("A4", "OK", ("READ-WRITE", ""))


@given(st.lists(st.integers(1, len(SPEECH)), max_size=40))
def test_it_matters_not_in_which_pieces_it_comes(cuts: list[int]) -> None:
    reader, heard, start = Reader(LIMIT), list[Response](), 0
    for end in sorted({*cuts, len(SPEECH)}):
        heard += reader.feed(SPEECH[start:end])
        start = end
    assert heard == said(SPEECH)


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([
    b"* 1 FETCH (", b"BODY[] ", b"{3}\r\n", b"{99999}\r\n", b'"', b"\\", b"(", b")", b"\r\n", b"* SEARCH 1 2\r\n",
    b"+ ", b"A1 OK [UIDNEXT 5", b"]", b"* ESEARCH ALL 1:", b"4294967295\r\n",
])), max_size=30))  # fmt: skip
def test_nothing_that_is_said_does_more_than_be_malformed(words: list[bytes]) -> None:
    reader = Reader(LIMIT)
    try:
        for response in (one for word in words for one in reader.feed(word)):
            assert response.size <= MAX_LINE + LIMIT
            _ = response.code
            fetched(response)
            uids([response])
    except Malformed:
        return


@pytest.mark.parametrize(
    ("said_so", "understood"),
    [
        (b"(UID 1 BODY[] NIL)", {"UID": b"1", "BODY[]": b""}),
        (b'(body[header.fields ("TO" DATE)] "a \\"b\\\\ )" UID 3)', {'BODY[HEADER.FIELDS ("TO" DATE)]': b'a "b\\ )'}),
        (b'(ENVELOPE ("a" NIL ((NIL "b")) ) RFC822.SIZE 44', {"RFC822.SIZE": b"44"}),
        (b"(FLAGS (BODY[ x) UID 9))) (UID 5", {"UID": b"9"}),
        (b'(X "\xd0\xb0" UID)', {"X": b"\xd0\xb0"}),
        (b"UID 9", {}),
        (b"", {}),
    ],
)
def test_what_servers_write_differently_is_understood(said_so: bytes, understood: dict[str, bytes]) -> None:
    (response,) = said(b"* 4 FETCH " + said_so + b"\r\n")
    items = fetched(response)
    assert {name: items[name] for name in understood} == understood
    assert understood or not items


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28\n",
        b"a-tag OK\r\n",
        b"* 1 FETCH (X {99999999999}\r\n",
        b"* OK " + b"x" * MAX_LINE + b"\r\n",
        b"x" * (MAX_LINE + 1),
        b"* 1 FETCH (" + b"X {0}\r\n" * 1_500,
        b"* 1 FETCH (" + b"X {1}\r\nx" * 400 + b"y" * MAX_LINE,
    ],
)
def test_what_cannot_be_understood_is_malformed(broken: bytes) -> None:
    with pytest.raises(Malformed):
        said(broken)


@pytest.mark.parametrize("broken", [b'(X "never closed)', b"(" * 60])
def test_an_item_that_cannot_be_understood_is_malformed(broken: bytes) -> None:
    with pytest.raises(Malformed):
        values((broken,))


def test_what_is_hard_to_look_through_takes_no_longer() -> None:
    for hard in (b"BODY[ ", b"{1", b'"\\"', b"[", b"(\\"):
        line = hard * (400_000 // len(hard))
        (response,) = said(b"* OK [" + line + b"\r\n")
        _ = response.code
        try:
            values(response.pieces)
        except Malformed:
            continue


def test_a_literal_that_is_too_long_is_passed_over_and_what_follows_is_heard() -> None:
    reader, mail_bytes = Reader(10), b"\r\nA1 OK\r\n" * 1_000
    heard = reader.feed(b"* 1 FETCH (BODY[] {%d}\r\n" % (len(mail_bytes) * 100))
    for _ in range(100):
        heard += reader.feed(mail_bytes)
    heard += reader.feed(b" UID 4)\r\nA1 OK\r\n")
    mail, end = heard
    assert fetched(mail) == {"BODY[]": None, "UID": b"4"}
    assert end.kind == "OK"


def test_many_literals_are_bounded_like_one() -> None:
    (mail,) = Reader(10).feed(b"* 1 FETCH (A {6}\r\n123456 B {6}\r\n123456 C {4}\r\n1234)\r\n")
    assert fetched(mail) == {"A": b"123456", "B": None, "C": b"1234"}


def test_a_line_of_nonsense_after_a_star_is_not_ours_to_judge() -> None:
    odd, number, end = said(b"* ?? what\r\n* 99999999999999999999999 EXISTS\r\nA1 OK\r\n")
    assert (odd.kind, number.number, end.kind) == ("", 0, "OK")


def test_what_a_search_finds() -> None:
    found = said(b"* SEARCH 5 3 0 x 4294967296 \r\n* SEARCH\r\n* SEARCH 9 3 (MODSEQ 7)\r\n* ESEARCH UID COUNT 0\r\n")
    assert uids(found) == [3, 5, 9]
    with pytest.raises(Malformed):
        uids(said(b"* ESEARCH UID ALL 1:4294967295\r\n"))


@given(st.lists(st.binary(max_size=40).filter(lambda it: b"\0" not in it), max_size=5))
def test_whatever_a_value_is_it_ends_no_command(given_values: list[bytes]) -> None:
    steps = command("A1", ["LOGIN", *given_values])
    assert all(step.endswith(b"}\r\n") for step in steps[:-1]), "and then waits"
    (heard,) = said(b"* LOGIN" + b"".join(steps).removeprefix(b"A1 LOGIN"), MAX_LINE)
    assert values(heard.pieces) == given_values


def test_values_are_quoted_or_sent_as_literals() -> None:
    assert command("A1", ["LOGIN", b'o"l\\ha', b"p w"]) == [b'A1 LOGIN "o\\"l\\\\ha" "p w"\r\n']
    secret = "пароль".encode()
    assert command("A2", ["LOGIN", b"olha", secret]) == [b'A2 LOGIN "olha" {12}\r\n', secret + b"\r\n"]
    assert command("A3", ["SELECT", b"x\r\nA4 DELETE INBOX"])[0] == b"A3 SELECT {18}\r\n"
    with pytest.raises(Unsendable):
        command("A5", ["LOGIN", b"olha", b"\0"])


def test_folders_are_named_in_utf_7_of_a_kind() -> None:
    assert folder_name("~peter/mail/台北/日本語") == b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"  # RFC 3501, 5.1.3
    assert folder_name("Заявки & ще") == b"&BBcEMARPBDIEOgQ4- &- &BEkENQ-"
    assert folder_name("&BBcEMARPBDIEOgQ4-") == b"&BBcEMARPBDIEOgQ4-"
