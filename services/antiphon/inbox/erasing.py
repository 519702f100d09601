"""The inbox's part in erasures: answers that it remembers of repeated commands may hold anything, sealed so that nobody
can look; so all of the tenant's are forgotten. A command that is repeated then is done again, where that is harmless.
"""

from __future__ import annotations

from typing import Any

from antiphon.directory.v1 import privacy_pb2 as privacy
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.inbox.store import Store
from antiphon.kit.grpc_client import Peers, ask


class Erasing:
    def __init__(self, peers: Peers, store: Store) -> None:
        self._peers = peers
        self._privacy = PrivacyServiceStub(peers.channel("directory"))
        self._store = store

    async def erase(self, wanted: Any) -> dict[str, int]:
        """How many answers were forgotten."""
        return {"answers": await self._store.forget(wanted.tenant_id)}

    async def next_erasure(self) -> privacy.NextErasureResponse:
        """What this service has to erase next; an empty id when nothing."""
        answer: privacy.NextErasureResponse = await ask(
            self._privacy.NextErasure, privacy.NextErasureRequest(), self._peers.own("")
        )
        return answer

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        request = privacy.ReportErasureRequest(erasure_id=erasure_id, counts=counts)
        await ask(self._privacy.ReportErasure, request, self._peers.own(""))
