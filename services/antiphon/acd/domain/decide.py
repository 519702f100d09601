"""Trying a decision out: a case in plain data, and the offers the brain makes. Times are seconds.

    decide({"agents": [{"id": "A", "ready_since": 10}, {"id": "B", "ready_since": 5}],
            "items": [{"id": "i1", "enqueued": 100}], "now": 100})      # {"offers": [["i1", "B"]]}

Nothing is simulated here: a case becomes ordinary inputs of an ordinary brain, noted one after another and settled as
one instant, in the order documented in `matching`. A load becomes work the agent has taken before, contacts become
calls he has finished.

Case: strategy (longest_idle), aging_rate (1 point a second), now, queues (`q`), agents, items, and optionally
voice_interrupts_chat. Agent: id, ready_since or logged_in_since, queues (ids or {id, level, position}), level,
position, skills, capacity, load, contacts, state. Item: id, enqueued, queue, channel, priority, skills, excluded,
preferred, preferred_wait, steps, any_of, value. Queue: id, weight, strategy, level_delays, due (service level).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import WorkOffered
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentStateSet,
    PolicySet,
    QueueConfigured,
    TimePassed,
    WorkEnqueued,
    WorkPulled,
    WorkReleased,
)
from antiphon.acd.domain.item import Skills, Step, as_skills
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import VOICE_ALONE, VOICE_MAY_INTERRUPT_CHAT, Matrix, Policy
from antiphon.acd.domain.queue import Overflow, QueueSettings, Way

Case = Mapping[str, Any]

EARLIER = "(earlier)"
"""A queue of the past: what agents hold or have done came from here. No case can name it by accident."""

FOR_EVER = 1 << 50
ROOMY = {"voice": 1_000_000, "chat": 1_000_000, "email": 1_000_000, "task": 1_000_000}
NOTHING_BLOCKS: Matrix = ((), (), (), ())
SAME_AS = {
    "most_qualified": "sequential",
    "most_qualified_first": "sequential",
    "linear": "sequential",
    "wrandom": "weighted_random",
    "ringall": "ring_all",
    "ring_progressive": "ring_progressively",
    "rrmemory": "round_robin",
    "fewest_calls": "fewest_contacts",
    "least_talk_time": "least_talk",
}


def decide(case: Case) -> dict[str, list[list[str]]]:
    """The offers made at `now`, in order, as [item, agent]."""
    now = _ms(case.get("now", 0))
    policy = _policy(case)
    brain = Brain(replace(policy, blocked_by=NOTHING_BLOCKS))
    _set_up_queues(brain, case)
    for agent in case.get("agents", ()):
        _seat_agent(brain, agent, now)
    brain.note(PolicySet(policy), now=now)
    for item in case.get("items", ()):
        enqueued = _ms(_first(item, "enqueued", "enqueued_at", "since", default=case.get("now", 0)))
        brain.note(_work(item, now + 1 - enqueued), now=enqueued)
    brain.note(TimePassed(), now=now)
    effects = brain.settle(now=now + 1)  # a preferred agent nobody need wait for is tried, then passed over
    return {"offers": [[e.item_id, e.agent_id] for e in effects if isinstance(e, WorkOffered)]}


def _ms(seconds: float | str) -> Millis:
    return round(float(seconds) * 1_000)


def _first(data: Case, *names: str, default: Any = None) -> Any:
    """The value under the first of several names that is present."""
    return next((data[name] for name in names if data.get(name) is not None), default)


def _policy(case: Case) -> Policy:
    interrupts = _first(case, "voice_interrupts_chat", "interrupt_chat", "allow_interruption", default=False)
    return Policy(
        aging_millipoints=round(float(case.get("aging_rate", 1)) * 1_000),
        blocked_by=VOICE_MAY_INTERRUPT_CHAT if interrupts else VOICE_ALONE,
        lease_ms=(FOR_EVER,) * 4,
        pass_ms=FOR_EVER,
    )


def _set_up_queues(brain: Brain, case: Case) -> None:
    queues = {queue["id"]: queue for queue in map(_as_row, case.get("queues", ()))}
    named = [_first(item, "queue", "queue_id", default="q") for item in case.get("items", ())]
    for agent in case.get("agents", ()):
        named += [seat.queue_id for seat in _seats(agent)]
    for queue_id in (*queues, *named, EARLIER):
        row = queues.get(queue_id, {})
        strategy = _first(row, "strategy", default=case.get("strategy", "longest_idle"))
        settings = QueueSettings(
            queue_id,
            strategy=SAME_AS.get(strategy, strategy),
            weight=round(row.get("weight", 0)),
            due_ms=_ms(_first(row, "due", "target", default=0)),
            level_delays=_level_delays(_first(row, "level_delays", default=case.get("level_delays", {}))),
        )
        brain.note(QueueConfigured(settings), now=0)


def _as_row(value: Any) -> Case:
    return {"id": value} if isinstance(value, str) else value


def _level_delays(value: Any) -> tuple[tuple[int, Millis], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    return tuple(sorted((int(level), _ms(delay)) for level, delay in pairs))


def _seats(agent: Case) -> list[Seat]:
    rows = _first(agent, "queues", "memberships", default=["q"])
    if isinstance(rows, Mapping):
        rows = [{"id": key, **(row if isinstance(row, Mapping) else {"level": row})} for key, row in rows.items()]
    return [_seat(_as_row(row), agent) for row in rows]


def _seat(row: Case, agent: Case) -> Seat:
    position = _first(row, "position", "rank", default=_first(agent, "position", "rank", default=0))
    return Seat(
        _first(row, "id", "queue", "queue_id"),
        int(_first(row, "level", "tier", default=_first(agent, "level", "tier", default=1))),
        int(position),
        int(_first(row, "penalty", default=_first(agent, "penalty", default=0))),
    )


def _seat_agent(brain: Brain, agent: Case, now: Millis) -> None:
    """Configure an agent, and let him live through what the case says of his past, with room for all of it."""
    agent_id = agent["id"]
    seats, skills = tuple(_seats(agent)), _levels(_first(agent, "skills", default={}))
    brain.note(AgentConfigured(agent_id, (*seats, Seat(EARLIER)), skills, ROOMY), now=0)
    brain.note(AgentStateSet(agent_id, AgentState.NOT_READY), now=_login(agent, now))
    ready_since = _ms(_first(agent, "ready_since", "idle_since", "since", default=0))
    for number in range(int(_first(agent, "contacts", "contacts_since_login", "calls", default=0))):
        item_id = f"{EARLIER} contact {number} of {agent_id}"
        _take(brain, item_id, "voice", agent_id, ready_since)
        brain.note(WorkReleased(item_id, agent_id), now=ready_since)
    for channel, load in _first(agent, "load", "loads", default={}).items():
        for number in range(int(load)):
            _take(brain, f"{EARLIER} {channel} {number} of {agent_id}", channel, agent_id, ready_since)
    brain.note(AgentConfigured(agent_id, seats, skills, _first(agent, "capacity", default={})), now=now)
    # Coming back from DISABLED is what makes an agent idle since that moment, whenever he logged in.
    for state in (AgentState.DISABLED, AgentState.READY, _state(agent)):
        brain.note(AgentStateSet(agent_id, state), now=ready_since)


def _login(agent: Case, now: Millis) -> Millis:
    """When he logged in; the same for all where the case does not say."""
    lasting = _first(agent, "logged_in_for", "logged_in_time", "logged_in_seconds")
    if lasting is not None:
        return now - _ms(lasting)
    return _ms(_first(agent, "logged_in_since", "logged_in_at", "login", default=0))


def _state(agent: Case) -> AgentState:
    """Whatever is not a state an agent can be put in (a break, a missed offer) is NOT_READY."""
    name = str(_first(agent, "state", default="ready")).lower()
    return AgentState(name) if name in ("ready", "offline", "disabled") else AgentState.NOT_READY


def _take(brain: Brain, item_id: str, channel: str, agent_id: str, at: Millis) -> None:
    brain.note(WorkEnqueued(item_id, EARLIER, channel), now=at)
    brain.note(WorkPulled(item_id, agent_id), now=at)


def _levels(value: Any) -> dict[str, int]:
    """Skills as {"de": 3}; a bare list means level 1 each."""
    if isinstance(value, Mapping):
        return {name: int(level) for name, level in value.items()}
    return dict.fromkeys(_names(value), 1)


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _work(item: Case, waited: Millis) -> WorkEnqueued:
    patience = _first(item, "preferred_wait", "preferred_for", "preferred_timeout")
    return WorkEnqueued(
        item["id"],
        _first(item, "queue", "queue_id", default="q"),
        _first(item, "channel", default="voice"),
        round(_first(item, "priority", default=0)),
        _levels(_first(item, "requires", "skills", "required_skills", default={})),
        _names(_first(item, "excluded", "exclude", "excluded_agents", default=())),
        _first(item, "preferred", "preferred_agent"),
        waited if patience is None else _ms(patience),
        tuple(_step(step) for step in item.get("steps", ())),
        any_of=_alternatives(item.get("any_of", ())),
        value=round(item.get("value", 0)),
    )


def _step(step: Case) -> Step:
    lasts = _first(step, "lasts", "expiry")
    skills = _first(step, "requires", "skills")
    return Step(
        None if lasts is None else _ms(lasts),
        None if skills is None else as_skills(_levels(skills)),
        _names(step.get("add_queues", ())),
        _first(step, "only", "agent"),
        _alternatives(step["any_of"]) if "any_of" in step else None,
        Overflow(Way(step["overflow"]), step.get("queue", "")) if "overflow" in step else None,
    )


def _alternatives(value: Any) -> tuple[Skills, ...]:
    return tuple(as_skills(_levels(one)) for one in value)
