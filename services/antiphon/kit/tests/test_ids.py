"""Ids sort by time, are told apart by eye, and derived ones are the same for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.ids import derived_id, encode, is_id, new_id

pytestmark = pytest.mark.domain

MILLIS = st.integers(0, 2**48 - 1)
BITS = st.integers(0, 2**80 - 1)


@given(MILLIS, BITS, MILLIS, BITS)
def test_later_ids_compare_greater(first: int, bits: int, second: int, other: int) -> None:
    assert (encode("cv", first, bits) < encode("cv", second, other)) == ((first, bits) < (second, other))


@given(MILLIS, BITS)
def test_every_id_is_well_formed(millis: int, bits: int) -> None:
    assert is_id(encode("cv", millis, bits), "cv")


def test_a_fresh_id_is_new() -> None:
    assert len({new_id("cv") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "cv", "cv_", "cv_01JD", "CV_" + "0" * 26, "cv_" + "0" * 25 + "u", "x" * 40])
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_id(text)


def test_a_derived_id_depends_on_each_part_and_on_nothing_else() -> None:
    assert derived_id("wi", "a", "b") == derived_id("wi", "a", "b") == "wi_06batq876znn26gz7h370ypkp9"
    assert len({derived_id("wi", *parts) for parts in (("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""))}) == 4


@given(MILLIS)
def test_millis_and_datetimes_are_exact(millis: int) -> None:
    if millis < 200_000_000_000_000:
        assert to_millis(from_millis(millis)) == millis
