"""Decision cases: the shared ones, and ours, one line each."""

import json
from pathlib import Path
from typing import Any

import pytest

from antiphon.acd.domain.decide import decide

pytestmark = pytest.mark.domain

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())["cases"]
I1 = {"id": "i1", "enqueued": 10}
I2 = {"id": "i2", "enqueued": 20}
DE = {"requires": {"de": 3}}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['title']}")
def test_shared_case(case: dict[str, Any]) -> None:
    assert decide(case["input"]) == case["expected"]


def agent(name: str, **facts: Any) -> dict[str, Any]:
    return {"id": name, **facts}


CHAT = {"channel": "chat"}
TABLE: list[tuple[str, dict[str, Any], list[Any], list[Any], str]] = [
    ("skill missing", {}, [agent("A"), agent("B", skills={"de": 3})], [I1 | DE], "i1-B"),
    ("skill too low", {}, [agent("A", skills={"de": 2})], [I1 | DE], ""),
    ("skills as a list", {}, [agent("A", skills=["de"])], [I1 | {"skills": ["de"]}], "i1-A"),
    ("excluded", {}, [agent("A"), agent("B", ready_since=5)], [I1 | {"excluded": ["A"]}], "i1-B"),
    ("preferred", {}, [agent("A"), agent("B", ready_since=5)], [I1 | {"preferred": "B"}], "i1-B"),
    ("preferred is busy", {}, [agent("A"), agent("B", load={"voice": 1})], [I1 | {"preferred": "B"}], "i1-A"),
    ("preferred is waited for", {}, [agent("A")], [I1 | {"preferred": "B", "preferred_wait": 999}], "i1-A"),
    (
        "busy preferred is waited for",
        {},
        [agent("A"), agent("B", load={"voice": 1})],
        [I1 | {"preferred": "B", "preferred_wait": 999}],
        "",
    ),
    ("wait for preferred is over", {}, [agent("A")], [I1 | {"preferred": "B", "preferred_wait": 5}], "i1-A"),
    ("items in order", {}, [agent("A"), agent("B", ready_since=5)], [I2, I1], "i1-A i2-B"),
    ("priority first", {}, [agent("A")], [I1, I2 | {"priority": 11}], "i2-A"),
    ("no aging: priority only", {"aging_rate": 0}, [agent("A")], [I1, I2 | {"priority": 1}], "i2-A"),
    ("half a point a second", {"aging_rate": 0.5}, [agent("A")], [I1, I2 | {"priority": 6}], "i2-A"),
    ("voice before an older chat", {}, [agent("A")], [I1 | CHAT, I2], "i2-A"),
    ("three chats and no more", {}, [agent("A")], [{"id": f"c{n}", **CHAT} for n in range(4)], "c0-A c1-A c2-A"),
    ("chat capacity", {}, [agent("A", capacity={"chat": 1})], [I1 | CHAT, I2 | CHAT], "i1-A"),
    ("chat keeps voice out", {}, [agent("A", load={"chat": 1})], [I1], ""),
    ("unless it may interrupt", {"voice_interrupts_chat": True}, [agent("A", load={"chat": 1})], [I1], "i1-A"),
    ("e-mail beside a chat", {}, [agent("A", load={"chat": 1})], [I1 | {"channel": "email"}], "i1-A"),
    ("messengers are chats", {}, [agent("A", load={"voice": 1})], [I1 | {"channel": "telegram"}], ""),
    ("not ready", {}, [agent("A", state="NOT_READY")], [I1], ""),
    ("another queue", {}, [agent("A", queues=["x"])], [I1], ""),
    ("level per queue", {}, [agent("A", queues=[{"id": "q", "level": 2}]), agent("B", ready_since=9)], [I1], "i1-B"),
    ("sequential", {"strategy": "sequential"}, [agent("A", position=2), agent("B", position=1)], [I1], "i1-B"),
    (
        "sequential by skill",
        {"strategy": "sequential"},
        [agent("A", skills={"de": 3}), agent("B", skills={"de": 5})],
        [I1 | DE],
        "i1-B",
    ),
    (
        "least loaded, by share",
        {"strategy": "least_loaded"},
        [agent("A", load={"chat": 1}, capacity={"chat": 2}), agent("B", load={"chat": 2}, capacity={"chat": 5})],
        [I1 | CHAT],
        "i1-B",
    ),
    (
        "fewest contacts",
        {"strategy": "fewest_contacts"},
        [agent("A", contacts=3), agent("B", contacts=2, ready_since=9)],
        [I1],
        "i1-B",
    ),
    (
        "fewest contacts an hour",
        {"strategy": "fewest_contacts"},
        [agent("A", contacts=3, logged_in_for=90), agent("B", contacts=2, logged_in_for=30)],
        [I1],
        "i1-A",
    ),
    ("second tier not open yet", {"level_delays": {"2": 300}}, [agent("A", level=1, state="offline")], [I1], ""),
    ("nobody below: open at once", {"level_delays": {"2": 300}}, [agent("A", level=2)], [I1], "i1-A"),
    (
        "tier closed while the first is manned",
        {"level_delays": {"2": 300}},
        [agent("A", level=2), agent("B", load={"voice": 1})],
        [I1],
        "",
    ),
    (
        "tier open after the wait",
        {"level_delays": {"2": 50}},
        [agent("A", level=2), agent("B", load={"voice": 1})],
        [I1],
        "i1-A",
    ),
    (
        "overflow",
        {},
        [agent("A", queues=["x"])],
        [I1 | {"steps": [{"lasts": 30}, {"add_queues": ["x"]}]}],
        "i1-A",
    ),
    (
        "own queue before overflow, even on a higher level",
        {},
        [agent("A", queues=["x"]), agent("B", level=2)],
        [I1 | {"steps": [{"lasts": 30}, {"add_queues": ["x"]}]}],
        "i1-B",
    ),
    (
        "relaxed skills",
        {},
        [agent("A", skills={"de": 1})],
        [I1 | DE | {"steps": [{"lasts": 30}, {"skills": {"de": 1}}]}],
        "i1-A",
    ),
    ("ring all", {"strategy": "ringall"}, [agent("A"), agent("B", level=2), agent("C")], [I1, I2], "i1-A i1-C i2-B"),
    ("ring progressively", {"strategy": "ring_progressively"}, [agent("A"), agent("B")], [I1], "i1-A"),
    (
        "one of several skill sets",
        {},
        [agent("A", skills={"de": 1}), agent("B", skills={"en": 2})],
        [I1 | {"any_of": [{"de": 3}, {"en": 2}]}],
        "i1-B",
    ),
    ("what a customer is worth", {}, [agent("A")], [I1, I2 | {"value": 11}], "i2-A"),
    (
        "the nearest promise first",
        {"queues": [{"id": "q", "due": 60}, {"id": "x", "due": 10}]},
        [agent("A", queues=["q", "x"])],
        [I1, I2 | {"queue": "x"}],
        "i2-A",
    ),
    (
        "voicemail instead of an agent",
        {},
        [agent("A")],
        [I1 | {"preferred": "B", "preferred_wait": 5, "steps": [{"overflow": "voicemail"}]}],
        "",
    ),
    (
        "an equal key: own queue before overflow, then the lower level",
        {},
        [agent("A", queues=[{"id": "q", "level": 2}, {"id": "x", "level": 1}])],
        [I1 | {"queue": "y", "steps": [{"lasts": 1}, {"add_queues": ["x"]}]}, {"id": "i2", "enqueued": 10}],
        "i2-A",
    ),
]


@pytest.mark.parametrize(
    ("settings", "agents", "items", "offers"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_case(settings: dict[str, Any], agents: list[Any], items: list[Any], offers: str) -> None:
    result = decide({"now": 100, "agents": agents, "items": items, **settings})
    assert " ".join("-".join(offer) for offer in result["offers"]) == offers
