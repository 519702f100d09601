"""Puts the parts together; no logic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from antiphon.channels.adapters import Providers, providers
from antiphon.channels.adapters import adapters as adapters_of
from antiphon.channels.addresses import Addresses
from antiphon.channels.antivirus import scanner
from antiphon.channels.app.acting import Acting
from antiphon.channels.app.arrivals import Arrivals
from antiphon.channels.app.care import Care
from antiphon.channels.app.channel_setup import ChannelSetup
from antiphon.channels.app.conversations import Conversations
from antiphon.channels.app.delivery import Courier
from antiphon.channels.app.desk import Desk
from antiphon.channels.app.drafts import Drafts
from antiphon.channels.app.erasing import Erasing
from antiphon.channels.app.files import Files
from antiphon.channels.app.handover import Handover
from antiphon.channels.app.lead_posts import LeadPosts
from antiphon.channels.app.leads import Leads
from antiphon.channels.app.levels import Levels
from antiphon.channels.app.paying import Paying
from antiphon.channels.app.readers import Readers
from antiphon.channels.app.reception import Reception
from antiphon.channels.app.search import Search
from antiphon.channels.app.shelf import Shelf
from antiphon.channels.app.starting import Starting
from antiphon.channels.app.surveys import Surveys
from antiphon.channels.app.templates import Templates
from antiphon.channels.app.typing import Typing
from antiphon.channels.app.visitors import Visitors
from antiphon.channels.app.work import Work
from antiphon.channels.asks import Asks
from antiphon.channels.email.mailbox import Mailboxes
from antiphon.channels.http import Edge
from antiphon.channels.server import App
from antiphon.channels.settings import Settings
from antiphon.channels.sms.parts import PartStore
from antiphon.channels.sms.smsc import Smscs
from antiphon.channels.store import (
    BlockStore,
    ChannelStore,
    ConversationStore,
    ErasingStore,
    FileStore,
    LeadStore,
    MailboxStore,
    MentionStore,
    SearchStore,
    SurveyStore,
    UpdateStore,
    WorkbenchStore,
)
from antiphon.channels.store.drafts import DraftStore
from antiphon.channels.telegram.polling import Polling
from antiphon.channels.vault import Vault
from antiphon.channels.webchat.lead_form import LeadDoor
from antiphon.channels.webchat.live import Live
from antiphon.channels.webchat.socket import Gate
from antiphon.channels.workbench import Bench
from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.leases import Leases
from antiphon.kit.outbox import Outbox
from antiphon.kit.service import Runtime
from antiphon.kit.vault import Files as SealedFiles

_SWEEP = 600.0
log = logs.get("channels")


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs or is reached."""

    app: App
    edge: Edge
    work: Work
    reception: Reception
    arrivals: Arrivals
    courier: Courier
    files: Files
    live: Live
    providers: Providers
    readers: tuple[Readers, ...]
    care: Care
    search: Search
    surveys: Surveys
    erasing: Erasing
    leads: Leads
    lead_posts: LeadPosts

    async def repair(self) -> None:
        """Every second: what another process left undone, and what is due by the clock. Until cancelled."""
        while True:
            for once in (self.arrivals.recover, self.reception.repair, self.care.due):
                try:
                    await once()
                except Exception:
                    log.exception("repair was interrupted")
            await asyncio.sleep(1.0)

    async def sweep(self) -> None:
        """Every ten minutes: files that no message names, and secrets sealed by a former key. Until cancelled."""
        while True:
            for once in (self.files.sweep, self.arrivals.setup.reseal):
                try:
                    await once()
                except Exception:
                    log.exception("sweeping was interrupted")
            await asyncio.sleep(_SWEEP)


