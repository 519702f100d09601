"""What is generated from the contracts for the desk is up to date."""

from __future__ import annotations

import pytest

from antiphon.inbox import webtypes

pytestmark = pytest.mark.domain


def test_the_desks_types_follow_the_contracts() -> None:
    assert webtypes.OUTPUT.read_text(encoding="utf-8") == webtypes.render(), "run `make proto`"
