"""What callers hear while they wait: music out of files and streams, and where they stand, in their language."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import soundfile

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.kit.grpc_client import ask
from antiphon.kit.procs import free_port
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.audio import tones
from antiphon.media.domain.words import place_in_queue
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import MUSIC, Plant, hears, hears_text, plant

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
RADIO, JAZZ = 523, 700
GREETINGS = {"en": "Hello.", "ru": "Здравствуйте.", "uk": "Вітаю."}


async def radio(sound: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A station: the same MP3 for ever, about as fast as it sounds."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n")
    try:
        while True:
            writer.write(sound)
            await writer.drain()
            await asyncio.sleep(0.5)
    except (ConnectionError, asyncio.CancelledError):
        writer.close()


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    folder, port = tmp_path_factory.mktemp("plant"), free_port()
    made = {"radio": folder / "radio.mp3", "jazz": folder / "sounds" / "music" / "jazz.mp3"}
    made["jazz"].parent.mkdir(parents=True)
    for file, hertz in zip(made.values(), (RADIO, JAZZ), strict=True):
        soundfile.write(file, tones.tone(hertz, seconds=2), 8000, format="MP3")
    server = await asyncio.start_server(functools.partial(radio, made["radio"].read_bytes()), "127.0.0.1", port)
    streams = {"radio": f"http://127.0.0.1:{port}/radio"}
    try:
        async with plant(platforms, folder, "127.0.0.96", streams=streams, stream_piece_seconds=2.0) as it:
            yield it
    finally:
        server.close()


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


@pytest.mark.clause("A20")
@pytest.mark.parametrize(("music", "hertz"), [("music:jazz", JAZZ), ("stream:radio", RADIO), ("stream:gone", MUSIC)])
async def test_music_out_of_an_mp3_and_out_of_a_stream(pbx: Plant, music: str, hertz: int) -> None:
    """What is not there is the default music. The stream is heard for longer than one piece of it."""
    if hertz == RADIO:
        await eventually(lambda: pbx.parts.streams.latest("radio"), 30)
    await pbx.change_queue(announce_every=timedelta(seconds=2), music=music, announce_position=False)
    await pbx.scheme(pbx.queue_node(greeting={"en": ""}))
    call = await pbx.caller()
    await call.up()
    await hears(call, hertz)
    heard = len(call.line.recording)
    await eventually(lambda: len(call.line.recording) > heard + 150)
    await hears(call, hertz)
    call.hang_up()


async def test_a_stream_goes_on_in_new_pieces(pbx: Plant) -> None:
    first = await eventually(lambda: pbx.parts.streams.latest("radio"), 30)
    assert await eventually(lambda: pbx.parts.streams.latest("radio") != first, 30)
    folder = pbx.parts.app.settings.sounds / "streams" / "radio"
    assert await eventually(lambda: len(list(folder.glob("*.wav"))) <= 5)


@pytest.mark.parametrize("language", ["en", "ru", "uk"])
async def test_who_waits_is_told_his_place_in_his_language(pbx: Plant, language: str) -> None:
    await pbx.change_queue(announce_every=timedelta(seconds=2), music="", announce_position=True)
    await pbx.scheme(pbx.queue_node(greeting={language: GREETINGS[language]}), language=language)
    first = await pbx.caller()
    await first.up()
    await hears_text(pbx, first, place_in_queue(1, 0, 0, language), language)
    second = await pbx.caller()
    await second.up()
    await hears_text(pbx, second, place_in_queue(2, 0, 0, language), language)
    await hears(second, MUSIC)  # between two announcements
    first.hang_up()
    await hears_text(pbx, second, place_in_queue(1, 0, 0, language), language)  # he has moved up
    second.hang_up()


@pytest.mark.clause("A21")
async def test_two_agents_answer_three_callers_of_one_queue(pbx: Plant) -> None:
    """Each once, in the order they came; both agents see who waits."""
    await pbx.change_queue(announce_every=timedelta(seconds=2), music="", announce_position=False)
    await pbx.scheme(pbx.queue_node(greeting={"en": ""}))
    callers = []
    for count in (1, 2, 3):
        callers.append(await pbx.caller(hertz=300 + 100 * count))
        await callers[-1].up()
        await eventually(functools.partial(waiting, pbx, 0, count))
    seen = [[it.id for it in await waiting(pbx, place, 3)] for place in (0, 1)]
    assert seen[0] == seen[1]
    await pbx.ready(0)
    one = await pbx.people[0].incoming()
    await hears(one, 400)
    await pbx.ready(1)
    two = await pbx.people[1].incoming()
    await hears(two, 500)
    assert [it.id for it in await eventually(functools.partial(waiting, pbx, 1, 1))] == seen[0][2:]
    callers[0].hang_up()
    await one.over()
    last = await pbx.people[0].incoming()
    await hears(last, 600)
    assert not await pbx.waiting()
    assert pbx.people[1].phone._incoming.empty()


async def waiting(pbx: Plant, place: int, count: int) -> list[acd.WorkItem]:
    """What an agent sees of the queue, once so many wait."""
    request = acd.ListWaitingRequest(queue_id=pbx.queue_id)
    items = list((await ask(pbx.acd.ListWaiting, request, pbx.people[place].headers)).items)
    return items if len(items) == count else []
