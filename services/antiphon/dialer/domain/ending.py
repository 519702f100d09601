"""How an attempt ended, from what media's record of the call says."""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.dialer.domain.recycling import Result

_NO_SUCH = frozenset({404, 410, 484, 485, 604})
_BUSY = frozenset({486, 600, 603})
_SILENT = frozenset({408, 480, 487})
MACHINE = "machine"
"""Media dealt with it as with a machine, whoever heard it."""
_WORDS = {
    "answered": Result.SUCCESS,
    "abandoned": Result.ABANDONED,
    "busy": Result.BUSY,
    "declined": Result.BUSY,
    "no_answer": Result.NO_ANSWER,
    "blocked": Result.INVALID,
}


def result_of(outcome: str, codes: Sequence[int], picked_up: bool, talked: bool) -> Result:
    """`codes`: the SIP codes of the legs outside, the last one counts. `picked_up`: a person or machine answered."""
    if outcome == MACHINE:
        return Result.MACHINE
    if talked:
        return Result.SUCCESS
    if picked_up:
        return Result.ABANDONED
    code = next((code for code in reversed(codes) if code), 0)
    if code in _NO_SUCH:
        return Result.INVALID
    if code in _BUSY:
        return Result.BUSY
    if code in _SILENT:
        return Result.NO_ANSWER
    if code >= 300:
        return Result.SYSTEM
    return _WORDS.get(outcome, Result.SYSTEM) if outcome not in ("answered", "abandoned") else Result.NO_ANSWER
