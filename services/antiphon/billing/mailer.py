"""Mails documents and changes of the contract: one message, and of a document one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

import aiosmtplib

from antiphon.billing.settings import Settings
from antiphon.kit import logs

WITHIN = 20.0
log = logs.get("billing")


class Mailer:
    """The way out; without a host nothing is mailed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, to: str, subject: str, attached: Sequence[tuple[str, bytes]], text: str = "") -> bool:
        """True when a server took the mail."""
        settings = self._settings
        if not settings.smtp_host:
            return False
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
        message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2])
        message.set_content(text or subject)
        for name, content in attached:
            message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user or None,
                password=settings.smtp_password.get_secret_value() or None,
                start_tls=settings.smtp_starttls,
                timeout=WITHIN,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("a document was not mailed", error=type(error).__name__)
            return False
        return True
