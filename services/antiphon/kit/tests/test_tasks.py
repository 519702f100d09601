"""Background work ends when it is told to."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.kit import bus, tasks

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


@pytest.mark.parametrize("limit", [None, 60])
async def test_a_library_that_waits_swallows_no_cancellation(limit: float | None) -> None:
    assert bus  # whoever uses NATS has heard of it
    ready = asyncio.get_running_loop().create_future()
    waiting = asyncio.ensure_future(asyncio.wait_for(ready, limit))  # noqa: TID251
    await asyncio.sleep(0)
    ready.set_result("the answer, at the very moment")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_waiting_ends_in_time() -> None:
    never = asyncio.get_running_loop().create_future()
    for limit in (0, 0.001):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(never), limit)  # noqa: TID251
