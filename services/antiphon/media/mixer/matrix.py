"""Who hears whom, and how loudly. Pure.

A matrix says for each listener the gain of each speaker; who is not named is not heard, and nobody hears himself. So a
conference is a full matrix, and a supervisor's whisper is a full one without the customer's ear for the supervisor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = Mapping[str, Mapping[str, float]]


def conference(parties: Iterable[str]) -> Matrix:
    """Everybody hears all others."""
    everybody = tuple(parties)
    return {ear: {mouth: 1.0 for mouth in everybody if mouth != ear} for ear in everybody}


def listen(parties: Sequence[str], supervisor: str) -> Matrix:
    """The supervisor hears all and is heard by nobody."""
    return {**conference(parties), supervisor: dict.fromkeys(parties, 1.0)}


def whisper(parties: Sequence[str], supervisor: str, to: str) -> Matrix:
    """As `listen`, but one of the parties, the agent, hears the supervisor too."""
    silent = listen(parties, supervisor)
    return {**silent, to: {**silent[to], supervisor: 1.0}}


def barge(parties: Sequence[str], supervisor: str) -> Matrix:
    """The supervisor is one of them."""
    return conference([*parties, supervisor])


def gains(matrix: Matrix, order: Sequence[str]) -> NDArray[np.float32]:
    """Listeners down, speakers across."""
    rows = [[matrix.get(ear, {}).get(mouth, 0.0) if mouth != ear else 0.0 for mouth in order] for ear in order]
    return np.array(rows, dtype=np.float32).reshape(len(order), len(order))


def mixed(gain: NDArray[np.float32], frames: NDArray[np.int16]) -> NDArray[np.int16]:
    """What each listener hears: one row each, clipped, never wrapped around."""
    return np.clip(gain @ frames.astype(np.float32), -32768, 32767).astype(np.int16)
