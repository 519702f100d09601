"""The approved texts of a channel's provider: listed for the composer, checked and rendered when one is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from antiphon.channels.contract import OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.domain.approved import Approved
from antiphon.channels.domain.message import Template
from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup

_FRESH = 60.0


class Templates:
    def __init__(self, setup: ChannelSetup) -> None:
        self.setup = setup
        self._known: dict[tuple[str, int], tuple[float, Sequence[Approved]]] = {}

    async def all_of(self, caller: Caller, channel_id: str) -> Sequence[Approved]:
        """What the provider approved; empty for a kind without templates. Raises UNKNOWN_CHANNEL, PROVIDER."""
        channel = await self.setup.store.get(caller.tenant, channel_id)
        if not caller.sees_project(channel.project_id):
            raise DomainError(Reason.UNKNOWN_CHANNEL)
        listing = self.setup.adapters[channel.kind].templates
        if listing is None:
            return ()
        now, key = asyncio.get_running_loop().time(), (channel.id, channel.rev)
        if key in self._known and now - self._known[key][0] < _FRESH:
            return self._known[key][1]
        try:
            found = await listing.all_of(self.setup.open(channel))
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            raise DomainError(Reason.PROVIDER, str(error), retry=False) from error
        if len(self._known) > 1000:
            self._known.clear()
        self._known[key] = (now, found)
        return found

    async def render(self, caller: Caller, channel_id: str, wanted: Template) -> str:
        """What the customer will see. Raises UNKNOWN_TEMPLATE."""
        for one in await self.all_of(caller, channel_id):
            if (one.name, one.language) == (wanted.name, wanted.language):
                return one.filled(wanted.values)
        raise DomainError(Reason.UNKNOWN_TEMPLATE, name=wanted.name)
