"""A linear program with whole numbers, solved by HiGHS: progress is told, and it stops on request."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from antiphon.wfm.domain.queueing import Floats

Columns = npt.NDArray[np.int64]
INFINITE = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Step:
    """How far solving is. `gap` is (best − bound) ÷ best; infinite before anything is found."""

    phase: str
    seconds: float
    best: float
    bound: float
    gap: float


Watch = Callable[[Step], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to try, how good to become, whom to tell, whom to ask whether to go on."""

    seconds: float = 30.0
    gap: float = 0.01
    watch: Watch = lambda _: None
    stop: Stop = lambda: False


@dataclass(frozen=True, slots=True)
class Solved:
    """`values` is None when nothing was found: then it is infeasible, or was stopped too early."""

    values: Floats | None
    objective: float
    gap: float
    seconds: float
    infeasible: bool
    stopped: bool


class Program:
    """Minimise. Columns and rows are only ever added."""

    def __init__(self) -> None:
        self._cost, self._low, self._high = array("d"), array("d"), array("d")
        self._whole = array("b")
        self._starts, self._index, self._value = array("i", [0]), array("i"), array("d")
        self._least, self._most = array("d"), array("d")

    def columns(
        self, count: int, cost: float | Sequence[float], high: float | Sequence[float] = INFINITE, *, whole: bool = True
    ) -> Columns:
        """New columns from 0 to `high`; their numbers."""
        first = len(self._cost)
        self._cost.extend(np.broadcast_to(np.asarray(cost, dtype=np.float64), count).tolist())
        self._high.extend(np.broadcast_to(np.asarray(high, dtype=np.float64), count).tolist())
        self._low.extend([0.0] * count)
        self._whole.extend([int(whole)] * count)
        return np.arange(first, first + count, dtype=np.int64)

    def row(self, columns: Sequence[int], values: Sequence[float] | float, least: float, most: float) -> None:
        """least ≤ Σ value · column ≤ most."""
        self._index.extend(columns)
        self._value.extend([values] * len(columns) if isinstance(values, int | float) else values)
        self._starts.append(len(self._index))
        self._least.append(least)
        self._most.append(most)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return len(self._cost), len(self._least)

    def solve(self, phase: str, effort: Effort) -> Solved:
        """Runs HiGHS in this thread."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("log_to_console", False)
        solver.setOptionValue("time_limit", float(effort.seconds))
        solver.setOptionValue("mip_rel_gap", float(effort.gap))
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("mip_min_logging_interval", 0.5)
        solver.passModel(self._model())

        def told(event: highspy.HighsCallbackEvent) -> None:
            out = event.data_out
            best, bound = out.mip_primal_bound, out.mip_dual_bound
            gap = abs(best - bound) / max(1e-9, abs(best)) if abs(best) < INFINITE else INFINITE
            effort.watch(Step(phase, out.running_time, best, bound, gap))

        def asked(event: highspy.HighsCallbackEvent) -> None:
            if effort.stop():
                event.interrupt()

        solver.cbMipLogging.subscribe(told)
        solver.cbMipInterrupt.subscribe(asked)
        solver.run()
        status = solver.getModelStatus()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(solver.getSolution().col_value) if found else None
        return Solved(
            values,
            info.objective_function_value,
            info.mip_gap if any(self._whole) else 0.0,
            solver.getRunTime(),
            status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible),
            status == highspy.HighsModelStatus.kInterrupt,
        )

    def _model(self) -> highspy.HighsLp:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.size
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(self._cost), np.array(self._low), np.array(self._high)
        lp.row_lower_, lp.row_upper_ = np.array(self._least), np.array(self._most)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self._starts)
        lp.a_matrix_.index_ = np.array(self._index)
        lp.a_matrix_.value_ = np.array(self._value)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in self._whole]
        return lp
