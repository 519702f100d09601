"""The domain's words ↔ the contract's."""

from __future__ import annotations

from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.common.v1.money_pb2 import Money
from antiphon.insight.domain.figures import Figures, Formula
from antiphon.insight.domain.interaction import Interaction, Sale, Spell, Visit
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.clock import from_millis
from antiphon.kit.protos import timestamp


def stamp(at: Millis | None) -> Timestamp | None:
    return timestamp(from_millis(at)) if at is not None else None


def interaction(it: Interaction) -> pb.Interaction:
    """All of it."""
    return pb.Interaction(
        id=it.id,
        sort=cast("pb.Sort.ValueType", int(it.sort)),
        channel=it.channel,
        direction=cast("pb.Direction.ValueType", int(it.direction)),
        started_at=stamp(it.started),
        ended_at=stamp(it.ended),
        result=it.result,
        contact_id=it.contact,
        party=it.party,
        project_id=it.project,
        queue_id=it.queue,
        agent_id=it.agent,
        tags=it.tags,
        disposition=it.disposition,
        transfers=it.transfers,
        messages_in=it.messages_in,
        messages_out=it.messages_out,
        duration_seconds=it.duration / SECOND,
        wait_seconds=it.wait / SECOND,
        talk_seconds=it.talk / SECOND,
        wrap_seconds=it.wrap / SECOND,
        first_reply_seconds=None if it.first_reply is None else it.first_reply / SECOND,
        recording_id=it.recording,
        csat=it.csat,
        visits=[_visit(one) for one in it.visits],
        spells=[_spell(one) for one in it.spells],
        outcome=it.outcome,
        sales=[_sale(one) for one in it.sales],
        campaign_id=it.campaign,
        line=it.line,
        due_at=stamp(it.due),
    )


def _sale(one: Sale) -> pb.Sale:
    amount = Money(currency=one.currency, micros=one.micros) if one.currency else None
    return pb.Sale(deal_id=one.deal, sold_at=stamp(one.at), amount=amount)


def _visit(one: Visit) -> pb.Visit:
    return pb.Visit(
        queue_id=one.queue, entered_at=stamp(one.entered), left_at=stamp(one.left), how=one.how, agent_id=one.agent,
        wait_seconds=one.wait / SECOND,
    )  # fmt: skip


def _spell(one: Spell) -> pb.Spell:
    return pb.Spell(
        agent_id=one.agent, queue_id=one.queue, accepted_at=stamp(one.accepted), released_at=stamp(one.released),
        done_at=stamp(one.done), transferred=one.transferred, talk_seconds=one.talk / SECOND,
        wrap_seconds=one.wrap / SECOND,
    )  # fmt: skip


def figures(row: Figures, formula: Formula, *, has_time: bool) -> pb.Figures:
    """A row with its shares and averages."""
    told = pb.Figures(
        interactions=row.interactions, offered=row.offered, answered=row.answered, in_time=row.in_time,
        abandoned=row.abandoned, short_abandoned=row.short_abandoned, abandoned_in_time=row.abandoned_in_time,
        overflowed=row.overflowed, waiting=row.waiting, redirected=row.redirected,
        service_level=row.service_level(formula), asa_seconds=row.asa, longest_wait_seconds=row.longest / SECOND,
        handled=row.handled, aht_seconds=row.aht, talk_seconds=row.talk / SECOND, wrap_seconds=row.wrap / SECOND,
        transferred=row.transferred, rung=row.rung, missed=row.missed, csat=row.csat, rated=row.rated,
        first_reply_seconds=row.first_reply, sold=row.sold, sales=row.sales, conversion=row.conversion,
        sold_amounts=[Money(currency=each, micros=row.amounts[each]) for each in sorted(row.amounts)],
    )  # fmt: skip
    if has_time:
        told.ready_seconds, told.busy_seconds = row.ready / SECOND, row.busy / SECOND
        told.break_seconds = row.pause / SECOND
        if row.occupancy is not None:
            told.occupancy = row.occupancy
    return told
