"""The state of the plant: engines, replicas, calls on trunks."""

from __future__ import annotations

from collections import Counter

from antiphon.kit.protos import duration, timestamp
from antiphon.media.app.measure import Pace
from antiphon.media.domain.scores import Score
from antiphon.media.domain.trunks import Health as TrunkState
from antiphon.media.guard import Guard
from antiphon.media.ng.cluster import Cluster
from antiphon.media.registry import Registry
from antiphon.media.scores import Scores
from antiphon.media.trunks import Trunks
from antiphon.media.v1 import media_pb2 as pb


class Health:
    def __init__(
        self, registry: Registry, trunks: Trunks, engines: Cluster | None, replica: str, scores: Scores,
        pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self._registry = registry
        self._trunks = trunks
        self._engines = engines
        self._replica = replica
        self._scores = scores
        self.draining = False
        self.pace = pace or Pace()
        self.guard: Guard | None = None

    def of(self, tenant: str) -> pb.GetVoiceHealthResponse:
        """Engines and replicas of the installation; trunks of the tenant."""
        entries = self._registry.every()
        replicas = Counter({self._replica: 0})
        replicas.update(entry.replica for entry in entries)
        carried = Counter(trunk for entry in entries if entry.tenant == tenant for trunk in entry.trunks)
        known = self._trunks.of(tenant)
        nodes = self._engines.nodes if self._engines is not None else ()
        return pb.GetVoiceHealthResponse(
            engines=[
                pb.EngineHealth(name=node.name, up=node.alive, draining=node.draining, calls=node.calls)
                for node in nodes
            ],
            trunks=[
                _trunk(each, known.get(each, TrunkState()), carried[each], self._score(each, own=each in known))
                for each in sorted({*known, *carried})
            ],
            replicas=[self._of_replica(name, count) for name, count in sorted(replicas.items())],
        )

    def _score(self, trunk_id: str, *, own: bool) -> Score:
        """How others' trunks do is not told."""
        return self._scores.of(trunk_id) if own else Score()

    def _of_replica(self, name: str, calls: int) -> pb.ReplicaHealth:
        if name != self._replica:
            return pb.ReplicaHealth(name=name, calls=calls)
        median, p95 = (duration(self.pace.quantile(share)) for share in (0.5, 0.95))
        own = pb.ReplicaHealth(
            name=name, calls=calls, draining=self.draining, answer_median=median, answer_p95=p95
        )  # fmt: skip
        if self.guard is not None:
            own.overloaded, own.refused = self.guard.is_busy, self.guard.admission.refused
        return own


def _trunk(trunk_id: str, health: TrunkState, calls: int, score: Score) -> pb.TrunkHealth:
    quality = pb.TrunkQuality(
        attempts=score.attempts, answered=score.answered, pdd_ms=score.pdd_ms, rang=score.rang, mos=score.mos,
        loss=score.loss, heard=score.heard,
    )  # fmt: skip
    return pb.TrunkHealth(
        trunk_id=trunk_id, state=health.standing.value, code=health.code, calls=calls, why=health.why,
        since=timestamp(health.since), quality=quality,
    )  # fmt: skip
