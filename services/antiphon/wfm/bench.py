"""How fast, beside pyworkforce on the same questions in the same run: `antiphon wfm bench --peers DIR`.

Figures are CPU time of the process, for a busy machine stretches the clock on the wall. The peer runs in a process of
its own (`peer.py`); starting it and importing are not counted, neither for it nor for us.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.wfm.app.covering import least_cover
from antiphon.wfm.domain.required import required_agents

LEVELS = (0.7, 0.8, 0.9)
AHT_S, INTERVAL_S, WITHIN_S = 240.0, 1800.0, 20.0
REPEATS = 5


def questions(intervals: int) -> dict[str, Any]:
    """Loads from 1 to 400 erlangs, by a fixed stream of chance; and two days to cover with 65 shifts."""
    chance = np.random.default_rng(20)
    contacts = chance.uniform(1.0, 400.0, intervals) * INTERVAL_S / AHT_S
    return {
        "contacts": contacts.tolist(),
        "aht_s": AHT_S,
        "interval_s": INTERVAL_S,
        "within_s": WITHIN_S,
        "levels": LEVELS,
        "cover": _cover_question(),
    }


def _cover_question() -> dict[str, Any]:
    """A week of quarter-hours with two peaks a day; shifts of four, six and eight hours, lunch at one of five times."""
    hours = np.arange(96) / 4
    peaks = np.exp(-(((hours - 11) / 2.5) ** 2)) + 0.8 * np.exp(-(((hours - 18) / 2.5) ** 2))
    days = [[round(3 + 40 * (1 - 0.06 * day) * peak) for peak in peaks] for day in range(7)]
    shifts = {}
    for length, start, lunch in product((16, 24, 32), range(81), (-4, -2, 0, 2, 4)):
        noon = start + length // 2 + lunch
        if start + length <= 96:
            cover = [int(start <= slot < start + length and not noon <= slot < noon + 2) for slot in range(96)]
            shifts[f"{length}-{start}-{lunch}"] = cover
    return {"required": days, "shifts": shifts, "most": 500, "limit_s": 60.0}


def run(peers: Path | None, intervals: int) -> list[dict[str, Any]]:
    """One row a question: ours, theirs, how many times faster, and whether the answers are equal."""
    asked = questions(intervals)
    contacts = np.array(asked["contacts"])
    ours, took = _staffing(contacts)
    theirs = _peer(peers, asked)
    row: dict[str, Any] = {"question": f"agents for {intervals:,} intervals, levels .7 .8 .9", "ours_ms": took}
    cover, cover_took = _covering(asked["cover"])
    second: dict[str, Any] = {"question": "cover of a week of quarter-hours by 1,095 shifts", "ours_ms": cover_took}
    if "missing" in theirs:
        absent = {"peer": f"pyworkforce is not there: {theirs['missing']}"}
        return [row | absent, second | absent]
    return [
        row | _beside(theirs["required"]["cpu_ms"], took, theirs["required"]["agents"] == ours),
        second | _beside(theirs["cover"]["cpu_ms"], cover_took, round(theirs["cover"]["cost"]) == cover),
    ]


def _beside(theirs: float, ours: float, equal: bool) -> dict[str, Any]:
    return {"peer_ms": theirs, "times_faster": theirs / ours, "equal": equal}


def _covering(asked: dict[str, Any]) -> tuple[int, float]:
    best, found = float("inf"), 0
    for _ in range(REPEATS):
        began = time.process_time_ns()
        found = sum(least_cover(day, list(asked["shifts"].values())) for day in asked["required"])
        best = min(best, (time.process_time_ns() - began) / 1e6)
    return found, best


def _staffing(contacts: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[dict[str, list[int]], float]:
    best, found = float("inf"), {}
    for _ in range(REPEATS):
        began = time.process_time_ns()
        load = contacts / INTERVAL_S * AHT_S
        found = {str(level): required_agents(load, AHT_S, level, WITHIN_S).tolist() for level in LEVELS}
        best = min(best, (time.process_time_ns() - began) / 1e6)
    return found, best


def _peer(folder: Path | None, asked: dict[str, Any]) -> dict[str, Any]:
    if folder is None:
        return {"missing": "name its folder with --peers"}
    command = [sys.executable, "-m", "antiphon.wfm.peer", str(folder.absolute())]
    answer = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if answer.returncode:
        return {"missing": answer.stderr.strip().splitlines()[-1] if answer.stderr else "it died"}
    found: dict[str, Any] = json.loads(answer.stdout)
    return found
