"""E-mail, out: by the mailbox's SMTP server, in the customer's thread.

The Message-ID is made from the conversation and the message's number: sent twice, it is the same mail. Automatic mail
(what a scheme says) has an empty envelope sender and says that it is automatic; a customer gets one a day, none goes to
programs, so that two programs never write to each other for ever (RFC 3834).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from antiphon.channels import reach
from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain import survey
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Kind, Message
from antiphon.channels.email import marks

if TYPE_CHECKING:
    from aiosmtplib import SMTP

    from antiphon.channels.store.mailboxes import MailboxStore

CAPABILITIES = Capabilities(
    max_text=4000, max_caption=4000, media=True, edits=False, typing=False, buttons=False, reports_read=False,
    per_channel=5.0, per_chat=1.0, max_file_in=25 * 1024 * 1024, max_file_out=20 * 1024 * 1024,
)  # fmt: skip
PORTS = {"tls": 465, "starttls": 587, "none": 25}
ONE_A_DAY = timedelta(hours=24)
_TIMEOUT = 20.0


class EmailOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, mailboxes: MailboxStore, rate: Callable[[Conversation], str]) -> None:
        """`rate` tells where the customer says how a conversation went."""
        self._mailboxes = mailboxes
        self._rate = rate

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        automatic = not message.author.startswith("person:")
        if automatic:
            await self._check_automatic(channel, conversation, message)
        link = self._rate(conversation) if message.author == survey.AUTHOR and message.options else ""
        mail = await compose(channel, conversation, message, load, link)
        sender = "" if automatic else str(channel.settings["address"])
        async with connected(channel) as smtp:
            await _hand_over(smtp, sender, conversation.peer, mail)
        return Sent(str(mail["Message-ID"]))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        """Mail does not show it."""

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        """Signs in for sending; reading shows in the channel's health by itself."""
        try:
            async with connected(channel) as smtp:
                await smtp.noop()
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            return False, str(error)
        if not channel.enabled:
            return False, "The mail server answers, but the channel is switched off."
        return True, f"The mail server takes mail of {channel.settings['address']}. Write to it from another address."

    async def _check_automatic(self, channel: ChannelView, conversation: Conversation, message: Message) -> None:
        if conversation.automatic:
            raise SendRefused(f"Not sent on purpose: the customer's mail was {conversation.automatic}.")
        if message.author == survey.AUTHOR:  # asked about each closing once, and at most once in some days
            return
        if not await self._mailboxes.may_answer(
            channel.id, conversation.peer, message.at, ONE_A_DAY, message.client_id
        ):
            raise SendRefused("Not sent on purpose: this customer got an automatic answer within the last 24 hours.")


async def compose(
    channel: ChannelView, conversation: Conversation, message: Message, load: Load, link: str = ""
) -> EmailMessage:
    """The mail as it leaves. `link`: where its options are chosen."""
    address = str(channel.settings["address"])
    mail = EmailMessage()
    name = str(channel.settings.get("sender_name") or channel.name)
    mail["From"] = Address(_one_line(name), addr_spec=address)
    mail["To"] = Address(_one_line(conversation.contact_name), addr_spec=conversation.peer)
    mail["Subject"] = _subject(conversation) or _one_line(name)
    mail["Date"] = format_datetime(message.at)
    domain = address.partition("@")[2]
    mail["Message-ID"] = marks.message_id(channel.secrets["webhook"], conversation.id, message.seq, domain)
    references = [one for one in conversation.references if one.startswith("<")]
    if references:
        mail["In-Reply-To"] = references[-1]
        mail["References"] = " ".join(references)
    if not message.author.startswith("person:"):
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_words(channel, message, link))
    for attachment in message.attachments:
        sort, _, kind = attachment.media_type.partition("/")
        data = await load(attachment)
        if len(data) > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 20 MB that mail servers take.")
        mail.add_attachment(data, maintype=sort, subtype=kind or "octet-stream", filename=attachment.name)
    return mail


def _subject(conversation: Conversation) -> str:
    """An answer's, or our own where we wrote first."""
    subject = _one_line(conversation.subject)
    return f"Re: {subject}" if subject and conversation.references else subject


def _words(channel: ChannelView, message: Message, link: str) -> str:
    text = message.text
    if link:
        text += "\n\n" + "\n".join(f"{option.key}: {link}&s={option.key}" for option in message.options)
    elif message.kind is Kind.MENU and message.options:
        text += "\n\n" + "\n".join(f"{option.key} – {option.label or option.key}" for option in message.options)
    signature = str(channel.settings.get("signature") or "").strip()
    return f"{text}\n\n-- \n{signature}\n" if signature else f"{text}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


@asynccontextmanager
async def connected(channel: ChannelView) -> AsyncIterator[SMTP]:
    """A signed-in SMTP connection. Raises SendRefused, SendLater, with words for people."""
    import aiosmtplib

    password = channel.secrets.get("password", "")
    if not password:
        raise SendRefused("The password cannot be read with this installation's key: save it again.")
    security = str(channel.settings.get("smtp_security") or "tls")
    host, port = str(channel.settings["smtp_host"]), int(channel.settings.get("smtp_port") or PORTS[security])
    try:
        sock = await reach.connect(host, port, inside=channel.inside)
    except reach.Inside as error:
        raise SendRefused(str(error)) from error
    except OSError as error:
        raise SendLater(f"the mail server for sending cannot be reached ({type(error).__name__})") from error
    smtp = aiosmtplib.SMTP(
        hostname=host, port=None, sock=sock, use_tls=security == "tls", start_tls=security == "starttls",
        timeout=_TIMEOUT,
    )  # fmt: skip
    try:
        await smtp.connect()
        await smtp.login(str(channel.settings.get("login") or channel.settings["address"]), password)
    except aiosmtplib.SMTPAuthenticationError as error:
        smtp.close()
        raise SendRefused("The mail server does not accept the name and password: save them again.") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        smtp.close()
        raise SendLater(f"the mail server for sending cannot be reached ({type(error).__name__})") from error
    try:
        yield smtp
    finally:
        smtp.close()


async def _hand_over(smtp: SMTP, sender: str, recipient: str, mail: EmailMessage) -> None:
    import aiosmtplib

    try:
        await smtp.sendmail(sender, [recipient], mail.as_bytes())
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        raise _refusal(refused.code, refused.message) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown("the connection to the mail server broke") from error


def _refusal(code: int, words: str) -> Exception:
    """4xx may be tried again, 5xx not (RFC 5321, 4.2.1)."""
    if 400 <= code < 500:
        return SendLater(f"the mail server asks to wait: {words}")
    return SendRefused(f"The mail server refused it: {words} ({code})")
