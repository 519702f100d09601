"""An engine is taken out of service by an operator: new calls go elsewhere, those that are there go on, and the mark
stays until he takes it away."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiphon.kit.errors import DomainError
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.__main__ import serve
from antiphon.media.cli import app
from antiphon.media.engines import Engine as Seen
from antiphon.media.engines import Marks
from antiphon.media.ng.cluster import Cluster
from antiphon.media.operating import Desk
from antiphon.media.settings import Settings
from antiphon.media.tests.engine import Engine, installed
from antiphon.media.tests.party import Parties
from antiphon.media.wiring import Parts, addresses

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[list[Engine]]:
    both = [Engine(tmp_path / name, host) for name, host in (("one", "127.0.0.74"), ("two", "127.0.0.75"))]
    for engine in both:
        engine.start()
    yield both
    for engine in both:
        engine.stop()


@pytest.fixture
def settings(engines: list[Engine]) -> Settings:
    return Settings(sip_port=0, engines=tuple(f"{each.host}:{each.port}" for each in engines), edge="127.0.0.1:9")


def states(found: list[Seen]) -> list[tuple[int, str]]:
    return [(each.sessions, each.state) for each in found]


async def test_a_drained_engine_takes_nothing_new_and_keeps_what_it_has(
    platforms: dict[str, Platform], settings: Settings, engines: list[Engine], party: Parties
) -> None:
    one, two = settings.engines
    built: list[Parts] = []
    own = functools.partial(serve, settings=settings, built=built.append)
    cluster = await Cluster.open(addresses(settings))
    async with running({"media": own}, platforms) as started:
        desk = Desk(cluster, await Marks.open(await started["media"].bus()))
        replica = built[-1].engines
        call = next(call for call in (replica.anchor(f"call-{n}") for n in range(2)) if call.node == one)
        caller = await party(440)
        await call.answer("A", caller.sdp())
        assert states(await desk.engines()) == [(1, "up"), (0, "up")]

        assert await desk.drain(one) == 1
        assert await desk.drain(one) == 1  # again is a success
        await eventually(lambda: {replica.choose().name for _ in range(3)} == {two})
        assert states(await desk.engines()) == [(1, "draining"), (0, "up")]
        assert (await call.statistics()).keys() == {"A"}
        for wrong, why in ((two, "LAST_ENGINE"), ("10.0.0.9:1", "UNKNOWN_ENGINE")):
            with pytest.raises(DomainError) as refused:
                await desk.drain(wrong)
            assert refused.value.reason.name == why
        await call.end()
        assert await desk.drain(one, wait=20) == 0

    async with running({"media": own}, platforms) as started:  # the mark outlives who heard it
        replica = built[-1].engines
        assert {replica.choose().name for _ in range(4)} == {two}
        desk = Desk(cluster, await Marks.open(await started["media"].bus()))
        await desk.undrain(one)
        await desk.undrain(one)
        await eventually(lambda: {replica.choose().name for _ in range(4)} == {one, two})
        engines[1].process.kill()
        with pytest.raises(DomainError) as refused:  # a silent one takes no calls
            await desk.drain(one)
        assert refused.value.reason.name == "LAST_ENGINE"
        assert states(await desk.engines()) == [(0, "up"), (0, "silent")]
    cluster.close()


async def test_the_command_reads_medias_environment(
    platforms: dict[str, Platform], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = platforms["media"]

    async def ask(words: list[str]) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words))

    assert "TOKEN_KEY" in (await ask(["engines"])).output.upper()
    monkeypatch.setenv("ANTIPHON_TOKEN_KEY", platform.token_key.get_secret_value())
    monkeypatch.setenv("ANTIPHON_TOKEN_KEYS", json.dumps(platform.token_keys))
    monkeypatch.setenv("ANTIPHON_NATS_URL", platform.nats_url)
    monkeypatch.setenv("ANTIPHON_MEDIA_ENGINES", json.dumps(settings.engines))
    one, two = settings.engines
    assert (await ask(["drain", one])).exit_code == 0
    listed = [json.loads(line) for line in (await ask(["engines", "--json"])).stdout.splitlines()]
    assert [(row["engine"], row["state"]) for row in listed] == [(one, "draining"), (two, "up")]
    assert (await ask(["drain", two])).exit_code == 2
    assert (await ask(["undrain", one])).exit_code == 0
