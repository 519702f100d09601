"""Mails as the world sends them: what is read, which thread they belong to, what is answered by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.contract import ChannelView, Ignored, Reported, Said
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Delivery, Direction, Kind, Message
from antiphon.channels.email import marks, parsing
from antiphon.channels.email.html import to_text
from antiphon.channels.email.incoming import EmailIncoming
from antiphon.channels.email.outgoing import compose
from antiphon.channels.email.reply import new_part

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
BOX = ChannelView(
    "ch", "t", "email", 1, "Shop", "", True, {"address": "help@shop.example", "signature": "Shop"},
    {"webhook": "word", "password": "p"},
)  # fmt: skip


def mail(body: str = "Hello", **headers: str) -> EmailMessage:
    it = EmailMessage()
    given = {"From": "Olha <olha@customer.example>", "To": "help@shop.example", "Subject": "An order",
             "Message-ID": "<1@customer.example>", "Date": "Wed, 04 Mar 2026 12:00:00 +0200"}  # fmt: skip
    for name, value in {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        if value:
            it[name] = value
    it.set_content(body)
    return it


def said(raw: bytes | EmailMessage) -> Said:
    heard = EmailIncoming().read(BOX, raw if isinstance(raw, bytes) else raw.as_bytes())
    assert isinstance(heard, Said), heard
    return heard


def test_a_mail_is_said_by_its_sender() -> None:
    it = said(mail("Where is it?\n"))
    assert (it.text, it.client_id, it.at) == ("Where is it?", "<1@customer.example>", NOW)
    assert (it.sender.identity, it.sender.name, it.sender.verified) == ("olha@customer.example", "Olha", False)
    assert it.thread is not None
    assert (it.thread.subject, it.thread.is_reply, it.thread.automatic) == ("An order", False, "")


def test_reply_to_is_whom_we_answer() -> None:
    assert said(mail(Reply_To="Forms <customer@else.example>")).sender.identity == "customer@else.example"
    assert isinstance(EmailIncoming().read(BOX, mail(From="help@shop.example").as_bytes()), Ignored), "our own"


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8", "utf-16", "unknown-8bit", "nonsense"])
def test_words_in_any_charset(charset: str) -> None:
    encoding = {"unknown-8bit": "windows-1251", "nonsense": "windows-1251"}.get(charset, charset)
    raw = (
        b"From: =?windows-1251?B?zuv85+A=?= <o@c.example>\r\nSubject: =?utf-8?Q?=D0=97=D0=B0=D0=BC?=\r\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    if charset == "utf-16":
        import base64

        raw = raw.replace(b"8bit", b"base64") + base64.encodebytes("Добрий день".encode(encoding))
    else:
        raw += "Добрий день".replace("і", "и").encode(encoding)
    assert said(raw).text.startswith("Добрий")
    assert parsing.read(raw).subject == "Зам"


@pytest.mark.parametrize(
    "quote",
    [
        "On Wed, 4 Mar 2026 at 12:00, Shop <help@shop.example> wrote:\n> How can we help?",
        "On Wed, 4 Mar 2026 at 12:00, Shop of Many Words\n<help@shop.example> wrote:\n> How can we help?",
        "ср, 4 мар. 2026 г. в 12:00, Магазин <help@shop.example>:\n> Чем помочь?".replace(">:", "> писал(а):"),
        "ср, 4 бер. 2026 р. о 12:00 Ромашка <help@shop.example> пише:\n> Чим допомогти?",
        "-----Original Message-----\nFrom: Shop\nSubject: x",
        "-------- Исходное сообщение --------\nОт: Магазин",
        "From: Shop <help@shop.example>\nSent: Wednesday, March 4, 2026 12:00\nTo: Olha\nSubject: An order\n\nHow?",
        "Від: Ромашка <help@shop.example>\nНадіслано: 4 березня 2026\nКому: Ольга\nТема: Замовлення\n\nЧим?",
        "> How can we help?\n> Shop",
    ],
)
def test_only_what_is_new_is_shown(quote: str) -> None:
    assert new_part(f"It is blue.\n\nThank you\n\n{quote}") == "It is blue.\n\nThank you"


def test_answers_between_the_quotes_are_kept() -> None:
    text = "On Wed Shop <h@s.example> wrote:\n> Which colour?\nBlue.\n> Which size?\nLarge, and please send it soon."
    assert "Blue." in new_part(text)
    assert "Large" in new_part(text)
    assert new_part("> only a quote") == "> only a quote", "nothing would be left"
    assert new_part("From: here I write you.\nIt is me.") == "From: here I write you.\nIt is me."


def test_html_becomes_text_that_does_nothing() -> None:
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Dear&nbsp;shop,</p><script>alert(1)</script>"
        '<div>see <a href="https://a.example/x">here</a><br>and <a href="javascript:alert(1)">there</a></div>'
        '<ul><li>one<li>two</ul><img src=x onerror=alert(1) alt="A photo"><svg><text>no</text></svg>'
        '<div class="gmail_quote">On Monday Shop wrote:<blockquote>old</blockquote></div></body>'
    )
    text = new_part(to_text(html))
    assert "Dear shop," in text
    assert "see here (https://a.example/x)\nand there" in text
    assert "• one" in text
    assert "[A photo]" in text
    assert not any(word in text for word in ("alert", "old", "no", "p{}"))


def test_of_several_ways_to_say_it_the_plain_one_is_taken_and_files_are_kept() -> None:
    it = mail("plain")
    it.add_alternative("<p>rich</p>", subtype="html")
    it.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="рахунок.pdf")
    it.add_attachment("inner text", filename="../../etc/passwd")
    found = said(it)
    assert found.text == "plain"
    assert [file.name for file in found.files] == ["рахунок.pdf", ".._.._etc_passwd"]
    assert found.files[0].data == b"%PDF-1.4"


def test_our_marks_find_the_conversation_and_cannot_be_guessed() -> None:
    ours = marks.message_id("word", "cv_1", 7, "shop.example")
    thread = said(mail(In_Reply_To=ours, Subject="Re: An order")).thread
    assert thread is not None
    assert (thread.conversations, thread.references, thread.subject) == (("cv_1",), (ours,), "An order")
    for forged in (
        ours.replace("cv_1", "cv_2"),
        ours.replace(".7.", ".8."),
        "<c.cv_1.7.0000000000000000@shop.example>",
    ):
        found = said(mail(In_Reply_To=forged)).thread
        assert found is not None
        assert found.conversations == ()
    assert marks.conversation_of("another", ours) == ""


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({"Auto-Submitted": "auto-replied"}, True), ({"Auto-Submitted": "no"}, False), ({"Return-Path": "<>"}, True),
        ({"Precedence": "bulk"}, True), ({"List-Id": "<news.example>"}, True), ({"X-Autoreply": "yes"}, True),
        ({"X-Auto-Response-Suppress": "OOF"}, True), ({"From": "no-reply@shop.example"}, True),
        ({"From": "MAILER-DAEMON@mx.example"}, True), ({}, False),
    ],
)  # fmt: skip
def test_programs_get_no_automatic_answer(headers: Mapping[str, str], automatic: bool) -> None:
    it = mail()
    for name, value in headers.items():
        del it[name]
        it[name] = value
    thread = said(it).thread
    assert thread is not None
    assert bool(thread.automatic) is automatic


BOUNCE = """From: MAILER-DAEMON@mx.example
To: help@shop.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I could not deliver it.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; olha@customer.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
--b
Content-Type: message/rfc822

