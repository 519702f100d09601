"""Reading a mailbox by IMAP (RFC 9051), with words for people where the server refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager

from antiphon.channels import reach
from antiphon.channels.contract import ChannelView
from antiphon.channels.email.session import Answer, Ended, Session, connected
from antiphon.channels.email.wire import Malformed, Unsendable, Value, fetched, folder_name, uids, whole
from antiphon.kit import logs

__all__ = ["MailboxTrouble", "Session", "done", "fetch", "opened", "search", "select", "wait"]

MAX_MAIL = 40 * 1024 * 1024
_MAX_LITERAL = MAX_MAIL + MAX_MAIL // 8
"""Some servers count the ends of lines as one byte when they tell a size."""
PORTS = {"tls": 993, "none": 143}
_LOOK, _IDLE = 30.0, 60.0
"""Seconds between looks where the server cannot tell of new mail, and where it can: not every server tells of mail that
came between a look and IDLE."""
_REFUSED = "The mail server refused a mail."
_NO_SEARCH = "The mail server refused a search."
_BAD_PASSWORD = "The mail server does not accept the name and password: save them again."  # noqa: S105
_NO_LOGIN = "The mail server takes no passwords this way: choose TLS, or allow IMAP with a password there."
log = logs.get("channels")


class MailboxTrouble(Exception):
    """The mailbox cannot be read; the text says what to do."""


@asynccontextmanager
async def opened(view: ChannelView) -> AsyncIterator[Session]:
    """A signed-in connection. Raises MailboxTrouble, TimeoutError, OSError."""
    password = view.secrets.get("password", "")
    if not password:
        raise MailboxTrouble("The password cannot be read with this installation's key: save it again.")
    security = str(view.settings.get("imap_security") or "tls")
    host, port = str(view.settings["imap_host"]), int(view.settings.get("imap_port") or PORTS[security])
    try:
        sock = await reach.connect(host, port, inside=view.inside)
    except reach.Inside as error:
        raise MailboxTrouble(str(error)) from error
    imap = await connected(sock, host, secure=security == "tls", max_literal=_MAX_LITERAL)
    try:
        await _sign_in(imap, str(view.settings.get("login") or view.settings["address"]), password)
        yield imap
    finally:
        try:
            await imap.leave()
        except (TimeoutError, OSError, Ended, Malformed) as error:
            log.info("a mailbox was left without a word", channel_id=view.id, why=type(error).__name__)


async def _sign_in(imap: Session, login: str, password: str) -> None:
    with _in_words():
        greeting = await imap.greeting()
    if "LOGINDISABLED" in imap.capabilities:
        raise MailboxTrouble(_NO_LOGIN)
    if greeting.kind != "PREAUTH":
        await done(imap.login(login, password), _BAD_PASSWORD)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (Ended, ConnectionError) as error:
        raise MailboxTrouble(f"The mail server ended the connection ({type(error).__name__}).") from error
    except Malformed as error:
        raise MailboxTrouble(f"What the mail server says is not understood ({error}). Check its port.") from error
    except TimeoutError as error:
        raise MailboxTrouble("The mail server does not answer.") from error


async def done(command: Awaitable[Answer], otherwise: str) -> Answer:
    """What a command was answered. Raises MailboxTrouble, with `otherwise` when it was refused."""
    try:
        with _in_words():
            answer = await command
    except Unsendable as error:
        raise MailboxTrouble(otherwise) from error
    if not answer.ok:
        raise MailboxTrouble(otherwise)
    return answer


async def select(imap: Session, folder: str) -> tuple[int, int]:
    """Opens a folder: the validity of its numbers (UIDVALIDITY), and the number that its next mail will have."""
    refused = f"There is no folder {folder} in the mailbox."
    answer = await done(imap.ask("SELECT", folder_name(folder), keep={"OK"}), refused)
    following = answer.number("UIDNEXT") or max(await search(imap, "UID *"), default=0) + 1
    return answer.number("UIDVALIDITY"), following


async def search(imap: Session, criteria: str) -> list[int]:
    answer = await done(imap.search(criteria), _NO_SEARCH)
    with _in_words():
        return uids(answer.told)


async def fetch(imap: Session, uid: int) -> bytes:
    """The mail; of one that is too large, its head with a word about it. Empty when it is gone."""
    size = await _item(imap, uid, "RFC822.SIZE")
    if size == b"":
        return b""
    mail = await _item(imap, uid, "BODY[]") if whole(size) <= MAX_MAIL else None
    if isinstance(mail, bytes):
        return mail
    head = await _item(imap, uid, "BODY[HEADER]")
    lines = (head if isinstance(head, bytes) else b"").split(b"\r\n")
    lines = [line for line in lines if not line.lower().startswith((b"content-", b"mime-"))]
    return b"\r\n".join(lines).rstrip() + b"\r\n\r\n" + _TOO_LARGE.encode()


_TOO_LARGE = f"[This mail is larger than {MAX_MAIL // 2**20} MB. It is in the mailbox.]"


async def _item(imap: Session, uid: int, name: str) -> Value:
    """One thing about a mail; None when it is longer than may be, empty when the mail is gone."""
    asked = name.replace("[", ".PEEK[")
    answer = await done(imap.ask(f"UID FETCH {uid} ({asked})", keep={"FETCH"}), _REFUSED)
    with _in_words():
        for items in map(fetched, answer.told):
            if name in items and whole(items.get("UID", b"")) in {0, uid}:
                return items[name]
    return b""


async def wait(imap: Session) -> None:
    """Until the server tells of something, or for a while."""
    if imap.news:
        return
    if "IDLE" in imap.capabilities:
        with _in_words():
            if await imap.idle(_IDLE):
                return
        imap.capabilities -= {"IDLE"}  # it only said so
    await asyncio.sleep(_LOOK)
    await done(imap.ask("NOOP"), "The mail server does not answer.")
