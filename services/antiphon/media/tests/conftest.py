"""Fixtures of the media plane: a real engine, a cluster of one node, parties with tones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import soundfile

from antiphon.media.anchor.anchor import Anchor
from antiphon.media.audio import tones
from antiphon.media.audio.g711 import PCMA
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.node import Address
from antiphon.media.tests.engine import Engine
from antiphon.media.tests.party import MUSIC, Parties, Party


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"), "127.0.0.71")
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sounds") / "music.wav"
    soundfile.write(file, tones.tone(MUSIC, seconds=2), 8000, subtype="ALAW")
    return file


@pytest.fixture
async def cluster(engine: Engine) -> AsyncIterator[Cluster]:
    cluster = await Cluster.open([Address("one", engine.host, engine.port)])
    yield cluster
    cluster.close()


@pytest.fixture
async def anchor(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Anchor]:
    anchor = cluster.anchor(f"call-{request.node.name}")
    yield anchor
    await anchor.end()


@pytest.fixture
async def party() -> AsyncIterator[Parties]:
    async with AsyncExitStack() as stack:

        async def make(hertz: int, codec: int = PCMA) -> Party:
            party = await Party.open("127.0.0.1", hertz, codec)
            stack.push_async_callback(party.close)
            return party

        yield make
