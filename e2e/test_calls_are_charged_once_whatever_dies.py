"""The short version of `e2e/load/billing_chaos.py`: billing, NATS and MongoDB die by kill -9, and the books agree.

A test that cannot fail proves nothing: the same play with a billing that forgets records it has seen must be caught.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from antiphon.kit import dev
from e2e.load.billing_chaos import options_of, play

pytestmark = pytest.mark.e2e


@pytest.mark.clause("I06")
@pytest.mark.clause("I11")
@pytest.mark.clause("K01")
async def test_every_call_is_charged_once(tmp_path: Path) -> None:
    options = options_of(["--kills", "8", "--seed", "3", "--pause", "2", "--switches", "4"])
    with dev.servers(tmp_path / "servers") as servers:
        (tmp_path / "billing").mkdir()
        promised, calls = await play(servers, tmp_path / "billing", options)
    assert not promised.faults
    assert calls > 0
    assert promised.acknowledged


async def test_a_billing_that_forgets_is_caught(tmp_path: Path) -> None:
    options = options_of(["--kills", "2", "--seed", "4", "--pause", "3", "--switches", "4", "--forget"])
    with dev.servers(tmp_path / "servers") as servers:
        (tmp_path / "billing").mkdir()
        promised, _ = await play(servers, tmp_path / "billing", options)
    assert any("is in the books" in fault for fault in promised.faults)
    assert any("charged" in fault for fault in promised.faults)
