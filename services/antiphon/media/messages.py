"""Calls as the contract shows them, and back from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from antiphon.kit.protos import duration, moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.media.domain import ladder
from antiphon.media.domain.call import Call, Direction, Figures, Leg, Role, State
from antiphon.media.v1 import media_pb2 as pb

K = TypeVar("K")
_DIRECTIONS = {
    Direction.INBOUND: pb.DIRECTION_INBOUND,
    Direction.OUTBOUND: pb.DIRECTION_OUTBOUND,
    Direction.INTERNAL: pb.DIRECTION_INTERNAL,
}
_STATES = {state: pb.CallState.Value(f"CALL_STATE_{state.name}") for state in State}


def call(it: Call) -> pb.Call:
    """The whole of a call."""
    return pb.Call(
        id=it.id, direction=_DIRECTIONS[it.direction], state=pb.CallState.ValueType(_STATES[it.state]),
        caller=it.caller, called=it.called, contact_id=it.contact_id, agent_id=it.agent_id, queue_id=it.queue_id,
        item_id=it.item_id, scheme_id=it.scheme_id, project_id=it.project_id, started_at=timestamp(it.started_at),
        answered_at=timestamp(it.answered_at), ended_at=timestamp(it.ended_at), talked=duration(it.talked),
        legs=[_leg(leg) for leg in it.legs], outcome=it.outcome, recorded=it.recorded,
        recording_paused=it.recording_paused, recording_id=it.recording_id, consulting=it.consulting,
        sip_call_id=it.sip_call_id, keys=dict(it.keys), answered_by=it.answered_by, campaign=it.campaign,
        rating=it.rating,
    )  # fmt: skip


def _leg(it: Leg) -> pb.Leg:
    return pb.Leg(
        id=it.id, role=it.role.value, person_id=it.person_id, number=it.number, trunk_id=it.trunk_id,
        started_at=timestamp(it.started_at), answered_at=timestamp(it.answered_at), ended_at=timestamp(it.ended_at),
        code=it.code, ended_by=it.ended_by, quality=_quality(it.quality), account_id=it.account_id,
        carrier=it.carrier, why=it.why, rang_at=timestamp(it.rang_at),
    )  # fmt: skip


def _quality(it: Figures | None) -> pb.Quality | None:
    if it is None:
        return None
    return pb.Quality(
        packets=it.packets, loss=it.loss or 0.0, jitter_ms=it.jitter_ms or 0.0, round_trip_ms=it.round_trip_ms or 0.0,
        mos=it.mos or 0.0, exceeded=it.exceeded,
    )  # fmt: skip


def state_of(state: State) -> pb.CallState.ValueType:
    """The contract's word for a state."""
    return pb.CallState.ValueType(_STATES[state])


def for_person(it: pb.Call, person_id: str, sip_call_ids: dict[str, str]) -> pb.Call:
    """The call as one person sees it: with the Call-ID of his own leg."""
    own = next((sip_call_ids[leg.id] for leg in it.legs if leg.person_id == person_id and leg.id in sip_call_ids), "")
    if not own:
        return it
    copy = pb.Call()
    copy.CopyFrom(it)
    copy.sip_call_id = own
    return copy


def revived(tenant: str, it: pb.Call, rev: int, number_id: str) -> Call:
    """The aggregate of a call whose replica died, as far as its record needs it."""
    return Call(
        id=it.id, tenant=tenant, direction=_key(_DIRECTIONS, it.direction), state=_key(_STATES, it.state),
        started_at=moment(it.started_at), rev=rev, caller=it.caller, called=it.called, number_id=number_id,
        contact_id=it.contact_id, agent_id=it.agent_id, queue_id=it.queue_id, item_id=it.item_id,
        scheme_id=it.scheme_id, project_id=it.project_id,
        answered_at=_moment(it, "answered_at"), recorded=it.recorded, recording_id=it.recording_id,
        sip_call_id=it.sip_call_id, keys=tuple(it.keys.items()), answered_by=it.answered_by, campaign=it.campaign,
        rating=it.rating, legs=tuple(_revived_leg(leg) for leg in it.legs),
    )  # fmt: skip


def _revived_leg(it: pb.Leg) -> Leg:
    return Leg(
        it.id, Role(it.role), moment(it.started_at), it.person_id, it.number, it.trunk_id, it.account_id,
        _moment(it, "answered_at"), _moment(it, "ended_at"), it.code, it.ended_by, carrier=it.carrier,
        why=tuple(it.why), rang_at=_moment(it, "rang_at"),
    )  # fmt: skip


def _moment(it: pb.Call | pb.Leg, name: str) -> datetime | None:
    return moment(getattr(it, name)) if it.HasField(name) else None  # type: ignore[arg-type]


def _key(table: Mapping[K, int], value: int) -> K:
    return next(key for key, number in table.items() if number == value)


def ladder_for(caller: Caller, it: pb.GetCallLadderResponse) -> pb.GetCallLadderResponse:
    """As the caller may see it: without the right to read calls, nobody's number. Changes `it`."""
    if caller.may("calls.read"):
        return it
    for message in it.messages:
        message.line, message.reason = ladder.masked_line(message.line), ladder.hide_numbers(message.reason)
    call = it.call
    call.caller, call.called, call.consulting = (
        ladder.hide(text) if text else "" for text in (call.caller, call.called, call.consulting)
    )
    for leg in call.legs:
        leg.number = ladder.hide(leg.number) if leg.number else ""
    return it
