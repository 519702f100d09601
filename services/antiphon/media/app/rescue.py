"""A call whose media engine died goes on with another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.media.app.inbound import first_sdp
from antiphon.media.endpoint.leg import Refused

if TYPE_CHECKING:
    from antiphon.media.anchor.sdp import LegKind
    from antiphon.media.app.live import Live
    from antiphon.media.endpoint.leg import Leg as SipLeg

_RESCUE_WITHIN = 5.0
log = logs.get("media")


async def rescue(live: Live) -> None:
    """The engine died: every leg that is up gets a re-INVITE to another one, and the stage goes on there. A caller who
    is not answered yet hears nothing of it."""
    log.warning("a call is moved to another engine")
    old, live.anchor = live.anchor, live.world.engines.anchor(live.call.id)
    for tag, sip in list(live.legs.items()):
        if not live.call.leg(tag).is_up:
            await _not_up(live, tag, sip, old.leg(tag).kind)
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


async def _not_up(live: Live, tag: str, sip: SipLeg, kind: LegKind) -> None:
    if tag == live.first and not sip.is_outgoing:
        live.first_sdp = await first_sdp(live, sip, kind)
        live.note_port(tag)
    else:
        sip.hang_up()  # it rings with the address of an engine that is gone; the stage rings anew
