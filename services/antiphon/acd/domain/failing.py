"""Offers that did not reach anybody: rang out, rejected at the device, a busy line, no device at all.

    busy         the item is spared the agent, the agent everything for `Delays.busy_ms`
    declined     like a decline at the desk, then `Delays.declined_ms`
    no answer    NOT_RESPONDING, as when the ring time ends here; back by himself after `Delays.no_answer_ms`, if any
    unreachable  DISABLED until he says otherwise

The delays are the queue's, or the tenant's. Whatever happens, the item keeps its place.
"""

from antiphon.acd.domain.agent import Agent, AgentState
from antiphon.acd.domain.effects import OfferEnd
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import Failure, OfferDeclined, OfferFailed
from antiphon.acd.domain.item import Item, ItemState, Offer
from antiphon.acd.domain.lifecycle import spare
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.offering import end_offer, recall_from, return_to_line
from antiphon.acd.domain.policy import Delays
from antiphon.acd.domain.presence import stop_responding
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.domain.timer import Timer

_ENDS = {
    Failure.BUSY: OfferEnd.BUSY,
    Failure.DECLINED: OfferEnd.DECLINED,
    Failure.NO_ANSWER: OfferEnd.RANG_OUT,
    Failure.UNREACHABLE: OfferEnd.UNREACHABLE,
}


def decline(floor: Floor, fact: OfferDeclined, now: Millis) -> None:
    """The agent lets it pass, for a while. Declining an offer that is over is what he wanted anyway."""
    item = floor.item(fact.item_id)
    offer = _live(item, fact)
    if offer is not None:
        _turn_down(floor, item, offer, fact.reason, now)


def fail_offer(floor: Floor, fact: OfferFailed, now: Millis) -> None:
    """The channel says how the offer failed. One that is over already has nothing left to fail."""
    item = floor.item(fact.item_id)
    offer = _live(item, fact)
    if offer is None:
        return
    match fact.how:
        case Failure.BUSY | Failure.DECLINED:
            _turn_down(floor, item, offer, fact.how.value, now, _ENDS[fact.how])
        case Failure.NO_ANSWER:
            miss(floor, item, (offer,), now)
        case Failure.UNREACHABLE:
            _end(floor, item, offer, OfferEnd.UNREACHABLE, now)
            agent = floor.agents[offer.agent_id]
            agent.become(AgentState.DISABLED, fact.how.value, now)
            floor.stir_agent(agent)
            recall_from(floor, agent, now)


def _live(item: Item, fact: OfferDeclined | OfferFailed) -> Offer | None:
    offer = item.offer_to(fact.agent_id, fact.version)
    if offer is None and (fact.version > item.version or item.state is ItemState.CONNECTED):
        raise Refusal(Reason.OFFER_GONE, item=item.item_id, version=fact.version, state=item.state)
    return offer


def _turn_down(
    floor: Floor, item: Item, offer: Offer, reason: str, now: Millis, how: OfferEnd = OfferEnd.DECLINED
) -> None:
    spare(floor, item, offer.agent_id, now + floor.policy.pass_after(reason))
    delays = _delays(floor, offer)
    _end(floor, item, offer, how, now)
    rest(floor, floor.agents[offer.agent_id], delays.busy_ms if how is OfferEnd.BUSY else delays.declined_ms, now)


def miss(floor: Floor, item: Item, missed: tuple[Offer, ...], now: Millis) -> None:
    """These offers were not answered; other offers of the item go on.

    Who rang together with colleagues is not to blame: were ring-all to take everybody out, one call nobody hears would
    close the whole queue."""
    for offer in missed:
        end_offer(floor, item, offer, OfferEnd.RANG_OUT)
    if item.offers:
        floor.deadlines.set(item, Timer.RING, min(offer.expires_at for offer in item.offers))
    else:
        return_to_line(floor, item, now)
    for offer in missed:
        if offer.shared:
            continue
        agent = floor.agents[offer.agent_id]
        stop_responding(floor, agent, now)
        agent.missed += 1
        if agent.missed < floor.policy.most_missed:
            rest(floor, agent, _delays(floor, offer).no_answer_ms, now)


def rest(floor: Floor, agent: Agent, lasts: Millis, now: Millis) -> None:
    """Offer him nothing for so long; what rings him besides goes to others."""
    if lasts > 0:
        floor.deadlines.set(agent, Timer.REST, now + lasts)
        floor.stir_agent(agent)
        recall_from(floor, agent, now)


def end_rest(floor: Floor, agent: Agent, now: Millis) -> None:
    """The delay is over: who missed an offer is READY again, who was spared may be asked again."""
    if agent.state is AgentState.NOT_RESPONDING:
        agent.become(AgentState.READY, "", now)
    floor.stir_agent(agent)


def _end(floor: Floor, item: Item, offer: Offer, how: OfferEnd, now: Millis) -> None:
    end_offer(floor, item, offer, how)
    if not item.offers:
        return_to_line(floor, item, now)


def _delays(floor: Floor, offer: Offer) -> Delays:
    return floor.queues[offer.queue_id].settings.delays or floor.policy.delays
