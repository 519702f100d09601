"""What legs say about their sound while a call goes on: in a re-INVITE, or in the ACK where we had to say it first;
and what we tell them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.anchor.sdp import LegKind, kind_of
from antiphon.media.app.measure import is_hold
from antiphon.media.endpoint.leg import Refused
from antiphon.media.sip.events import Acked, Reoffered

if TYPE_CHECKING:
    from antiphon.media.app.doing import Doing
    from antiphon.media.app.world import Ongoing
    from antiphon.media.endpoint.leg import Leg as SipLeg

log = logs.get("media")


async def pick_up(live: Ongoing) -> bool:
    """As `Live.answer_first`, once the call outlives us: a caller who was answered is never left alone."""
    if not live.answering:
        live.answering = True
        await live.world.books.secured(live)
    return live.answer_first()


async def reoffer(sip: SipLeg, sdp: bytes) -> None:
    """Its sound is elsewhere now."""
    try:
        await sip.reoffer(sdp)
    except Refused as refused:
        log.warning("a re-INVITE was refused", code=refused.code)


def is_weaker(live: Ongoing, tag: str, sdp: bytes) -> bool:
    """True when a leg whose sound is encrypted says that it shall not be any more, or not be after all."""
    try:
        return live.anchor.leg(tag).kind is not LegKind.SIP and kind_of(sdp) is LegKind.SIP
    except DomainError:
        return False  # what is no description is refused elsewhere


async def described(live: Ongoing, doing: Doing, tag: str, event: Reoffered | Acked) -> None:
    """The engine hears of it, and what the call is doing when it means hold."""
    if isinstance(event, Reoffered):
        await _reoffered(live, doing, tag, event)
    elif event.sdp and not live.anchor.leg(tag).sdp:
        await doing.acked(tag, event.sdp)
    elif event.sdp and tag in live.offered:
        live.offered.discard(tag)
        if await live.world.asks.quietly(live.anchor.reoffer(tag, event.sdp)) is not None:
            await doing.phone_hold(tag, is_hold(event.sdp))


async def _reoffered(live: Ongoing, doing: Doing, tag: str, event: Reoffered) -> None:
    if not event.sdp:
        live.offered.add(tag)
        event.reply(live.legs[tag].local_sdp)
        return
    if is_weaker(live, tag, event.sdp):
        event.reply(488)
        return
    if await doing.reoffered(tag, event):
        return
    try:
        answer = await live.anchor.reoffer(tag, event.sdp)
    except DomainError:
        event.reply(488)
        return
    event.reply(answer)
    await doing.phone_hold(tag, is_hold(event.sdp))
