"""What team asks directory: who works here, and who is in a group."""

from __future__ import annotations

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit.grpc_client import Peers, ask


class Directory:
    """Directory, asked as team itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._stub = DirectoryServiceStub(peers.channel("directory"))
        self._privacy = PrivacyServiceStub(peers.channel("directory"))

    async def people(self, tenant: str) -> set[str]:
        """Those who have not left."""
        answer = await ask(self._stub.ListPeople, directory.ListPeopleRequest(), self._peers.own(tenant))
        return {person.id for person in answer.people}

    async def group(self, tenant: str, group_id: str) -> directory.Group | None:
        answer = await ask(self._stub.ListGroups, directory.ListGroupsRequest(), self._peers.own(tenant))
        return next((group for group in answer.groups if group.id == group_id), None)

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))
