"""The newest typing wins, whatever comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain import draft as rules
from antiphon.channels.domain.draft import Draft
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


@given(st.permutations([1, 2, 3, 4]))
def test_in_whatever_order_devices_bring_them(order: list[int]) -> None:
    kept: Draft | None = None
    for minute in order:
        kept = rules.newest(kept, Draft(f"text {minute}", "", NOW + timedelta(minutes=minute), f"d{minute}"))
    assert kept is not None
    assert kept.reply == "text 4"


def test_no_moment_lies_in_the_future_and_no_draft_is_endless() -> None:
    assert rules.checked(Draft("x", "", NOW + timedelta(hours=1)), NOW).typed_at == NOW
    assert rules.checked(Draft("x", "", NOW - timedelta(hours=1)), NOW).typed_at == NOW - timedelta(hours=1)
    for wrong in (Draft("x" * 20_001, "", NOW), Draft("", "x" * 20_001, NOW), Draft("", "", NOW, "d" * 65)):
        with pytest.raises(DomainError):
            rules.checked(wrong, NOW)
