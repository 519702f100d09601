"""What a channel is told to do, as messages.

A call hears an enqueue's greeting between ringing and music, so it stays inside the verb; a chat gets it said first. A
chat is asked for digits in words: a menu without options.
"""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from google.protobuf.duration_pb2 import Duration

from antiphon.kit.protos import duration
from antiphon.routing.domain import verbs
from antiphon.routing.v1 import routing_pb2 as pb

_CallOnly = verbs.Play | verbs.Ring | verbs.Voicemail | verbs.Fax | verbs.Record | verbs.Conference | verbs.Callback
_MODES = {"all": pb.RING_MODE_ALL, "sequential": pb.RING_MODE_SEQUENTIAL}


def messages(of: verbs.Verb, *, call: bool) -> list[pb.Verb]:
    """The verb as the channel gets it; nothing for what routing does itself."""
    match of:
        case verbs.Say():
            return [_say(of.text, of.language)]
        case verbs.Menu():
            return [_menu(of)]
        case verbs.Enqueue():
            return _enqueue(of, call=call)
        case verbs.Close():
            return [pb.Verb(close=pb.Verb.Close(text=of.text, outcome=of.outcome, language=of.language))]
        case verbs.Wait():
            return [pb.Verb(wait=pb.Verb.Wait())]
        case verbs.HttpCall():
            return []  # routing makes the call itself
        case verbs.Collect():
            return [_collect(of)] if call else [_menu(verbs.Menu(of.text, of.language, (), of.timeout_s))]
        case _:
            return [_of_call(of)]


def _of_call(
    of: verbs.Play | verbs.Ring | verbs.Voicemail | verbs.Fax | verbs.Record | verbs.Conference | verbs.Callback,
) -> pb.Verb:
    match of:
        case verbs.Play():
            return pb.Verb(play=pb.Verb.Play(source=of.source, repeat=of.repeat, language=of.language))
        case verbs.Ring():
            return _ring(of)
        case verbs.Voicemail():
            taken = pb.Verb.Voicemail(text=of.text, language=of.language, max_length=_seconds(of.max_length_s))
            setattr(taken, f"{of.box}_id", of.box_id)
            return pb.Verb(voicemail=taken)
        case verbs.Fax():
            document = pb.Verb.Fax(email=of.email)
            setattr(document, f"{of.box}_id", of.box_id)
            return pb.Verb(fax=document)
        case verbs.Record():
            return pb.Verb(record=pb.Verb.Record(on=of.on))
        case verbs.Conference():
            return pb.Verb(conference=pb.Verb.Conference(room=of.room, pin=of.pin, language=of.language))
        case verbs.Callback():
            promised = pb.Verb.Callback(queue_id=of.queue_id, number=of.number, text=of.text, language=of.language)
            return pb.Verb(callback=promised)
        case _:
            assert_never(of)


def target(of: verbs.RingTarget) -> pb.RingTarget:
    """Who is rung."""
    match of.who:
        case "person":
            return pb.RingTarget(person_id=of.value, forward_to=of.forward_to)
        case "group":
            return pb.RingTarget(group_id=of.value)
        case "account":
            return pb.RingTarget(account_id=of.value)
        case _:
            return pb.RingTarget(number=of.value)


def _say(text: str, language: str) -> pb.Verb:
    return pb.Verb(say=pb.Verb.Say(text=text, language=language))


def _menu(of: verbs.Menu) -> pb.Verb:
    options = [pb.Verb.Option(key=choice.key, label=choice.label) for choice in of.options]
    timeout = _seconds(of.timeout_s)
    return pb.Verb(menu=pb.Verb.Menu(text=of.text, options=options, timeout=timeout, language=of.language))


def _enqueue(of: verbs.Enqueue, *, call: bool) -> list[pb.Verb]:
    queued = pb.Verb.Enqueue(
        queue_id=of.queue_id, priority=of.priority, skills=of.skills, max_wait=_seconds(of.max_wait_s),
        greeting=of.greeting if call else "", language=of.language,
    )  # fmt: skip
    said = [_say(of.greeting, of.language)] if of.greeting and not call else []
    return [*said, pb.Verb(enqueue=queued)]


def _collect(of: verbs.Collect) -> pb.Verb:
    return pb.Verb(
        collect=pb.Verb.Collect(
            text=of.text, language=of.language, min_digits=of.min_digits, max_digits=of.max_digits,
            terminator=of.terminator, timeout=_seconds(of.timeout_s), digit_timeout=_seconds(of.digit_timeout_s),
        )
    )  # fmt: skip


def _ring(of: verbs.Ring) -> pb.Verb:
    return pb.Verb(
        ring=pb.Verb.Ring(
            targets=map(target, of.targets), mode=_MODES[of.mode], timeout=_seconds(of.timeout_s), music=of.music,
            pass_caller=of.pass_caller,
        )
    )  # fmt: skip


def _seconds(count: int) -> Duration | None:
    return duration(timedelta(seconds=count))
