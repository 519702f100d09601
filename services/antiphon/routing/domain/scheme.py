"""A reception scheme: the graph that decides what happens to a customer, the same for a call and for a chat.

The scheme is plain immutable content. Who may publish it and which version is live is the business of
`versions`; whether it makes sense is the business of `validation`.
"""

from dataclasses import dataclass

from antiphon.routing.domain.nodes import Goto, Node, NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Texts should be written in all `languages`; the first is the default. Nodes keep the author's order."""

    id: str
    name: str
    start: Goto = None
    languages: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()

    def node(self, node_id: NodeId) -> Node | None:
        return next((node for node in self.nodes if node.id == node_id), None)

    @property
    def default_language(self) -> str:
        return self.languages[0] if self.languages else ""
