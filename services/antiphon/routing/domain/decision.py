"""Why a step ended as it did, in a form that is stored, drawn on the graph and read to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.nodes import NodeId
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.values import Value
from antiphon.routing.domain.verbs import Verb


@dataclass(frozen=True, slots=True)
class Passed:
    """One node on the way. `took` is the exit, None where the interaction stopped to wait or to end."""

    node_id: NodeId
    took: Way | None
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """`facts` explain `why`; the facts of each node explain its exit."""

    why: Outcome
    path: tuple[Passed, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)

    @property
    def node_ids(self) -> tuple[NodeId, ...]:
        return tuple(passed.node_id for passed in self.path)


@dataclass(frozen=True, slots=True)
class Step:
    """What the channel does now, what it stores, and why."""

    verbs: tuple[Verb, ...]
    interaction: Interaction
    decision: Decision
