"""What team asks directory: who works here, and who is in a group."""

from __future__ import annotations

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit.grpc_client import Peers, ask


class Directory:
    """Directory, asked as team itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._stub = DirectoryServiceStub(peers.channel("directory"))

    async def people(self, tenant: str) -> set[str]:
        """Those who have not left."""
        answer = await ask(self._stub.ListPeople, directory.ListPeopleRequest(), self._peers.own(tenant))
        return {person.id for person in answer.people}

    async def group(self, tenant: str, group_id: str) -> directory.Group | None:
        answer = await ask(self._stub.ListGroups, directory.ListGroupsRequest(), self._peers.own(tenant))
        return next((group for group in answer.groups if group.id == group_id), None)
