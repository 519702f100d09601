"""The checker finds what is wrong, and only that; a replay decides alike; the past explains itself."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from antiphon.acd import check as checker
from antiphon.acd.app.journal import Entry, encode
from antiphon.acd.check import check
from antiphon.acd.cli import app
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.domain.reasons import Refusal
from antiphon.acd.past import replay, story
from antiphon.acd.tests.chance import Chance

pytestmark = pytest.mark.domain

Lines = list[str]


class Pen:
    """Writes what a brain lives through as a journal export."""

    def __init__(self) -> None:
        self.brain = Brain()
        self.lines: Lines = []

    def write(self, at: int, *facts: i.Input) -> None:
        done: list[i.Input] = []
        effects: list[Any] = []
        for fact in facts:
            try:
                effects.append(tuple(self.brain.handle(fact, now=at)))
                done.append(fact)
            except Refusal:
                continue
        entry = encode(Entry(f"jn_{len(self.lines)}", at, tuple(done), tuple(effects)))
        self.lines.append(json.dumps({"seq": len(self.lines) + 1} | json.loads(entry)))


def chance_journal(seed: int, steps: int = 120) -> Lines:
    pen = Pen()
    chance = Chance(seed, pen.brain)
    pen.write(chance.now, *chance.opening())
    for _ in range(steps):
        fact = chance.fact()
        pen.write(chance.now, *[fact] if isinstance(fact, i.TimePassed) else [i.TimePassed(), fact])
    return pen.lines


def small_journal() -> Lines:
    """Two agents, three calls: one served, one declined and ringing the other, one in line."""
    pen = Pen()
    pen.write(0, i.QueueConfigured(QueueSettings("q")))
    for agent_id in "AB":
        pen.write(1, i.AgentConfigured(agent_id, (Seat("q"),)), i.AgentStateSet(agent_id, AgentState.READY))
    for number in (1, 2, 3):
        pen.write(1_000 * number, i.WorkEnqueued(f"i{number}", "q", contact_id=f"c{number}"))
    pen.write(4_000, i.OfferAccepted("i1", 1, "A"))
    pen.write(5_000, i.OfferDeclined("i2", 1, "B"))
    pen.write(6_000, i.WorkReleased("i1", "A"))
    return pen.lines


def test_the_checker_shares_no_code_with_the_engine() -> None:
    tree = ast.parse(Path(checker.__file__).read_text())
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert not [module for module in modules if module.startswith("antiphon")]


def test_whatever_happens_the_books_are_right() -> None:
    for seed in range(25):
        report = check(chance_journal(seed))
        assert report.clean, (seed, report.faults)
    assert report.items > 20


def test_replaying_a_journal_gives_the_same_decisions_byte_for_byte() -> None:
    for seed in range(25):
        lines = chance_journal(seed)
        count, differences = replay(lines)
        assert count > 100
        assert differences == []


def change(lines: Lines, number: int, edit: Callable[[Any], None]) -> Lines:
    entry = json.loads(lines[number])
    edit(entry)
    return [*lines[:number], json.dumps(entry), *lines[number + 1 :]]


def effect(entry: Any, kind: str) -> Any:
    return next(one for group in entry["effects"] for one in group if one["kind"] == kind)


def test_the_small_journal_is_clean() -> None:
    report = check(small_journal(), promised=["i1", "i2", "i3"])
    assert (report.clean, report.items, report.over, report.left) == (True, 3, 1, {"ringing": 2}), report.faults


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("lost", lambda lines: change(lines, 5, lambda e: e["effects"].__setitem__(0, []))),
        ("lost", lambda lines: lines[:3] + lines[4:]),
        ("lost", lambda lines: [*lines, "no json"]),
        ("doubled", lambda lines: change(lines, 6, lambda e: effect(e, "WorkAccepted").update(agent_id="B"))),
        ("doubled", lambda lines: change(lines, 4, lambda e: effect(e, "WorkOffered").update(item_id="i1"))),
        ("stuck", lambda lines: change(lines, 8, lambda e: e.update(at=900_000))),
        (
            "miscounted",
            lambda lines: change(lines, 4, lambda e: effect(e, "AgentStateChanged").update(load=[1, 1, 0, 0])),
        ),
        ("clock", lambda lines: change(lines, 8, lambda e: e.update(at=10))),
        ("clock", lambda lines: [*lines, lines[-1]]),
    ],
)
def test_each_kind_of_fault_is_found(kind: str, spoil: Callable[[Lines], Lines]) -> None:
    spoiled = spoil(small_journal())
    assert check(spoiled).counts[kind]


def test_an_entry_of_the_release_before_is_understood() -> None:
    settings = {"queue_id": "q", "strategy": "longest_idle", "weight": 0, "max_waiting": None, "ring_ms": None}
    settings |= {"wrap_up": {"mode": "none", "limit_ms": None}, "level_delays": []}
    fact = {"kind": "WorkEnqueued", "item_id": "i1", "queue_id": "q", "channel": "voice", "priority": 0, "skills": {}}
    fact |= {"excluded": [], "preferred": None, "preferred_wait_ms": 0, "steps": [], "contact_id": "", "attributes": {}}
    queued = {"kind": "WorkQueued", "item_id": "i1", "queue_id": "q", "position": 1}
    inputs = [{"kind": "QueueConfigured", "settings": settings}, fact]
    line = json.dumps({"v": 1, "id": "jn_1", "at": 5, "inputs": inputs, "effects": [[], [queued]]})
    assert replay([line]) == (2, [])
    assert check([line]).clean


def test_serving_the_second_before_the_first_is_found() -> None:
    pen = Pen()
    pen.write(0, i.QueueConfigured(QueueSettings("q")), i.AgentConfigured("A", (Seat("q"),)))
    pen.write(1_000, i.WorkEnqueued("i1", "q"))
    pen.write(2_000, i.WorkEnqueued("i2", "q"))
    pen.write(3_000, i.AgentStateSet("A", AgentState.READY))
    swapped = change(pen.lines, 3, lambda entry: effect(entry, "WorkOffered").update(item_id="i2"))
    assert check(pen.lines).clean
    assert check(swapped).counts["disorder"] == 1


def test_an_acknowledged_item_that_is_not_in_the_journal_is_lost() -> None:
    assert check(small_journal(), promised=["i1", "i9"]).counts["lost"] == 1


def test_the_past_explains_itself() -> None:
    told = list(story(small_journal(), "c2"))
    assert [line.what for line in told] == ["WorkQueued", "WorkOffered", "OfferEnded", "waits", "WorkOffered"]
    first = told[1]
    assert "Offered to B" in first.text
    assert first.facts["others"] == {"A": "busy"}
    assert told[3].facts == {"position": 1, "just_declined": 1, "busy": 1}
    assert list(story(small_journal(), "nobody")) == []


def test_a_past_whose_beginning_is_gone_tells_what_was_journalled() -> None:
    told = list(story(small_journal()[1:], "c2"))
    assert [line.what for line in told] == ["WorkQueued", "WorkOffered", "OfferEnded", "WorkOffered"]
    assert told[1].facts["others"] == {}
    assert told[1].why is not None


def test_the_commands_say_it_and_their_exit_codes_too(tmp_path: Path) -> None:
    run, file, bad = CliRunner(), tmp_path / "journal.jsonl", tmp_path / "bad.jsonl"
    file.write_text("\n".join(small_journal()))
    bad.write_text("\n".join(small_journal()[4:]))
    good = run.invoke(app, ["check", str(file), "--json"])
    assert (good.exit_code, json.loads(good.stdout)["items"]) == (0, 3)
    assert run.invoke(app, ["check", str(bad)]).exit_code == 1
    assert run.invoke(app, ["replay", str(file)]).exit_code == 0
    told = run.invoke(app, ["explain", "i2", str(file), "--json"])
    assert [json.loads(line)["what"] for line in told.stdout.splitlines()][1] == "WorkOffered"
    assert run.invoke(app, ["explain", "i2", str(tmp_path)]).exit_code == 2
