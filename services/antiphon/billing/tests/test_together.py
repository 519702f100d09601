"""Single records that come together are one work, and none of them pays for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antiphon.billing.app.calls import Calls
from antiphon.billing.app.writer import Page, Work
from antiphon.billing.domain.charging import Catalogue
from antiphon.billing.domain.records import Recorded
from antiphon.kit.errors import Common, DomainError

pytestmark = pytest.mark.domain
SECOND = 10**9


class Paper:
    """A desk that decides on one page and keeps nothing; told to, it fails."""

    def __init__(self) -> None:
        self.works: list[int] = []
        self.page = Page("ac_1", "tn_1")
        self.fails: Any = lambda work: None
        self.held = asyncio.Event()
        self.held.set()

    async def do(self, work: Work[Any]) -> Any:
        self.works.append(work.touches.weight)
        await self.held.wait()
        if (failure := self.fails(work)) is not None:
            raise failure
        return work.decide(self.page, 100 * SECOND)


class Tariffs:
    async def catalogue(self, tenant: str) -> Catalogue:
        return Catalogue()


def calls_of(paper: Paper) -> Calls:
    async def none(account_id: str, limit: int) -> list[Any]:
        return []

    return Calls(paper, Tariffs(), none)  # type: ignore[arg-type]


def record(key: str, end: int = 60) -> Recorded:
    return Recorded("sbc", key, "", "38044", SECOND, end * SECOND, free=True)


async def test_one_work_for_many_and_each_has_its_own_answer() -> None:
    paper = Paper()
    calls = calls_of(paper)
    asked = [record(f"c{number}") for number in range(50)]
    asked += [record("c7"), record("c7", end=61)]  # the same again, and another under its key
    taken = await asyncio.gather(*(calls.take("tn_1", one) for one in asked))
    assert paper.works == [52]
    assert [call.record for call, _ in taken] == asked
    assert taken[50][0] is taken[7][0]
    assert (taken[51][0].conflict_with, taken[51][0].reason) == ("sbc/c7", "conflict")
    assert len(paper.page.new_calls) == 51
    await calls.take("tn_1", record("later"))
    assert paper.works == [52, 1]


async def test_of_two_tenants_nothing_is_mixed() -> None:
    paper = Paper()
    calls = calls_of(paper)
    await asyncio.gather(*(calls.take(tenant, record("c")) for tenant in ("tn_1", "tn_2", "tn_1")))
    assert sorted(paper.works) == [1, 2]


async def test_one_that_breaks_spoils_no_other() -> None:
    paper = Paper()
    calls = calls_of(paper)
    paper.fails = lambda work: DomainError(Common.INTERNAL) if "call:sbc/bad" in work.touches.operations else None
    asked = [record("good"), record("bad"), record("fine")]
    taken = await asyncio.gather(*(calls.take("tn_1", one) for one in asked), return_exceptions=True)
    assert [isinstance(one, DomainError) for one in taken] == [False, True, False]
    assert paper.works == [3, 1, 1, 1]


async def test_an_unknown_outcome_is_everybodys() -> None:
    paper = Paper()
    calls = calls_of(paper)
    paper.fails = lambda work: DomainError(Common.UNAVAILABLE)
    taken = await asyncio.gather(*(calls.take("tn_1", record(f"c{n}")) for n in range(3)), return_exceptions=True)
    assert [one.reason.name for one in taken if isinstance(one, DomainError)] == ["UNAVAILABLE"] * 3


async def test_who_speaks_for_others_and_leaves_tells_them_to_ask_again() -> None:
    paper = Paper()
    calls = calls_of(paper)
    for turns in (0, 1, 3):  # before anybody joined, while they wait, while it is written
        paper.held.clear()
        tasks = [asyncio.ensure_future(calls.take("tn_1", record(f"{turns}-{number}"))) for number in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[0].cancel()
        paper.held.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError)
        for one in ended[1:]:
            assert not isinstance(one, asyncio.CancelledError)
            assert not isinstance(one, DomainError) or one.reason is Common.UNAVAILABLE
