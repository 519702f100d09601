"""Messages of routing and the ACD ↔ what the domain understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration

from antiphon.acd.v1 import acd_pb2
from antiphon.media.app.people import target_of
from antiphon.media.domain import verbs
from antiphon.media.domain.ringing import How
from antiphon.media.domain.verbs import RingMode, Verb
from antiphon.routing.v1 import routing_pb2

_RING = 25.0
_VOICEMAIL = 120.0


def verb_of(verb: routing_pb2.Verb) -> Verb:
    """One verb. What media does not know is a Wait."""
    kind = verb.WhichOneof("kind")
    make = _MAKERS.get(str(kind))
    return make(getattr(verb, str(kind))) if make is not None else verbs.Wait()


def _seconds(length: Duration, default: float) -> float:
    return length.ToTimedelta().total_seconds() or default


def _menu(it: routing_pb2.Verb.Menu) -> Verb:
    return verbs.Menu(it.text, it.language, tuple(option.key for option in it.options), _seconds(it.timeout, 0.0))


def _collect(it: routing_pb2.Verb.Collect) -> Verb:
    return verbs.Collect(
        it.text, it.language, max(it.min_digits, 1), it.max_digits, it.terminator or "#",
        _seconds(it.timeout, 10.0), _seconds(it.digit_timeout, 4.0),
    )  # fmt: skip


def _enqueue(it: routing_pb2.Verb.Enqueue) -> Verb:
    return verbs.Enqueue(
        it.queue_id, it.priority, dict(it.skills), _seconds(it.max_wait, 0.0), it.greeting, it.language
    )


def _ring(it: routing_pb2.Verb.Ring) -> Verb:
    mode = RingMode.SEQUENTIAL if it.mode == routing_pb2.RING_MODE_SEQUENTIAL else RingMode.ALL
    targets = tuple(target_of(target) for target in it.targets)
    return verbs.Ring(targets, mode, _seconds(it.timeout, _RING), it.music, it.pass_caller)


def _voicemail(it: routing_pb2.Verb.Voicemail) -> Verb:
    return verbs.Voicemail(it.person_id, it.group_id, it.text, it.language, _seconds(it.max_length, _VOICEMAIL))


_MAKERS: dict[str, Callable[[Any], Verb]] = {
    "say": lambda it: verbs.Say(it.text, it.language),
    "play": lambda it: verbs.Play(it.source, it.repeat + 1, it.language),
    "menu": _menu,
    "collect": _collect,
    "enqueue": _enqueue,
    "ring": _ring,
    "voicemail": _voicemail,
    "fax": lambda it: verbs.Fax(it.person_id, it.group_id, it.email),
    "record": lambda it: verbs.Record(it.on),
    "conference": lambda it: verbs.Conference(it.room, it.pin, it.language),
    "callback": lambda it: verbs.Callback(it.queue_id, it.number, it.text, it.language),
    "close": lambda it: verbs.Close(it.text, it.language, it.outcome),
}


def started() -> routing_pb2.Event:
    return routing_pb2.Event(started=routing_pb2.Event.Started())


def reported(what: str, text: str, choice: str) -> routing_pb2.Event:
    """A caller's answer, or his silence."""
    if what == "input":
        return routing_pb2.Event(input=routing_pb2.Event.Input(text=text, choice=choice))
    return routing_pb2.Event(timed_out=routing_pb2.Event.TimedOut())


def enqueue_ended(how: str) -> routing_pb2.Event:
    return routing_pb2.Event(enqueue_ended=routing_pb2.Event.EnqueueEnded(how=how))


def ring_ended(how: str) -> routing_pb2.Event:
    return routing_pb2.Event(ring_ended=routing_pb2.Event.RingEnded(how=how))


def voicemail_ended(voicemail_id: str) -> routing_pb2.Event:
    return routing_pb2.Event(voicemail_ended=routing_pb2.Event.VoicemailEnded(voicemail_id=voicemail_id))


def fax_ended(fax_id: str) -> routing_pb2.Event:
    return routing_pb2.Event(fax_ended=routing_pb2.Event.FaxEnded(fax_id=fax_id))


def verb_failed(verb: str, reason: str) -> routing_pb2.Event:
    return routing_pb2.Event(verb_failed=routing_pb2.Event.VerbFailed(verb=verb, reason=reason))


FAILURES = {
    How.BUSY: acd_pb2.OFFER_FAILURE_BUSY,
    How.DECLINED: acd_pb2.OFFER_FAILURE_DECLINED,
    How.NO_ANSWER: acd_pb2.OFFER_FAILURE_NO_ANSWER,
    How.UNREACHABLE: acd_pb2.OFFER_FAILURE_UNREACHABLE,
}
"""Why an agent's phone was not answered, as the ACD knows it."""
