"""Customers who write mails: a real IMAP server, a real SMTP server, the real directory, routing and acd."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
import pytest_asyncio
from e2e.fakes.mail import PASSWORD, USER, MailServer, Sent

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import Centre
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import survey_pb2
from antiphon.channels.v1.survey_pb2_grpc import SurveyServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[MailServer]:
    async with MailServer().running() as it:
        yield it


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    async with running(OTHERS, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime], platforms: dict[str, Platform], edge: str) -> AsyncIterator[Centre]:
    async with running({"channels": serve}, platforms):
        yield await Centre(runtimes["acd"], edge).open("owner@mail.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(centre: Centre, server: MailServer) -> AsyncIterator[pb.Channel]:
    """A mailbox that was empty when it was connected but for one old mail."""
    await server.deliver(letter("An old mail", subject="Old"))
    channel = pb.Channel(kind="email", name="Help", enabled=True, settings=struct(server.settings))
    put = pb.PutChannelRequest(channel=channel, secrets={"password": PASSWORD})
    made = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
    line = {"id": "line", "kind": "enqueue", "queue_id": centre.queue_id, "greeting": {"en": "We have your mail"}}
    bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
    await centre.scheme(made, {**line, "on_timeout": "bye"}, bye)
    await centre.be(0, acd.AGENT_STATE_READY)
    yield made
    await centre.disconnect(made)


_numbers = iter(range(1, 1000))


def letter(text: str, sender: str = "olha@customer.example", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    given = {"From": f"Ольга <{sender}>", "To": USER, "Subject": "Замовлення"}
    given["Message-ID"] = f"<{next(_numbers)}@customer.example>"
    for name, value in {**given, **{key.replace("_", "-").title(): value for key, value in headers.items()}}.items():
        if name.lower() == "message-id" and "Message-ID" in mail:
            del mail["Message-ID"]
        mail[name] = value
    mail.set_content(text)
    return mail


async def conversation_of(centre: Centre, text: str) -> pb.Conversation:
    """The conversation in which a customer said this."""

    async def found() -> pb.Conversation | None:
        for it in await centre.conversations(limit=200):
            if any(m.text == text and m.direction == pb.DIRECTION_IN for m in await centre.messages(it.id)):
                return it
        return None

    it: pb.Conversation = await eventually(found)
    return it


async def sent(server: MailServer, text: str) -> Sent:
    """The mail that begins so, as soon as it was sent."""

    async def found() -> Sent | None:
        return next((one for one in server.sent if one.text.startswith(text)), None)

    one: Sent = await eventually(found)
    return one


def subject_of(one: Sent) -> str:
    return str(make_header(decode_header(str(one.mail["Subject"]))))


async def test_a_mail_is_answered_in_its_thread_and_the_answer_comes_back_to_it(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    first = letter("Де моє замовлення?")
    first.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="рахунок.pdf")
    await server.deliver(first)
    it = await conversation_of(centre, "Де моє замовлення?")
    assert (it.contact_name, it.subject, it.channel) == ("Ольга", "Замовлення", "email")
    (said,) = [m for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]
    assert [a.name for a in said.attachments] == ["рахунок.pdf"]
    greeting = await sent(server, "We have your mail")
    assert greeting.mail["Auto-Submitted"] == "auto-replied"
    assert greeting.sender in ("", "<>"), "nobody answers an automatic answer"
    await centre.accept(0, it.id)
    await centre.send(0, it.id, "Воно вже в дорозі.", "answer-1")
    answer = await sent(server, "Воно вже в дорозі.")
    assert answer.recipients == ("olha@customer.example",)
    assert answer.mail["In-Reply-To"] == first["Message-ID"]
    assert answer.sender == USER
    quoted = "Дякую!\n\nср, 4 бер. 2026 р. о 12:00 Ромашка <help@romashka.example> пише:\n> Воно вже в дорозі.\n"
    await server.deliver(letter(quoted, in_reply_to=str(answer.mail["Message-ID"]).strip(), subject="Re: Замовлення"))
    assert (await conversation_of(centre, "Дякую!")).id == it.id
    await server.deliver(letter("Забула запитати", subject="Re: Замовлення"))
    assert (await conversation_of(centre, "Забула запитати")).id == it.id, "by subject, of the same customer"
    texts = [m.text for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]
    assert texts == ["Де моє замовлення?", "Дякую!", "Забула запитати"]


async def test_an_agent_begins_a_mail_and_the_answer_comes_back_to_it(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    petro = await centre.customer(name="Петро", emails=["petro@customer.example"])
    it = await centre.starts(0, box, petro, "first", subject="Ваш договір")
    await centre.send(0, it.id, "Надсилаю договір.", "first-mail")
    mail = await sent(server, "Надсилаю договір.")
    assert (mail.recipients, subject_of(mail)) == (("petro@customer.example",), "Ваш договір")
    assert mail.mail["In-Reply-To"] is None
    ours = str(mail.mail["Message-ID"]).strip()
    reply = letter("Отримав, дякую", "petro@customer.example", in_reply_to=ours, subject="Re: Ваш договір")
    await server.deliver(reply)
    assert (await conversation_of(centre, "Отримав, дякую")).id == it.id
    await centre.send(0, it.id, "Чекаємо підпису.", "second-mail")
    second = await sent(server, "Чекаємо підпису.")
    assert subject_of(second) == "Re: Ваш договір"
    assert (await centre.starts(0, box, petro, "other", subject="Інше")).id != it.id


async def test_another_subject_is_another_conversation(centre: Centre, server: MailServer, box: pb.Channel) -> None:
    await server.deliver(letter("Про одне", subject="Одне"))
    await server.deliver(letter("Про друге", subject="Друге"))
    one, other = await conversation_of(centre, "Про одне"), await conversation_of(centre, "Про друге")
    assert one.id != other.id
    assert one.contact_id == other.contact_id


async def test_a_stranger_cannot_write_into_a_customers_thread(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    own = await conversation_of(centre, "Про одне")
    forged = f"<c.{own.id}.1.0123456789abcdef@romashka.example>"
    await server.deliver(letter("Let me in", "eve@evil.example", in_reply_to=forged, subject="Re: Одне"))
    assert (await conversation_of(centre, "Let me in")).id != own.id


async def test_the_same_mail_twice_is_said_once_and_old_mail_stays_where_it_is(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    mail = letter("Лише раз", subject="Раз")
    await server.deliver(mail)
    await server.deliver(mail)
    await server.deliver(letter("Кінець", subject="Кінець"))
    it = await conversation_of(centre, "Лише раз")
    await conversation_of(centre, "Кінець")
    assert [m.text for m in await centre.messages(it.id)].count("Лише раз") == 1
    for one in await centre.conversations(limit=200):
        assert all(m.text != "An old mail" for m in await centre.messages(one.id))


async def test_programs_and_the_same_customer_get_no_second_automatic_answer(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    before = len(server.sent)
    await server.deliver(letter("I am away", "away@customer.example", auto_submitted="auto-replied", subject="Away"))
    it = await conversation_of(centre, "I am away")

    async def withheld() -> list[pb.Message]:
        return [m for m in await centre.messages(it.id) if m.delivery == pb.DELIVERY_FAILED]

    (message,) = await eventually(withheld)
    assert "on purpose" in message.failure
    greetings = [one for one in server.sent if one.text.startswith("We have your mail")]
    assert len([one for one in greetings if one.recipients == ("olha@customer.example",)]) == 1, "one a day"
    assert len(server.sent) >= before


async def test_a_bounce_marks_our_mail(centre: Centre, server: MailServer, box: pb.Channel) -> None:
    it = await conversation_of(centre, "Дякую!")
    await centre.send(0, it.id, "Ця відповідь не дійде", "answer-bounced")
    lost = await sent(server, "Ця відповідь не дійде")
    report = (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; olha@customer.example\r\nAction: failed\r\nDiagnostic-Code: smtp; 552 full\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID:{lost.mail['Message-ID']}\r\n\r\n--b--\r\n"
    )
    await server.deliver(report.encode())

    async def failed() -> list[Any]:
        return [m for m in await centre.messages(it.id) if m.delivery == pb.DELIVERY_FAILED and "552 full" in m.failure]

    assert await eventually(failed)


async def test_what_a_mail_server_refuses_for_now_is_sent_later(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    it = await conversation_of(centre, "Дякую!")
    server.refuse[:] = ["451 4.7.1 greylisted"]
    await centre.send(0, it.id, "Спершу зачекай", "answer-grey")
    await sent(server, "Спершу зачекай")
    server.refuse[:] = ["550 5.7.1 no thanks"]
    refused = await centre.send(0, it.id, "Цього не беруть", "answer-refused")

    async def failed() -> bool:
        return any(m.seq == refused.seq and "no thanks" in m.failure for m in await centre.messages(it.id))

    await eventually(failed)


async def test_a_large_mail_is_read_too(centre: Centre, server: MailServer, box: pb.Channel) -> None:
    big = letter("Ось великий файл", subject="Великий")
    big.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(5_000_000), maintype="image", subtype="png", filename="big.png")
    await server.deliver(big)
    it = await conversation_of(centre, "Ось великий файл")
    (said,) = [m for m in await centre.messages(it.id) if m.direction == pb.DIRECTION_IN]
    assert (said.attachments[0].name, said.attachments[0].size) == ("big.png", 5_000_008)


async def test_a_wrong_password_is_said_in_words(centre: Centre, server: MailServer, box: pb.Channel) -> None:
    settings = {**server.settings, "address": "other@romashka.example", "login": USER}
    channel = pb.Channel(kind="email", name="Other", enabled=True, settings=struct(settings))
    put = pb.PutChannelRequest(channel=channel, secrets={"password": "wrong"})
    made = (await ask(centre.channels.PutChannel, put, centre.owner)).channel
    test = pb.TestChannelRequest(channel_id=made.id)
    answer = await ask(centre.channels.TestChannel, test, centre.owner, within=25)
    assert not answer.ok
    assert "password" in answer.says

    async def unhealthy() -> bool:
        listed = (await ask(centre.channels.ListChannels, pb.ListChannelsRequest(), centre.owner)).channels
        return any(one.id == made.id and "password" in one.health for one in listed)

    await eventually(unhealthy)
    await centre.disconnect(made)
    well = await ask(centre.channels.TestChannel, pb.TestChannelRequest(channel_id=box.id), centre.owner)
    assert well.ok, well.says


async def test_a_customer_says_how_it_went_by_the_link_of_a_mail(
    centre: Centre, server: MailServer, box: pb.Channel
) -> None:
    surveys = SurveyServiceStub(centre.rt.peers.channel("channels"))
    policy = survey_pb2.SurveyPolicy(rules=[survey_pb2.SurveyRule(channel_id=box.id, ask=True, every_days=30)])
    await ask(surveys.PutSurveyPolicy, survey_pb2.PutSurveyPolicyRequest(policy=policy), centre.owner)
    it = await conversation_of(centre, "Дякую!")
    close = pb.CloseConversationRequest(conversation_id=it.id, disposition="done")
    await ask(centre.channels.CloseConversation, close, centre.agents[0].headers)

    async def question() -> Sent | None:
        return next((one for one in server.sent if "/rate/" in one.text), None)

    mail: Sent = await eventually(question)
    assert mail.recipients == ("olha@customer.example",)
    assert mail.mail["Auto-Submitted"] == "auto-replied"
    links = {line[0]: line.partition(": ")[2].strip() for line in mail.text.splitlines() if "/rate/" in line}
    assert sorted(links) == list("12345")
    path = "/rate/" + links["5"].partition("/rate/")[2]
    async with httpx.AsyncClient(base_url=f"http://{centre.edge}") as http:
        page = await http.get(path)  # as programs do that look at links before people
        assert page.status_code == 200
        assert 'value="5" checked' in page.text
        assert "script" not in page.text
        assert (await centre.until(it.id, status=pb.CONVERSATION_STATUS_CLOSED)).rating.score == 0
        assert (await http.post(path, data={"comment": "x"})).status_code == 422
        forged = path.replace("?t=", "?t=1")
        assert (await http.post(forged, data={"score": "1"})).status_code == 404
        assert (await http.post("/rate/cv_none?t=1.x", data={"score": "1"})).status_code == 404
        for score, comment in (("4", "<b>швидко</b>"), ("5", "дуже швидко")):
            said = await http.post(path, data={"score": score, "comment": comment})
            assert said.status_code == 200
            rated = (await centre.until(it.id, status=pb.CONVERSATION_STATUS_CLOSED)).rating
            assert (rated.score, rated.comment) == (int(score), comment)
