"""What insight asks directory (the company's time zone, names for exported files) and the ACD (who works where)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller, current_token

log = logs.get("insight")


class Directory:
    """Directory, asked as insight itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._stub = DirectoryServiceStub(peers.channel("directory"))
        self._privacy = PrivacyServiceStub(peers.channel("directory"))

    async def zone(self, tenant: str) -> ZoneInfo:
        """UTC for a company that has named none."""
        answer = await ask(self._stub.GetTenant, directory.GetTenantRequest(), self._peers.own(tenant))
        return ZoneInfo(answer.tenant.time_zone or "UTC")

    async def people(self, tenant: str) -> dict[str, str]:
        asked = directory.ListPeopleRequest(include_disabled=True)
        answer = await ask(self._stub.ListPeople, asked, self._peers.own(tenant))
        return {person.id: person.name for person in answer.people}

    async def projects(self, tenant: str) -> dict[str, str]:
        answer = await ask(self._stub.ListProjects, directory.ListProjectsRequest(), self._peers.own(tenant))
        return {project.id: project.name for project in answer.projects}

    async def record(self, caller: Caller, action: str, subject: str, **facts: str) -> None:
        """Writes who said what of whose work into the audit log, after it is stored. A directory that does not answer
        keeps nobody from working; an evaluation keeps its own history."""
        told = {name: value for name, value in facts.items() if value}
        entry = directory.AuditEntry(id=new_id("au"), actor=caller.subject, action=action, object=subject, facts=told)
        try:
            asked = directory.RecordAuditRequest(entry=entry)
            await ask(self._stub.RecordAudit, asked, self._peers.own(caller.tenant))
        except DomainError as error:
            log.warning("not in the audit log", tenant=caller.tenant, action=action, reason=error.reason.name)

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))


class Acd:
    """The ACD, asked as whoever asks us."""

    def __init__(self, peers: Peers) -> None:
        self._stub = AcdServiceStub(peers.channel("acd"))

    async def own_queues(self) -> frozenset[str]:
        """The queues that the caller works for."""
        answer = await ask(self._stub.GetMyWork, acd_pb2.GetMyWorkRequest(), metadata(current_token()))
        return frozenset(answer.agent.queue_ids)
