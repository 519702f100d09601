"""pyworkforce on the same questions, in a process of its own: its dependencies do not agree with ours.

`python -m antiphon.wfm.peer FOLDER` reads {"loads", "aht_s", "interval_s", "level", "within_s", "cover"} from standard
input; FOLDER is where `pip install --target FOLDER pyworkforce` put it. Prints what it found and the CPU time it took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any


def main(folder: str) -> None:
    """Answers, or {"missing": why}."""
    sys.path.insert(0, folder)
    asked = json.load(sys.stdin)
    try:
        queuing: Any = importlib.import_module("pyworkforce.queuing")
        scheduling: Any = importlib.import_module("pyworkforce.scheduling")
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    print(json.dumps({"required": _required(queuing, asked), "cover": _cover(scheduling, asked["cover"])}))


def _required(queuing: Any, asked: dict[str, Any]) -> dict[str, Any]:
    found = {}
    began = time.process_time_ns()
    for level in asked["levels"]:
        found[str(level)] = [
            queuing.ErlangC(
                transactions=contacts,
                aht=asked["aht_s"] / 60,
                asa=asked["within_s"] / 60,
                interval=asked["interval_s"] / 60,
            ).required_positions(service_level=level)["raw_positions"]
            for contacts in asked["contacts"]
        ]
    return {"agents": found, "cpu_ms": (time.process_time_ns() - began) / 1e6}


def _cover(scheduling: Any, asked: dict[str, Any]) -> dict[str, Any]:
    began, wall = time.process_time_ns(), time.monotonic_ns()
    solution = scheduling.MinRequiredResources(
        num_days=len(asked["required"]),
        periods=len(asked["required"][0]),
        shifts_coverage=asked["shifts"],
        required_resources=asked["required"],
        max_period_concurrency=asked["most"],
        max_shift_concurrency=asked["most"],
        max_search_time=asked["limit_s"],
    ).solve()
    took = (time.process_time_ns() - began) / 1e6
    return {
        "cost": solution["cost"],
        "status": solution["status"],
        "cpu_ms": took,
        "wall_ms": (time.monotonic_ns() - wall) / 1e6,
    }


if __name__ == "__main__":
    main(sys.argv[1])
