"""Callers whom a scheme puts into a room meet there, with a PIN where the room wants one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from antiphon.kit.leases import Leases
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.domain import conference
from antiphon.media.domain.words import words
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.rooms.host import lease_of
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, Replica, another_replica, hears, hears_text, plant
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


async def comes(pbx: Plant, hertz: int, pin: str = "", at: Hop | None = None) -> PhoneCall:
    call = await pbx.caller(hertz=hertz, at=at)
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
    assert len(pbx.parts.rooms.hosted) == 2
    for each in (one, two):
        each.hang_up()
    await pbx.clean()


# --- callers of two replicas


@pytest.fixture(scope="module")
def other(pbx: Plant, platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    with another_replica(pbx, platforms["media"], tmp_path_factory.mktemp("other")) as it:
        yield it


@pytest.fixture
def victim(pbx: Plant, platforms: dict[str, Platform], tmp_path: Path) -> Iterator[Replica]:
    with another_replica(pbx, platforms["media"], tmp_path) as it:
        yield it


async def nobody_hosts(pbx: Plant, name: str) -> None:
    """No replica has the room any more."""
    leases = await Leases.open(await pbx.rt.bus())

    async def free() -> bool:
        return not await leases.holder(lease_of(f"{pbx.tenant}/{name}"))

    await eventually(free)


async def test_callers_of_two_replicas_are_in_one_room(pbx: Plant, other: Replica) -> None:
    """The host's own callers come and go; the room stays where it is while somebody is in it."""
    await pbx.scheme(room(room="both"), SORRY)
    here = await comes(pbx, VOICES[0])
    (host,) = await meet(pbx, 1)
    far = await comes(pbx, VOICES[1], at=other.hop)
    await meet(pbx, 2)
    await hears(here, VOICES[1], mixed=True)
    await hears(far, VOICES[0], mixed=True)
    third = await comes(pbx, VOICES[2], at=other.hop)
    await meet(pbx, 3)
    await hears(here, VOICES[1], VOICES[2])
    await hears(far, VOICES[0], VOICES[2])
    here.hang_up()
    assert (await pbx.record(host.id)).outcome == "answered"
    await hears(far, VOICES[2], mixed=True)
    third.hang_up()
    await meet(pbx, 1)
    again = await comes(pbx, VOICES[0])
    await hears(again, VOICES[1], mixed=True)
    await hears(far, VOICES[0], mixed=True)
    (far_call,) = [call for call in await pbx.live() if call.id not in pbx.parts.board.calls]
    far.hang_up()
    again.hang_up()
    record = await pbx.record(far_call.id)
    assert (record.outcome, record.HasField("talked")) == ("answered", True)
    await pbx.clean()
    await nobody_hosts(pbx, "both")


async def test_two_who_come_at_the_same_moment_by_two_replicas_meet(pbx: Plant, other: Replica) -> None:
    await pbx.scheme(room(room="rush"), SORRY)
    one, two = await asyncio.gather(comes(pbx, VOICES[0]), comes(pbx, VOICES[1], at=other.hop))
    await hears(one, VOICES[1], mixed=True)
    await hears(two, VOICES[0], mixed=True)
    for each in (one, two):
        each.hang_up()
    await pbx.clean()
    await nobody_hosts(pbx, "rush")


async def test_a_room_is_full_for_callers_of_any_replica(
    pbx: Plant, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conference, "LARGEST", 2)  # here is the host, so here it counts
    await pbx.scheme(room(room="small"), SORRY)
    one = await comes(pbx, VOICES[0])
    await meet(pbx, 1)
    two = await comes(pbx, VOICES[1], at=other.hop)
    await meet(pbx, 2)
    late = await comes(pbx, VOICES[2], at=other.hop)
    await late.over()
    await hears(one, VOICES[1], mixed=True)
    two.hang_up()
    await meet(pbx, 1)
    three = await comes(pbx, VOICES[2], at=other.hop)
    await hears(one, VOICES[2], mixed=True)
    await hears(three, VOICES[0], mixed=True)
    for each in (one, three):
        each.hang_up()
    await pbx.clean()
    await nobody_hosts(pbx, "small")


async def test_a_replica_is_killed_and_the_others_meet_again(pbx: Plant, other: Replica, victim: Replica) -> None:
    """It is the host of one room: those of other replicas hear why they heard nothing for a moment, and then each
    other. In a second room one of its callers sat: that seat is free again."""
    await pbx.scheme(room(room="stays"), SORRY)
    waits = await comes(pbx, VOICES[0])
    (mine,) = await meet(pbx, 1)
    guest = await comes(pbx, VOICES[1], at=victim.hop)
    await hears(waits, VOICES[1], mixed=True)
    stays = pbx.parts.mixer.room(f"{pbx.tenant}/stays")
    assert len(stays.parties) == 2
    await pbx.scheme(room(room="moves"), SORRY)
    lost = await comes(pbx, VOICES[0], at=victim.hop)
    known = {call.id for call in await meet(pbx, 3)}
    two = await comes(pbx, VOICES[1])
    three = await comes(pbx, VOICES[2], at=other.hop)
    await hears(two, VOICES[0], VOICES[2])
    assert pbx.parts.rooms.hosted == {f"{pbx.tenant}/stays"}
    victim.process.kill()
    await hears_text(pbx, two, words("interrupted", "en"), "en")
    await hears(two, VOICES[2], mixed=True, within=40)
    await hears(three, VOICES[1], mixed=True, within=40)
    await eventually(lambda: stays.parties == (mine.id,), 60)
    for each in (guest, lost):
        await each.over(40)
    for call_id in known - {mine.id}:
        assert (await pbx.record(call_id)).outcome == "lost"
    for each in (waits, two, three):
        each.hang_up()
    await pbx.clean()
    await nobody_hosts(pbx, "stays")
    await nobody_hosts(pbx, "moves")


async def test_a_replica_that_stops_gives_its_rooms_away(pbx: Plant, victim: Replica) -> None:
    await pbx.scheme(room(room="given"), SORRY)
    far = await comes(pbx, VOICES[0], at=victim.hop)
    (gone,) = await meet(pbx, 1)
    one = await comes(pbx, VOICES[1])
    await hears(one, VOICES[0], mixed=True)
    victim.process.stop(30)
    await hears_text(pbx, one, words("interrupted", "en"), "en")
    await far.over()
    assert (await pbx.record(gone.id)).outcome == "answered"
    await eventually(lambda: pbx.parts.rooms.hosted == {f"{pbx.tenant}/given"})
    one.hang_up()
    await pbx.clean()
    await nobody_hosts(pbx, "given")
