"""What every use case works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from antiphon.acd.v1 import acd_pb2
from antiphon.dialer.domain.policy import Rulebook
from antiphon.kit.clock import EPOCH, Clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import media_pb2

if TYPE_CHECKING:
    from antiphon.dialer.settings import Settings
    from antiphon.dialer.store import Store
    from antiphon.dialer.v1 import dialer_pb2 as pb

Document = Mapping[str, Any]
STRICT = "strict"
RING_FOR = timedelta(seconds=25)


class Peers(Protocol):
    """The ACD and media."""

    async def board(self, tenant: str) -> acd_pb2.GetBoardResponse: ...
    async def has_queue(self, tenant: str, queue_id: str) -> bool: ...
    async def phones(self, tenant: str, contact_id: str) -> list[str]: ...
    async def originate(self, tenant: str, request: media_pb2.OriginateRequest) -> media_pb2.Call: ...
    async def call(self, tenant: str, call_id: str) -> media_pb2.Call | None: ...


@dataclass(frozen=True, slots=True)
class World:
    store: Store
    asks: Peers
    clock: Clock
    settings: Settings
    rules: Rulebook

    async def campaign(self, caller: Caller, campaign_id: str) -> pb.Campaign:
        """A campaign that the caller may see. Raises NOT_FOUND."""
        found = await self.store.campaigns.get(caller.tenant, campaign_id)
        if found is None or not caller.sees_project(found.project_id):
            raise DomainError(Common.NOT_FOUND, object=campaign_id)
        return found


def seconds(at: datetime) -> float:
    """Seconds since the epoch, as the order of lists and the pacer count."""
    return (at - EPOCH).total_seconds()


def day_of(at: datetime) -> str:
    """The day (UTC) to which something belongs in the evidence."""
    return at.date().isoformat()


def hash_of(text: str) -> int:
    """The same number for the same id in every process."""
    return int.from_bytes(text.encode()[-6:], "big")
