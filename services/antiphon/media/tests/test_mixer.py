"""Who hears whom, and the jitter buffer in front of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.mixer import matrix
from antiphon.media.mixer.jitter import FRAME, JitterBuffer

pytestmark = pytest.mark.domain

PARTIES = ("customer", "agent")


def heard(who: matrix.Matrix, order: tuple[str, ...] = (*PARTIES, "boss")) -> dict[str, set[str]]:
    table = matrix.gains(who, order)
    return {ear: {order[i] for i in np.flatnonzero(table[row])} for row, ear in enumerate(order)}


def test_conference_listen_whisper_barge() -> None:
    assert heard(matrix.listen(PARTIES, "boss")) == {
        "customer": {"agent"}, "agent": {"customer"}, "boss": {"customer", "agent"},
    }  # fmt: skip
    assert heard(matrix.whisper(PARTIES, "boss", to="agent")) == {
        "customer": {"agent"}, "agent": {"customer", "boss"}, "boss": {"customer", "agent"},
    }  # fmt: skip
    everybody = {"customer", "agent", "boss"}
    assert heard(matrix.barge(PARTIES, "boss")) == {each: everybody - {each} for each in everybody}


def test_nobody_hears_himself_and_strangers_are_silent() -> None:
    assert heard({"agent": {"agent": 1.0, "stranger": 1.0}}, ("agent", "other")) == {"agent": set(), "other": set()}
    assert matrix.gains({}, ()).shape == (0, 0)


def test_a_loud_mix_is_clipped() -> None:
    frames = np.full((3, FRAME), 30000, dtype=np.int16)
    out = matrix.mixed(matrix.gains(matrix.conference("abc"), "abc"), frames)
    assert out.dtype == np.int16
    assert np.all(out == 32767)


def packet(number: int, size: int = FRAME) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(size, number % 1000 + 1, dtype=np.int16)


def drained(buffer: JitterBuffer) -> list[int]:
    out = []
    while (frame := buffer.pop()) is not None:
        out.append(int(frame[0]))
    return out


def test_packets_are_put_in_order_once() -> None:
    buffer = JitterBuffer()
    for number in (10, 12, 11, 12, 13):
        buffer.push(number, packet(number))
    assert drained(buffer) == [11, 12, 13, 14]


def test_a_lost_packet_is_silence_in_its_place() -> None:
    buffer = JitterBuffer()
    for number in (1, 2, 4):
        buffer.push(number, packet(number))
    assert drained(buffer) == [2, 3, 0, 5]


def test_the_counter_wraps_around() -> None:
    buffer = JitterBuffer()
    for number in (65534, 65535, 0, 1):
        buffer.push(number, packet(number))
    assert len(drained(buffer)) == 4


def test_one_packet_is_not_yet_a_stream() -> None:
    buffer = JitterBuffer()
    assert buffer.pop() is None
    buffer.push(1, packet(1))
    assert buffer.pop() is None


def test_too_late_is_left_out() -> None:
    buffer = JitterBuffer()
    for number in (1, 2, 3):
        buffer.push(number, packet(number))
    assert buffer.pop() is not None
    buffer.push(1, packet(500))
    assert drained(buffer) == [3, 4]


def test_a_burst_is_caught_up_with() -> None:
    buffer = JitterBuffer()
    for number in range(20):
        buffer.push(number, packet(number))
    assert len(drained(buffer)) < 18


def test_packets_of_other_lengths() -> None:
    buffer = JitterBuffer()
    for number in range(4):
        buffer.push(number, packet(number, 240))
    assert len(drained(buffer)) == 6


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 65535), st.booleans()), max_size=200))
def test_whatever_comes_a_frame_is_20_ms(events: list[tuple[int, bool]]) -> None:
    buffer = JitterBuffer()
    for number, take in events:
        buffer.push(number, packet(number))
        if take and (frame := buffer.pop()) is not None:
            assert frame.size == FRAME
    assert len(drained(buffer)) <= 60
