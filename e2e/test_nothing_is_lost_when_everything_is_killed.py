"""The short version of `e2e/load/chaos.py`: customers chat, everything dies by kill -9, the books agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.load.chaos import play
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


async def test_twenty_customers_chat_through_kills(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state")
    stack.start()
    try:
        for seed in (101, 102):
            played = await play(stack, seed, seconds=8, customers=20, kills=3)
            assert not played.faults
            assert played.acknowledged >= 20
    finally:
        stack.stop()
