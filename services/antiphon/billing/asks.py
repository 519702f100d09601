"""What billing asks directory: whom it has to forget."""

from __future__ import annotations

from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit.grpc_client import Peers, ask


class Directory:
    """Directory, asked as billing itself."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._privacy = PrivacyServiceStub(peers.channel("directory"))

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))
