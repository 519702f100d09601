"""Asks routing what to do and does it; keeps timers; finishes what a crash interrupted.

A conversation carries its own duties: events that routing has not been asked about (`pending`), the answer being
carried out (`step`), items to take out of the ACD (`withdraw`). `drive` works until none is left. Each write is small
and complete; whatever was not written is done again, with the same ids. So any replica may drive at any time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.app.conversations import Conversations, Locks
from antiphon.channels.domain import care, reception
from antiphon.channels.domain.conversation import Change, Conversation, Status
from antiphon.channels.domain.message import Option
from antiphon.channels.domain.verbs import Close, Enqueue, Happened, Menu, Say, Step, Verb, Wait
from antiphon.kit import logs, tracing
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import timestamp
from antiphon.routing.v1 import routing_pb2

if TYPE_CHECKING:
    from antiphon.channels.asks import Asks
    from antiphon.channels.store import ChannelStore

_QUIET = timedelta(seconds=1)
_DEAD_ENDS = frozenset(
    {"no_way_on", "unknown_node", "unknown_version", "step_limit", "lifetime_limit", "already_ended"}
)
_TURNED_AWAY = frozenset({"blocked_caller", "unlisted_caller"})
log = logs.get("channels")


class Reception:
    def __init__(self, conversations: Conversations, channels: ChannelStore, asks: Asks) -> None:
        self.conversations = conversations
        self.channels = channels
        self.asks = asks
        self.said: Callable[[], None] = lambda: None
        """Called after a scheme has said something that a provider must carry."""
        self._driving = Locks()

    async def drive(self, tenant: str, conversation_id: str) -> None:
        """Carries out a conversation's duties. Raises what makes it impossible now; the loop tries again."""
        async with self._driving.of(conversation_id):
            with tracing.about(f"conversation:{conversation_id}", "reception"):
                await self._drive(tenant, conversation_id)

    async def _drive(self, tenant: str, conversation_id: str) -> None:
        while True:
            it = await self.conversations.store.get(tenant, conversation_id)
            if it.withdraw:
                await self._withdraw(it)
            elif it.step is not None:
                await self._carry_out(it)
            elif it.pending:
                await self._ask_routing(it, it.pending[0])
            else:
                return

    async def repair(self) -> None:
        """Once: what is due by the clock, and what a process that died or a service that was away left undone."""
        now = self.conversations.now()
        for tenant, conversation_id in await self.conversations.store.due_timers(now):
            await self._attempt(self._ring(tenant, conversation_id))
        for tenant, conversation_id in await self.conversations.store.due_duties(now - _QUIET):
            await self._attempt(self.drive(tenant, conversation_id))

    async def attempt(self, tenant: str, conversation_id: str) -> None:
        """Drives now; what cannot be done now is left to `repair`."""
        await self._attempt(self.drive(tenant, conversation_id))

    async def _attempt(self, work: object) -> None:
        try:
            await work  # type: ignore[misc]
        except DomainError as error:
            log.warning("a conversation has to wait", reason=error.reason.name, detail=error.message)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a conversation could not go on")

    async def _ring(self, tenant: str, conversation_id: str) -> None:
        async def decide(it: Conversation) -> Change | None:
            now = self.conversations.now()
            if it.timer is None or it.timer.due > now:
                return None
            if it.timer.happened.what == care.WOKE:
                key = it.timer.happened.id
                return care.wake(Change(it), derived_id("wi", it.id, key), key, now)
            return reception.timed_out(Change(it), it.timer, now)

        await self.conversations.change(tenant, conversation_id, decide)
        await self.drive(tenant, conversation_id)

    async def _withdraw(self, it: Conversation) -> None:
        entry = it.withdraw[0]
        item_id, reason = care.withdrawn(entry)
        if item_id:
            try:
                await self.asks.withdraw(it.tenant, item_id, reason)
            except DomainError as error:
                if error.retry:
                    raise
                log.warning("an item could not be withdrawn", reason=error.reason.name, item_id=item_id)

        async def decide(now_it: Conversation) -> Change:
            return Change(now_it).with_fields(withdraw=tuple(i for i in now_it.withdraw if i != entry))

        await self.conversations.change(it.tenant, it.id, decide)

    async def _carry_out(self, it: Conversation) -> None:
        """Local verbs up to an enqueue in one write; then the enqueue, and what came of it in another."""

        async def local(now_it: Conversation) -> Change | None:
            if now_it.step is None or now_it.step.id != (it.step.id if it.step else ""):
                return None
            return reception.perform(Change(now_it), self.conversations.now())

        after = await self.conversations.change(it.tenant, it.id, local)
        self.said()
        verb = reception.next_enqueue(after.step)
        if verb is None or after.step is None:
            return
        step_id = after.step.id
        refused, position = "", 0
        request = acd_pb2.EnqueueRequest(
            item_id=verb.item_id,
            queue_id=verb.queue_id,
            channel=it.channel,
            priority=verb.priority + it.priority.weight,
            skills=dict(verb.skills),
        )
        request.subject, request.contact_id = f"conversation:{it.id}", it.contact_id
        try:
            position = (await self.asks.enqueue(it.tenant, request, verb.preferred_agent_id)).position
        except DomainError as error:
            if error.reason.name not in ("UNKNOWN_QUEUE", "QUEUE_FULL") and error.retry:
                raise
            refused = error.reason.name.lower()

        async def outcome(now_it: Conversation) -> Change | None:
            if now_it.step is None or now_it.step.id != step_id:
                return _orphaned(now_it, verb) if not refused else None
            now = self.conversations.now()
            change = Change(now_it)
            return reception.refused(change, refused, now) if refused else reception.queued(change, verb, position, now)

        await self.conversations.change(it.tenant, it.id, outcome)

    async def _ask_routing(self, it: Conversation, happened: Happened) -> None:
        """Asks, and stores routing's interaction together with the verbs, before any of them is executed."""
        if _is_late(it, happened):
            await self._finish(it, happened, b"", ())
            return
        interaction = await self._interaction(it, happened)
        try:
            answer = await self.asks.next(it.tenant, interaction, _event(happened))
        except DomainError as error:
            if error.reason.name == "BLOCKED_CALLER":
                await self._finish(it, happened, b"", (Close("", "blocked"),))
                return
            if error.retry or error.reason.name not in ("UNKNOWN_ADDRESS", "UNKNOWN_SCHEME", "INVALID"):
                raise
            await self._nobody_receives(it, happened, error.reason.name.lower())
            return
        if answer.decision.why.lower() in _TURNED_AWAY:
            await self._finish(it, happened, b"", (Close("", "blocked"),))
            return
        verbs = tuple(_verb(verb, it.id, happened.id, index) for index, verb in enumerate(answer.verbs))
        if answer.decision.why.lower() in _DEAD_ENDS:
            said = tuple(verb for verb in verbs if isinstance(verb, Say))
            await self._nobody_receives(it, happened, answer.decision.why.lower(), said)
            return
        await self._finish(it, happened, answer.interaction.SerializeToString(), verbs)

    async def _finish(self, it: Conversation, happened: Happened, interaction: bytes, verbs: tuple[Verb, ...]) -> None:
        async def decide(now_it: Conversation) -> Change | None:
            if not now_it.pending or now_it.pending[0] != happened:
                return None
            change = Change(now_it).with_fields(pending=now_it.pending[1:])
            if interaction:
                change = change.with_fields(interaction=interaction)
            if verbs:
                timer = None if now_it.status is Status.RECEPTION else now_it.timer
                step = Step(f"{it.id}:{happened.id}", verbs, chain=happened.chain)
                change = change.with_fields(step=step, timer=timer)
            return change

        await self.conversations.change(it.tenant, it.id, decide)

    async def _nobody_receives(
        self, it: Conversation, happened: Happened, reason: str, said: tuple[Verb, ...] = ()
    ) -> None:
        """No scheme, or one that leads nowhere: what it still said, then the channel's fallback queue; without one
        supervisors see it. The interaction is forgotten, so that a scheme bound later receives the customer."""
        channel = await self.channels.find(it.channel_id)
        queue_id = channel.fallback_queue_id if channel is not None else ""
        falls_back = bool(queue_id) and it.outcome != "fallback"
        enqueue = (Enqueue(queue_id, derived_id("wi", it.id, happened.id, "fallback")),) if falls_back else ()

        async def decide(now_it: Conversation) -> Change | None:
            if not now_it.pending or now_it.pending[0] != happened:
                return None
            verbs = (*said, *enqueue)
            step = Step(f"{it.id}:{happened.id}", verbs, chain=happened.chain) if verbs else None
            change = Change(now_it).with_fields(pending=now_it.pending[1:], interaction=b"", step=step, timer=None)
            if falls_back:
                return change.with_fields(outcome="fallback")
            if now_it.outcome == "no_scheme":
                return change
            change = change.with_fields(outcome="no_scheme")
            return reception.stranded(change, f"{happened.id}:stranded", reason, self.conversations.now())

        await self.conversations.change(it.tenant, it.id, decide)

    async def _interaction(self, it: Conversation, happened: Happened) -> routing_pb2.Interaction:
        if it.interaction and happened.what != "started":
            return routing_pb2.Interaction.FromString(it.interaction)
        contact = {"name": it.contact_name, **{k: v for k, v in happened.facts.items() if v}}
        return routing_pb2.Interaction(
            id=derived_id("in", it.id, happened.id),
            channel=it.channel,
            address=it.channel_id,
            caller=f"{it.channel}:{it.identity}",
            language=it.language,
            started_at=timestamp(it.active_at),
            contact={name: value for name, value in contact.items() if value},
        )


