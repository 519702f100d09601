"""What only a call can do: playing, digits, ringing people, voicemail, faxes, recording, conferences, callbacks.

A chat that comes to one of these is not lost: digits are asked for in words, nobody is rung and the way for unreachable
people is taken, and the rest is passed by. Validation warns where a scheme that answers a chat has such a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from antiphon.routing.domain import nodes, verbs
from antiphon.routing.domain.events import Event, Failed, FaxEnded, Input, RingEnded, Ringing, VoicemailEnded
from antiphon.routing.domain.exits import Way, not_answered
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.templates import render

if TYPE_CHECKING:
    from antiphon.routing.domain.decision import Step
    from antiphon.routing.domain.nodes import Goto
    from antiphon.routing.domain.walk import Walk

NOT_A_CALL = "this is not a call"
LONGEST_ROOM = 64
Answered = nodes.Collect | nodes.Ring | nodes.Voicemail | nodes.Fax | nodes.Conference


def visit(walk: Walk, node: nodes.CallNode) -> Goto | Step:
    """Passes the node and gives the next, or stops at it."""
    if isinstance(node, nodes.Collect):
        return ask(walk, node)
    if not walk.interaction.is_call:
        return _passed_by(walk, node)
    match node:
        case nodes.Play():
            walk.verbs.append(verbs.Play(node.source, node.repeat, walk.interaction.language))
        case nodes.Record():
            walk.verbs.append(verbs.Record(node.on))
        case nodes.Callback():
            said = walk.words(node.text)
            number = render(node.number, walk.facts).strip()
            walk.verbs.append(verbs.Callback(node.queue_id, number, said.words, said.language))
        case nodes.Ring() | nodes.Voicemail() | nodes.Fax() | nodes.Conference():
            return _wait_at(walk, node)
        case _:
            assert_never(node)
    walk.passed(Way.NEXT)
    return node.next


def ask(walk: Walk, node: nodes.Collect) -> Step:
    """Asks for digits, for the first time or again."""
    asked = walk.words(node.text)
    walk.verbs.append(
        verbs.Collect(
            asked.words, asked.language, node.min_digits, node.max_digits, node.terminator, node.timeout_s,
            node.digit_timeout_s,
        )
    )  # fmt: skip
    walk.passed(None, attempt=walk.interaction.attempts + 1)
    return walk.stop(Awaiting.DIGITS, Outcome.AWAITS_DIGITS)


def answer(walk: Walk, node: Answered, event: Event) -> Step:
    """Goes on after what the node waited for."""
    match node:
        case nodes.Collect():
            return _digits(walk, node, event)
        case nodes.Ring():
            return _rung(walk, node, event)
        case nodes.Voicemail():
            kept = event.voicemail_id if isinstance(event, VoicemailEnded) else ""
            walk.remember([("voicemail_id", kept)])
            walk.passed(Way.NEXT, recorded=bool(kept))
            return walk.go(node.next)
        case nodes.Fax():
            kept = event.fax_id if isinstance(event, FaxEnded) else ""
            walk.remember([("fax_id", kept)])
            walk.passed(Way.NEXT, received=bool(kept))
            return walk.go(node.next)
        case nodes.Conference():
            walk.passed(Way.ERROR, failed=event.reason if isinstance(event, Failed) else "")
            return walk.go(node.on_error)
        case _:
            assert_never(node)


def _passed_by(walk: Walk, node: nodes.CallNode) -> Goto | Step:
    match node:
        case nodes.Ring():
            way, to = _way_out(node, Way.UNREACHABLE)
            walk.passed(way, skipped=NOT_A_CALL)
            return to
        case nodes.Conference():
            walk.passed(Way.ERROR, skipped=NOT_A_CALL)
            return node.on_error
        case _:
            walk.passed(Way.NEXT, skipped=NOT_A_CALL)
            return node.next


def _wait_at(walk: Walk, node: nodes.Ring | nodes.Voicemail | nodes.Fax | nodes.Conference) -> Goto | Step:
    match node:
        case nodes.Ring():
            return _ring(walk, node)
        case nodes.Voicemail():
            said = walk.words(node.text)
            walk.verbs.append(verbs.Voicemail(node.box, node.box_id, said.words, said.language, node.max_length_s))
            walk.passed(None)
            return walk.stop(Awaiting.VOICEMAIL, Outcome.AWAITS_VOICEMAIL)
        case nodes.Fax():
            walk.verbs.append(verbs.Fax(node.box, node.box_id, node.email))
            walk.passed(None)
            return walk.stop(Awaiting.FAX, Outcome.AWAITS_FAX)
        case nodes.Conference():
            room, pin = (render(text, walk.facts).strip()[:LONGEST_ROOM] for text in (node.room, node.pin))
            walk.verbs.append(verbs.Conference(room, pin, walk.interaction.language))
            walk.passed(None)
            return walk.stop(Awaiting.CONFERENCE, Outcome.IN_CONFERENCE)
        case _:
            assert_never(node)


def _ring(walk: Walk, node: nodes.Ring) -> Goto | Step:
    """A number whose template turned out empty is nobody; without anybody left the way is that of the unreachable."""
    targets = tuple(
        verbs.RingTarget(target.who, value)
        for target in node.targets
        if (value := render(target.value, walk.facts).strip() if target.who == "number" else target.value)
    )
    if not targets:
        way, to = _way_out(node, Way.UNREACHABLE)
        walk.passed(way, skipped="nobody to ring")
        return to
    walk.verbs.append(verbs.Ring(targets, node.mode, node.timeout_s, node.music, node.pass_caller))
    walk.passed(None, targets=len(targets))
    return walk.stop(Awaiting.RING, Outcome.AWAITS_RING)


def _rung(walk: Walk, node: nodes.Ring, event: Event) -> Step:
    how = event.how if isinstance(event, RingEnded) else Ringing.UNREACHABLE
    if how is Ringing.ANSWERED:
        walk.passed(Way.ANSWERED)
        return walk.go(node.on_answered) if node.on_answered else walk.fail(Outcome.ANSWERED, how.value)
    way, to = _way_out(node, Way(how.value))
    walk.passed(way, how=how.value, failed=event.reason if isinstance(event, Failed) else None)
    return walk.go(to)


def _way_out(ring: nodes.Ring, wanted: Way) -> tuple[Way, Goto]:
    """The exit that was wanted or, when it is not chosen, the next one that is."""
    ways = not_answered(ring)
    first = [way for way, _ in ways].index(wanted)
    chosen = ((way, to) for way, to in (*ways[first:], *ways[:first]) if to is not None)
    return next(chosen, (wanted, None))


def _digits(walk: Walk, node: nodes.Collect, event: Event) -> Step:
    digits = _read(event) if isinstance(event, Input) else ""
    if node.min_digits <= len(digits) <= node.max_digits:
        walk.remember([(node.save, digits)])
        walk.passed(Way.NEXT, digits=len(digits))
        return walk.go(node.next)
    way = Way.NO_MATCH if isinstance(event, Input) else Way.NO_INPUT
    walk.passed(way, attempt=walk.interaction.attempts + 1)
    if not isinstance(event, Failed) and walk.interaction.attempts < node.repeats:
        return walk.stay(node)
    return walk.go(node.on_no_input)


def _read(event: Input) -> str:
    """The digits of a pressed or typed answer; nothing when it holds anything else but the usual separators."""
    said = "".join(sign for sign in event.key or event.text if sign not in " -().")
    return said if said.isascii() and said.isdigit() else ""
