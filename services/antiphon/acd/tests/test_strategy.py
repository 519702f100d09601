"""The catalogue: its texts, and each strategy's choice over time."""

from dataclasses import replace

import pytest

from antiphon.acd.domain import strategy
from antiphon.acd.domain.agent import Agent, Seat
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.explain import strategies
from antiphon.acd.domain.inputs import QueueConfigured
from antiphon.acd.domain.strategy import CATALOGUE
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


@pytest.mark.clause("A05")
def test_every_entry_tells_its_advantages_drawbacks_and_use() -> None:
    assert {"longest_idle", "sequential", "least_loaded"} <= {entry.name for entry in strategies()}
    for entry in strategies():
        texts = (entry.title, entry.advantages, entry.drawbacks, entry.use, entry.compares)
        assert all(len(text.strip()) > 10 for text in texts), entry.name
        assert len(set(texts)) == len(texts)
        assert entry.aliases


@pytest.mark.clause("A05")
def test_switching_the_strategy_applies_to_the_next_call() -> None:
    scene = Scene("q", "A q:1:2", "B q:1:1").ready("A").at(1).ready("B")
    assert scene.calls("i1").offers == [("i1", "A")]
    scene.declines("A", "i1").declines("B", "i1")
    scene.tell(replace_strategy(scene, "sequential"))
    assert scene.calls("i2").offers == [("i2", "B")]


def replace_strategy(scene: Scene, name: str) -> QueueConfigured:
    return QueueConfigured(replace(scene.brain.floor.queues["q"].settings, strategy=name))


@pytest.mark.clause("A06")
def test_sequential_invites_1_2_3_one_at_a_time_when_1_and_2_do_not_answer() -> None:
    scene = Scene("q", "C q:1:3", "A q:1:1", "B q:1:2", strategy="sequential").ready("C", "A", "B")
    invited = scene.calls("i1").offers
    invited += scene.tick(20).offers
    invited += scene.tick(40).offers
    assert invited == [("i1", "A"), ("i1", "B"), ("i1", "C")]
    assert [scene.agent_state(agent) for agent in "ABC"] == ["not_responding", "not_responding", "ready"]
    assert scene.accepts("C", "i1").item_state("i1") == "connected"


@pytest.mark.clause("A07")
@pytest.mark.parametrize(
    ("name", "served"),
    [("longest_idle", "ABCABC"), ("round_robin", "ABCABC"), ("sequential", "AAAAAA"), ("fewest_contacts", "ABCCBA")],
)
def test_who_serves_six_short_calls_in_a_row(name: str, served: str) -> None:
    scene = Scene("q", "A q:1:1", "B q:1:2", "C q:1:3", strategy=name).ready("A", "B", "C")
    found = ""
    for number in range(6):
        ((item_id, agent_id),) = scene.at(10 + number).calls(f"i{number}").offers
        scene.accepts(agent_id, item_id).at(10.5 + number).hangs_up(agent_id, item_id)
        found += agent_id
    assert found == served


def test_least_loaded_fills_the_emptiest_share_first() -> None:
    scene = Scene("q", strategy="least_loaded").agent("A q", capacity={"chat": 2}).agent("B q", capacity={"chat": 4})
    offers = scene.ready("A", "B").calls(*(f"c{n}" for n in range(7)), channel="webchat").offers
    assert "".join(agent_id for _, agent_id in offers) == "ABBABB"


def test_fewest_contacts_does_not_flood_a_late_login() -> None:
    old = Agent("old", 1, logged_in_since=0, contacts=80, keyed_at=8 * 3_600_000)
    new = Agent("new", 2, logged_in_since=7 * 3_600_000, contacts=12, keyed_at=8 * 3_600_000)
    key = CATALOGUE["fewest_contacts"].key
    seat = Seat("q")
    assert key(old, seat, ChannelClass.VOICE, ()) < key(new, seat, ChannelClass.VOICE, ())


def test_a_new_strategy_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = replace(CATALOGUE["longest_idle"], name="newest", key=lambda agent, *_: (-agent.seq,))
    monkeypatch.setitem(strategy.CATALOGUE, "newest", newest)
    assert Scene("q", "A q", "B q", strategy="newest").ready("A", "B").calls("i1").offers == [("i1", "B")]
