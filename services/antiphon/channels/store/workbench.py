"""Tags, canned answers, macros and service levels: a tenant's records, kept as their public messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from antiphon.channels.domain.reasons import Reason
from antiphon.channels.v1 import workbench_pb2 as pb
from antiphon.channels.v1.events_pb2 import WorkbenchChanged
from antiphon.kit.clock import system_clock
from antiphon.kit.mongo import Database
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.records import Kind, Records


def _told(what: str) -> Callable[[Any], Message]:
    return lambda _record: WorkbenchChanged(occurred_at=timestamp(system_clock()), what=what)


def _whose(record: Any) -> str:
    """Names are unique among the records of one person, of one group, and of all."""
    return f"{record.sharing}:{record.owner_id or record.group_id}"


TAGS = Kind("tags", pb.Tag, Reason.TAKEN, _told("tags"), _told("tags"))
CANNED = Kind("canned", pb.CannedAnswer, Reason.TAKEN, _told("canned"), _told("canned"), within=_whose)
MACROS = Kind("macros", pb.Macro, Reason.TAKEN, _told("macros"), _told("macros"), within=_whose)
POLICIES = Kind("sla", pb.SlaPolicy, Reason.TAKEN, _told("sla"), _told("sla"))
KINDS: tuple[Kind[Any], ...] = (TAGS, CANNED, MACROS, POLICIES)


class WorkbenchStore:
    def __init__(self, db: Database, outbox: Outbox) -> None:
        self.tags = Records(db, TAGS, outbox)
        self.canned = Records(db, CANNED, outbox)
        self.macros = Records(db, MACROS, outbox)
        self.policies = Records(db, POLICIES, outbox)
