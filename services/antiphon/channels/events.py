"""What channels hears on NATS."""

from __future__ import annotations

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.billing.v1 import events_pb2 as billing
from antiphon.channels.app.leads import Leads
from antiphon.channels.app.surveys import Surveys
from antiphon.channels.app.work import Work
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.kit.bus import Fact, Table
from antiphon.kit.erasing import Rounds

DURABLE = "channels-work"


def table(work: Work, surveys: Surveys, erasures: Rounds, leads: Leads) -> Table:
    async def person_changed(fact: Fact) -> None:
        work.reception.asks.forget_name(fact.tenant, fact.event.person.id)

    return {
        acd.WorkQueued: work.queued,
        acd.WorkOffered: work.offered,
        acd.WorkAccepted: work.accepted,
        acd.WorkAbandoned: work.abandoned,
        acd.WorkOverflowed: work.overflowed,
        acd.WrapUpStarted: work.released,
        acd.WorkCompleted: work.released,
        directory.PersonChanged: person_changed,
        directory.ContactChanged: work.contact_changed,
        directory.ContactErased: erasures.hear,
        channels.ConversationChanged: surveys.closed,
        billing.OrderChanged: leads.order_changed,
    }
