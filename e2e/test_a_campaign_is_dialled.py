"""A predictive campaign through the real telephone system: everybody ends in a result, and the books agree."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.kit.testing import eventually
from e2e.campaigns import (
    AWAY,
    BUSY,
    MACHINE,
    NOBODY,
    PEOPLE,
    SILENT,
    Books,
    calls_of,
    everybody,
    numbers,
    robots,
    table,
)
from e2e.people import at_the_desk, signed_in
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

CONTACTS, AGENTS = 40, 8
WANTED = {BUSY: "RESULT_CLASS_BUSY", SILENT: "RESULT_CLASS_NO_ANSWER", NOBODY: "RESULT_CLASS_INVALID",
          AWAY: "RESULT_CLASS_NO_ANSWER"}  # fmt: skip
OURS = "RESULT_CLASS_SYSTEM"
"""Our own failure: no attempt."""
ANSWERED = {"RESULT_CLASS_SUCCESS", "RESULT_CLASS_ABANDONED"}
DISPOSITIONS = [
    {"code": "sale", "title": "Sale", "result": "RESULT_CLASS_SUCCESS", "with_amount": True},
    {"code": "again", "title": "Call again", "result": "RESULT_CLASS_CALLBACK"},
]
QUESTIONS = [{"id": "happy", "text": "Happy?", "type": "ANSWER_TYPE_YES_NO"},
             {"id": "mark", "text": "Mark?", "type": "ANSWER_TYPE_NUMBER", "least": 1, "most": 5}]  # fmt: skip


@pytest.mark.clause("E01")
@pytest.mark.clause("E02")
@pytest.mark.clause("E03")
@pytest.mark.clause("E06")
async def test_everybody_ends_in_a_result_and_the_books_agree(stack: Stack, browser: Browser) -> None:
    async with (
        signed_in(stack, "owner") as owner,
        at_the_desk(browser, stack, stack.person("supervisor")) as desk,
        everybody(stack, owner) as called,
        robots(stack, owner, AGENTS, talk=1.0) as floor,
    ):
        plan = (await owner.call("GET", "/dial-plan"))["plan"]
        await owner.call("PUT", "/dial-plan", {"plan": plan | {"record_calls": True}})
        try:
            books = await Books.begin(
                owner, floor.queue, stack.tenant.number, dispositions=DISPOSITIONS, questions=QUESTIONS, currency="UAH"
            )
            people = numbers(CONTACTS)
            forbidden = numbers(2, first=CONTACTS)
            level = {"level": "DO_NOT_CALL_LEVEL_CAMPAIGN", "campaign_id": books.id}
            await owner.call("POST", "/do-not-call", {**level, "numbers": forbidden, "source": "agent"})
            assert (await books.load(table(people + forbidden)))["contacts"] == CONTACTS + 2
            await desk.goto(f"{stack.desk}/campaigns/{books.id}/live")
            why = desk.get_by_role("region", name="Why it dials or does not")
            await expect(why).to_contain_text("It is a draft: start it")
            await books.to("RUNNING")
            await the_supervisor_sees_it_dial(desk)

            async def all_done() -> bool:
                return await books.states() == {"done": CONTACTS + 2}

            await eventually(
                all_done, 400
            )  # a machine that stalls makes an attempt fail, and it comes again in minutes
            attempts = [one for one in await books.attempts() if one["result"] != OURS]
            await the_journal_is_right(attempts, people, forbidden)
            rung = called()
            assert {number[-9:] for number in rung} == {one[-9:] for one in people}
            assert sum(rung.values()) <= len([one for one in await books.attempts() if one["call_id"]])
            await the_calls_are_those_of_the_journal(floor.owner, attempts)
            await the_calls_are_paid(books, len({one["call_id"] for one in attempts if one["call_id"]}))
            assert sum(robot.asked_to_pick_up for robot in floor.robots) >= 1
            talked = [one for one in attempts if one["result"] == "RESULT_CLASS_SUCCESS"]
            await interviews_and_a_sale(books, talked)
            await a_callback_is_kept(books, talked[-1])
            status = await books.status()
            abandoned = [one for one in attempts if one["result"] == "RESULT_CLASS_ABANDONED"]
            assert int(status["abandoned"]) == len(abandoned)
            assert status["why_code"], status
            await expect(why).to_contain_text("No contact is left")
            await expect(desk.get_by_role("region", name="Results of dials")).to_contain_text("Busy")
            await expect(desk.get_by_role("region", name="Not dialled")).to_contain_text("do-not-call list")
            await books.to("PAUSED")
            await expect(why).to_contain_text("Somebody paused it")
            await books.to("FINISHED")
        finally:
            await owner.call("PUT", "/dial-plan", {"plan": (await owner.call("GET", "/dial-plan"))["plan"] | {
                "record_calls": plan["record_calls"]}})  # fmt: skip


async def the_supervisor_sees_it_dial(desk: Page) -> None:
    """The screen moves by itself: why it dials, who works, and the share of abandoned calls against its line."""
    figures = desk.locator(".cm-figures")
    await expect(figures.locator("dt", has_text="Agents free")).to_be_visible()
    await expect(desk.get_by_role("region", name="Abandoned calls")).to_contain_text("The line is the limit")
    await expect(desk.locator(".cm-why")).to_contain_text("agents")  # the pacer's own words
    await expect(desk.get_by_role("region", name="Abandoned calls")).to_contain_text("with 95 % certainty")


async def the_journal_is_right(attempts: list[dict[str, Any]], people: list[str], forbidden: list[str]) -> None:
    """One attempt for each who may be called, with the result of what he is; a reason for each who may not."""
    dialled = [one for one in attempts if one["reason"] == "allowed"]
    assert Counter(one["number"] for one in dialled) == Counter(people)
    refused = {(one["number"], one["reason"]) for one in attempts if one["reason"] != "allowed"}
    assert refused >= {(number, "dnc_campaign") for number in forbidden}
    # a dialler that stalls loses its lease; the next one finds an attempt in the air and says so
    assert {(n, why) for n, why in refused if n not in forbidden} <= {(n, "already_in_the_air") for n in people}
    for one in dialled:
        last = one["number"][-1]
        if last in PEOPLE + MACHINE:
            assert one["result"] in ANSWERED, one
        else:
            assert one["result"] == WANTED[last], one


async def the_calls_are_those_of_the_journal(owner: Any, attempts: list[dict[str, Any]]) -> None:
    """Attempts = records of calls, and every conversation was recorded."""
    ids = {one["call_id"] for one in attempts if one["call_id"]}
    calls = await calls_of(owner, ids)
    assert set(calls) == ids
    for one in attempts:
        if one["call_id"]:
            call = calls[one["call_id"]]
            assert one["number"] in (call["caller"], call["called"])  # called: the agent was on the line before
    talked = {one["call_id"] for one in attempts if one["result"] == "RESULT_CLASS_SUCCESS"}

    async def recorded() -> bool:
        found = await calls_of(owner, talked)
        return all(call["recording_id"] for call in found.values())

    await eventually(recorded, 60)


async def the_calls_are_paid(books: Books, calls: int) -> None:
    """Every call of the campaign is in its costs, and those that talked cost something."""
    day = urlencode({"first": day_of(-1), "last": day_of(1)})

    async def counted() -> dict[str, Any]:
        found: dict[str, Any] = (await books.owner.call("GET", f"/billing/campaigns/{books.id}/cost?{day}"))["work"]
        return found if int(found["calls"]) >= calls and int(found["cost"]["micros"]) > 0 else {}

    work = await eventually(counted, 60)
    assert int(work["talk_seconds"]) > 0


def day_of(days: int) -> str:
    """A day near today, wherever the company is."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


