"""What the ACD asks other services: directory's tenant card, people and groups, and its audit log."""

from __future__ import annotations

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller

log = logs.get("acd")


class Directory:
    """Directory, asked as the ACD itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._stub = DirectoryServiceStub(peers.channel("directory"))

    async def tenant(self, tenant: str) -> directory.Tenant:
        asked = directory.GetTenantRequest()
        answer: directory.GetTenantResponse = await ask(self._stub.GetTenant, asked, self._peers.own(tenant))
        return answer.tenant

    async def people(self, tenant: str) -> list[directory.Person]:
        answer = await ask(self._stub.ListPeople, directory.ListPeopleRequest(), self._peers.own(tenant))
        return list(answer.people)

    async def groups(self, tenant: str) -> list[directory.Group]:
        answer = await ask(self._stub.ListGroups, directory.ListGroupsRequest(), self._peers.own(tenant))
        return list(answer.groups)

    async def record(self, caller: Caller, action: str, subject: str, **facts: str) -> None:
        """Writes who changed what into the audit log, after it is stored. A directory that does not answer keeps
        nobody from working; the change itself stays in the record's revision and in the journal."""
        told = {name: value for name, value in facts.items() if value}
        entry = directory.AuditEntry(id=new_id("au"), actor=caller.subject, action=action, object=subject, facts=told)
        try:
            asked = directory.RecordAuditRequest(entry=entry)
            await ask(self._stub.RecordAudit, asked, self._peers.own(caller.tenant))
        except DomainError as error:
            log.warning("not in the audit log", tenant=caller.tenant, action=action, reason=error.reason.name)
