"""One adapter for every kind, with the clients that they share; no logic."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.channels.addresses import Addresses
from antiphon.channels.contract import Adapter, Adapters
from antiphon.channels.email.incoming import EmailIncoming
from antiphon.channels.email.outgoing import EmailOutgoing
from antiphon.channels.messenger.incoming import MessengerHooks, MessengerIncoming
from antiphon.channels.messenger.outgoing import MessengerOutgoing
from antiphon.channels.meta.graph import Graph
from antiphon.channels.provider import Provider
from antiphon.channels.settings import Settings
from antiphon.channels.sms.incoming import SmsHooks, SmsIncoming
from antiphon.channels.sms.outgoing import SmsOutgoing
from antiphon.channels.sms.smsc import Sessions
from antiphon.channels.store import MailboxStore
from antiphon.channels.telegram.bots import Bots
from antiphon.channels.telegram.hooks import TelegramHooks
from antiphon.channels.telegram.incoming import TelegramIncoming
from antiphon.channels.telegram.outgoing import TelegramOutgoing
from antiphon.channels.viber.api import Viber
from antiphon.channels.viber.incoming import ViberHooks, ViberIncoming
from antiphon.channels.viber.outgoing import ViberOutgoing
from antiphon.channels.vk.api import Vk
from antiphon.channels.vk.incoming import VkHooks, VkIncoming
from antiphon.channels.vk.outgoing import VkOutgoing
from antiphon.channels.webchat.incoming import WebchatIncoming
from antiphon.channels.webchat.outgoing import WebchatOutgoing
from antiphon.channels.whatsapp.incoming import WhatsappHooks, WhatsappIncoming
from antiphon.channels.whatsapp.outgoing import WhatsappOutgoing
from antiphon.channels.whatsapp.templates import WhatsappTemplates


@dataclass(frozen=True, slots=True)
class Providers:
    """Clients of the providers; closed at the end."""

    bots: Bots
    whatsapp: Graph
    messenger: Graph
    viber: Viber
    vk: Vk
    sms: Provider
    smpp: Sessions

    async def close(self) -> None:
        for client in (self.bots, self.whatsapp, self.messenger, self.viber, self.vk, self.sms):
            await client.close()


def providers(settings: Settings) -> Providers:
    return Providers(
        Bots(settings.telegram_api),
        Graph("WhatsApp", settings.meta_api),
        Graph("Messenger", settings.meta_api),
        Viber("Viber", settings.viber_api),
        Vk("VK", settings.vk_api),
        Provider("The SMS gateway", ""),
        Sessions(),
    )


def adapters(clients: Providers, mailboxes: MailboxStore, addresses: Addresses, public_url: str) -> Adapters:
    public = public_url.rstrip("/")
    return {
        "webchat": Adapter(WebchatIncoming(), WebchatOutgoing()),
        "email": Adapter(EmailIncoming(), EmailOutgoing(mailboxes, lambda it: public + addresses.rate(it))),
        "telegram": Adapter(TelegramIncoming(clients.bots), TelegramOutgoing(clients.bots), TelegramHooks()),
        "whatsapp": Adapter(
            WhatsappIncoming(clients.whatsapp),
            WhatsappOutgoing(clients.whatsapp),
            WhatsappHooks(),
            WhatsappTemplates(clients.whatsapp),
        ),
        "messenger": Adapter(
            MessengerIncoming(clients.messenger), MessengerOutgoing(clients.messenger), MessengerHooks()
        ),
        "viber": Adapter(
            ViberIncoming(clients.viber),
            ViberOutgoing(
                clients.viber,
                lambda attachment: public + addresses.make(attachment),
                lambda channel_id: f"{public}/hooks/{channel_id}",
            ),
            ViberHooks(),
        ),
        "vk": Adapter(VkIncoming(clients.vk), VkOutgoing(clients.vk), VkHooks()),
        "sms": Adapter(SmsIncoming(), SmsOutgoing(clients.smpp, clients.sms, addresses.now), SmsHooks()),
    }
