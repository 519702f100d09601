"""A call whose media engine died goes on with another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.media.endpoint.leg import Refused

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

_RESCUE_WITHIN = 5.0
log = logs.get("media")


async def rescue(live: Live) -> None:
    """The engine died: every leg that is up gets a re-INVITE to another one, and the stage goes on there."""
    log.warning("a call is moved to another engine")
    old, live.anchor = live.anchor, live.world.engines.anchor(live.call.id)
    for tag, sip in list(live.legs.items()):
        if not live.call.leg(tag).is_up:
            sip.hang_up()
            continue
        try:
            async with asyncio.timeout(_RESCUE_WITHIN):
                answer = await sip.reoffer(await live.anchor.originate(tag, old.leg(tag).kind))
        except (Refused, TimeoutError):
            sip.hang_up()
            continue
        await live.anchor.connect(tag, answer)
        live.note_port(tag)
    await live.stage.rescued()
    live.set(live.call)
