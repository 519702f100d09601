"""What `antiphon keys` makes opens NATS for services, and lets none of them speak in another's name."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from typer.testing import CliRunner

from antiphon.__main__ import app
from antiphon.kit.bus import Bus
from antiphon.kit.nodes import find_nats_server
from antiphon.kit.procs import Process, free_port, is_listening
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import public_of
from antiphon.kit.vault import Masters
from antiphon.up.host import SERVICES
from antiphon.up.keys import manifests, nats_values

pytestmark = pytest.mark.service


def test_everybody_gets_his_own_and_knows_the_public_halves_of_all() -> None:
    public, *own, master, stream = manifests("phones", SERVICES)
    assert (master["metadata"]["name"], stream["metadata"]["name"]) == ("phones-master", "phones-stream")
    assert [each["metadata"]["name"] for each in own] == [f"phones-{service}" for service in SERVICES]
    trusted = json.loads(public["data"]["ANTIPHON_TOKEN_KEYS"])
    private = {service: each["stringData"]["ANTIPHON_TOKEN_KEY"] for service, each in zip(SERVICES, own, strict=True)}
    assert trusted == {service: public_of(key) for service, key in private.items()}
    assert len(set(private.values())) == len(SERVICES)
    assert not set(private.values()) & set(public["data"].values())


def test_files_for_compose_are_for_their_owner_only_and_never_made_again(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["keys", "--env-files", str(tmp_path)]).exit_code == 0
    made = files(tmp_path)
    assert set(made) == {"public.env", "stream.env", "master/keys.json", *(f"{service}.env" for service in SERVICES)}
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in made} == {0o600}
    assert CliRunner().invoke(app, ["keys", "--env-files", str(tmp_path)]).exit_code == 1
    assert files(tmp_path) == made
    masters = Masters.read(tmp_path / "master/keys.json")
    assert masters.current in masters.keys


def files(folder: Path) -> dict[str, str]:
    """Its files, those in folders too."""
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


async def test_nats_knows_them_and_lets_nobody_tell_facts_of_another(
    tmp_path: Path, platforms: dict[str, Platform]
) -> None:
    public, *own, _, _ = manifests("phones", SERVICES)
    port = free_port()
    users = nats_values(public["data"], SERVICES)["nats"]["config"]["merge"]["authorization"]
    config = {"listen": f"127.0.0.1:{port}", "jetstream": {"store_dir": str(tmp_path / "js")}, "authorization": users}
    (tmp_path / "nats.conf").write_text(json.dumps(config))
    command = [find_nats_server(), "-c", str(tmp_path / "nats.conf")]
    server = Process("nats-server", command, tmp_path / "nats.log", lambda: is_listening(port))
    server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
        assert b"Authorization Violation" in await reader.read()
        writer.close()
        seeds = {}
        for service, each in zip(SERVICES, own, strict=True):
            seeds[service] = tmp_path / f"{service}.seed"
            seeds[service].write_text(each["stringData"]["ANTIPHON_NATS_SEED"])
        where = {"nats_url": f"nats://127.0.0.1:{port}"}
        acd, media = [
            await Bus.connect(platforms[name].model_copy(update={**where, "nats_seed_file": seeds[name]}), name)
            for name in ("acd", "media")
        ]
        heard: list[str] = []

        async def hear(message: Msg) -> None:
            heard.append(message.data.decode())

        await media.nc.subscribe("antiphon.>", cb=hear)

        async def told() -> bool:
            """Again and again: a client's flush may overtake its subscription."""
            await acd.nc.publish("antiphon.media.v1.CallEnded.t.c", b"a lie")
            await acd.nc.publish("antiphon.acd.v1.Queued.t.c", b"the truth")
            await acd.nc.flush()
            return bool(heard)

        await eventually(told)
        assert set(heard) == {"the truth"}
        await asyncio.gather(acd.close(), media.close())
    finally:
        server.stop()
