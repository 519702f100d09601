"""One customer over several channels: merged and taken apart, with the real directory, routing and acd."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count

import httpx
import pytest
import pytest_asyncio
from e2e.fakes.providers import FakeMeta, FakeProvider, FakeViber

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import Centre, browsing
from antiphon.channels.tests.test_service_webhooks import SORTS
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import crm_pb2
from antiphon.directory.v1.crm_pb2_grpc import CrmServiceStub
from antiphon.kit import procs
from antiphon.kit.clock import system_clock
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import struct
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service
SERVICES = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": serve}
_numbers = count(1)


class Shop:
    """A company with a site, a WhatsApp number and a Viber bot."""

    def __init__(self, centre: Centre, providers: dict[str, FakeProvider]) -> None:
        self.centre = centre
        self.providers = providers
        self.doors: dict[str, pb.Channel] = {}
        self.crm = CrmServiceStub(centre.rt.peers.channel("directory"))

    async def open(self) -> Shop:
        self.doors["webchat"] = await self.centre.widget()
        for kind in ("whatsapp", "viber"):
            sort = SORTS[kind]
            channel = pb.Channel(kind=kind, name=kind, enabled=True, settings=struct(dict(sort.settings)))
            put = pb.PutChannelRequest(channel=channel, secrets=dict(sort.secrets))
            self.doors[kind] = (await ask(self.centre.channels.PutChannel, put, self.centre.owner)).channel
        for channel in self.doors.values():
            line = {"id": "line", "kind": "enqueue", "queue_id": self.centre.queue_id, "greeting": {"en": "One moment"}}
            bye = {"id": "bye", "kind": "close", "text": {"en": "Bye"}, "outcome": "done"}
            await self.centre.scheme(channel, {**line, "on_timeout": "bye"}, bye)
        return self

    async def hears(self, kind: str, text: str) -> pb.Conversation:
        """A customer of a messenger writes."""
        channel, sort = self.doors[kind], SORTS[kind]
        body = json.dumps(sort.says(f"m{next(_numbers)}", text, int(system_clock().timestamp() * 1000))).encode()
        async with httpx.AsyncClient() as client:
            address = f"http://{self.centre.edge}/hooks/{channel.id}"
            await client.post(address, content=body, headers=self.providers[kind].sign(body))

        async def shown() -> pb.Conversation | None:
            found = await self.centre.conversations(limit=200)
            return next((it for it in found if it.channel_id == channel.id and it.last_message.text == text), None)

        conversation: pb.Conversation = await eventually(shown)
        return conversation

    async def timeline(self, contact_id: str, page: int = 50) -> list[tuple[str, str]]:
        """(channel, text) of everything said with a customer, the newest first, events left out."""
        lines: list[tuple[str, str]] = []
        after = ""
        while True:
            request = pb.ListCustomerMessagesRequest(contact_id=contact_id, limit=page, after=after)
            answer = await ask(self.centre.channels.ListCustomerMessages, request, self.centre.owner)
            channels = {it.id: it.channel for it in answer.conversations}
            said = (one for one in answer.messages if one.kind == pb.MESSAGE_KIND_TEXT and one.author == "customer")
            lines += [(channels[one.conversation_id], one.text) for one in said]
            after = answer.next
            if not after:
                return lines

    async def merge(self, card: str, into: str) -> None:
        request = crm_pb2.MergeContactsRequest(contact_id=card, into_id=into)
        await ask(self.crm.MergeContacts, request, self.centre.owner)

    async def part(self, card: str) -> None:
        await ask(self.crm.UnmergeContact, crm_pb2.UnmergeContactRequest(contact_id=card), self.centre.owner)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(platforms: dict[str, Platform]) -> AsyncIterator[Shop]:
    providers: dict[str, FakeProvider] = {"whatsapp": FakeMeta(), "viber": FakeViber()}
    port = procs.free_port()
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, kind in (("META", "whatsapp"), ("VIBER", "viber")):
                address = await stack.enter_async_context(providers[kind].listening())
                patch.setenv(f"ANTIPHON_CHANNELS_{name}_API", address)
            patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
            patch.setenv("ANTIPHON_CHANNELS_PUBLIC_URL", f"http://127.0.0.1:{port}")
            runtimes = await stack.enter_async_context(running(SERVICES, platforms))
            centre = await Centre(runtimes["channels"], f"127.0.0.1:{port}").open("owner@customers.example")
            yield await Shop(centre, providers).open()


@pytest.mark.clause("D02")
async def test_merged_histories_of_three_channels_lose_nothing(shop: Shop) -> None:
    centre = shop.centre
    async with browsing(centre.edge, shop.doors["webchat"].public_key) as browser:
        await browser.say("from the site", "c1")
        site = await centre.conversation(shop.doors["webchat"])
        phone = await shop.hears("whatsapp", "from WhatsApp")
        bot = await shop.hears("viber", "from Viber")
        cards = [site.contact_id, phone.contact_id, bot.contact_id]
        alone = {card: await shop.timeline(card) for card in cards}
        assert alone[bot.contact_id] == [("viber", "from Viber")]
        names = {it.id: it.contact_name for it in (site, phone, bot)}

        await shop.merge(phone.contact_id, bot.contact_id)
        await shop.merge(site.contact_id, phone.contact_id)
        whole = [("viber", "from Viber"), ("whatsapp", "from WhatsApp"), ("webchat", "from the site")]
        for card in cards:
            assert await shop.timeline(card) == whole
            assert await shop.timeline(card, page=1) == whole
            assert len(await centre.conversations(contact_id=card)) == 3
        for it in (site, phone, bot):
            await centre.until(it.id, contact_name=names[bot.id])
        # What comes after the merge is the customer's, and stays with the card of its channel.
        await shop.hears("whatsapp", "after the merge")
        await browser.say("on the site again", "c2")
        assert (await shop.timeline(bot.contact_id))[:2] == [
            ("webchat", "on the site again"), ("whatsapp", "after the merge"),
        ]  # fmt: skip

        await shop.part(phone.contact_id)
        await shop.part(site.contact_id)
        assert await shop.timeline(bot.contact_id) == alone[bot.contact_id]
        assert await shop.timeline(phone.contact_id) == [("whatsapp", "after the merge"), *alone[phone.contact_id]]
        assert await shop.timeline(site.contact_id) == [("webchat", "on the site again"), *alone[site.contact_id]]
        for it in (site, phone, bot):
            await centre.until(it.id, contact_name=names[it.id])
