"""A step in the making: what was said, which nodes were passed, and what the interaction remembers after it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from antiphon.routing.domain import verbs
from antiphon.routing.domain.decision import Decision, Passed, Step
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Awaiting, Interaction, facts
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.templates import render
from antiphon.routing.domain.texts import Text, Words, choose
from antiphon.routing.domain.values import Facts, Value
from antiphon.routing.domain.verbs import Verb
from antiphon.routing.domain.world import World

FAILED = "failed"  # the outcome when the scheme itself is at fault


@dataclass(slots=True)
class Trail:
    """What nodes write into: `stop` and `fail` finish the step."""

    scheme: Scheme
    interaction: Interaction
    world: World
    now: datetime
    verbs: list[Verb] = field(default_factory=list)
    path: list[Passed] = field(default_factory=list)

    def stop(self, awaiting: Awaiting, why: Outcome, **why_facts: Value) -> Step:
        """Finishes the step; a step that changed something is a turn."""
        self.change(awaiting=awaiting, turn=self.interaction.turn + 1)
        return Step(tuple(self.verbs), self.interaction, Decision(why, tuple(self.path), why_facts))

    def fail(self, why: Outcome, outcome: str = FAILED, **why_facts: Value) -> Step:
        """Ends without the author's words: the scheme has none for this."""
        self.verbs.append(verbs.Close("", self.interaction.language, outcome))
        return self.stop(Awaiting.ENDED, why, **why_facts)

    def passed(self, way: Way | None, /, **node_facts: Value) -> None:
        """Notes how the present node was left."""
        self.path.append(Passed(self.interaction.node_id or "", way, node_facts))

    def words(self, text: Text) -> Words:
        chosen = choose(text, self.interaction.language, self.scheme.default_language)
        return replace(chosen, words=render(chosen.words, self.facts))

    @property
    def facts(self) -> Facts:
        return facts(self.interaction)

    def remember(self, values: Iterable[tuple[str, Value]]) -> None:
        self.change(variables={**self.interaction.variables, **dict(values)})

    def change(self, **changes: object) -> None:
        """Of the interaction."""
        self.interaction = replace(self.interaction, **changes)  # type: ignore[arg-type]