def _orphaned(it: Conversation, verb: Enqueue) -> Change | None:
    """Somebody closed or took the conversation while the ACD was asked: the item must not wait for nobody."""
    if it.work_id == verb.item_id and it.status is not Status.CLOSED:
        return None
    return Change(it).with_fields(withdraw=(*it.withdraw, verb.item_id))


def _is_late(it: Conversation, happened: Happened) -> bool:
    """What the customer wrote to the scheme after the scheme was done with them concerns the agent only."""
    if happened.what in ("input", "timed_out"):
        return it.status is not Status.RECEPTION
    return it.status is Status.CLOSED


def _event(happened: Happened) -> routing_pb2.Event:
    facts = happened.facts
    kinds = routing_pb2.Event
    match happened.what:
        case "started":
            return kinds(started=kinds.Started())
        case "input":
            return kinds(input=kinds.Input(text=facts.get("text", ""), choice=facts.get("choice", "")))
        case "timed_out":
            return kinds(timed_out=kinds.TimedOut())
        case "enqueue_ended":
            return kinds(enqueue_ended=kinds.EnqueueEnded(how=facts["how"]))
        case _:
            return kinds(verb_failed=kinds.VerbFailed(verb=facts.get("verb", ""), reason=facts.get("reason", "")))


def _verb(verb: routing_pb2.Verb, conversation_id: str, happened_id: str, index: int) -> Verb:
    match verb.WhichOneof("kind"):
        case "say":
            return Say(verb.say.text)
        case "menu":
            options = tuple(Option(option.key, option.label) for option in verb.menu.options)
            return Menu(verb.menu.text, options, verb.menu.timeout.ToTimedelta().total_seconds())
        case "enqueue":
            return Enqueue(
                verb.enqueue.queue_id,
                derived_id("wi", conversation_id, happened_id, str(index)),
                verb.enqueue.priority,
                dict(verb.enqueue.skills),
                verb.enqueue.max_wait.ToTimedelta().total_seconds(),
            )
        case "close":
            return Close(verb.close.text, verb.close.outcome)
        case _:
            return Wait()
