"""What the ACD asks other services: directory's tenant card, people and groups."""

from __future__ import annotations

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit.grpc_client import Peers, ask


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
