"""Scenario files: the examples are read, and whatever is wrong is refused by the name of its key."""

import pytest

from antiphon.sim.chance import Duration, Shape
from antiphon.sim.loading import EXAMPLES, load, parse
from antiphon.sim.reading import BadScenario, Reason, parse_duration
from antiphon.sim.scenario import DAY, HOUR, MINUTE, SECOND, Channel, Shift

pytestmark = pytest.mark.domain

SMALL = """
lasts = "1h"
[[queue]]
name = "q"
[[demand]]
name = "calls"
queue = "q"
rate = 60
handling = "3m"
[[team]]
name = "team"
agents = 4
queues = ["q"]
"""


@pytest.mark.parametrize("example", sorted(file.stem for file in EXAMPLES.glob("*.toml")))
def test_the_examples_are_scenarios(example: str) -> None:
    scenario = load(example)
    assert scenario.about
    assert scenario.replications == 20


def test_a_small_scenario_has_sensible_defaults() -> None:
    scenario = parse(SMALL, name="small")
    (demand,), (team,) = scenario.demands, scenario.teams
    assert (scenario.name, scenario.lasts_ms, scenario.replications) == ("small", HOUR, 10)
    assert demand.channel is Channel.VOICE
    assert demand.patience.shape is Shape.INFINITE
    assert demand.handling == Duration(Shape.DETERMINISTIC, 3 * MINUTE)
    assert demand.profile == (60.0,)
    assert dict(team.capacity) == {"voice": 1, "chat": 1, "email": 1, "task": 1}


def test_night_shifts_and_their_breaks_end_on_the_next_day() -> None:
    shift = 'shift = [{ from = "22:00", to = "06:00", break = [{ at = "02:00", for = "30m" }] }]\n'
    (team,) = parse(SMALL + shift).teams
    assert team.shifts == (Shift(22 * HOUR, 30 * HOUR, ((26 * HOUR, 30 * MINUTE),)),)
    assert team.shifts[0].to_ms < 2 * DAY


@pytest.mark.parametrize(
    ("text", "millis"),
    [("20s", 20_000), ("1h30m", 90 * MINUTE), ("250ms", 250), (1.5, 1_500), ("2 m", 120_000), ("0.5h", 30 * MINUTE)],
)
def test_durations(text: object, millis: int) -> None:
    assert parse_duration(text) == millis


@pytest.mark.parametrize("text", ["", "20", "s", "-5s", "5 years", True, -1, None, float("nan"), float("inf")])
def test_what_is_no_duration(text: object) -> None:
    assert parse_duration(text) is None


