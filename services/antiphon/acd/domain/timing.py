"""What happens when time passes: each kind of deadline and its consequence.

    WRAP_UP  after-contact work is completed as it stands
    RING     the offer rang out: the item waits again at its place, the agent is NOT_RESPONDING
    LEASE    nobody vouches for the conversation: a call is completed, text goes back to line
    STEP     the routing plan moves on
    LEVEL    the next tier of agents opens
    PASS     an agent who declined may be asked again

All that is due fires first, in order of (time, kind, arrival); then the floor is settled once.
"""

from typing import assert_never

from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.effects import Completed, OfferEnd
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.item import Item, Timer
from antiphon.acd.domain.lifecycle import set_pass_timer
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import end_offer, return_to_line
from antiphon.acd.domain.presence import stop_responding
from antiphon.acd.domain.routing import advance, reopen_tiers
from antiphon.acd.domain.transfer import lose_lease
from antiphon.acd.domain.wrapup import complete


def fire_due(floor: Floor, now: Millis) -> None:
    """Fire every deadline up to `now`, those that arise from it included."""
    while (due := floor.deadlines.pop_due(now)) is not None:
        _fire(floor, *due, now)


def _fire(floor: Floor, item: Item, kind: Timer, at: Millis, now: Millis) -> None:
    match kind:
        case Timer.WRAP_UP:
            complete(floor, item, Completed.BY_TIME, now)
        case Timer.RING:
            _ring_out(floor, item, at, now)
        case Timer.LEASE:
            _lose(floor, item, now)
        case Timer.STEP:
            advance(floor, item, at, now)
        case Timer.LEVEL:
            reopen_tiers(floor, item, now)
        case Timer.PASS:
            _end_passes(floor, item, at)
        case _:
            assert_never(kind)


def _ring_out(floor: Floor, item: Item, at: Millis, now: Millis) -> None:
    missed = [offer for offer in item.offers if offer.expires_at <= at]
    for offer in missed:
        end_offer(floor, item, offer, OfferEnd.RANG_OUT)
    if item.offers:
        floor.deadlines.set(item, Timer.RING, min(offer.expires_at for offer in item.offers))
    else:
        return_to_line(floor, item, now)
    for offer in missed:
        stop_responding(floor, floor.agents[offer.agent_id], now)


def _lose(floor: Floor, item: Item, now: Millis) -> None:
    if item.cls is not ChannelClass.VOICE:
        lose_lease(floor, item, now)
        return
    item.released_at = now
    complete(floor, item, Completed.LEASE_LOST, now)


def _end_passes(floor: Floor, item: Item, at: Millis) -> None:
    ended = [agent_id for agent_id, until in item.shunned.items() if until is not None and until <= at]
    for agent_id in ended:
        del item.shunned[agent_id]
    set_pass_timer(floor, item)
    if item.place:
        floor.stirred_items[item.item_id] = item
