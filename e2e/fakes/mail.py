"""A mail server on loopback: a real IMAP server (pymap) for reading, a real SMTP server (aiosmtpd) that keeps what it
takes. Customers' mail is put into the mailbox as a delivery agent would."""

from __future__ import annotations

import asyncio
import email
import imaplib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from antiphon.kit import procs

USER, PASSWORD = "help@romashka.example", "mail-Password-1"


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the SMTP server took."""

    sender: str
    recipients: tuple[str, ...]
    mail: Message

    @property
    def text(self) -> str:
        part = next((one for one in self.mail.walk() if one.get_content_type() == "text/plain"), self.mail)
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8").strip() if isinstance(payload, bytes) else ""


@dataclass
class MailServer:
    imap_port: int = field(default_factory=procs.free_port)
    smtp_port: int = field(default_factory=procs.free_port)
    sent: list[Sent] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    """Answers to the next mails instead of taking them, such as "451 later"."""

    @property
    def settings(self) -> dict[str, Any]:
        """A channel's settings."""
        return {
            "address": USER, "sender_name": "Ромашка", "imap_host": "127.0.0.1", "imap_port": self.imap_port,
            "imap_security": "none", "smtp_host": "127.0.0.1", "smtp_port": self.smtp_port, "smtp_security": "none",
        }  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MailServer]:
        command = [sys.executable, "-c", "import sys; from pymap.main import main; sys.exit(main())"]
        services = ["--no-service", "managesieve", "--no-service", "admin"]
        host = ["--host", "127.0.0.1", "--port", str(self.imap_port), "--no-tls"]
        box = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        imap = subprocess.Popen(procs.dying_with_parent([*command, *services, *host, *box]))  # noqa: ASYNC220
        smtp = Controller(
            self, hostname="127.0.0.1", port=self.smtp_port, authenticator=_authenticate, auth_require_tls=False,
            decode_data=False,
        )  # fmt: skip
        try:
            await asyncio.to_thread(_answers, self.imap_port)
            await asyncio.to_thread(smtp.start)
            yield self
        finally:
            await asyncio.to_thread(smtp.stop)
            imap.kill()
            await asyncio.to_thread(imap.wait)

    async def deliver(self, mail: EmailMessage | bytes) -> None:
        """Puts a mail into the mailbox."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        await asyncio.to_thread(self._append, raw)

    def _append(self, raw: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=30) as box:
            box.login(USER, PASSWORD)
            state, answer = box.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
            assert state == "OK", answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's door."""
        if self.refuse:
            return self.refuse.pop(0)
        mail = email.message_from_bytes(envelope.content)
        self.sent.append(Sent(envelope.mail_from or "", tuple(envelope.rcpt_tos), mail))
        return "250 taken"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    given = (data.login.decode(), data.password.decode())
    return AuthResult(success=given == (USER, PASSWORD), handled=False)


def _answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with imaplib.IMAP4("127.0.0.1", port, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
