"""A campaign's call is answered by a machine, or by a person, through a real engine: who it is is heard in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Recording, joined
from antiphon.media.phone.sound import level as loudness
from antiphon.media.tests import test_service_campaigns as campaigns
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant
from antiphon.media.tests.waveforms import RATE, Studio
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
NOTE, HANG_UP, LEAVE = pb.MACHINE_ACTION_NOTE, pb.MACHINE_ACTION_HANG_UP, pb.MACHINE_ACTION_LEAVE_MESSAGE
operator = campaigns.operator


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.79") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


def person() -> Recording:
    studio = Studio(4)
    return Recording(studio.line(np.concatenate((studio.silence(0.5), studio.speech(0.7))), 9000, 10))


def machine() -> Recording:
    studio = Studio(9)
    parts = [studio.silence(0.4), studio.speech(3.5), studio.silence(0.3), studio.beep()]
    return Recording(studio.line(np.concatenate(parts), 9000, 10))


async def answered(pbx: Plant, operator: Phone, name: str, sound: Recording, **more: Any) -> tuple[pb.Call, PhoneCall]:
    made = await campaigns.originate(pbx, name, **more)
    outside = await operator.incoming()
    outside.line.sound = sound
    outside.answer()
    await outside.up()
    return made, outside


@pytest.mark.clause("E03")
async def test_a_person_talks_with_the_agent_and_is_written_down_as_one(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    screening = pb.Screening(action=HANG_UP)
    made, outside = await answered(pbx, operator, "am_1", person(), screening=screening, auto_answer=True)
    mine = await pbx.people[0].incoming()
    await eventually(lambda: pbx.parts.board.calls[made.id].call.answered_by == "person", 20)
    outside.hang_up()
    await mine.over()
    record = await pbx.record(made.id)
    assert (record.outcome, record.answered_by) == ("answered", "person")
    await pbx.clean()


@pytest.mark.clause("E03")
async def test_a_machine_is_hung_up_and_the_agent_is_free(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    screening = pb.Screening(action=HANG_UP)
    made, outside = await answered(pbx, operator, "am_2", machine(), screening=screening, auto_answer=True)
    mine = await pbx.people[0].incoming()
    await mine.over(within=20)
    await outside.over(within=20)
    record = await pbx.record(made.id)
    assert (record.outcome, record.answered_by) == ("machine", "machine")
    await pbx.clean()


@pytest.mark.clause("E03")
async def test_a_message_is_left_after_the_beep_and_the_agent_hears_none_of_it(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    screening = pb.Screening(action=LEAVE, message="Your order is ready. Call us back, please.")
    made, outside = await answered(pbx, operator, "am_3", machine(), screening=screening, auto_answer=True)
    mine = await pbx.people[0].incoming()
    await mine.over(within=20)
    heard_until_then = len(outside.line.recording)
    await outside.over(within=40)
    record = await pbx.record(made.id)
    assert (record.outcome, record.answered_by) == ("machine", "machine")
    said = joined(outside.line.recording[heard_until_then:])
    seconds = [loudness(said[at : at + RATE]) for at in range(0, said.size - RATE, RATE)]
    assert sum(each > 0.01 for each in seconds) >= 2, seconds
    await pbx.clean()


@pytest.mark.clause("E03")
async def test_what_a_campaign_says_itself_waits_for_the_verdict(pbx: Plant, operator: Phone) -> None:
    """A machine hears the message for machines, and no questions."""
    prompts = [pb.Prompt(id="happy", text="Happy?", keys="12")]
    screening = pb.Screening(action=LEAVE, message="Call us back, please.")
    made, outside = await answered(
        pbx, operator, "am_4", machine(), screening=screening, prompts=prompts, queue_id="", opt_out_key="9"
    )
    await outside.over(within=40)
    record = await pbx.record(made.id)
    assert (record.outcome, record.answered_by, dict(record.keys)) == ("machine", "machine", {})
    made, outside = await answered(
        pbx, operator, "am_5", person(), screening=screening, prompts=prompts, queue_id="", opt_out_key="9"
    )
    await eventually(lambda: pbx.parts.board.calls[made.id].call.answered_by == "person", 20)
    await outside.press("1", "info")
    await outside.over(within=40)
    record = await pbx.record(made.id)
    assert (record.outcome, dict(record.keys)) == ("received", {"happy": "1", "heard": "yes"})
    await pbx.clean()


async def test_a_machine_may_be_only_written_down_for_an_agent_to_judge(pbx: Plant, operator: Phone) -> None:
    await pbx.ready(0)
    made, outside = await answered(
        pbx, operator, "am_6", machine(), screening=pb.Screening(action=NOTE), auto_answer=True
    )
    mine = await pbx.people[0].incoming()
    await eventually(lambda: pbx.parts.board.calls[made.id].call.answered_by == "machine", 20)
    outside.hang_up()
    await mine.over()
    record = await pbx.record(made.id)
    assert (record.outcome, record.answered_by) == ("answered", "machine")
    await pbx.clean()
