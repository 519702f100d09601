"""Callers whom a scheme puts into a room meet there, with a PIN where the room wants one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, hears, plant
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
SORRY = {"id": "sorry", "kind": "close", "text": {"en": "Good-bye."}, "outcome": "refused"}
VOICES = (440, 620, 880)


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.93") as it:
        yield it


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


def room(**more: Any) -> dict[str, Any]:
    return {"id": "room", "kind": "conference", "room": "daily", "on_error": "sorry", **more}


async def comes(pbx: Plant, hertz: int, pin: str = "") -> PhoneCall:
    call = await pbx.caller(hertz=hertz)
    await call.up()
    if pin:
        await pbx.the_call("RECEPTION")
        await call.press(pin)
    return call


async def meet(pbx: Plant, count: int) -> list[pb.Call]:
    """So many are in the room."""

    async def found() -> list[pb.Call]:
        there = [call for call in await pbx.live() if call.state == pb.CALL_STATE_CONFERENCE]
        return there if len(there) == count else []

    calls: list[pb.Call] = await eventually(found, 20)
    return calls


async def test_three_callers_meet_and_part(pbx: Plant) -> None:
    await pbx.scheme(room(), SORRY)
    one = await comes(pbx, VOICES[0])
    (alone,) = await meet(pbx, 1)
    assert not alone.HasField("talked")
    two = await comes(pbx, VOICES[1])
    await meet(pbx, 2)
    await hears(one, VOICES[1], mixed=True)
    await hears(two, VOICES[0], mixed=True)
    three = await comes(pbx, VOICES[2])
    await meet(pbx, 3)
    await hears(one, VOICES[1], VOICES[2])
    await hears(three, VOICES[0], VOICES[1])
    two.hang_up()
    await meet(pbx, 2)
    await hears(one, VOICES[2], mixed=True)
    one.hang_up()
    assert (await pbx.record(alone.id)).outcome == "answered"
    await meet(pbx, 1)  # who is left waits for others
    four = await comes(pbx, VOICES[0])
    await hears(three, VOICES[0], mixed=True)
    three.hang_up()
    four.hang_up()
    await pbx.clean()


async def test_a_room_with_a_pin(pbx: Plant) -> None:
    await pbx.scheme(room(room="board", pin="4711"), SORRY)
    one = await comes(pbx, VOICES[0], "4711")
    await meet(pbx, 1)
    two = await comes(pbx, VOICES[1], "12#")  # wrong; again
    await two.press("4711")
    await meet(pbx, 2)
    await hears(one, VOICES[1], mixed=True)
    stranger = await comes(pbx, VOICES[2], "1111")
    await stranger.press("2222")
    stranger.line.press("3333")
    await stranger.over(20)
    await meet(pbx, 2)
    for each in (one, two):
        each.hang_up()
    await pbx.clean()


async def test_rooms_of_other_names_are_apart(pbx: Plant) -> None:
    await pbx.scheme(room(), SORRY)
    one = await comes(pbx, VOICES[0])
    await meet(pbx, 1)
    await pbx.scheme(room(room="other"), SORRY)
    two = await comes(pbx, VOICES[1])
    await meet(pbx, 2)
    assert len(pbx.parts.board.world.meetings) == 2
    for each in (one, two):
        each.hang_up()
    await pbx.clean()
