"""Writes that are shared."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.kit.batch import Batch

pytestmark = pytest.mark.domain


async def test_a_lone_item_is_written_at_once_and_many_together() -> None:
    written: list[list[int]] = []

    async def write(items: list[int]) -> list[int]:
        written.append(items)
        await asyncio.sleep(0)
        return [item * 2 for item in items]

    batch = Batch(write, every=0.01)
    assert await batch.do(1) == 2
    assert await asyncio.gather(*(batch.do(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert written == [[1], [0, 1, 2, 3, 4]]


async def test_what_a_write_raises_is_told_to_those_in_it_only() -> None:
    async def write(items: list[int]) -> list[int]:
        if 0 in items:
            raise ValueError("no zero")
        return items

    batch = Batch(write, every=0, most=2)
    answers = await asyncio.gather(*(batch.do(number) for number in (0, 1, 2)), return_exceptions=True)
    assert [isinstance(answer, ValueError) for answer in answers] == [True, True, False]
    assert await batch.do(3) == 3


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    go = asyncio.Event()

    async def write(items: list[int]) -> list[int]:
        await go.wait()
        return items

    batch = Batch(write, every=0)
    first, second = asyncio.ensure_future(batch.do(1)), asyncio.ensure_future(batch.do(2))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == 2
    assert first.cancelled() or first.cancelling()
