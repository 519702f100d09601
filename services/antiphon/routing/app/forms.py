"""Between the public messages and the domain: interactions, events, verbs, calendars, lists, findings.

A scheme's graph and an interaction's state travel as plain JSON inside protobuf Structs; the codec is strict, so what
cannot be a scheme is refused with the path to the mistake.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from antiphon.kit.errors import invalid
from antiphon.kit.protos import moment, plain, struct
from antiphon.routing.domain import calendars, codec, events, lists
from antiphon.routing.domain.decision import Decision
from antiphon.routing.domain.findings import Finding
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.values import Json
from antiphon.routing.v1 import routing_pb2 as pb

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_DAY = re.compile(r"(\d{4}|-)-(\d\d)-(\d\d)")
_KINDS = {
    pb.CALLER_LIST_KIND_BLOCK: lists.Kind.BLOCK,
    pb.CALLER_LIST_KIND_ALLOW_ONLY: lists.Kind.ALLOW_ONLY,
}


def scheme(message: pb.Scheme) -> Scheme:
    """The domain's scheme of a record. Raises INVALID_DOCUMENT with the path."""
    return codec.scheme_from_json({"id": message.id, "name": message.name, **plain(message.graph)})


def graph(of: Scheme) -> dict[str, Json]:
    """The part of a scheme that its record keeps in `graph`."""
    document = codec.scheme_to_json(of)
    return {name: value for name, value in document.items() if name not in ("id", "name")}


def begin(message: pb.Interaction, scheme_id: str, version: int) -> Interaction:
    """A customer who has just come."""
    return Interaction(
        id=message.id,
        channel=message.channel,
        address=message.address,
        caller=message.caller,
        contact=dict(message.contact),
        language=message.language,
        started_at=moment(message.started_at),
        scheme_id=scheme_id,
        version=version,
    )


def interaction(message: pb.Interaction) -> Interaction:
    """The interaction that the channel brought back; facts of the contact are the newest it knows."""
    kept = codec.decode(Interaction, plain(message.state))
    return replace(kept, contact=dict(message.contact)) if message.contact else kept


def carry(of: Interaction, asked: pb.Interaction) -> pb.Interaction:
    """The interaction for the channel to keep."""
    answer = pb.Interaction()
    answer.CopyFrom(asked)
    answer.language = of.language
    answer.turn = of.turn
    document = codec.encode(of)
    assert isinstance(document, dict)
    answer.state.CopyFrom(struct(document))
    return answer


def event(message: pb.Event) -> events.Event:
    """What happened. Raises INVALID for an event of no kind."""
    turn = message.turn or None
    match message.WhichOneof("kind"):
        case "started":
            return events.Started(turn=turn)
        case "input":
            return events.Input(message.input.text, message.input.choice, turn=turn)
        case "timed_out":
            return events.TimedOut(turn=turn)
        case "enqueue_ended":
            known = {ending.value: ending for ending in events.Ending}
            if message.enqueue_ended.how not in known:
                raise invalid("how", f"one of {', '.join(known)}")
            return events.EnqueueEnded(known[message.enqueue_ended.how], turn=turn)
        case "ring_ended":
            ringing = {ending.value: ending for ending in events.Ringing}
            if message.ring_ended.how not in ringing:
                raise invalid("how", f"one of {', '.join(ringing)}")
            return events.RingEnded(ringing[message.ring_ended.how], turn=turn)
        case "voicemail_ended" | "fax_ended":
            return _kept(message, turn)
        case "verb_failed":
            return events.Failed(message.verb_failed.verb, message.verb_failed.reason, turn=turn)
        case _:
            raise invalid("event", "an event of some kind is needed")


def _kept(message: pb.Event, turn: int | None) -> events.Event:
    if message.HasField("fax_ended"):
        return events.FaxEnded(message.fax_ended.fax_id[:64], turn=turn)
    return events.VoicemailEnded(message.voicemail_ended.voicemail_id[:64], turn=turn)


def decision(of: Decision, scheme_id: str, version: int) -> pb.RouteDecision:
    """Why routing answered so."""
    facts = {name: str(value) for name, value in of.facts.items()}
    return pb.RouteDecision(why=of.why.value, facts=facts, path=list(of.node_ids), scheme_id=scheme_id, version=version)


def finding(of: Finding) -> pb.Finding:
    return pb.Finding(
        severity=of.severity.value,
        node_id=of.node_id or "",
        code=of.code.value,
        message=of.message,
        remedy=of.remedy,
        field=of.field,
    )


def calendar(message: pb.Calendar) -> calendars.Calendar:
    """The domain's calendar. Raises INVALID or INVALID_CALENDAR naming the field."""
    week: list[tuple[calendars.Span, ...]] = [()] * 7
    for day in message.week:
        if not 1 <= day.weekday <= 7:
            raise invalid("week", "weekdays are 1 (Monday) to 7")
        week[day.weekday - 1] += tuple(map(_span, day.spans))
    special = tuple(map(_special_day, message.special_days))
    return calendars.Calendar(id=message.id, zone=message.time_zone, week=tuple(week), special_days=special)


def _span(message: pb.Span) -> calendars.Span:
    start, end = getattr(message, "from"), message.to
    if not _TIME.fullmatch(start) or not _TIME.fullmatch(end) or start == "24:00":
        raise invalid("spans", "times look like 09:00")
    read = datetime.strptime
    return calendars.Span(read(start, "%H:%M").time(), read("00:00" if end == "24:00" else end, "%H:%M").time())


def _special_day(message: pb.SpecialDay) -> calendars.SpecialDay:
    found = _DAY.fullmatch(message.date)
    if found is None:
        raise invalid("special_days", "dates look like 2026-12-31, or --12-31 for every year")
    year = None if found[1] == "-" else int(found[1])
    month, day = int(found[2]), int(found[3])
    try:
        datetime(year or 2000, month, day)  # noqa: DTZ001 - only asks whether the day exists
    except ValueError as error:
        raise invalid("special_days", f"there is no day {message.date}") from error
    spans = tuple(map(_span, message.spans))
    return calendars.SpecialDay(month=month, day=day, year=year, name=message.title, spans=spans)


def callers(message: pb.CallerList) -> lists.Callers:
    return lists.Callers(message.id, frozenset(message.patterns))


def rule(message: pb.CallerList) -> lists.Rule | None:
    """The list as a rule that screens everybody who comes; None for a list that only schemes ask."""
    kind = _KINDS.get(message.kind)
    if kind is None:
        return None
    scope = lists.Scope.NUMBER if message.address else lists.Scope.TENANT
    return lists.Rule(kind, callers(message), scope, message.address)
