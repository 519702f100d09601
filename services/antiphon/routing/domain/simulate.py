"""What would happen: a list of events played over a scheme, for the "check the path" panel of the editor.

The same `step` as in production, with a clock that is only counted: events say how long after the previous
one they happen, so a day of working hours is checked in no time. The play goes on after the end, to show
what is ignored.

    0:00  Working hours   open      until 2026-03-04T18:00:00+00:00
    0:04  Menu            option    key 1
    0:04  Sales           waits
    1:04  Sales           timeout
    1:04  Callback        ends
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.events import Event, FaxEnded, Input, RingEnded, Ringing, TimedOut, VoicemailEnded
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Awaiting, Interaction
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.nodes import NodeId
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.values import Value
from antiphon.routing.domain.world import World


@dataclass(frozen=True, slots=True)
class Typed:
    """What an author types into the panel: it means what the scheme waits for then. Silence is an empty text; while
    people are rung it is how that ended ("busy"), after a voicemail or a fax the id of what was kept."""

    text: str = ""

    def as_event(self, awaiting: Awaiting) -> Event:
        if awaiting is Awaiting.RING:
            known = {how.value: how for how in Ringing}
            return RingEnded(known.get(self.text, Ringing.NO_ANSWER))
        if awaiting is Awaiting.VOICEMAIL:
            return VoicemailEnded(self.text)
        if awaiting is Awaiting.FAX:
            return FaxEnded(self.text)
        return Input(self.text) if self.text else TimedOut()


@dataclass(frozen=True, slots=True)
class After:
    """An event, this long after the one before it (the first: after the start)."""

    pause: timedelta
    event: Event | Typed


@dataclass(frozen=True, slots=True)
class Moment:
    elapsed: timedelta
    event: Event
    step: Step


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the panel. `took` is the exit of a passed node; `why` is set where the step ended."""

    elapsed: timedelta
    node_id: NodeId | None
    took: Way | None
    why: Outcome | None
    facts: Mapping[str, Value]


def simulate(scheme: Scheme, interaction: Interaction, events: Sequence[After], world: World) -> tuple[Moment, ...]:
    """Plays the events from `interaction.started_at` on; one moment for each."""
    return tuple(_play(scheme, interaction, events, world))


def _play(scheme: Scheme, interaction: Interaction, events: Sequence[After], world: World) -> Iterator[Moment]:
    elapsed = timedelta()
    for after in events:
        elapsed += after.pause
        now: datetime = interaction.started_at + elapsed
        event = after.event.as_event(interaction.awaiting) if isinstance(after.event, Typed) else after.event
        done = step(scheme, interaction, event, world, now)
        interaction = done.interaction
        yield Moment(elapsed, event, done)


def lines(moments: Iterable[Moment]) -> Iterator[Line]:
    """Each passed node, then why the step ended there; a step without nodes is one line."""
    for moment in moments:
        decision = moment.step.decision
        left = [passed for passed in decision.path if passed.took is not None]
        for passed in left:
            yield Line(moment.elapsed, passed.node_id, passed.took, None, passed.facts)
        node_id = moment.step.interaction.node_id
        stopped = next((passed.facts for passed in decision.path if passed.took is None), {})
        yield Line(moment.elapsed, node_id, None, decision.why, {**stopped, **decision.facts})
