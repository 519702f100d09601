"""All calls of this replica: takes INVITEs in, gives events to whom they belong, ends everything at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from antiphon.kit import logs, tracing
from antiphon.kit.errors import DomainError
from antiphon.media.app import callbacks, campaigning, documents, inbound, originate, traced
from antiphon.media.app.live import Live
from antiphon.media.app.refers import refer
from antiphon.media.app.replacing import replaced
from antiphon.media.app.rescue import rescue
from antiphon.media.app.stage import Stage
from antiphon.media.domain.reasons import Reason
from antiphon.media.endpoint.leg import LegState

if TYPE_CHECKING:
    from antiphon.acd.v1 import acd_pb2
    from antiphon.media.app.world import World
    from antiphon.media.domain.blocks import Blocks
    from antiphon.media.domain.call import Call
    from antiphon.media.domain.fax import Document
    from antiphon.media.endpoint.leg import Leg as SipLeg
    from antiphon.media.ng.node import Node

FRAUD = "fraud"
log = logs.get("media")


class Switchboard:
    """The live calls of this replica."""

    def __init__(self) -> None:
        self.calls: dict[str, Live] = {}
        self.items: dict[str, str] = {}
        """Work item → call, for facts that name only the item."""
        self.world: World = None  # type: ignore[assignment]  # set by wiring: the two know each other
        self._tasks: set[asyncio.Task[None]] = set()
        self._offered: set[SipLeg] = set()
        self._dialling: dict[str, asyncio.Lock] = {}

    # --- background work

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that goes on while the call does other things."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DomainError as error:
            log.warning("background work was refused", reason=error.reason.name)
        except Exception:
            log.exception("background work failed")

    # --- calls begin

    def on_call(self, leg: SipLeg) -> None:
        """An INVITE came in."""
        self._offered.add(leg)
        self.spawn(self._receive(leg))

    def setting_up(self) -> int:
        """Callers who hear nothing yet."""
        self._offered = {leg for leg in self._offered if leg.state is LegState.OFFERED}
        return len(self._offered)

    async def _receive(self, leg: SipLeg) -> None:
        try:
            arrival = await inbound.receive(self.world, leg)
        except inbound.Turned as turned:
            leg.reject(turned.code, turned.why)
            return
        except Exception:
            leg.reject(500)
            raise
        await self._live(arrival.live, arrival.stage)

    async def dial(self, tenant: str, person_id: str, wanted: tuple[str, str], request_id: str) -> Live:
        """Returns when the person's own phone rings. Raises the refusals of RouteCall, NO_PHONE, BUSY."""
        call_id = originate.dial_id(tenant, person_id, request_id)
        async with self._dialling.setdefault(call_id, asyncio.Lock()):
            if (known := self.calls.get(call_id)) is not None:
                return known
            try:
                live, stage = await originate.dial(self.world, tenant, person_id, wanted, call_id)
                self.calls[call_id] = live
                self.spawn(self._live(live, stage))
                await stage.rings_now
            finally:
                self.world.books.release(call_id)
                self._dialling.pop(call_id, None)
            return live

    async def originate(self, tenant: str, order: campaigning.Order, call_id: str) -> Live:
        """Returns when the call exists; the trunks ring from then on. Raises the refusals of RouteCall, BUSY."""
        async with self._dialling.setdefault(call_id, asyncio.Lock()):
            if (known := self.calls.get(call_id)) is not None:
                return known
            try:
                live, stage = await campaigning.originate(self.world, tenant, order, call_id)
                self.calls[call_id] = live
                self.spawn(self._live(live, stage))
            finally:
                self.world.books.release(call_id)
                self._dialling.pop(call_id, None)
            return live

    async def fax(self, tenant: str, document: Document, call_id: str, keep: Callable[[Call], Awaitable[None]]) -> None:
        """Returns when the call of a document begins and `keep` has noted it. Raises those of RouteCall, BUSY."""
        try:
            live, stage = await documents.send(self.world, tenant, document, call_id)
            await keep(live.call)
            self.calls[call_id] = live
            self.spawn(self._live(live, stage))
        finally:
            self.world.books.release(call_id)

    async def _live(self, live: Live, stage: Stage) -> None:
        with tracing.about(traced.name_of(live.call.id)):
            await self._lives(live, stage)

    async def _lives(self, live: Live, stage: Stage) -> None:
        self.calls[live.call.id] = live
        live.refer = lambda tag, event: refer(self.calls, live, tag, event)
        live.replaced = lambda tag, by: replaced(live, tag, by)
        live.set(live.call, "started")
        try:
            await live.run(stage)
            await live.done.wait()
        finally:
            self.calls.pop(live.call.id, None)

    # --- what is heard

    def get(self, call_id: str) -> Live:
        """Raises UNKNOWN_CALL."""
        live = self.calls.get(call_id)
        if live is None:
            raise DomainError(Reason.UNKNOWN_CALL)
        return live

    def digit(self, call_id: str, tag: str, key: str) -> None:
        """The engine heard a key."""
        live = self.calls.get(call_id)
        if live is not None:
            live.post(lambda: live.stage.digit(tag, key))

    def work(self, tenant: str, name: str, event: Any) -> None:
        """The ACD told something: it goes to the call that the item is about."""
        item_id = event.item_id if name == "OfferEnded" else event.item.id
        for live in self._about(name, event, item_id):
            if live.call.tenant == tenant:
                live.post(lambda live=live: live.stage.work(name, event))  # type: ignore[misc]

    def _about(self, name: str, event: Any, item_id: str) -> list[Live]:
        if name == "OfferEnded":
            return [it for it in self.calls.values() if item_id in it.items or it.call.item_id == item_id]
        kind, _, call_id = event.item.subject.partition(":")
        live = self.calls.get(call_id) if kind == "call" else None
        found = [live] if live is not None else []
        if event.item.callback:  # who called is another call than the one that calls him back
            found += [it for it in self.calls.values() if it is not live and it.call.item_id == item_id]
        return found

    async def call_back(self, tenant: str, item: acd_pb2.WorkItem, offer: acd_pb2.Offer | None) -> None:
        """An agent is asked, or has, to keep a promise. Nothing for what was not promised by us, or is done already."""
        promise = await self.world.callbacks.find(tenant, item.id)
        call_id = callbacks.call_of(item, offer)
        if promise is None or call_id in self.calls:
            return
        live, stage = await callbacks.begin(self.world, promise, item, offer)
        self.calls[call_id] = live
        self.spawn(self._live(live, stage))

    def engine_changed(self, node: Node) -> None:
        """A media engine died or is back. Its calls go on with another one."""
        self.spawn(self.world.books.alarm("engine", node.name, cleared=node.alive))
        for live in list(self.calls.values()):
            if not node.alive and live.anchor.node == node.name:
                live.post(lambda live=live: rescue(live))  # type: ignore[misc]

    def blocked(self, account_ids: frozenset[str]) -> None:
        """Accounts were blocked: their calls end now."""
        for live in list(self.calls.values()):
            for leg in live.call.legs:
                if leg.account_id in account_ids and leg.ended_at is None:
                    live.post(lambda live=live, tag=leg.id: _hang_up(live, tag))  # type: ignore[misc]

    def forbidden(self, tenant: str, blocks: Blocks) -> None:
        """What is blocked on suspicion of fraud was changed: calls that are, end now. Emergency calls go on."""
        for live in list(self.calls.values()):
            if live.call.tenant == tenant and not live.meter.emergency and blocks.ends(live.call):
                live.post(lambda live=live: live.finish(FRAUD))  # type: ignore[misc]

    # --- the end

    async def idle(self, patience: float) -> None:
        """Returns when no call is left, at the latest after so many seconds."""
        try:
            async with asyncio.timeout(patience):
                while self.calls:
                    await next(iter(self.calls.values())).done.wait()
                    await asyncio.sleep(0)
        except TimeoutError:
            log.warning("calls are ended by the stop", calls=len(self.calls))

    async def close(self) -> None:
        """Ends every call, and waits until all is written."""
        for live in list(self.calls.values()):
            live.post(lambda live=live: live.finish("shutdown"))  # type: ignore[misc]
        await asyncio.gather(*(live.done.wait() for live in self.calls.values()))
        while self._tasks:
            await asyncio.wait(set(self._tasks))


async def _hang_up(live: Live, tag: str) -> None:
    live.hang_up(tag)
