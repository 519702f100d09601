"""Several skills, corrected by simulation: the square-root split is lived through with the real ACD core, and agents
are added where a skill is answered too late and taken away where nobody misses them, until no agent can go.

Formulas know no overlap between groups; the core does, for it is the one that gives out live contacts. Every try sees
the same customers (same seeds), so two splits are compared and not two days; what is told in the end is of others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from antiphon.sim.loading import parse
from antiphon.sim.study import TOTAL, replicate
from antiphon.wfm.domain.blend import Stream, multi_skill

Groups = Mapping[str, Sequence[str]]
Split = dict[str, int]
MOST_TRIES = 60
FRESH_SEED = 100_001


@dataclass(frozen=True, slots=True)
class Corrected:
    """A split and what it reaches, by stream. `first` is the square-root split it began from."""

    first: Split
    split: Split
    first_levels: dict[str, float]
    levels: dict[str, float]
    tries: int

    @property
    def agents(self) -> int:
        return sum(self.split.values())


@dataclass(frozen=True, slots=True)
class Seen:
    """One try: service level by stream, occupancy by group."""

    levels: dict[str, float]
    busy: dict[str, float]

    def short(self, streams: Sequence[Stream], slack: float) -> list[Stream]:
        """Streams answered too late, the worst first."""
        late = [one for one in streams if self.levels[one.name] < one.target.service_level - slack]
        return sorted(late, key=lambda one: self.levels[one.name] - one.target.service_level)


def correct(
    streams: Sequence[Stream],
    groups: Groups,
    days: int = 4,
    slack: float = 0.005,
    told: Callable[[Split, Seen], None] = lambda *_: None,
) -> Corrected:
    """The least split that was found in which every stream keeps its level within `slack`."""
    split = multi_skill(streams, groups)
    first = dict(split)
    tries = 1
    seen = start = lived(streams, groups, split, days)
    told(split, seen)
    while (late := seen.short(streams, slack)) and tries < MOST_TRIES:
        split[_helper(late[0], groups, seen)] += 1
        seen, tries = lived(streams, groups, split, days), tries + 1
        told(split, seen)
    kept: set[str] = set()
    while tries < MOST_TRIES:
        free = [name for name, count in split.items() if count > 1 and name not in kept]
        if not free:
            break
        name = min(free, key=lambda one: seen.busy[one])
        less = {**split, name: split[name] - 1}
        without, tries = lived(streams, groups, less, days), tries + 1
        if without.short(streams, slack):
            kept.add(name)
        else:
            split, seen = less, without
            told(split, seen)
    fresh = lived(streams, groups, split, days, FRESH_SEED)
    return Corrected(first, split, start.levels, fresh.levels, tries)


def _helper(late: Stream, groups: Groups, seen: Seen) -> str:
    """Whom to add: of those who can, the group that knows least besides, then the busiest."""
    able = [name for name, skills in groups.items() if late.name in skills]
    return min(able, key=lambda name: (len(groups[name]), -seen.busy[name]))


def lived(streams: Sequence[Stream], groups: Groups, split: Split, days: int, seed: int = 1) -> Seen:
    """So many simulated days of eight hours, after an hour of warming up."""
    study = replicate(parse(scenario(streams, groups, split, seed)), days)
    levels = {row.queue: row.figures["service_level"].mean for row in study.rows() if row.queue != TOTAL}
    if len(streams) == 1:
        levels = {streams[0].name: study.rows()[0].figures["service_level"].mean}
    busy = {row.team: row.occupancy.mean for row in study.teams()}
    return Seen(levels, {name: busy.get(name, 0.0) for name in split})


def scenario(streams: Sequence[Stream], groups: Groups, split: Split, seed: int) -> str:
    """TOML: a queue a stream, a team a group; whoever knows fewer skills is asked first."""
    parts = ['name = "Skills"', 'starts = "09:00"', 'lasts = "9h"', 'warm_up = "1h"', f"seed = {seed}"]
    for one in streams:
        target = one.target
        channel = "chat" if one.at_once > 1 else "voice"
        parts += [
            "[[queue]]",
            f'name = "{one.name}"',
            f'service_level = {{ share = {target.service_level}, within = "{target.within_s:g}s" }}',
            "[[demand]]",
            f'name = "{one.name}"',
            f'queue = "{one.name}"',
            f'channel = "{channel}"',
            f"rate = {one.arrivals * 3600:.6f}",
            f'handling = {{ shape = "exponential", mean = "{one.aht_s:.3f}s" }}',
        ]
    most = max((one.at_once for one in streams), default=1)
    for name, skills in groups.items():
        if not split[name]:
            continue
        listed = ", ".join(f'{{ name = "{skill}", level = {len(skills)} }}' for skill in skills)
        parts += ["[[team]]", f'name = "{name}"', f"agents = {split[name]}", f"queues = [{listed}]"]
        parts += [f"capacity = {{ chat = {most} }}"] if most > 1 else []
    return "\n".join(parts) + "\n"
