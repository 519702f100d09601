"""Background work ends when it is told to."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.kit import tasks

pytestmark = pytest.mark.domain


async def test_a_task_that_swallows_its_first_cancellation_is_ended_all_the_same() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    async def failing() -> None:
        raise ValueError

    works = [asyncio.ensure_future(stubborn()), asyncio.ensure_future(failing())]
    await asyncio.sleep(0)
    await tasks.end(*works)
    assert swallowed == 2
    assert all(work.done() for work in works)
