"""Mail servers that do less than they should, or say it late, or stop in the midst of it. Over real connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from antiphon.channels.contract import ChannelView
from antiphon.channels.email import imap
from antiphon.channels.email.imap import MailboxTrouble, done, fetch, opened, search, select, wait
from antiphon.edge import certificate

pytestmark = pytest.mark.service
WITHIN = 30.0
Answers = dict[str, str]
"""What is said to a command that begins so; `{tag}` is its tag. Nothing where nothing is said."""
WELL = {
    "LOGIN": "{tag} OK in\r\n",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK\r\n",
    "SELECT": "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 44] y\r\n{tag} OK [READ-WRITE]\r\n",
    "UID SEARCH": "* SEARCH 41 43\r\n* SEARCH 42\r\n{tag} OK\r\n",
    "IDLE": "+ idling\r\n",
    "NOOP": "{tag} OK\r\n",
    "LOGOUT": "* BYE\r\n{tag} OK\r\n",
}


@dataclass
class Server:
    """Says what it was given to say, and keeps what it heard."""

    answers: Answers
    greeting: str = "* OK ready\r\n"
    ends: bool = False
    """Hangs up after the last answer that is in `answers`."""
    port: int = 0
    heard: list[str] = field(default_factory=list)
    idling: str = ""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """It has nothing to say any more."""

    @asynccontextmanager
    async def running(self, secure: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=secure)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            async with asyncio.timeout(WITHIN):
                await self.left.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.greeting.encode())
            while line := await self._line(reader, writer):
                await self._answer(line, writer)
        except OSError:  # the other side has hung up, which is what is looked for
            pass
        finally:
            writer.transport.abort()
            self.left.set()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """A command with its literals."""
        if "greeting" in self.answers:
            self.reached.set()
        line = (await reader.readline()).decode()
        while line.endswith("}\r\n"):
            writer.write(b"+ go on\r\n")
            literal = await reader.readexactly(int(line[line.rindex("{") + 1 : -3]))
            line += literal.decode() + (await reader.readline()).decode()
        return line

    async def _answer(self, line: str, writer: asyncio.StreamWriter) -> None:
        self.heard.append(line.rstrip("\r\n"))
        tag, _, said = line.partition(" ")
        known = [begin for begin in self.answers if said.startswith(begin)]
        if said and known:
            answer = self.answers[max(known, key=len)]
            writer.write(answer.replace("{tag}", tag).encode())
            await writer.drain()
            self.idling = tag if said.startswith("IDLE") else ""
            if "{tag} " not in answer:
                self.reached.set()
                if self.ends:
                    writer.transport.close()
        elif line == "DONE\r\n":
            writer.write(f"{self.idling} OK\r\n".encode())

    def view(self, password: str = 'p "w', **settings: Any) -> ChannelView:
        told = {"address": "help@shop.example", "imap_host": "127.0.0.1", "imap_port": self.port}
        told |= {"imap_security": "none", **settings}
        return ChannelView("ch", "t", "email", 1, "Shop", "", True, told, {"password": password}, inside=True)


@contextmanager
def nothing_is_left() -> Iterator[None]:
    """No task but those of the server."""
    before = asyncio.all_tasks()
    yield
    left = {repr(task.get_coro()) for task in asyncio.all_tasks() - before}
    assert not {coro for coro in left if "_serve" not in coro and "_accept" not in coro}


async def test_a_mailbox_is_read_and_idled_on_though_it_tells_of_idle_only_after_the_login() -> None:
    mail = "Subject: x\r\n\r\n* 9 EXISTS\r\n"
    answers = WELL | {
        "IDLE": "+ idling\r\n* OK still here\r\n* 3 EXISTS\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n",
        "UID FETCH 42 (RFC822.SIZE)": "* 3 FETCH (UID 42 RFC822.SIZE 30)\r\n{tag} OK\r\n",
        "UID FETCH 42 (BODY.PEEK[])": "* 1 FETCH (FLAGS () UID 9)\r\n* 3 FETCH (UID 41 BODY[] {1}\r\nx)\r\n"
        f"* 3 FETCH (BODY[] {{{len(mail)}}}\r\n{mail} UID 42)\r\n{{tag}} OK\r\n",
        "UID FETCH 43": "{tag} OK nothing\r\n",
    }
    async with Server(answers).running() as server:
        with nothing_is_left():
            async with opened(server.view()) as box:
                assert await select(box, "Заявки") == (7, 44)
                assert await search(box, "UID 41:*") == [41, 42, 43]
                assert await fetch(box, 42) == mail.encode(), "an answer about another mail is none about this one"
                assert await fetch(box, 43) == b"", "it is gone"
                async with asyncio.timeout(WITHIN):
                    await wait(box)
                    await wait(box)  # nobody has looked yet
                    assert await search(box, "UID 44:*")
                    await wait(box)
    assert server.heard[0] == 'A1 LOGIN "help@shop.example" "p \\"w"'
    assert server.heard[2] == 'A3 SELECT "&BBcEMARPBDIEOgQ4-"'
    assert server.heard.count("DONE") == 2
    assert server.heard[-1].endswith("LOGOUT")


async def test_a_refused_login_is_said_in_words() -> None:
    async with Server(WELL | {"LOGIN": "{tag} NO [AUTHENTICATIONFAILED] no\r\n"}).running() as server:
        with pytest.raises(MailboxTrouble, match="name and password"):
            async with opened(server.view("пароль")):
                raise AssertionError
    assert server.heard[0] == 'A1 LOGIN "help@shop.example" {12}\r\nпароль'
    assert server.heard[-1].endswith("LOGOUT")


async def test_a_password_is_not_sent_where_it_is_not_taken() -> None:
    async with Server(WELL, greeting="* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n").running() as server:
        with pytest.raises(MailboxTrouble, match="TLS"):
            async with opened(server.view()):
                raise AssertionError
    assert [line.partition(" ")[2] for line in server.heard] == ["LOGOUT"]
    async with Server(WELL, greeting="* PREAUTH you are known\r\n").running() as server:
        with pytest.raises(MailboxTrouble, match="name and password"):
            async with opened(server.view()) as box:
                await done(box.login("x", "a\0b"), "The name and password cannot be sent.")
    assert [line.partition(" ")[2] for line in server.heard] == ["LOGOUT"]


@pytest.mark.parametrize(
    ("greeting", "answers", "words"),
    [
        ("* BYE too many\r\n", {}, "ended the connection"),
        ("220 smtp.shop.example ESMTP\r\n", {}, "not understood"),
        ("+OK POP3\r\n", {}, "not understood"),
        ("\x16\x03\r\n", {}, "not understood"),
        ("* OK\r\n", {"LOGIN": "* BYE for now\r\n"}, "ended the connection"),
        ("* OK\r\n", {"LOGIN": "* OK " + "x" * 1_100_000}, "not understood"),
        ("* OK\r\n", {"LOGIN": "B7 OK whose\r\n"}, "not understood"),
        ("* OK\r\n", {"CAPABILITY": "{tag} BAD what\r\n", "SELECT": "{tag} NO there is none\r\n"}, "no folder INBOX"),
        ("* OK\r\n", {"UID SEARCH": "* ESEARCH ALL 1:4294967295\r\n{tag} OK\r\n"}, "not understood"),
        ("* OK\r\n", {"UID FETCH": "* 1 FETCH (UID 1 RFC822.SIZE {900}\r\nhalf"}, "ended the connection"),
    ],
)
async def test_trouble_is_said_in_words(greeting: str, answers: Answers, words: str) -> None:
    async with Server(WELL | answers, greeting, ends=True).running() as server:
        with nothing_is_left(), pytest.raises(MailboxTrouble, match=words):
            await read(server)


async def read(server: Server) -> None:
    async with opened(server.view()) as box:
        await select(box, "INBOX")
        await search(box, "ALL")
        await fetch(box, 1)
        await wait(box)


@pytest.mark.parametrize(
    ("greeting", "answers"),
    [
        ("", {"greeting": ""}),
        ("* OK\r\n", {"LOGIN": "* OK one moment\r\n"}),
        ("* OK\r\n", {"UID FETCH": "* 1 FETCH (UID 1 RFC822.SIZE {40000000}\r\nhalf"}),
        ("* OK\r\n", {"UID FETCH": "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n{tag} OK\r\n"}),
    ],
)
async def test_who_is_cancelled_leaves_no_connection_and_no_task(greeting: str, answers: Answers) -> None:
    answers = {"UID FETCH 1 (BODY": "{tag} OK\r\n"} | answers
    async with Server(WELL | answers, greeting).running() as server:
        with nothing_is_left():
            async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as group:
                reading = group.create_task(read(server))
                await server.reached.wait()
                reading.cancel()
        await server.left.wait()
    assert reading.cancelled()


async def test_a_server_that_takes_back_that_it_can_idle_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_LOOK", 0.0)
    for refusal in ("{tag} NO not here\r\n", "+ idling\r\n{tag} OK that was all\r\n"):
        async with Server(WELL | {"IDLE": refusal}).running() as server, opened(server.view()) as box:
            await wait(box)
            await wait(box)
        assert [line.partition(" ")[2] for line in server.heard[2:]] == ["IDLE", "NOOP", "NOOP", "LOGOUT"]


async def test_a_server_that_tells_no_next_number_is_asked_for_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    untold = {"SELECT": "* OK [UIDVALIDITY 7]\r\n{tag} OK\r\n"}
    async with Server(WELL | untold).running() as server, opened(server.view()) as box:
        assert await select(box, "INBOX") == (7, 44)
    async with Server(WELL | untold | {"UID SEARCH": "{tag} OK\r\n"}).running() as server, opened(server.view()) as box:
        assert await select(box, "INBOX") == (7, 1)


@pytest.mark.parametrize("told", ["99999999", "10"])
async def test_of_a_mail_that_is_too_large_the_head_is_read(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "_MAX_LITERAL", 1_000)
    head = "From: o@c.example\r\nContent-Type: multipart/mixed\r\n\r\n"
    answers = {
        "UID FETCH 5 (RFC822.SIZE)": f"* 1 FETCH (UID 5 RFC822.SIZE {told})\r\n{{tag}} OK\r\n",
        "UID FETCH 5 (BODY.PEEK[])": "* 1 FETCH (UID 5 BODY[] {5000}\r\n" + "x" * 5_000 + ")\r\n{tag} OK\r\n",
        "UID FETCH 5 (BODY.PEEK[HEADER])": f"* 1 FETCH (BODY[HEADER] {{{len(head)}}}\r\n{head})\r\n{{tag}} OK\r\n",
    }
    async with Server(WELL | answers).running() as server, opened(server.view()) as box:
        mail = await fetch(box, 5)
    assert mail.startswith(b"From: o@c.example\r\n\r\n[This mail is larger")
    assert any("BODY.PEEK[]" in line for line in server.heard) == (told == "10")


async def test_over_tls_only_the_server_that_is_named_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own, key = tmp_path / "own.pem", tmp_path / "own.key"
    certificate.ensure(own, key, "localhost")
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(own, key)
    async with Server(WELL).running(secure) as server:
        named = server.view(imap_host="localhost", imap_security="tls")
        with nothing_is_left(), pytest.raises(ssl.SSLCertVerificationError):
            async with opened(named):
                raise AssertionError
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
        with nothing_is_left():
            async with opened(named) as box:
                assert await search(box, "ALL") == [41, 42, 43]
    assert server.heard[-1].endswith("LOGOUT")
