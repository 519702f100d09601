"""Mails faxes as PDF, by the installation's own server (`ANTIPHON_MEDIA_SMTP`). What is sent twice is one message for
the reader: its Message-ID is the fax's."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from antiphon.media.v1 import media_pb2 as pb


class Undelivered(Exception):
    """The server did not take it."""


class Mail:
    """`server`: smtp://user:password@host:587 (STARTTLS where offered) or smtps://…; `sender` is the From."""

    def __init__(self, server: str, sender: str) -> None:
        self._server = urlsplit(server)
        self._sender = sender

    async def send(self, it: pb.Fax, document: bytes) -> None:
        """Raises Undelivered."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, it.email
        message["Subject"] = f"Fax {it.number or it.ident}".strip()
        message["Message-ID"] = f"<{it.id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{it.pages}\n")
        message.add_attachment(document, maintype="application", subtype="pdf", filename=f"{it.id}.pdf")
        server = self._server
        try:
            await aiosmtplib.send(
                message, hostname=server.hostname, port=server.port, use_tls=server.scheme == "smtps",
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None, timeout=30,
            )  # fmt: skip
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered(type(error).__name__) from error
