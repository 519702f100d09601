"""Going on after what a call waited for: digits, ringing people, a message left, a fax, a conference."""

from typing import assert_never

from antiphon.routing.domain import nodes
from antiphon.routing.domain.calls import way_out
from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.events import Event, Failed, FaxEnded, Input, RingEnded, Ringing, VoicemailEnded
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.walk import Walk

Answered = nodes.Collect | nodes.Ring | nodes.Voicemail | nodes.Fax | nodes.Conference


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


def _rung(walk: Walk, node: nodes.Ring, event: Event) -> Step:
    how = event.how if isinstance(event, RingEnded) else Ringing.UNREACHABLE
    if how is Ringing.ANSWERED:
        walk.passed(Way.ANSWERED)
        return walk.go(node.on_answered) if node.on_answered else walk.fail(Outcome.ANSWERED, how.value)
    way, to = way_out(node, Way(how.value))
    walk.passed(way, how=how.value, failed=event.reason if isinstance(event, Failed) else None)
    return walk.go(to)


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
