"""The part of a file that a Range header asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.inbox.domain.span import Span, asked

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-1000", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-1000", Span(0, 100)),
        ("bytes = 5 - 6", Span(5, 7)),
        ("bytes=100-", Span(100, 100)),
        ("bytes=500-600", Span(100, 100)),
        ("bytes=-0", Span(100, 100)),
        ("bytes=9-3", None),
        ("bytes=-", None),
        ("bytes=1-2,4-5", None),
        ("items=1-2", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_ranges(header: str, part: Span | None) -> None:
    assert asked(header, 100) == part


@given(st.text(alphabet="bytes=-0123456789, ", max_size=30), st.integers(1, 10**12))
def test_a_part_lies_in_the_file(header: str, size: int) -> None:
    part = asked(header, size)
    assert part is None or 0 <= part.start <= part.end <= size
