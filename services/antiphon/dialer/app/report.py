"""A campaign's day in figures, counted from the journal: nothing is kept beside it that could disagree."""

from __future__ import annotations

from datetime import date, timedelta

from antiphon.common.v1.money_pb2 import Money
from antiphon.dialer.app import messages
from antiphon.dialer.app.world import World, day_of
from antiphon.dialer.domain.recycling import Result
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import invalid
from antiphon.kit.protos import duration, timestamp
from antiphon.kit.tokens import Caller


async def get_report(
    world: World, caller: Caller, request: pb.GetCampaignReportRequest
) -> pb.GetCampaignReportResponse:
    """The day's report."""
    campaign = await world.campaign(caller, request.campaign_id)
    day = request.day or day_of(world.clock())
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise invalid("day", "a day as 2026-06-10") from error
    report = pb.Report(day=day)
    async for group in world.store.attempts.by_end(campaign.id, day):
        number = group["n"]
        if not group["dialled"]:
            report.refusals[group["reason"]] += number
            continue
        report.dialled += number
        if group["result"]:
            report.results[pb.ResultClass.Name(messages.VALUES[Result(group["result"])])] += number
        if group["disposition"]:
            report.dispositions[group["disposition"]] += number
    talked = timedelta()
    async for part in world.store.attempts.by_time(campaign.id, day):
        span = timedelta(milliseconds=part["talked"])
        talked += span
        report.answered += part["answered"]
        report.abandoned += part["abandoned"]
        since = {"from": timestamp(part["_id"])}
        report.slices.add(
            dialled=part["dialled"], answered=part["answered"], abandoned=part["abandoned"], talked=duration(span),
            **since,
        )  # fmt: skip
    report.talked.FromTimedelta(talked)
    sold = await world.store.attempts.sold(campaign.id, day)
    if sold:
        report.sales.CopyFrom(Money(currency=campaign.currency, micros=sold))
    found = await world.store.attempts.machines(campaign.id, day)
    report.machines, report.machines_checked, report.machines_mistaken = found
    report.interviews = await world.store.contacts.interviews(campaign.id)
    return pb.GetCampaignReportResponse(report=report)