Message-ID: {ours}
Subject: Re: An order

text
--b--
"""


def test_a_bounce_is_a_report_about_our_mail() -> None:
    ours = marks.message_id("word", "cv_1", 7, "shop.example")
    heard = EmailIncoming().read(BOX, BOUNCE.format(action="failed", ours=ours).encode())
    assert isinstance(heard, Reported)
    assert (heard.delivery, heard.ext_ids) == (Delivery.FAILED, (ours,))
    assert "no such user" in heard.failure
    assert "olha@customer.example" in heard.failure
    delayed = EmailIncoming().read(
        BOX, BOUNCE.replace("5.1.1\nD", "4.4.1\nD").format(action="delayed", ours=ours).encode()
    )
    assert isinstance(delayed, Ignored)


async def _composed(message: Message, **conversation: Any) -> EmailMessage:
    it = Conversation(
        "cv_1", "t", 1, "ch", "email", "olha@customer.example", "olha@customer.example", "ct", "Olha\r\nBcc: x@y",
        NOW, NOW, **conversation,
    )  # fmt: skip

    async def load(_attachment: Any) -> bytes:
        return b""

    return await compose(BOX, it, message, load)


ANSWER = Message("c", Kind.TEXT, Direction.OUT, "person:p", NOW, "It is blue.", seq=3)


async def test_an_answer_stays_in_the_thread() -> None:
    it = await _composed(ANSWER, subject="An order", references=("<0@c.example>", "<1@c.example>"))
    assert (it["Subject"], it["In-Reply-To"]) == ("Re: An order", "<1@c.example>")
    assert it["References"] == "<0@c.example> <1@c.example>"
    assert marks.conversation_of("word", it["Message-ID"]) == "cv_1"
    assert it["Message-ID"] == (await _composed(ANSWER))["Message-ID"], "sent twice, it is the same mail"
    assert it["Bcc"] is None, "a name cannot bring headers of its own"
    assert "-- \nShop" in it.get_content()
    assert it["Auto-Submitted"] is None
    assert (await _composed(replace(ANSWER, author="scheme")))["Auto-Submitted"] == "auto-replied"


async def test_a_subject_cannot_bring_headers() -> None:
    raw = b"From: o@c.example\r\nSubject: =?utf-8?Q?x=0D=0ABcc:=20all@c.example?=\r\n\r\nHi"
    thread = said(raw).thread
    assert thread is not None
    assert (await _composed(ANSWER, subject=thread.subject))["Bcc"] is None


@given(st.binary(max_size=400))
def test_whatever_comes_is_read(raw: bytes) -> None:
    EmailIncoming().read(BOX, b"From: o@c.example\r\n" + raw)
    EmailIncoming().read(BOX, raw)


LINES = st.lists(
    st.sampled_from([
        "Content-Type: multipart/mixed; boundary=b", "Content-Type: text/html; charset=\"\"", "--b", "--b--", "",
        "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "Content-Disposition: attachment",
        "Content-Type: multipart/report; boundary=b", "Subject: =?x?b?//?=", "Date: Mon, 99 Foo 99999 99:99:99 +9999",
        "From: \"", "References: <<>> <a@b> <", "Content-Type: multipart/alternative", "=?utf-8?q?",
        "<blockquote><a href=", "Content-Type: message/delivery-status",
        "Action: failed", "Content-Disposition: attachment; filename*=x''%ff",
    ]),
    max_size=30,
)  # fmt: skip


@given(LINES)
def test_broken_mime_is_read(lines: list[str]) -> None:
    EmailIncoming().read(BOX, "\r\n".join(["From: o@c.example", *lines]).encode())


def test_a_mail_in_a_mail_in_a_mail_ends() -> None:
    raw = b"From: o@c.example\r\n"
    for number in range(300):
        raw += f"Content-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n".encode()
    EmailIncoming().read(BOX, raw + b"\r\nend")


def test_time_grows_no_faster_than_the_mail() -> None:
    """Shapes that make careless patterns run for minutes."""
    many = 20_000
    pieces = ("On ", "> ", "<div>", "From: a\n", "<a href=", "-" * 5, "1 wrote 1", "<blockquote><p>x")
    for piece in (one * many for one in pieces):
        html = "<" in piece
        head = f"From: o@c.example\r\nContent-Type: text/{'html' if html else 'plain'}\r\n\r\n"
        EmailIncoming().read(BOX, (head + piece).encode())
