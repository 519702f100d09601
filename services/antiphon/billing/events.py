"""What billing hears."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from antiphon.billing.app import storage
from antiphon.billing.app.cabinet import Cabinet
from antiphon.billing.app.calls import MEDIA, Calls, settlements, usage
from antiphon.billing.app.tallying import Tallying
from antiphon.billing.app.times import instant_of
from antiphon.billing.passing import Asker, Passing
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.channels.v1.events_pb2 import MessageChanged
from antiphon.directory.v1.events_pb2 import ContactErased, TenantChanged
from antiphon.kit import logs
from antiphon.kit.bus import Fact, Table
from antiphon.kit.erasing import Rounds
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller, Signer
from antiphon.media.v1 import events_pb2 as media
from antiphon.media.v1.events_pb2 import CallEnded, RecordsTallied, TalliesComplete

LANES = 256
"""Calls that end at once share a transaction."""
log = logs.get("billing")


def table(calls: Calls, passing: Passing, signer: Signer, erasures: Rounds) -> Table:
    """Event → handler. A fact that comes twice is a record that is known; one that cannot be charged now is not
    acknowledged and comes again."""

    async def hear_end(fact: Fact) -> None:
        assert isinstance(fact.event, CallEnded)
        asker = Asker(Caller(fact.tenant, "service:billing"), signer.for_tenant(fact.tenant))
        for request in settlements(fact.event.call):
            await passing.to_writer(calls.hear, request, asker)

    return {CallEnded: hear_end, ContactErased: erasures.hear}


def messages(calls: Calls, passing: Passing, signer: Signer) -> Table:
    """The same of messages: their providers' "yes" is what is charged."""

    async def hear_message(fact: Fact) -> None:
        assert isinstance(fact.event, MessageChanged)
        request = usage(fact.event.message)
        if request is not None:
            asker = Asker(Caller(fact.tenant, "service:billing"), signer.for_tenant(fact.tenant))
            await passing.to_writer(calls.hear, request, asker)

    return {MessageChanged: hear_message}


def stores(cabinet: Cabinet, passing: Passing, signer: Signer) -> Table:
    """What lies on our disks, by the day."""

    def heard(store: str) -> Callable[[Fact], Awaitable[None]]:
        async def hear_size(fact: Fact) -> None:
            request = storage.usage(store, fact.event)
            asker = Asker(Caller(fact.tenant, "service:billing"), signer.for_tenant(fact.tenant))
            try:
                await passing.to_writer(cabinet.charge_usage, request, asker)
            except DomainError as error:
                if error.reason.name not in storage.UNPAID:
                    raise
                log.info("stored for nothing", tenant=fact.tenant, store=store, reason=error.reason.name)

        return hear_size

    return {media.StorageMeasured: heard("media"), channels.StorageMeasured: heard("channels")}


def tallies(tallying: Tallying) -> Table:
    """What media says it recorded. By the consumer of its records: who is behind, is behind with both."""

    async def hear_tally(fact: Fact) -> None:
        assert isinstance(fact.event, RecordsTallied)
        await tallying.hear(fact.tenant, fact.event.tally)

    async def hear_all(fact: Fact) -> None:
        assert isinstance(fact.event, TalliesComplete)
        await tallying.hear_all(MEDIA, instant_of(fact.event.until))

    return {RecordsTallied: hear_tally, TalliesComplete: hear_all}


def companies(heard: Callable[[str, str, int], Awaitable[None]]) -> Table:
    """What companies are called."""

    async def hear_company(fact: Fact) -> None:
        assert isinstance(fact.event, TenantChanged)
        await heard(fact.tenant, fact.event.tenant.name, fact.event.tenant.rev)

    return {TenantChanged: hear_company}