WRONG = [
    ('lasts = "1h"', "", Reason.MISSING, "lasts"),
    ('lasts = "1h"', 'lasts = "soon"', Reason.WRONG_TYPE, "lasts"),
    ('lasts = "1h"', 'lasts = "10s"', Reason.OUT_OF_RANGE, "lasts"),
    ('lasts = "1h"', 'lasts = "1h"\nlast = 2', Reason.UNKNOWN_KEY, "last"),
    ('lasts = "1h"', 'lasts = "1h"\nwarm_up = "1h"', Reason.CONTRADICTION, "warm_up"),
    ('lasts = "1h"', 'lasts = "1h"\nstarts = "25:00"', Reason.WRONG_TYPE, "starts"),
    ('lasts = "1h"', 'lasts = "1h"\nreplications = 0', Reason.OUT_OF_RANGE, "replications"),
    ('lasts = "1h"', "lasts = ", Reason.NOT_TOML, "scenario"),
    ("[[queue]]", "[queue]", Reason.WRONG_TYPE, "queue"),
    ('name = "q"', 'name = "q"\nstrategy = "longest_idel"', Reason.UNKNOWN_NAME, "queue[1].strategy"),
    ('name = "q"', 'name = "q"\nservice_level = { share = 80 }', Reason.OUT_OF_RANGE, "queue[1].service_level.share"),
    ('name = "q"', 'name = "q"\n[[queue]]\nname = "q"', Reason.CONTRADICTION, "queue[2].name"),
    ('name = "q"', 'name = "q"\n[[queue]]\nname = "r"', None, ""),
    ('queue = "q"', 'queue = "p"', Reason.UNKNOWN_NAME, "demand[1].queue"),
    ('queue = "q"', 'queue = "q"\nchannel = "fax"', Reason.UNKNOWN_NAME, "demand[1].channel"),
    ("rate = 60", "", Reason.CONTRADICTION, "demand[1].rate"),
    ("rate = 60", "rate = -1", Reason.OUT_OF_RANGE, "demand[1].rate"),
    ("rate = 60", "rate = 900_000_000", Reason.OUT_OF_RANGE, "demand"),
    ("rate = 60", "rate = nan", Reason.OUT_OF_RANGE, "demand[1].rate"),
    ("rate = 60", "rate = true", Reason.WRONG_TYPE, "demand[1].rate"),
    ("rate = 60", "profile = []", Reason.WRONG_TYPE, "demand[1].profile"),
    ("rate = 60", "profile = [5]", Reason.CONTRADICTION, "demand[1].profile"),
    ("rate = 60", 'profile = [5, "many"]', Reason.WRONG_TYPE, "demand[1].profile[2]"),
    ("rate = 60", 'rate = 60\nbursts = { factor = 9, share = 0.5, lasts = "5m" }', Reason.CONTRADICTION,
     "demand[1].bursts.share"),
    ('handling = "3m"', "", Reason.MISSING, "demand[1].handling"),
    ('handling = "3m"', 'handling = "never"', Reason.WRONG_TYPE, "demand[1].handling"),
    ('handling = "3m"', 'handling = { shape = "normal" }', Reason.UNKNOWN_NAME, "demand[1].handling.shape"),
    ('handling = "3m"', 'handling = { shape = "infinite" }', Reason.OUT_OF_RANGE, "demand[1].handling.shape"),
    ('handling = "3m"', 'handling = { shape = "gamma", mean = "3m", cv = 0 }', Reason.OUT_OF_RANGE,
     "demand[1].handling.cv"),
    ('handling = "3m"', 'handling = { shape = "exponential", mean = "3m", cv = 2 }', Reason.UNKNOWN_KEY,
     "demand[1].handling.cv"),
    ('handling = "3m"', 'handling = "3m"\npaitence = "1m"', Reason.UNKNOWN_KEY, "demand[1].paitence"),
    ("agents = 4", "agents = 2.5", Reason.WRONG_TYPE, "team[1].agents"),
    ("agents = 4", "agents = 0", Reason.CONTRADICTION, "demand[1].queue"),
    ("agents = 4", "agents = 4\ncapacity = { chats = 3 }", Reason.UNKNOWN_NAME, "team[1].capacity"),
    ('queues = ["q"]', "queues = []", Reason.WRONG_TYPE, "team[1].queues"),
    ('queues = ["q"]', 'queues = ["q", "q"]', Reason.CONTRADICTION, "team[1].queues[2].name"),
    ('queues = ["q"]', 'queues = [{ name = "q", level = 0 }]', Reason.OUT_OF_RANGE, "team[1].queues[1].level"),
    ('queues = ["q"]',
     'queues = ["q"]\nshift = [{ from = "09:00", to = "13:00" }, { from = "12:00", to = "18:00" }]',
     Reason.CONTRADICTION, "team[1].shift"),
    ('queues = ["q"]',
     'queues = ["q"]\nshift = [{ from = "06:00", to = "13:00" }, { from = "22:00", to = "07:00" }]',
     Reason.CONTRADICTION, "team[1].shift"),
    ('queues = ["q"]', 'queues = ["q"]\nshift = [{ from = "09:00" }]', Reason.MISSING, "team[1].shift[1].to"),
    ('queues = ["q"]',
     'queues = ["q"]\nshift = [{ from = "09:00", to = "12:00", break = [{ at = "13:00", for = "5m" }] }]',
     Reason.CONTRADICTION, "team[1].shift[1].break[1].at"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "reason", "key"), WRONG)
def test_a_wrong_key_is_named(right: str, wrong: str, reason: Reason | None, key: str) -> None:
    text = SMALL.replace(right, wrong, 1)
    if reason is None:
        assert parse(text).queues
        return
    with pytest.raises(BadScenario) as caught:
        parse(text)
    assert (caught.value.reason, caught.value.facts["key"]) == (reason, key)
    assert caught.value.message.startswith(f"{key}: ")


def test_a_misspelt_key_is_told_the_right_one() -> None:
    with pytest.raises(BadScenario, match="Did you mean `patience`"):
        parse(SMALL.replace('handling = "3m"', 'handling = "3m"\npaitence = "1m"'))


def test_a_missing_file_names_the_examples() -> None:
    with pytest.raises(BadScenario, match="voice_80_20") as caught:
        load("nowhere.toml")
    assert caught.value.reason is Reason.NOT_READABLE


def test_short_abandons_are_left_out_where_the_formula_says_so() -> None:
    text = SMALL.replace('name = "q"', 'name = "q"\nservice_level = { formula = "without_short", short = "3s" }', 1)
    target = parse(text).queues[0].target
    assert (target.short_ms, target.within_ms) == (3 * SECOND, 20 * SECOND)
    assert target.in_words() == "answered within 20 s ÷ (offered − abandoned within 3 s)"
