"""A scenario file becomes a `Scenario`, or a `BadScenario` that names the key. `scenarios/` shows the keys in use."""

from __future__ import annotations

import tomllib
from pathlib import Path

from antiphon.sim.acd import STRATEGIES
from antiphon.sim.chance import FOR_EVER, NOTHING, Duration, Shape
from antiphon.sim.reading import BadScenario, Reason, Table, parse_duration
from antiphon.sim.scenario import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Bursts,
    Channel,
    Demand,
    Formula,
    QueuePlan,
    Retries,
    Scenario,
    Shift,
    Target,
    Team,
)

EXAMPLES = Path(__file__).parent / "scenarios"


def load(where: str) -> Scenario:
    """Read a file, or one of the examples by its name."""
    path = Path(where)
    if not path.exists() and (EXAMPLES / f"{where}.toml").exists():
        path = EXAMPLES / f"{where}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(file.stem for file in EXAMPLES.glob("*.toml")))
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"cannot be read ({why}). Give a file, or one of the examples: {known}"
        raise BadScenario(Reason.NOT_READABLE, where, message) from error
    return parse(text, name=path.stem)


def parse(text: str, *, name: str = "scenario") -> Scenario:
    """Read a scenario from TOML."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(Reason.NOT_TOML, name, f"is not TOML: {error}") from error
    table = Table(document)
    lasts = table.duration("lasts", least=MINUTE)
    queues = tuple(_queue(row) for row in table.tables("queue", required=True))
    known = _unique([queue.name for queue in queues], "queue")
    scenario = Scenario(
        name=table.text("name", name),
        about=table.text("about", ""),
        lasts_ms=lasts,
        starts_ms=table.clock("starts", 0),
        warm_up_ms=table.duration("warm_up", 0),
        interval_ms=table.duration("interval", 30 * MINUTE, least=MINUTE),
        seed=table.whole("seed", 1, most=2**31),
        replications=table.whole("replications", 10, least=1, most=10_000),
        ring_ms=table.duration("ring", 20 * SECOND, least=SECOND),
        voice_interrupts_chat=table.yes("voice_interrupts_chat"),
        queues=queues,
        demands=tuple(_demand(row, known, lasts) for row in table.tables("demand", required=True)),
        teams=tuple(_team(row, known) for row in table.tables("team", required=True)),
    )
    table.done()
    _unique([demand.name for demand in scenario.demands], "demand")
    _unique([team.name for team in scenario.teams], "team")
    _check(scenario)
    return scenario


def _unique(names: list[str], what: str) -> list[str]:
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise BadScenario(Reason.CONTRADICTION, f"{what}[{number}].name", f"`{name}` is taken; choose another")
    return names


MOST_CONTACTS = 5_000_000
"""Of one day; more is a typing error, and would take all night."""


def _check(scenario: Scenario) -> None:
    if scenario.warm_up_ms >= scenario.lasts_ms:
        raise BadScenario(Reason.CONTRADICTION, "warm_up", "is as long as `lasts`; nothing would be counted")
    if scenario.lasts_ms // scenario.interval_ms > 2_000:
        raise BadScenario(
            Reason.OUT_OF_RANGE, "interval", "is too short for such a time; the report has 2,000 intervals"
        )
    contacts = sum(sum(demand.profile) for demand in scenario.demands)
    if contacts > MOST_CONTACTS:
        message = f"brings {contacts:,.0f} contacts in all; at most {MOST_CONTACTS:,} can be simulated"
        raise BadScenario(Reason.OUT_OF_RANGE, "demand", message)
    manned = {queue for team in scenario.teams if team.agents for queue, _ in team.seats}
    for number, demand in enumerate(scenario.demands, 1):
        if demand.queue not in manned:
            message = f"nobody works in `{demand.queue}`; name it in a team's `queues`"
            raise BadScenario(Reason.CONTRADICTION, f"demand[{number}].queue", message)


def _queue(table: Table) -> QueuePlan:
    target = table.table("service_level") if table.has("service_level") else None
    plan = QueuePlan(
        name=table.text("name"),
        strategy=table.among("strategy", table.text("strategy", "longest_idle"), STRATEGIES),
        target=Target() if target is None else _target(target),
        changes=tuple(_change(row) for row in table.tables("change")),
        level_delays=tuple(_level_delay(row) for row in table.tables("level_delay")),
        max_waiting=table.whole("max_waiting") if table.has("max_waiting") else None,
        weight=table.whole("weight", 0),
    )
    table.done()
    return plan


def _target(table: Table) -> Target:
    target = Target(
        table.number("share", 0.8, most=1),
        table.duration("within", 20 * SECOND),
        table.choice("formula", Formula, Formula.ALL),
        table.duration("short", 5 * SECOND),
    )
    table.done()
    return target


def _change(table: Table) -> tuple[int, str]:
    change = table.duration("after"), table.among("strategy", table.text("strategy"), STRATEGIES)
    table.done()
    return change


def _level_delay(table: Table) -> tuple[int, int]:
    delay = table.whole("level", least=1), table.duration("after")
    table.done()
    return delay


def _demand(table: Table, queues: list[str], lasts: int) -> Demand:
    profile, interval = _profile(table, lasts)
    demand = Demand(
        name=table.text("name"),
        queue=table.among("queue", table.text("queue"), queues),
        channel=table.choice("channel", Channel, Channel.VOICE),
        profile=profile,
        interval_ms=interval,
        handling=_duration(table, "handling"),
        wrap_up=_duration(table, "wrap_up", NOTHING),
        patience=_duration(table, "patience", FOR_EVER),
        answer=_duration(table, "answer", NOTHING),
        variation=table.number("variation", 0.0, most=3),
        bursts=_bursts(table.table("bursts")) if table.has("bursts") else None,
        retries=_retries(table.table("retries")) if table.has("retries") else None,
        priority=table.whole("priority", 0),
        skills=table.levels("skills"),
        drag=table.number("drag", 0.0, most=10),
    )
    table.done()
    return demand


def _profile(table: Table, lasts: int) -> tuple[tuple[float, ...], int]:
    """`rate` contacts an hour all the time, or `profile` contacts per `interval`."""
    if table.has("rate") == table.has("profile"):
        raise table.bad(Reason.CONTRADICTION, "rate", "give either `rate` (an hour) or `profile` (per interval)")
    interval = table.duration("interval", 30 * MINUTE, least=MINUTE)
    if table.has("rate"):
        return (table.number("rate") * lasts / HOUR,), lasts
    values = table.items("profile")
    rows = Table({f"profile[{number}]": value for number, value in enumerate(values, 1)}, table.path)
    profile = tuple(rows.number(f"profile[{number}]") for number in range(1, len(values) + 1))
    if len(profile) * interval < lasts:
        covered = f"{len(profile)} intervals of {interval / MINUTE:g} min do not cover {lasts / MINUTE:g} min"
        message = f"{covered}; it needs {-(-lasts // interval)} values, or a shorter `lasts`"
        raise table.bad(Reason.CONTRADICTION, "profile", message)
    return profile, interval


def _duration(table: Table, name: str, default: Duration | None = None) -> Duration:
    """A plain duration (as it is meant: always the same), or { shape, mean, cv }."""
    if default is not None and not table.has(name):
        return default
    plain = parse_duration(table.raw(name))
    if plain is not None:
        return Duration(Shape.DETERMINISTIC, plain)
    if table.raw(name) == "never" and default is FOR_EVER:
        return FOR_EVER
    inner = table.table(name)
    shape = inner.choice("shape", Shape)
    if shape is Shape.INFINITE:
        if default is not FOR_EVER:
            raise inner.bad(Reason.OUT_OF_RANGE, "shape", "only patience may be infinite; give a mean")
        inner.done()
        return FOR_EVER
    duration = Duration(shape, inner.duration("mean", least=1))
    if shape in (Shape.LOGNORMAL, Shape.GAMMA):
        duration = Duration(shape, duration.mean_ms, inner.number("cv", 1.0, above=True, most=20))
    inner.done()
    return duration


def _bursts(table: Table) -> Bursts:
    bursts = Bursts(
        table.number("factor", least=1, most=100),
        table.number("share", above=True, most=0.9),
        table.duration("lasts", least=SECOND),
    )
    if bursts.calm_factor < 0:
        message = (
            f"bursts of ×{bursts.factor:g} in {bursts.share:.0%} of the time bring more than all contacts; lower it"
        )
        raise table.bad(Reason.CONTRADICTION, "share", message)
    table.done()
    return bursts


def _retries(table: Table) -> Retries:
    retries = Retries(table.number("chance", most=1), _duration(table, "after"), table.whole("most", 3, most=50))
    table.done()
    return retries


def _team(table: Table, queues: list[str]) -> Team:
    team = Team(
        name=table.text("name"),
        agents=table.whole("agents", most=100_000),
        seats=_seats(table, queues),
        skills=table.levels("skills"),
        capacity=_capacity(table),
        shifts=_shifts(table),
        pace=table.number("pace", 1.0, above=True, most=100),
        conversion=table.number("conversion", 0.0, most=1),
        misses=table.number("misses", 0.0, most=1),
        back_after_ms=table.duration("back_after", MINUTE),
    )
    table.done()
    return team


def _capacity(table: Table) -> tuple[tuple[str, int], ...]:
    """Per channel; what is not named is one at a time."""
    given = dict(table.levels("capacity"))
    for name in given:
        table.among("capacity", name, list(Channel))
    return tuple((channel.value, given.get(channel.value, 1)) for channel in Channel)


def _seats(table: Table, queues: list[str]) -> tuple[tuple[str, int], ...]:
    seats: dict[str, int] = {}
    for number, value in enumerate(table.items("queues"), 1):
        row = Table(value if isinstance(value, dict) else {"name": value}, f"{table.key('queues')}[{number}]")
        name = row.among("name", row.text("name"), queues)
        if name in seats:
            raise row.bad(Reason.CONTRADICTION, "name", f"`{name}` is listed twice; keep one")
        seats[name] = row.whole("level", 1, least=1)
        row.done()
    return tuple(seats.items())


def _shifts(table: Table) -> tuple[Shift, ...]:
    """Every agent of the team works all of them, so they must not overlap, not over midnight either."""
    shifts = sorted((_shift(row) for row in table.tables("shift")), key=lambda shift: shift.from_ms)
    following = [*(shift.from_ms for shift in shifts[1:]), *(shift.from_ms + DAY for shift in shifts[:1])]
    if any(shift.to_ms > start for shift, start in zip(shifts, following, strict=True)):
        message = "overlap; an agent works all shifts of his team. Make two teams, or one shift"
        raise table.bad(Reason.CONTRADICTION, "shift", message)
    return tuple(shifts)


def _shift(table: Table) -> Shift:
    start, end = table.clock("from"), table.clock("to")
    end += DAY if end <= start else 0
    breaks = []
    for row in table.tables("break"):
        at, length = row.clock("at"), row.duration("for", least=MINUTE)
        at += DAY if at < start else 0
        if not start <= at < end:
            raise row.bad(Reason.CONTRADICTION, "at", f"is outside the shift {table.text('from')}–{table.text('to')}")
        breaks.append((at, length))
        row.done()
    table.done()
    return Shift(start, end, tuple(sorted(breaks)))
