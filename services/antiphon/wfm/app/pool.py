"""One team before one or several streams of work: how many agents, and what so many reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from antiphon.wfm.domain.chat import Chats, chat, handling_times
from antiphon.wfm.domain.required import Target, at_occupancy, exact_agents, least
from antiphon.wfm.domain.required import outlook as reached
from antiphon.wfm.v1 import wfm_pb2 as pb


@dataclass(frozen=True, slots=True)
class Stream:
    """Work of one kind in one interval; arrivals a second."""

    contacts: float
    arrivals: float
    aht_s: float
    level: float
    within_s: float
    patience_s: float = math.inf
    at_once: int = 1
    deferrable: bool = False

    @property
    def load(self) -> float:
        """Erlangs: several at once share an agent."""
        return self.arrivals * self.aht_s / self.at_once

    def scaled(self, by: float) -> Stream:
        return replace(self, contacts=self.contacts * by, arrivals=self.arrivals * by)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of all live streams together, each contact in its own target. `asa_s` is infinite where the line only grows."""

    level: float
    asa_s: float


def formula(demands: Sequence[pb.Demand]) -> str:
    """By which the agents are found."""
    if len(demands) > 1 or demands[0].deferrable:
        return "blended"
    if demands[0].at_once > 1:
        return "chat"
    return "erlang_a" if demands[0].patience_seconds else "erlang_c"


def load(streams: Sequence[Stream]) -> float:
    return sum(one.load for one in streams)


def mean_s(streams: Sequence[Stream]) -> float:
    """Mean handling time of a contact."""
    total = sum(one.contacts for one in streams)
    return sum(one.contacts * one.aht_s for one in streams) / total if total else 0.0


def agents(columns: Sequence[Sequence[Stream]], max_occupancy: float = 1.0) -> list[int]:
    """The least number for each interval."""
    found = np.zeros(len(columns), dtype=np.int64)
    for number in range(max((len(column) for column in columns), default=0)):
        here = [(place, column) for place, column in enumerate(columns) if len(column) > number]
        for place, count in zip([place for place, _ in here], _for_stream(here, number), strict=True):
            found[place] = max(found[place], count)
    enough = [int(at_occupancy(load(column), max_occupancy)) for column in columns]
    return [max(int(one), other) for one, other in zip(found, enough, strict=True)]


def _for_stream(here: Sequence[tuple[int, Sequence[Stream]]], number: int) -> list[int]:
    """Agents of the whole pool that keep the promise of stream `number`."""
    if all(len(column) == 1 and column[0].at_once > 1 for _, column in here):
        return [_chat_agents(column[0]) for _, column in here]
    loads, means, patience = [], [], []
    for _, column in here:
        live = [one for one in column if not one.deferrable and one.arrivals > 0]
        pooled = load(live)
        loads.append(0.0 if column[number].deferrable else pooled)
        means.append(pooled / sum(one.arrivals for one in live) if live else 1.0)
        patience.append(column[number].patience_s)
    first = here[0][1][number]
    exact = exact_agents(np.array(loads), np.array(means), Target(first.level, first.within_s), patience[0])
    return [int(value) for value in np.ceil(exact - 1e-6)]


def _chat_agents(one: Stream) -> int:
    if one.arrivals <= 0:
        return 0
    return least(lambda count: bool(_chat(count, one)[0] >= one.level), 0, 100_000)


def _chat(count: int, one: Stream) -> tuple[float, float]:
    found = chat(count, Chats(one.arrivals, handling_times(one.aht_s, one.at_once), one.patience_s, one.within_s))
    return float(found.service_level[0]), float(found.asa_s[0])


def outlook(count: float, streams: Sequence[Stream]) -> Outlook:
    """What so many agents reach; a part of one counts as a part where the formula knows parts."""
    live = [one for one in streams if not one.deferrable and one.arrivals > 0]
    if not live:
        return Outlook(1.0, 0.0)
    if count <= 0:
        return Outlook(0.0, math.inf)
    if len(streams) == 1 and live[0].at_once > 1:
        level, asa = _chat(math.floor(count), live[0])
        return Outlook(level, asa)
    arrivals = sum(one.arrivals for one in live)
    pooled = load(live)
    level = asa = 0.0
    for one in live:
        found = reached(count, pooled, pooled / arrivals, Target(0.5, one.within_s), one.patience_s)
        level += one.arrivals / arrivals * float(np.ravel(found.service_level)[0])
        asa += one.arrivals / arrivals * float(np.ravel(found.asa_s)[0])
    return Outlook(level, asa)
