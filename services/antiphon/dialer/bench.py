"""How fast the dialler decides. `antiphon dialer bench` prints it; `run()` gives it as data.

CPU time of this process stands beside the clock, because the clock also counts whoever shares the machine.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns

from antiphon.dialer import sheets
from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.hopper import Entry, Hopper, Line
from antiphon.dialer.domain.importing import Importer
from antiphon.dialer.domain.importing import Row as ListRow
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.simulation.shift import Shift
from antiphon.dialer.simulation.world import People, World

Row = dict[str, str | int | float]
SECONDS = 1800


def run() -> list[Row]:
    """Every figure."""
    return [*(pacing(agents) for agents in (10, 25, 50, 200)), next_contact(), importing()]


def next_contact(contacts: int = 1_000_000) -> Row:
    """Taking and putting back in a campaign of a million contacts in three lists."""
    tracemalloc.start()
    hopper = Hopper()
    for at, name in enumerate(("a", "b", "c")):
        numbers = range(at, contacts, 3)
        hopper.put(name, Line(Entry(seq, seq % 7, seq % 3, float(seq % 2 * 60)) for seq in numbers), at + 1)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    now = iter(range(1, 1_000_000))

    def one() -> None:
        at = next(now) / 100
        found = hopper.next(at)
        if found is not None:
            hopper.lines[found[0]].add(Entry(found[1], attempts=4, due=at + 900), at)

    figures = timed(one, 20_000)
    return {"what": "next contact", "contacts": contacts, "memory_mb": round(held / 1e6, 1), **figures}


def importing(rows: int = 100_000) -> Row:
    """Rows a second from the bytes of a CSV file to checked contacts."""
    lines = [f"Имя {at};8 (9{at % 89 + 10:02d}) {at % 900 + 100}-{at % 97:02d}-{at % 89:02d}" for at in range(rows)]
    data = ("ФИО;Телефон\n" + "\n".join(lines)).encode("cp1251")
    before, at = perf_counter_ns(), process_time_ns()
    table = sheets.read(data)
    importer = Importer(table.headings, "RU")
    taken = sum(isinstance(importer.take(line, cells), ListRow) for line, cells in table.rows)
    cpu, wall = (process_time_ns() - at) / 1e9, (perf_counter_ns() - before) / 1e9
    speeds: Row = {"rows_per_cpu_s": round(rows / cpu), "rows_per_wall_s": round(rows / wall)}
    return {"what": "import", "rows": rows, "taken": taken, **speeds}


def pacing(agents: int) -> Row:
    """Decisions of the first half hour of a simulated day, the cold first minute included."""
    cpu: list[int] = []
    wall: list[int] = []

    def policy(floor: Floor, learned: Learned, now: float) -> Decision:
        before, at = perf_counter_ns(), process_time_ns()
        decision = decide(State(Mode.PREDICTIVE, floor, learned), now)
        cpu.append(process_time_ns() - at)
        wall.append(perf_counter_ns() - before)
        return decision

    Shift(agents, People(World(), 1), policy).run(SECONDS)
    return {"what": "pacing decision", "agents": agents, **_percentiles(cpu, "cpu"), **_percentiles(wall, "wall")}


def timed(work: Callable[[], object], times: int) -> Row:
    """The same figures of anything."""
    cpu: list[int] = []
    wall: list[int] = []
    for _ in range(times):
        before, at = perf_counter_ns(), process_time_ns()
        work()
        cpu.append(process_time_ns() - at)
        wall.append(perf_counter_ns() - before)
    return {**_percentiles(cpu, "cpu"), **_percentiles(wall, "wall")}


def _percentiles(nanoseconds: list[int], which: str) -> Row:
    ordered = sorted(nanoseconds)
    return {
        f"{which}_p50_ms": round(ordered[len(ordered) // 2] / 1e6, 4),
        f"{which}_p99_ms": round(ordered[int(len(ordered) * 0.99)] / 1e6, 4),
    }
