"""Required agents, chats, redials, blends, and `antiphon wfm staff` on good and bad files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiphon.wfm.app.intervals import staff, table
from antiphon.wfm.app.staffing import read, results
from antiphon.wfm.cli import app
from antiphon.wfm.domain import blend
from antiphon.wfm.domain.chat import Chats, chat
from antiphon.wfm.domain.queueing import erlang_a, erlang_c
from antiphon.wfm.domain.reasons import Reason, Refusal
from antiphon.wfm.domain.redial import Lines, erlang_x
from antiphon.wfm.domain.required import Target, required_agents, scheduled, with_patience

pytestmark = pytest.mark.domain

CASES = Path(__file__).with_name("cases.json")


def cases() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(CASES.read_text())["cases"]
    return listed


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_reference_values(case: dict[str, Any]) -> None:
    (told,) = results([{name: case[name] for name in ("id", "kind", "input")}])
    assert told["id"] == case["id"]
    assert told["result"].keys() == case["expected"].keys()
    absolute = 1e-4 if case["kind"] == "chat" else 1e-6
    for name, value in case["expected"].items():
        if isinstance(value, int):
            assert told["result"][name] == value
        else:
            assert told["result"][name] == pytest.approx(value, abs=absolute, rel=1e-5 if value > 1 else 0)


@given(
    st.lists(st.floats(1e-6, 2000), min_size=1, max_size=20),
    st.floats(0, 0.999),
    st.floats(0, 300),
    st.floats(10, 2000),
)
def test_required_is_the_least_that_reaches(loads: list[float], level: float, within: float, aht: float) -> None:
    load = np.array(loads)
    found = required_agents(load, aht, level, within)
    assert (found > load).all()
    assert (erlang_c(found, load, aht, within).service_level >= level - 1e-12).all()
    fewer = found - 1
    assert ((fewer <= load) | (erlang_c(fewer, load, aht, within).service_level < level + 1e-12)).all()


def test_required_of_nothing_and_of_very_much() -> None:
    assert required_agents([0, 1e-12, 0.1], 180, 0.8, 20).tolist() == [0, 1, 1]
    assert required_agents(1e8, 180, 0.8, 20).tolist() == [100_000_015]
    assert required_agents([10, 10.5], 180, 0.0, 0).tolist() == [11, 11]  # a queue that does not grow for ever
    with pytest.raises(Refusal) as refused:
        required_agents(10, 180, 1.0, 20)
    assert refused.value.reason is Reason.IMPOSSIBLE_TARGET


@settings(deadline=None, max_examples=30)
@given(st.floats(0.1, 100), st.floats(5, 2000), st.floats(0.1, 0.99))
def test_the_impatient_need_no_more(load: float, patience: float, level: float) -> None:
    target = Target(level, 20)
    found = with_patience(load, 180, patience, target)
    assert erlang_a(found, load, 180, patience, 20).service_level >= level
    assert erlang_a(found - 1, load, 180, patience, 20).service_level < level
    assert found <= required_agents(load, 180, level, 20)[0]


def test_shrinkage_rounds_up_but_not_by_rounding_errors() -> None:
    assert scheduled([14, 7, 0], [0.3, 0.3, 0.3]).tolist() == [20, 10, 0]
    with pytest.raises(Refusal):
        scheduled(10, 1.0)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.floats(0.05, 60), st.floats(10, 1000), st.floats(0, 100))
def test_one_chat_at_once_is_erlang_a(agents: int, load: float, patience: float, within: float) -> None:
    found = chat(agents, Chats(load / 300, (300.0,), patience, within))
    known = erlang_a(agents, load, 300, patience, within)
    for here, there in zip(found, known, strict=True):
        assert float(here[0]) == pytest.approx(float(there), rel=1e-8, abs=1e-9)


def test_more_chats_at_once_help_as_long_as_they_do_not_slow_too_much() -> None:
    levels = [
        float(chat(6, Chats(100 / 3600, aht, 180, 30)).service_level[0])
        for aht in [(400.0,), (400.0, 480.0), (400.0, 480.0, 600.0), (400.0, 800.0)]
    ]
    assert levels[0] < levels[1] < levels[2]
    assert levels[3] < levels[1]
    assert float(chat(6, Chats(100 / 3600, (400.0,), np.inf, 30)).service_level[0]) == 0.0
    assert float(chat(0, Chats(0.1, (400.0,))).service_level[0]) == 0.0


def test_x_without_redials_and_with_many_lines_is_erlang_a() -> None:
    found = erlang_x(Lines(10, 400, 200 / 3600, 180, 120, 20))
    known = erlang_a(10, 10.0, 180, 120, 20)
    assert found.service_level == pytest.approx(float(known.service_level), abs=1e-9)
    assert found.p_abandon == pytest.approx(float(known.p_abandon), abs=1e-9)


def test_x_with_no_room_to_wait_is_erlang_b() -> None:
    found = erlang_x(Lines(10, 10, 5 / 180, 180, 120, 20))
    assert found.p_block == pytest.approx(0.0183845703366, abs=1e-12)
    assert found.service_level == pytest.approx(1 - found.p_block)


@given(st.floats(0, 0.9), st.floats(0, 0.9), st.integers(1, 30), st.integers(0, 40), st.floats(0.2, 40))
def test_redials_add_up(abandon: float, block: float, agents: int, room: int, load: float) -> None:
    rate = load / 180
    found = erlang_x(Lines(agents, agents + room, rate, 180, 100, 20, abandon, block))
    again = abandon * found.p_abandon + block * found.p_block
    assert found.arrivals * (1 - again) == pytest.approx(rate, rel=1e-9)
    assert 0 <= found.service_level <= 1
    assert found.service_level <= erlang_x(Lines(agents, agents + room, rate, 180, 100, 20)).service_level + 1e-9


def test_those_who_always_call_again_never_settle() -> None:
    with pytest.raises(Refusal) as refused:
        erlang_x(Lines(5, 20, 10 / 180, 180, 100, 20, 1.0, 1.0))
    assert refused.value.reason is Reason.NEVER_SETTLES


def test_a_blend_needs_fewer_than_its_parts_and_does_all_the_work() -> None:
    voice = blend.Stream("voice", 60 / 1800, 240)
    chats = blend.Stream("chat", 60 / 1800, 600, Target(0.8, 60), at_once=3)
    letters = blend.Stream("letters", 40 / 1800, 300, deferrable=True)
    both, apart = blend.blended([voice, chats]), blend.blended([voice]) + blend.blended([chats])
    assert both <= apart
    assert blend.blended([voice, chats, letters]) >= voice.load + chats.load + letters.load
    assert blend.blended([voice, letters]) >= blend.blended([voice])


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 80), min_size=1),
    st.integers(0, 300),
)
def test_the_split_adds_up_and_carries_its_load(loads: dict[str, float], agents: int) -> None:
    split = blend.square_root_split(loads, agents)
    assert all(count > loads[name] for name, count in split.items() if loads[name] > 0)
    if agents > sum(loads.values()) + 2 * len(loads):
        assert agents <= sum(split.values()) <= agents + len(loads)


def test_a_skill_nobody_has() -> None:
    streams = [blend.Stream("Ukrainian", 0.1, 200), blend.Stream("Russian", 0.1, 200)]
    assert sum(blend.multi_skill(streams, {"both": ["Ukrainian", "Russian"], "one": ["Russian"]}).values()) >= 41
    with pytest.raises(Refusal, match="Ukrainian: nobody has this skill"):
        blend.multi_skill(streams, {"one": ["Russian"]})


BAD = [
    ({}, "input"),
    ({"kind": "erlang_c"}, "input"),
    ({"kind": "tea", "input": {}}, "kind"),
    ({"kind": "erlang_c", "input": {"contacts": 1, "interval_s": 0, "aht_s": 1, "agents": 1}}, "interval_s"),
    ({"kind": "erlang_c", "input": {"contacts": -1, "interval_s": 9, "aht_s": 1, "agents": 1}}, "contacts"),
    ({"kind": "erlang_c", "input": {"contacts": 1, "interval_s": 9, "aht_s": "x", "agents": 1}}, "aht_s"),
    ({"kind": "erlang_b", "input": {"agents": 1, "erlangs": float("nan")}}, "erlangs"),
    ({"kind": "chat", "input": {"agents": 1.5, "contacts": 1, "interval_s": 9, "aht_s": [1]}}, "agents"),
    ({"kind": "required_agents", "input": {"contacts": 1, "interval_s": 9, "aht_s": 1, "service_level": 80}}, "level"),
]


@pytest.mark.parametrize(("case", "named"), BAD)
def test_a_bad_case_is_refused_by_name_and_the_next_goes_on(case: dict[str, Any], named: str) -> None:
    good = {"id": "good", "kind": "erlang_b", "input": {"agents": 10, "erlangs": 5}}
    refused, fine = results([{"id": "bad", **case}, good])
    assert refused["id"] == "bad"
    assert named in refused["error"]["message"]
    assert fine["result"]["blocking"] == pytest.approx(0.0183845703366)


def test_overload_is_told_without_infinities() -> None:
    case = {"contacts": 100, "interval_s": 1800, "aht_s": 180, "target_s": 20, "agents": 10}
    (told,) = results([{"id": 1, "kind": "erlang_c", "input": case}])
    assert told["result"] == {"p_wait": 1.0, "service_level": 0.0, "asa_s": None}
    json.dumps(told, allow_nan=False)
    with pytest.raises(Refusal, match="not JSON"):
        read("{")


def test_intervals_of_a_csv() -> None:
    rows = table("start;contacts;aht;target\n08:00;100;180;0.8\n08:30;0;180;\n09:00;many;180;\n09:30;100;180;0.9\n")
    found = staff(rows, {"interval_s": 1800, "shrinkage": 0.3, "service_level": 0.8})
    assert [row.get("agents") for row in found] == [14, 0, None, 15]
    assert found[0]["scheduled"] == 20
    assert found[2]["error"]["field"] == "contacts"
    assert found[1]["occupancy"] == 0.0


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["staff", str(CASES), "--json"])
    assert run.exit_code == 0
    assert len([json.loads(line) for line in run.output.splitlines()]) == len(cases())
    day = tmp_path / "day.csv"
    day.write_text("start,contacts,aht_s\n08:00,100,180\n08:30,,180\n")
    run = CliRunner().invoke(app, ["staff", str(day), "--json", "--within", "20"])
    assert run.exit_code == 1
    first, second = (json.loads(line) for line in run.output.splitlines())
    assert (first["agents"], second["error"]["field"]) == (14, "contacts")
    assert CliRunner().invoke(app, ["staff", str(day)]).exit_code == 1
    day.write_text("")
    assert CliRunner().invoke(app, ["staff", str(day)]).exit_code == 2
