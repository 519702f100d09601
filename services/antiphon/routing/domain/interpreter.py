"""`step`: given where an interaction stands and what happened, what the channel does next and why.

Stateless and pure: the same scheme, interaction, event, world and moment give the same step on any replica,
so asking again after a lost answer is safe. An event that does not answer what is awaited (twice, late, out
of place) gives no verbs, the unchanged interaction, and a decision that says so. Nothing a customer or a
channel sends can raise.

A menu is answered by the key, by the label in any language in whatever case, or — when no key is a number —
by the place of the option, so that typed text in a chat works as well as a pressed digit.
"""

from datetime import datetime
from unicodedata import normalize

from antiphon.routing.domain import call_answers, nodes, verbs
from antiphon.routing.domain.decision import Decision, Step
from antiphon.routing.domain.events import (
    Ending,
    EnqueueEnded,
    Event,
    Failed,
    HttpAnswered,
    HttpFailed,
    Input,
    Started,
)
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Awaiting, Interaction, facts
from antiphon.routing.domain.lists import screen
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.templates import render
from antiphon.routing.domain.values import Facts, is_index, pick
from antiphon.routing.domain.walk import Walk
from antiphon.routing.domain.world import World

REFUSED = "refused"  # the outcome when a list turns the caller away


def step(scheme: Scheme, interaction: Interaction, event: Event, world: World, now: datetime) -> Step:
    """One turn. `now` is aware UTC and is used for working hours only."""
    ignored = _why_ignored(interaction, event)
    if ignored is not None:
        return Step((), interaction, Decision(ignored, facts={"event": type(event).__name__}))
    walk = Walk(scheme, interaction, world, now)
    if isinstance(event, Started):
        return _start(walk)
    match scheme.node(interaction.node_id or ""):
        case nodes.Menu() as menu:
            return _answer(walk, menu, event)
        case nodes.Http() as http:
            return _response(walk, http, event)
        case nodes.Enqueue() as enqueue:
            return _from_queue(walk, enqueue, event)
        case nodes.Collect() | nodes.Ring() | nodes.Voicemail() | nodes.Fax() | nodes.Conference() as node:
            return call_answers.answer(walk, node, event)
        case _:
            return walk.fail(Outcome.UNKNOWN_NODE, node_id=interaction.node_id)


def _why_ignored(interaction: Interaction, event: Event) -> Outcome | None:
    if interaction.awaiting is Awaiting.ENDED:
        return Outcome.ALREADY_ENDED
    if event.turn is not None and event.turn != interaction.turn:
        return Outcome.STALE
    return None if interaction.awaits(event) else Outcome.NOT_AWAITED


def _start(walk: Walk) -> Step:
    interaction = walk.interaction
    screening = screen(interaction.caller, walk.world.rules, number=interaction.address)
    if screening.why is not None:
        scope = screening.scope.value if screening.scope else ""
        return walk.fail(screening.why, REFUSED, list=screening.list_id, scope=scope, pattern=screening.pattern)
    return walk.go(walk.scheme.start)


def _answer(walk: Walk, menu: nodes.Menu, event: Event) -> Step:
    match event:
        case Input():
            chosen = matching(menu, event, facts(walk.interaction))
            if chosen is None:
                return _ask_again(walk, menu, Way.NO_MATCH)
            walk.passed(Way.OPTION, key=chosen.key)
            return walk.go(chosen.next)
        case Failed():
            walk.passed(Way.NO_INPUT, failed=event.reason)
            return walk.go(menu.on_no_input)
        case _:
            return _ask_again(walk, menu, Way.NO_INPUT)


def _ask_again(walk: Walk, menu: nodes.Menu, way: Way) -> Step:
    """Repeats the menu while it has repeats left, then takes the exit."""
    walk.passed(way, attempt=walk.interaction.attempts + 1)
    if walk.interaction.attempts < menu.repeats:
        return walk.stay(menu)
    return walk.go(menu.on_no_input if way is Way.NO_INPUT or menu.on_no_match is None else menu.on_no_match)


def matching(menu: nodes.Menu, answer: Input, known: Facts) -> nodes.Option | None:
    """The option a customer means. A pressed key is exact; typed text may be a key, a label or a place."""
    if answer.key:
        return next((option for option in menu.options if option.key == answer.key), None)
    said = _spoken(answer.text)
    if not said:
        return None
    for option in menu.options:
        labels = (render(label, known) for label in option.label.values())
        if said in {_spoken(option.key), *map(_spoken, labels)}:
            return option
    by_place = is_index(said) and not any(is_index(option.key) for option in menu.options)
    place = int(said) if by_place else 0
    return menu.options[place - 1] if 1 <= place <= len(menu.options) else None


def _spoken(text: str) -> str:
    """Text as compared: without case, doubled spaces, final full stop, or full-width digits."""
    return " ".join(normalize("NFKC", text).casefold().split()).strip(" .!")


def _response(walk: Walk, http: nodes.Http, event: Event) -> Step:
    match event:
        case HttpAnswered() if 200 <= event.status <= 299:
            walk.remember((name, pick(event.json, path)) for name, path in http.save.items())
            walk.passed(Way.OK, status=event.status)
            return walk.go(http.on_ok)
        case HttpAnswered():
            walk.passed(Way.ERROR, status=event.status)
        case HttpFailed() | Failed():
            walk.passed(Way.ERROR, failed=event.reason)
        case _:
            walk.passed(Way.ERROR)
    return walk.go(http.on_error)


def _from_queue(walk: Walk, enqueue: nodes.Enqueue, event: Event) -> Step:
    match event:
        case EnqueueEnded(how=Ending.ACCEPTED):
            walk.verbs.append(verbs.Wait())
            return walk.stop(Awaiting.PERSON, Outcome.ACCEPTED, queue=enqueue.queue_id)
        case EnqueueEnded(how=Ending.ABANDONED):
            return walk.stop(Awaiting.ENDED, Outcome.ABANDONED, queue=enqueue.queue_id)
        case EnqueueEnded(how=Ending.TIMEOUT):
            walk.passed(Way.TIMEOUT, queue=enqueue.queue_id)
            return walk.go(enqueue.on_timeout)
        case Failed():
            walk.passed(Way.CLOSED, queue=enqueue.queue_id, failed=event.reason)
        case _:
            walk.passed(Way.CLOSED, queue=enqueue.queue_id)
    return walk.go(enqueue.on_closed if enqueue.on_closed is not None else enqueue.on_timeout)
