"""What only a call can do: playing, digits, ringing people, voicemail, faxes, recording, conferences, callbacks.

A chat that comes to one of these is not lost: digits are asked for in words, nobody is rung and the way for unreachable
people is taken, and the rest is passed by. Validation warns where a scheme that answers a chat has such a node.
"""

from typing import assert_never

from antiphon.routing.domain import nodes, verbs
from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.exits import Way, not_answered
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.nodes import Goto
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.templates import render
from antiphon.routing.domain.trail import Trail

NOT_A_CALL = "this is not a call"
LONGEST_ROOM = 64


def visit(trail: Trail, node: nodes.CallNode) -> Goto | Step:
    """Passes the node and gives the next, or stops at it."""
    if isinstance(node, nodes.Collect):
        return ask(trail, node)
    if not trail.interaction.is_call:
        return _passed_by(trail, node)
    match node:
        case nodes.Play():
            trail.verbs.append(verbs.Play(node.source, node.repeat, trail.interaction.language))
        case nodes.Record():
            trail.verbs.append(verbs.Record(node.on))
        case nodes.Callback():
            said = trail.words(node.text)
            number = render(node.number, trail.facts).strip()
            trail.verbs.append(verbs.Callback(node.queue_id, number, said.words, said.language))
        case nodes.Ring() | nodes.Voicemail() | nodes.Fax() | nodes.Conference():
            return _wait_at(trail, node)
        case _:
            assert_never(node)
    trail.passed(Way.NEXT)
    return node.next


def ask(trail: Trail, node: nodes.Collect) -> Step:
    """Asks for digits, for the first time or again."""
    asked = trail.words(node.text)
    trail.verbs.append(
        verbs.Collect(
            asked.words, asked.language, node.min_digits, node.max_digits, node.terminator, node.timeout_s,
            node.digit_timeout_s,
        )
    )  # fmt: skip
    trail.passed(None, attempt=trail.interaction.attempts + 1)
    return trail.stop(Awaiting.DIGITS, Outcome.AWAITS_DIGITS)


def _passed_by(trail: Trail, node: nodes.CallNode) -> Goto | Step:
    match node:
        case nodes.Ring():
            way, to = way_out(node, Way.UNREACHABLE)
            trail.passed(way, skipped=NOT_A_CALL)
            return to
        case nodes.Conference():
            trail.passed(Way.ERROR, skipped=NOT_A_CALL)
            return node.on_error
        case _:
            trail.passed(Way.NEXT, skipped=NOT_A_CALL)
            return node.next


def _wait_at(trail: Trail, node: nodes.Ring | nodes.Voicemail | nodes.Fax | nodes.Conference) -> Goto | Step:
    match node:
        case nodes.Ring():
            return _ring(trail, node)
        case nodes.Voicemail():
            said = trail.words(node.text)
            trail.verbs.append(verbs.Voicemail(node.box, node.box_id, said.words, said.language, node.max_length_s))
            trail.passed(None)
            return trail.stop(Awaiting.VOICEMAIL, Outcome.AWAITS_VOICEMAIL)
        case nodes.Fax():
            trail.verbs.append(verbs.Fax(node.box, node.box_id, node.email))
            trail.passed(None)
            return trail.stop(Awaiting.FAX, Outcome.AWAITS_FAX)
        case nodes.Conference():
            room, pin = (render(text, trail.facts).strip()[:LONGEST_ROOM] for text in (node.room, node.pin))
            trail.verbs.append(verbs.Conference(room, pin, trail.interaction.language))
            trail.passed(None)
            return trail.stop(Awaiting.CONFERENCE, Outcome.IN_CONFERENCE)
        case _:
            assert_never(node)


def _ring(trail: Trail, node: nodes.Ring) -> Goto | Step:
    """A number whose template turned out empty is nobody; without anybody left the way is that of the unreachable."""
    targets = tuple(
        verbs.RingTarget(target.who, value)
        for target in node.targets
        if (value := render(target.value, trail.facts).strip() if target.who == "number" else target.value)
    )
    if not targets:
        way, to = way_out(node, Way.UNREACHABLE)
        trail.passed(way, skipped="nobody to ring")
        return to
    trail.verbs.append(verbs.Ring(targets, node.mode, node.timeout_s, node.music, node.pass_caller))
    trail.passed(None, targets=len(targets))
    return trail.stop(Awaiting.RING, Outcome.AWAITS_RING)


def way_out(ring: nodes.Ring, wanted: Way) -> tuple[Way, Goto]:
    """The exit that was wanted or, when it is not chosen, the next one that is."""
    ways = not_answered(ring)
    first = [way for way, _ in ways].index(wanted)
    chosen = ((way, to) for way, to in (*ways[first:], *ways[:first]) if to is not None)
    return next(chosen, (wanted, None))