def secret_key(rt: Runtime, settings: Settings) -> str:
    """The key of the settings. Only on loopback (dev mode) one is derived from the service's own."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if not is_dev(rt):
        raise ValueError("ANTIPHON_CHANNELS_SECRET_KEY is required: it protects bot tokens. Take a long random text.")
    return "dev:" + rt.platform.token_key.get_secret_value()


def is_dev(rt: Runtime) -> bool:
    return rt.platform.listen_host in ("127.0.0.1", "::1", "localhost")


def hook_address(settings: Settings) -> Callable[[str], str]:
    """Where providers call us about a channel."""
    return lambda channel_id: f"{settings.public_url.rstrip('/')}/hooks/{channel_id}"


def _leads(store: LeadStore, arrivals: Arrivals, rt: Runtime, settings: Settings) -> Leads:
    leads = Leads(store, arrivals.setup, arrivals.asks, rt.clock, settings.billing)
    arrivals.subscribes, arrivals.lead_came = leads.subscribes, leads.came
    return leads


async def build(rt: Runtime, settings: Settings, bus: Bus, outbox: Outbox, own: Leases) -> Parts:
    vault = Vault(secret_key(rt, settings), *(key.get_secret_value() for key in settings.secret_keys))
    addresses = Addresses(vault, rt.clock, timedelta(minutes=settings.file_link_minutes))
    clients = providers(settings)
    db = rt.database()
    mailboxes = MailboxStore(db)
    adapters = adapters_of(clients, mailboxes, addresses, settings.public_url)
    channel_store = ChannelStore(db, outbox, rt.clock, settings.public_url)
    vault_at_rest = await rt.vault()
    texts = rt.texts(vault_at_rest)
    store = ConversationStore(
        db, texts, outbox, rt.clock, frozenset(k for k, a in adapters.items() if not a.outgoing.capabilities.goes_out)
    )
    any_origin = is_dev(rt) if settings.allow_any_origin is None else settings.allow_any_origin
    inside = is_dev(rt) if settings.private_hosts is None else settings.private_hosts
    setup = ChannelSetup(channel_store, vault, adapters, any_origin, inside)
    conversations = Conversations(store, rt.clock)
    file_store = FileStore(db, texts, SealedFiles(db, vault_at_rest))
    scan = scanner(settings.antivirus)
    files = Files(file_store, conversations, scan, settings.max_upload, timedelta(hours=settings.unused_file_hours))
    reception = Reception(conversations, channel_store, Asks(rt.peers))
    blocks = BlockStore(db)
    arrivals = Arrivals(UpdateStore(db, texts), setup, reception, files, adapters, settings.reopen_window)
    work = Work(reception)
    courier = Courier(conversations, setup, files.store, adapters, timedelta(seconds=settings.send_claim_seconds))
    reception.said = courier.wake
    live = Live(bus, conversations, addresses.make)
    desk = Desk(work, files, channel_store, courier.wake)
    if settings.billing:
        paying = Paying(adapters, reception.asks.may_pay)
        courier.may_pay, desk.may_pay = paying.leaves, paying.is_taken
    visitors = Visitors(channel_store, conversations)
    limits = (settings.message_rate, settings.message_burst)
    gate = Gate(setup, visitors, arrivals, files, live, limits)
    polling = Polling(setup, arrivals, clients.bots, settings.telegram_poll_seconds, hook_address(settings))
    readers = (
        Readers("telegram", setup, own, rt.instance, polling.read),
        Readers("email", setup, own, rt.instance, Mailboxes(setup, arrivals, mailboxes).read),
        Readers("sms", setup, own, rt.instance, Smscs(setup, arrivals, PartStore(db, texts), clients.smpp).read),
    )
    shelf_store, handover = WorkbenchStore(db, outbox), Handover(desk)
    levels = Levels(shelf_store, reception.asks, conversations)
    conversations.measure = levels.measure
    care = Care(desk, levels, blocks, MentionStore(db))
    arrivals.refuses = care.blocking.refuses
    shelf = Shelf(shelf_store, reception.asks, levels)
    drafts = Drafts(DraftStore(db, texts), desk, live.tell_draft)
    bench = Bench(Acting(care, handover, shelf), care, shelf, Templates(setup), drafts)
    starting = Starting(handover, care.blocking.refuses, settings.reopen_window)
    app = App(setup, desk, handover, starting, files, Typing(desk, setup, live.tell_typing), bench, settings.public_url)
    surveys = Surveys(SurveyStore(db, texts), desk)
    arrivals.rates = surveys.answer
    erasing = Erasing(ErasingStore(db, texts, outbox, rt.clock), reception, bus)
    search = Search(SearchStore(db, texts, store.analyser), desk)
    leads = _leads(LeadStore(db, texts), arrivals, rt, settings)
    hooks = {kind: adapter.hooks for kind, adapter in adapters.items() if adapter.hooks is not None}
    edge = Edge(gate, hooks, addresses, settings.max_upload_mb, surveys, LeadDoor(gate, leads))
    return Parts(
        app, edge, work, reception, arrivals, courier, files, live, clients, readers, care, search, surveys, erasing,
        leads, LeadPosts(leads, courier),
    )  # fmt: skip
