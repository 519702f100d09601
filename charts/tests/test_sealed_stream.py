"""What NATS keeps of facts is sealed where compose or the chart says so, and what was there before is sealed, too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
import yaml
from nats.js import JetStreamContext

from antiphon.kit.nodes import find_nats_server
from antiphon.kit.procs import Process, free_port, is_listening
from antiphon.up.host import SERVICES
from antiphon.up.keys import manifests as secrets
from charts.tests.rendering import manifests, rendered

pytestmark = pytest.mark.service

BEFORE, SINCE = b"my number is 42, said before", b"my number is 43, said since"


def of_compose() -> str:
    """Compose makes one dollar of two."""
    file = Path(__file__).parents[2] / "compose.yaml"
    content: str = yaml.safe_load(file.read_text())["configs"]["nats"]["content"]
    return content.replace("$$", "$")


def of_the_chart() -> str:
    maps = (each for each in manifests(rendered("sealed")) if each["kind"] == "ConfigMap")
    config: str = next(each["data"]["nats.conf"] for each in maps if "nats.conf" in each["data"])
    return re.sub(r'"(pid_file|port|http_port|server_name)".*\n', "", config)


@pytest.mark.parametrize("source", [of_compose, of_the_chart])
async def test_no_word_of_a_fact_lies_readable(
    source: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in secrets("antiphon-keys", SERVICES):
        if made["metadata"]["name"] == "antiphon-keys-stream":
            monkeypatch.setenv("ANTIPHON_STREAM_KEY", made["stringData"]["ANTIPHON_STREAM_KEY"])
    data = tmp_path / "data"
    sealed = source().replace("/data", str(data))
    async with server(f"jetstream {{ store_dir: {data} }}", tmp_path) as stream:
        await stream.add_stream(name="facts", subjects=["facts.>"])
        await stream.publish("facts.one", BEFORE)
    assert on_disk(data, BEFORE), "the test knows where to look"
    async with server(sealed, tmp_path) as stream:
        await stream.publish("facts.two", SINCE)
        assert (await stream.get_msg("facts", 1)).data == BEFORE
    assert not on_disk(data, BEFORE)
    assert not on_disk(data, SINCE)
    async with server(sealed, tmp_path) as stream:
        assert (await stream.get_msg("facts", 2)).data == SINCE


@asynccontextmanager
async def server(config: str, folder: Path) -> AsyncIterator[JetStreamContext]:
    port, file = free_port(), folder / "nats.conf"
    file.write_text(config)
    command = [find_nats_server(), "-c", str(file), "-a", "127.0.0.1", "-p", str(port)]
    process = Process("nats-server", command, folder / "nats.log", lambda: is_listening(port))
    process.start()
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    try:
        yield client.jetstream()
    finally:
        await client.close()
        process.stop()


def on_disk(folder: Path, text: bytes) -> bool:
    return any(text in file.read_bytes() for file in folder.rglob("*") if file.is_file())
