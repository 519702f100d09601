"""Telling the customer that somebody types: to the widget over NATS, to a provider by its adapter. Kept nowhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from antiphon.channels.domain.conversation import Conversation, Status

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup
    from antiphon.channels.app.desk import Desk
    from antiphon.channels.app.person import Person

Tell: TypeAlias = Callable[[str, Conversation, str], Awaitable[None]]
"""(who, conversation, name)"""


class Typing:
    def __init__(self, desk: Desk, setup: ChannelSetup, tell: Tell) -> None:
        self.desk = desk
        self.setup = setup
        self.tell = tell

    async def show(self, person: Person, conversation_id: str) -> None:
        it = await self.desk.get(person, conversation_id)
        if it.status is Status.CLOSED:
            return
        name = await self.desk.asks.person_name(it.tenant, person.caller.person_id)
        await self.tell(person.caller.subject, it, name)
        channel = await self.setup.view(it.channel_id)
        if channel is not None and channel.enabled:
            outgoing = self.setup.adapters[it.channel].outgoing
            if outgoing.capabilities.typing and outgoing.capabilities.goes_out:
                await outgoing.typing(channel, it)