async def interviews_and_a_sale(books: Books, talked: list[dict[str, Any]]) -> None:
    """What the agents say is in the export: as many rows with answers as completed interviews."""
    first, second = talked[:2]
    sale = {"disposition": "sale", "amount": {"currency": "UAH", "micros": "990000000"},
            "answers": {"happy": "yes", "mark": "5"}}  # fmt: skip
    await books.owner.call("POST", f"/calls/{first['call_id']}/result", sale)
    said = sale | {"answers": {"happy": "no", "mark": "1"}}
    await books.owner.call("POST", f"/calls/{second['call_id']}/result", said)
    answers = sorted(row.rsplit(",", 2)[1:] for row in (await books.results())[1:])
    assert [one for one in answers if one != ["", ""]] == [["no", "1"], ["yes", "5"]]
    report = (await books.owner.call("GET", f"{books.path}/report"))["report"]
    assert (report["interviews"], report["dispositions"], report["sales"]["micros"]) == (2, {"sale": 2}, "1980000000")


async def a_callback_is_kept(books: Books, attempt: dict[str, Any]) -> None:
    """Promised for a second later, and called again then."""
    at = datetime.now(UTC) + timedelta(seconds=1)
    said = {"disposition": "again", "callback_at": at.isoformat().replace("+00:00", "Z")}
    await books.owner.call("POST", f"/calls/{attempt['call_id']}/result", said)

    async def called_again() -> bool:
        again = [one for one in await books.attempts() if one["number"] == attempt["number"] and one["result"] != OURS]
        return len(again) == 2 and again[-1]["result"] in ANSWERED

    await eventually(called_again, 300)
