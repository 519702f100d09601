"""The independent checker: reads a journal export, trusts nobody, and shares no code with the engine.

It keeps its own books from the journalled inputs and effects, in the plainest way, and compares:

    lost       every item that was taken is in exactly one place: in line, ringing, held, scheduled or over
    doubled    nobody accepts what another has, no offer is won twice, and only ringing strategies ring several
    stuck      no offer outlives its end, nobody holds capacity without an item, nobody waits beside an idle agent
    disorder   whoever is offered had no equal before him in the same queue
    miscounted the load that was told is what the agent holds
    clock      time and sequence never run backwards, no entry comes twice

An export is what `antiphon acd journal` writes: one entry a line, oldest first. The format is described in
`app/journal.py`; an entry that is not understood is itself a fault.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

POINT = 1_000_000
MOST_TOLD = 50
IDLE_TOO_LONG = 120_000
CLASS = {"voice": 0, "call": 0, "phone": 0, "callback": 0, "video": 0, "email": 2, "e-mail": 2, "fax": 2,
         "voicemail": 2, "task": 3, "ticket": 3}  # fmt: skip
RINGS_SEVERAL = {"ring_all", "ring_progressively"}


@dataclass
class Piece:
    """An item as the checker sees it."""

    id: str
    queues: list[str]
    cls: int
    skills: dict[str, int]
    points: int = 0
    enqueued_at: int = 0
    due_ms: int = 0
    place: str = "line"  # line, ringing, held, scheduled, over
    offers: dict[tuple[str, int], int] = field(default_factory=dict)  # (agent, version) -> end
    holder: str = ""
    special: bool = False  # waits for one agent, or by rules that are not compared here
    spared: set[str] = field(default_factory=set)


@dataclass
class Report:
    """What was read and what is wrong. `faults` holds at most the first fifty of each kind."""

    entries: int = 0
    inputs: int = 0
    items: int = 0
    offers: int = 0
    accepted: int = 0
    over: int = 0
    left: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.counts

    def fault(self, kind: str, text: str) -> None:
        self.counts[kind] += 1
        told = self.faults.setdefault(kind, [])
        if len(told) < MOST_TOLD:
            told.append(text)


class Checker:
    """Reads entries in order; `finish` gives the report."""

    def __init__(self) -> None:
        self.report = Report()
        self.pieces: dict[str, Piece] = {}
        self.live: dict[str, Piece] = {}
        self.queues: dict[str, Json] = {}
        self.agents: dict[str, Json] = {}
        self.states: dict[str, Json] = {}
        self.holds: dict[str, Counter[str]] = {}
        self.aging = 1_000
        self.at = 0
        self.sequence = 0
        self.ids: set[str] = set()

    # ------------------------------------------------------------ reading

    def read(self, entry: Json) -> None:
        """One entry."""
        report = self.report
        report.entries += 1
        sequence, at = entry.get("seq", self.sequence + 1), entry["at"]
        if at < self.at or sequence <= self.sequence:
            report.fault("clock", f"entry {entry['id']} at {at} comes after {self.at}")
        if entry["id"] in self.ids:
            report.fault("clock", f"entry {entry['id']} is there twice")
        self.ids.add(entry["id"])
        self.at, self.sequence = max(at, self.at), sequence
        if len(entry["inputs"]) != len(entry["effects"]):
            report.fault("lost", f"entry {entry['id']}: inputs and effects do not match")
        for fact, effects in zip(entry["inputs"], entry["effects"], strict=False):
            report.inputs += 1
            self._input(fact, effects)
            for effect in effects:
                self._effect(effect, fact)
            if fact["kind"] == "TimePassed":
                self._overdue(0)

    def _input(self, fact: Json, effects: list[Json]) -> None:
        known = getattr(self, "_on_" + fact["kind"], None)
        if known is not None:
            known(fact, effects)

    def _effect(self, effect: Json, fact: Json) -> None:
        heard = getattr(self, "_after_" + effect["kind"], None)
        if heard is not None:
            heard(effect, fact)

    # ------------------------------------------------------------ configuration

    def _on_PolicySet(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        self.aging = fact["policy"]["aging_millipoints"]

    def _on_QueueConfigured(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        self.queues[fact["settings"]["queue_id"]] = fact["settings"]

    def _on_AgentConfigured(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        self.agents[fact["agent_id"]] = fact

    def _on_AgentRemoved(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        self.agents.pop(fact["agent_id"], None)
        self.states.pop(fact["agent_id"], None)

    def _on_QueuesChosen(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        self.agents.get(fact["agent_id"], {})["chosen"] = fact["queue_ids"]

    # ------------------------------------------------------------ items

    def _on_WorkEnqueued(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        told = [effect for effect in effects if effect.get("item_id") == fact["item_id"]]
        queue_id = next((effect["queue_id"] for effect in told if "queue_id" in effect), fact["queue_id"])
        if fact["item_id"] in self.pieces:
            return
        if not told:
            self.report.fault("lost", f"{fact['item_id']} was taken and nothing became of it")
        settings = self.queues.get(queue_id, {})
        self.report.items += 1
        self.live[fact["item_id"]] = self.pieces[fact["item_id"]] = Piece(
            fact["item_id"],
            [queue_id],
            CLASS.get(fact["channel"], 1),
            dict(fact["skills"]),
            fact["priority"] + fact.get("value", 0) + settings.get("weight", 0),
            max(self.at, fact.get("not_before", 0)),
            settings.get("due_ms", 0),
            special=bool(fact["preferred"] or settings.get("sticky_ms") or fact.get("any_of") or _odd(fact["steps"])),
            spared=set(fact["excluded"]),
        )

    def _on_WorkOccupied(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        if fact["item_id"] not in self.pieces:
            self.report.items += 1
            cls = CLASS.get(fact["channel"], 1)
            piece = Piece(fact["item_id"], [], cls, {}, enqueued_at=self.at)
            self.live[piece.id] = self.pieces[piece.id] = piece

    def _on_WorkTransferred(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        piece = self.pieces.get(fact["item_id"])
        if piece is None:
            return
        piece.queues = [fact["to_queue"] or piece.queues[0]]
        piece.special = bool(fact["to_agent"])
        if not fact["keep_place"]:
            settings = self.queues.get(piece.queues[0], {})
            piece.enqueued_at, piece.due_ms = self.at, settings.get("due_ms", 0)
            piece.special = True  # its points count anew; not compared

    def _on_OfferAccepted(self, fact: Json, effects: list[Json]) -> None:  # noqa: N802
        if len([effect for effect in effects if effect["kind"] == "WorkAccepted"]) > 1:
            self.report.fault("doubled", f"{fact['item_id']}: accepted twice in one step")

    def _after_WorkQueued(self, effect: Json, fact: Json) -> None:  # noqa: N802
        self._into_line(effect["item_id"])

    def _after_WorkRequeued(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece = self._into_line(effect["item_id"])
        if piece is None:
            return
        piece.queues = [effect["queue_id"]]
        if effect["from_agent"]:
            piece.spared.add(effect["from_agent"])
            self._let_go(piece)

    def _into_line(self, item_id: str) -> Piece | None:
        piece = self.pieces.get(item_id)
        if piece is None:
            self.report.fault("lost", f"{item_id} came into line from nowhere")
            return None
        piece.place = "line" if not piece.offers else piece.place
        return piece

    def _after_WorkScheduled(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece = self.pieces[effect["item_id"]]
        self._let_go(piece)
        piece.place = "scheduled"

    def _after_RoutingWidened(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece = self.pieces.get(effect["item_id"])
        if piece is not None:
            piece.queues, piece.skills = list(effect["queues"]), dict(effect["skills"])
            piece.special = True  # a plan has its own order among its queues

    def _after_WorkOffered(self, effect: Json, fact: Json) -> None:  # noqa: N802
        item_id, agent_id = effect["item_id"], effect["agent_id"]
        piece = self.pieces.get(item_id)
        self.report.offers += 1
        if piece is None:
            self.report.fault("lost", f"{item_id} is offered and was never taken")
            return
        if piece.place not in ("line", "ringing"):
            self.report.fault("doubled", f"{item_id} is offered to {agent_id} while it is {piece.place}")
        strategy = self.queues.get(effect["queue_id"], {}).get("strategy", "")
        if piece.offers and strategy not in RINGS_SEVERAL:
            self.report.fault("doubled", f"{item_id} rings {agent_id} besides {[a for a, _ in piece.offers]}")
        if piece.place == "line":
            self._compare_order(piece, agent_id, effect)
        piece.place = "ringing"
        piece.offers[agent_id, effect["version"]] = effect["expires_at"]
        self._hold(agent_id, item_id)

    def _after_OfferEnded(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece = self.pieces[effect["item_id"]]
        if piece.offers.pop((effect["agent_id"], effect["version"]), None) is None:
            self.report.fault("doubled", f"offer {piece.id}/{effect['version']} to {effect['agent_id']} ends twice")
            return
        if effect["how"] == "accepted":
            piece.place = "accepted"
            return
        if effect["how"] in ("declined", "busy"):
            piece.spared.add(effect["agent_id"])
        self._drop(effect["agent_id"], piece.id)
        if not piece.offers and piece.place == "ringing":
            piece.place = "line"

    def _after_WorkAccepted(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece, agent_id = self.pieces.get(effect["item_id"]), effect["agent_id"]
        self.report.accepted += 1
        if piece is None:
            self.report.fault("lost", f"{effect['item_id']} is accepted and was never taken")
            return
        if piece.holder:
            self.report.fault("doubled", f"{piece.id} is accepted by {agent_id} while {piece.holder} has it")
        by_hand = effect["pulled"] or fact["kind"] == "WorkOccupied"
        if piece.place != "accepted" and not by_hand:
            self.report.fault("doubled", f"{piece.id} is accepted by {agent_id} without a live offer")
        if piece.offers:
            self.report.fault("stuck", f"{piece.id} is accepted and still rings {[a for a, _ in piece.offers]}")
        if by_hand:
            self._hold(agent_id, piece.id)
        piece.place, piece.holder = "held", agent_id

    def _after_WorkCompleted(self, effect: Json, fact: Json) -> None:  # noqa: N802
        piece = self.pieces[effect["item_id"]]
        if piece.holder != effect["agent_id"]:
            self.report.fault("doubled", f"{piece.id} is completed by {effect['agent_id']}, held by {piece.holder!r}")
        self._over(piece)

    def _after_WorkAbandoned(self, effect: Json, fact: Json) -> None:  # noqa: N802
        self._over(self.pieces[effect["item_id"]])

    def _after_WorkOverflowed(self, effect: Json, fact: Json) -> None:  # noqa: N802
        if effect["way"] != "callback":
            self._over(self.pieces[effect["item_id"]])

    def _after_AgentStateChanged(self, effect: Json, fact: Json) -> None:  # noqa: N802
        agent_id = effect["agent_id"]
        self.states[agent_id] = effect | {"at": self.at}
        held = Counter(self.pieces[item_id].cls for item_id in self.holds.get(agent_id, ()))
        counted = [held[cls] for cls in range(4)]
        if list(effect["load"]) != counted:
            self.report.fault("miscounted", f"{agent_id} is told to have {effect['load']} and has {counted}")

    def _over(self, piece: Piece) -> None:
        if piece.place == "over":
            self.report.fault("doubled", f"{piece.id} ends twice")
        if piece.offers:
            self.report.fault("stuck", f"{piece.id} is over and still rings {[a for a, _ in piece.offers]}")
        self._let_go(piece)
        piece.place = "over"
        self.live.pop(piece.id, None)
        self.report.over += 1

    # ------------------------------------------------------------ books of agents

    def _hold(self, agent_id: str, item_id: str) -> None:
        self.holds.setdefault(agent_id, Counter())[item_id] += 1
        if self.holds[agent_id][item_id] > 1:
            self.report.fault("doubled", f"{agent_id} has {item_id} twice")

    def _drop(self, agent_id: str, item_id: str) -> None:
        if self.holds.get(agent_id, Counter()).pop(item_id, None) is None:
            self.report.fault("miscounted", f"{agent_id} gives back {item_id} without having it")

    def _let_go(self, piece: Piece) -> None:
        if piece.holder:
            self._drop(piece.holder, piece.id)
            piece.holder = ""

    # ------------------------------------------------------------ comparisons

    def _key(self, piece: Piece) -> int:
        return self.aging * (piece.enqueued_at + piece.due_ms) - POINT * piece.points

    def _compare_order(self, piece: Piece, agent_id: str, effect: Json) -> None:
        """Whether somebody equal in everything but his place stood before the one who is offered."""
        if piece.special or len(piece.queues) != 1 or effect["why"]["rule"] == "preferred":
            return
        key = self._key(piece)
        for other in self.live.values():
            if other.place != "line" or other.special or agent_id in other.spared or other is piece:
                continue
            alike = (other.queues, other.cls, other.skills) == (piece.queues, piece.cls, piece.skills)
            if alike and self._key(other) < key:
                self.report.fault("disorder", f"{piece.id} is offered to {agent_id} before {other.id}")

    def _overdue(self, grace: int) -> None:
        for piece in self.live.values():
            for (agent_id, version), ends in piece.offers.items():
                if ends + grace < self.at or (not grace and ends == self.at):
                    self.report.fault("stuck", f"offer {piece.id}/{version} still rings {agent_id} after its end")

    def finish(self, promised: Iterable[str] = ()) -> Report:
        """Compares what is left at the end; `promised` are ids whose enqueueing was acknowledged to somebody."""
        report = self.report
        for item_id in promised:
            if item_id not in self.pieces:
                report.fault("lost", f"{item_id} was acknowledged and is not in the journal")
        self._overdue(60_000)
        report.left = dict(Counter(piece.place for piece in self.pieces.values() if piece.place != "over"))
        if report.left.get("accepted"):
            report.fault("lost", "an offer was won and nobody has the item")
        for piece in self.live.values():
            if piece.place == "line":
                self._beside_an_idle_agent(piece)
        return report

    def _beside_an_idle_agent(self, piece: Piece) -> None:
        for agent_id, state in self.states.items():
            agent = self.agents.get(agent_id)
            if agent is None or state["state"] != "ready" or any(state["load"]) or agent_id in piece.spared:
                continue
            if self.at - state["at"] > IDLE_TOO_LONG and not piece.special and _suits(agent, piece):
                self.report.fault("stuck", f"{piece.id} waits beside {agent_id}, who is idle")


def _odd(steps: list[Json]) -> bool:
    return any(step["only"] or step.get("any_of") for step in steps)


def _suits(agent: Json, piece: Piece) -> bool:
    chosen, names = agent.get("chosen"), ("voice", "chat", "email", "task")
    seats = [seat for seat in agent["seats"] if chosen is None or seat["queue_id"] in chosen]
    if not any(seat["queue_id"] in piece.queues and seat["level"] == 1 for seat in seats):
        return False
    if agent["capacity"].get(names[piece.cls], 1) < 1:
        return False
    return all(agent["skills"].get(name, -1) >= level for name, level in piece.skills.items())


def check(lines: Iterable[str], promised: Iterable[str] = ()) -> Report:
    """Checks an export, line by line."""
    checker = Checker()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not isinstance(entry, Mapping) or entry.get("v") != 1:
                raise ValueError("not an entry of version 1")
            checker.read(dict(entry))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            checker.report.fault("lost", f"line {number} is not understood: {error!r}")
    return checker.finish(promised)
