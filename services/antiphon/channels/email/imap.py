"""The few commands of IMAP that reading a mailbox takes, with words for people where the server refuses (RFC 9051)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from antiphon.channels import reach
from antiphon.channels.contract import ChannelView
from antiphon.kit import logs

if TYPE_CHECKING:
    from aioimaplib import IMAP4

MAX_MAIL = 40 * 1024 * 1024
PORTS = {"tls": 993, "none": 143}
_LOOK, _IDLE = 30.0, 60.0
"""Seconds between looks where the server cannot tell of new mail, and where it can: mail that came between a look and
IDLE is not told of."""
_TIMEOUT = 60.0
_REFUSED = "The mail server refused a mail."
_BAD_PASSWORD = "The mail server does not accept the name and password: save them again."  # noqa: S105
log = logs.get("channels")


class MailboxTrouble(Exception):
    """The mailbox cannot be read; the text says what to do."""


@asynccontextmanager
async def opened(view: ChannelView) -> AsyncIterator[IMAP4]:
    """A signed-in connection. Raises MailboxTrouble, TimeoutError, OSError."""
    import aioimaplib

    password = view.secrets.get("password", "")
    if not password:
        raise MailboxTrouble("The password cannot be read with this installation's key: save it again.")
    security = str(view.settings.get("imap_security") or "tls")
    host, port = str(view.settings["imap_host"]), int(view.settings.get("imap_port") or PORTS[security])
    try:
        sock = await reach.connect(host, port, inside=view.inside)
    except reach.Inside as error:
        raise MailboxTrouble(str(error)) from error
    imap = _client(sock, host, secure=security == "tls")
    try:
        await imap.wait_hello_from_server()
        login = str(view.settings.get("login") or view.settings["address"])
        await done(imap.login(quoted(login), password), _BAD_PASSWORD)
        await imap.protocol.capability()  # some servers tell the whole of it only now
        yield imap
    finally:
        try:
            async with asyncio.timeout(2.0):
                await imap.logout()
        except (TimeoutError, OSError, aioimaplib.AioImapException) as error:
            log.info("a mailbox was left without a word", channel_id=view.id, why=type(error).__name__)
        if imap.protocol is not None and imap.protocol.transport is not None:
            imap.protocol.transport.close()


def _client(sock: socket.socket, host: str, *, secure: bool) -> IMAP4:
    """A client over a connection that is there already."""
    import aioimaplib

    class Connected(aioimaplib.IMAP4):  # type: ignore[misc]
        """The library only knows how to look a name up and connect by itself."""

        def create_client(self, _host: str, _port: int, loop: Any, lost: Any = None, ssl_context: Any = None) -> None:
            loop = asyncio.get_running_loop()
            self.protocol = aioimaplib.IMAP4ClientProtocol(loop, lost)
            name = host if secure else None
            made = loop.create_connection(lambda: self.protocol, sock=sock, ssl=ssl_context, server_hostname=name)
            self._client_task = loop.create_task(made)

    context = ssl.create_default_context() if secure else None
    return Connected(host=host, timeout=_TIMEOUT, ssl_context=context)


async def done(command: Any, otherwise: str) -> list[bytes]:
    """The lines of a command's answer. Raises MailboxTrouble with `otherwise` when it was refused."""
    import aioimaplib

    try:
        answer = await command
    except (aioimaplib.Abort, aioimaplib.Error, aioimaplib.CommandTimeout) as error:
        raise MailboxTrouble(f"The mail server ended the connection ({type(error).__name__}).") from error
    if answer.result != "OK":
        raise MailboxTrouble(otherwise)
    return [bytes(line) for line in answer.lines]


async def search(imap: IMAP4, criteria: str) -> list[int]:
    lines = await done(imap.uid_search(criteria, charset=None), "The mail server refused a search.")
    return [int(word) for line in lines[:1] for word in line.split() if word.isdigit()]


async def fetch(imap: IMAP4, uid: int) -> bytes:
    """The mail; of one that is too large, its head with a word about it. Empty when it is gone."""
    sizes = await done(imap.uid("fetch", str(uid), "(RFC822.SIZE)"), _REFUSED)
    match = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(sizes))
    if match is None:
        return b""
    if int(match.group(1)) > MAX_MAIL:
        head = _literal(await done(imap.uid("fetch", str(uid), "(BODY.PEEK[HEADER])"), _REFUSED))
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
        return b"\r\n".join(lines).rstrip() + b"\r\n\r\n" + _TOO_LARGE.encode()
    return _literal(await done(imap.uid("fetch", str(uid), "(BODY.PEEK[])"), _REFUSED))


_TOO_LARGE = f"[This mail is larger than {MAX_MAIL // 2**20} MB. It is in the mailbox.]"


def _literal(lines: list[bytes]) -> bytes:
    """The mail among the lines of an answer: it follows the line that announces its length."""
    for line, following in pairwise(lines):
        if line.rstrip().endswith(b"}"):
            return following
    return b""


async def wait(imap: IMAP4) -> None:
    """Until the server tells of something, or for a while."""
    if not imap.has_capability("IDLE"):
        await asyncio.sleep(_LOOK)
        await done(imap.noop(), "The mail server does not answer.")
        return
    import aioimaplib

    try:
        idle = await imap.idle_start(timeout=_IDLE)
        await imap.wait_server_push(timeout=_IDLE + 10)
        imap.idle_done()
        async with asyncio.timeout(_TIMEOUT):
            await idle
    except (aioimaplib.Abort, aioimaplib.Error, aioimaplib.CommandTimeout) as error:
        raise MailboxTrouble(f"The mail server ended the connection ({type(error).__name__}).") from error


def number(lines: list[bytes], name: str) -> int:
    match = re.search(rf"{name} (\d+)".encode(), b" ".join(lines))
    return int(match.group(1)) if match else 0


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
