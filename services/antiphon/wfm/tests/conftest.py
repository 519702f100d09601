"""Two ways into the service for its tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running
from antiphon.wfm.__main__ import serve
from antiphon.wfm.tests.centre import CLOCK, Centre


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rt(platforms: dict[str, Platform]) -> AsyncIterator[Runtime]:
    async with running({"wfm": serve}, platforms, CLOCK) as runtimes:
        yield runtimes["wfm"]


@pytest_asyncio.fixture(loop_scope="session")
async def centre(rt: Runtime, platforms: dict[str, Platform], request: pytest.FixtureRequest) -> Centre:
    CLOCK.at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    return Centre(rt, platforms, f"tn_{request.node.name[:40]}")
