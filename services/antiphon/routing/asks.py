"""What routing asks of directory: who is dialled, and where a person's calls go meanwhile."""

from __future__ import annotations

from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc, telephony_pb2, telephony_pb2_grpc
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask

_SOON = 1.0
"""Seconds a caller waits for a forwarding that may not exist."""

log = logs.get("routing")


class Asks:
    """One method per question."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._people = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._telephony = telephony_pb2_grpc.TelephonyServiceStub(peers.channel("directory"))

    async def dialling(
        self, tenant: str, person_id: str, extension: str, caller_id: str
    ) -> telephony_pb2.GetDiallingResponse:
        """Raises UNAVAILABLE, TIMEOUT."""
        request = telephony_pb2.GetDiallingRequest(person_id=person_id, extension=extension, caller_id=caller_id)
        answer: telephony_pb2.GetDiallingResponse = await ask(
            self._telephony.GetDialling, request, self._peers.own(tenant)
        )
        return answer

    async def forward_to(self, tenant: str, person_id: str) -> str:
        """Empty too when the person is unknown or directory away: the call goes on without."""
        request = directory_pb2.GetPersonRequest(person_id=person_id)
        try:
            answer = await ask(self._people.GetPerson, request, self._peers.own(tenant), within=_SOON)
        except DomainError as error:
            log.warning("forwarding is not known", reason=error.reason.name, person_id=person_id)
            return ""
        return "" if answer.person.disabled else str(answer.person.forward_to)
