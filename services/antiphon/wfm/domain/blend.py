"""Several channels in one team, and teams that know several of many skills.

Blended: an agent-hour is worth the same to every channel. A chat asks for AHT(max) ÷ max of an agent, a letter for its
whole AHT but at any time of the day. The pooled team must meet the strictest of the live targets, and be long enough
for all the work.

Multi-skill: were everybody able to do everything, N agents would do (pooling). The spare above the load is then split
over the skill groups by the square root of their loads, for that is how fluctuations grow. It is a first guess:
overlap between the groups makes it generous, lack of it makes it short, so it is corrected by simulation
(`antiphon rehearse`, with the real ACD core).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from antiphon.wfm.domain.reasons import refuse
from antiphon.wfm.domain.required import Target, at_occupancy, required_agents


@dataclass(frozen=True, slots=True)
class Stream:
    """Work of one kind in one interval. `at_once` is how many an agent holds; letters and tasks are `deferrable`."""

    name: str
    arrivals: float  # a second
    aht_s: float
    target: Target = field(default_factory=Target)
    at_once: int = 1
    deferrable: bool = False

    def __post_init__(self) -> None:
        if self.arrivals < 0 or self.aht_s <= 0 or self.at_once < 1:
            raise refuse(self.name, "arrivals not negative, AHT and chats at once positive")

    @property
    def agent_s(self) -> float:
        """Seconds of an agent that one contact takes; several at once share them."""
        return self.aht_s / self.at_once

    @property
    def load(self) -> float:
        return self.arrivals * self.agent_s


def blended(streams: Sequence[Stream], max_occupancy: float = 1.0) -> int:
    """Agents for one team that does everything: live work by Erlang C over the pooled load, the rest by volume."""
    live = [stream for stream in streams if not stream.deferrable and stream.load > 0]
    work = sum(stream.load for stream in streams)
    pooled = sum(stream.load for stream in live)
    enough = [int(at_occupancy(work, max_occupancy))]
    if pooled:
        mean_s = pooled / sum(stream.arrivals for stream in live)
        enough += [
            int(required_agents(pooled, mean_s, stream.target.service_level, stream.target.within_s)[0])
            for stream in live
        ]
    return max(enough)


def square_root_split(loads: Mapping[str, float], agents: int) -> dict[str, int]:
    """The groups' loads, and the spare in proportion to their roots; whole numbers that add up to at least `agents`.

    A group gets at least what carries its load; largest remainders take the rest."""
    total = sum(loads.values())
    roots = {name: math.sqrt(load) for name, load in loads.items()}
    spare = max(0.0, agents - total)
    weight = sum(roots.values()) or 1.0
    exact = {name: load + spare * roots[name] / weight for name, load in loads.items()}
    split = {name: math.floor(value) for name, value in exact.items()}
    left = agents - sum(split.values())
    for name in sorted(exact, key=lambda name: (split[name] - exact[name], name))[: max(0, left)]:
        split[name] += 1
    return {name: max(count, math.floor(loads[name]) + 1 if loads[name] > 0 else 0) for name, count in split.items()}


def group_loads(streams: Sequence[Stream], groups: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Each stream's load spread over the groups that can do it, the narrowest groups first taking their fair share.

    Shares are in proportion to how much each group has to do otherwise: a specialist takes the load of his skill before
    somebody who is needed elsewhere. A stream nobody can do is refused."""
    loads = dict.fromkeys(groups, 0.0)
    for stream in sorted(streams, key=lambda s: (sum(s.name in skills for skills in groups.values()), s.name)):
        able = [group for group, skills in groups.items() if stream.name in skills]
        if not able:
            raise refuse(stream.name, "nobody has this skill")
        _pour(loads, able, stream.load)
    return loads


def _pour(loads: dict[str, float], able: Sequence[str], amount: float) -> None:
    """Fills the lowest of these groups until all are level: like water."""
    for number, name in enumerate(ranked := sorted(able, key=lambda name: (loads[name], name)), start=1):
        above = loads[ranked[number]] if number < len(ranked) else math.inf
        step = min(amount / number, above - loads[name])
        for lower in ranked[:number]:
            loads[lower] += step
        amount -= step * number


def multi_skill(streams: Sequence[Stream], groups: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Agents a group: fully-skilled total, then the square-root split."""
    return square_root_split(group_loads(streams, groups), blended(streams))
