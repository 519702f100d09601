"""A tenant with a campaign, for the service tests: made through the public contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from antiphon.acd.tests.test_service import Centre
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.dialer.v1.dialer_pb2_grpc import DialerServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, send, stream
from antiphon.kit.service import Runtime
from antiphon.kit.testing import eventually

Headers = list[tuple[str, str]]


def zone_where_it_is(hour: int) -> str:
    """A zone without summer time in which it is about this hour now."""
    behind = datetime.now(UTC).hour - hour  # noqa: TID251 - the clock of the services under test
    behind = behind - 24 if behind > 12 else behind
    return f"Etc/GMT{behind:+d}"


async def refusal(call: Awaitable[object]) -> tuple[str, str]:
    """The reason why something is refused, and the field."""
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value.reason.name, refused.value.facts.get("field", "")


@dataclass
class House:
    """What a test needs of a tenant."""

    rt: Runtime
    owner: Headers
    queue_id: str
    caller_id: str = "+12125550100"
    stub: DialerServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.stub = DialerServiceStub(self.rt.peers.channel("dialer"))

    @classmethod
    def of(cls, centre: Centre, rt: Runtime) -> House:
        return cls(rt, centre.owner, centre.queue_id)

    async def campaign(self, title: str, /, **more: Any) -> pb.Campaign:
        wanted = pb.Campaign(
            name=title, queue_id=self.queue_id, mode=pb.MODE_PROGRESSIVE, caller_ids=[self.caller_id], pack_id="US",
            region="US",
        )  # fmt: skip
        for key, value in more.items():
            current = getattr(wanted, key)
            if hasattr(current, "extend"):
                del current[:]
                current.extend(value)
            else:
                setattr(wanted, key, value)
        stored = await ask(self.stub.PutCampaign, pb.PutCampaignRequest(campaign=wanted), self.owner)
        campaign: pb.Campaign = stored.campaign
        return campaign

    async def load(self, campaign_id: str, data: bytes | str, request_id: str = "r1") -> pb.ContactList:
        raw = data.encode() if isinstance(data, str) else data

        async def parts() -> AsyncIterator[pb.ImportListRequest]:
            head = pb.ListToImport(request_id=request_id, campaign_id=campaign_id, name="List")
            yield pb.ImportListRequest(list=head)
            for at in range(0, len(raw), 1000):
                yield pb.ImportListRequest(chunk=raw[at : at + 1000])

        answer = await send(self.stub.ImportList, parts(), self.owner)
        imported: pb.ContactList = answer.list
        return imported

    async def to(self, campaign_id: str, state: str) -> pb.Campaign:
        wanted = pb.CampaignState.Value(f"CAMPAIGN_STATE_{state}")
        request = pb.SetCampaignStateRequest(campaign_id=campaign_id, state=wanted)
        campaign: pb.Campaign = (await ask(self.stub.SetCampaignState, request, self.owner)).campaign
        return campaign

    async def status(self, campaign_id: str) -> pb.Status:
        answer = await ask(self.stub.GetStatus, pb.GetStatusRequest(campaign_id=campaign_id), self.owner)
        status: pb.Status = answer.status
        return status

    async def says(self, campaign_id: str, code: str) -> pb.Status:
        """The status once it has this reason."""
        found: list[pb.Status] = []

        async def now() -> bool:
            found.append(await self.status(campaign_id))
            return found[-1].why_code == code

        await eventually(now)
        return found[-1]

    async def attempts(self, campaign_id: str) -> list[pb.Attempt]:
        request = pb.ListAttemptsRequest(campaign_id=campaign_id, limit=200)
        return list((await ask(self.stub.ListAttempts, request, self.owner)).attempts)

    async def states(self, campaign_id: str) -> dict[str, int]:
        answer = await ask(self.stub.ListLists, pb.ListListsRequest(campaign_id=campaign_id), self.owner)
        return dict(answer.lists[0].by_state)

    async def export(self, campaign_id: str) -> list[str]:
        request = pb.ExportResultsRequest(campaign_id=campaign_id)
        parts = [part.chunk async for part in stream(self.stub.ExportResults, request, self.owner)]
        return b"".join(parts).decode("utf-8-sig").splitlines()
