"""The short version of `e2e.load.acd_chaos`: a few kills while agents and customers work; then the books."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon.kit import dev
from e2e.load.acd_chaos import play

pytestmark = pytest.mark.e2e


async def test_killed_leaders_lose_nobody_and_give_nobody_to_two(servers: dev.Servers, tmp_path: Path) -> None:
    played = await play(servers, tmp_path, seed=7, count=3, pause=0.6)
    assert played.faults == []
    assert played.report is not None
    assert len(played.kills) == 3
    assert played.report.items >= len(played.acknowledged) > 10
    assert played.report.left == {}, "everybody was served in the end"
