"""Secrets change in three steps, and after each of them who signs is believed by who checks."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr
from typer.testing import CliRunner

from antiphon.__main__ import app
from antiphon.channels.vault import Vault
from antiphon.directory.app.sealing import Sealer
from antiphon.directory.settings import Settings
from antiphon.edge.node import write
from antiphon.edge.settings import NodeSettings
from antiphon.kit.clock import SettableClock
from antiphon.kit.tokens import Caller, Signer, Verifier
from antiphon.kit.vault import Masters
from antiphon.up.host import SERVICES
from antiphon.up.keyring import Values
from antiphon.up.keys import manifests
from antiphon.up.rotation import OutOfOrder, Step, in_manifests, rotated

pytestmark = pytest.mark.domain
CALLER = Caller("t1", "person:p1")


def made() -> Values:
    return {
        each["metadata"]["name"].removeprefix("phones-"): dict(each.get("stringData") or each["data"])
        for each in manifests("phones", [*SERVICES, "edge"])
    }


def signer(values: Values) -> Signer:
    return Signer("directory", values["directory"]["ANTIPHON_TOKEN_KEY"], SettableClock())


def verifier(values: Values) -> Verifier:
    return Verifier(json.loads(values["public"]["ANTIPHON_TOKEN_KEYS"]), SettableClock())


def test_while_processes_are_restarted_one_by_one_every_token_is_believed() -> None:
    """At every step some run with what was before it: both are believed by both."""
    now = made()
    first = signer(now)
    for step in Step:
        after = rotated(now, "token:directory", step)
        for signs in (now, after):
            for checks in (now, after):
                assert verifier(checks).verify(signer(signs).sign(CALLER)) == CALLER, step
        assert verifier(after).verify(
            Signer("acd", after["acd"]["ANTIPHON_TOKEN_KEY"], SettableClock()).for_tenant("t1")
        )
        now = after
    with pytest.raises(Exception, match="not valid"):
        verifier(now).verify(first.sign(CALLER))


def test_softphones_are_let_in_by_every_edge_at_every_step() -> None:
    now = made()
    first = now["media"]["ANTIPHON_MEDIA_BROWSER_SECRET"]
    for step in Step:
        after = rotated(now, "softphone", step)
        for signs in (now, after):
            for checks in (now, after):
                taken = json.loads(checks["edge"]["ANTIPHON_EDGE_BROWSER_SECRETS"])
                assert signs["media"]["ANTIPHON_MEDIA_BROWSER_SECRET"] in taken, step
        now = after
    assert first not in str(now)


def test_relays_believe_every_credential_until_the_old_secret_is_ended(tmp_path: Path) -> None:
    """coturn is given `ANTIPHON_MEDIA_TURN_SECRET` and what stands in `…_SECRETS`; both are read when it starts."""
    now = made()
    first = now["media"]["ANTIPHON_MEDIA_TURN_SECRET"]
    for step in Step:
        after = rotated(now, "turn", step)
        for signs in (now, after):
            for checks in (now, after):
                secret = signs["media"]["ANTIPHON_MEDIA_TURN_SECRET"]
                assert f"static-auth-secret={secret}\n" in relay_of(checks, tmp_path), step
        now = after
    assert now["media"]["ANTIPHON_MEDIA_TURN_SECRET"] != first
    assert first not in relay_of(now, tmp_path)


def relay_of(values: Values, folder: Path) -> str:
    """turnserver.conf as the chart lets a node write it."""
    media = values["media"]
    several = json.loads(media.get("ANTIPHON_MEDIA_TURN_SECRETS", "[]"))
    node = NodeSettings(
        directory=folder, address="127.0.0.1", turn_realm="pbx.example",
        turn_secret=SecretStr(media["ANTIPHON_MEDIA_TURN_SECRET"]), turn_secrets=tuple(map(SecretStr, several)),
    )  # fmt: skip
    return write("coturn", node).read_text()


@pytest.mark.parametrize("service", ["channels", "directory"])
def test_what_is_sealed_opens_at_every_step_and_the_old_key_is_gone_at_the_end(service: str) -> None:
    """Between `switch` and `end` the service seals anew what it has; until then both open all of it."""
    now, sealer = made(), {"channels": opened_by_channels, "directory": opened_by_directory}[service]
    kept = [sealer(now).seal(*TOKEN[service])]
    first = kept[0]
    for step in Step:
        if step is Step.END:
            kept = [sealer(now).resealed(one, "ch_1:token") or one for one in kept]
        after = rotated(now, f"sealing:{service}", step)
        for seals in (now, after):
            kept.append(sealer(seals).seal(*TOKEN[service]))
            for opens in (now, after):
                assert {readable(sealer(opens), one) for one in kept} == {"4711:AAE"}, step
        now = after
    assert readable(sealer(now), first) == ""
    assert sealer(now).resealed(kept[0], "ch_1:token") is None, "it is of the key in use already"


TOKEN: dict[str, tuple[Any, str]] = {"channels": ("4711:AAE", "ch_1:token"), "directory": (b"4711:AAE", "ch_1:token")}


def opened_by_channels(values: Values) -> Any:
    own = values["channels"]
    return Vault(own["ANTIPHON_CHANNELS_SECRET_KEY"], *json.loads(own.get("ANTIPHON_CHANNELS_SECRET_KEYS", "[]")))


def opened_by_directory(values: Values) -> Any:
    own = values["directory"]
    several = json.loads(own.get("ANTIPHON_DIRECTORY_SEALING_KEYS", "[]"))
    settings = Settings(
        sealing_key=SecretStr(own["ANTIPHON_DIRECTORY_SEALING_KEY"]), sealing_keys=tuple(map(SecretStr, several))
    )
    return Sealer(*settings.sealing_bytes())


def readable(sealer: Any, sealed: bytes) -> str:
    if isinstance(sealer, Vault):
        return sealer.open(sealed, "ch_1:token")
    try:
        return str(sealer.unseal(sealed, "ch_1:token").decode())
    except InvalidTag:
        return ""


def test_erased_numbers_are_recognised_for_ever() -> None:
    """At every step what one process makes is recognised by all, and nothing is ever taken out."""
    now = made()
    first = json.loads(now["dialer"]["ANTIPHON_DIALER_DIGEST_KEYS"])[0]
    for step in (Step.BEGIN, Step.SWITCH):
        after = rotated(now, "digests", step)
        for makes in (now, after):
            for recognises in (now, after):
                keys = [json.loads(it["dialer"]["ANTIPHON_DIALER_DIGEST_KEYS"]) for it in (makes, recognises)]
                assert keys[0][0] in keys[1], step
        now = after
    new, *old = json.loads(now["dialer"]["ANTIPHON_DIALER_DIGEST_KEYS"])
    assert (new != first, old) == (True, [first])
    with pytest.raises(OutOfOrder):
        rotated(now, "digests", Step.END)


def test_a_master_key_unwraps_until_it_is_ended(tmp_path: Path) -> None:
    now, file = made(), tmp_path / "keys.json"
    old = json.loads(now["master"]["keys.json"])["current"]
    began = rotated(now, "master", Step.BEGIN)
    file.write_text(began["master"]["keys.json"])
    both = Masters.read(file)
    assert (len(both.keys), both.current != old, old in both.keys) == (2, True, True)
    file.write_text(rotated(began, "master", Step.END)["master"]["keys.json"])
    assert set(Masters.read(file).keys) == {both.current}


@pytest.mark.parametrize("what", ["token:acd", "sealing:channels", "softphone", "turn", "digests", "master"])
def test_a_step_out_of_order_changes_nothing(what: str) -> None:
    fresh = made()
    for step in (Step.SWITCH, Step.END) if what == "master" else (Step.SWITCH,):
        with pytest.raises(OutOfOrder):
            rotated(fresh, what, step)
    began = rotated(fresh, what, Step.BEGIN)
    with pytest.raises(OutOfOrder):
        rotated(began, what, Step.BEGIN)
    if what != "master":
        with pytest.raises(OutOfOrder):
            rotated(began, what, Step.END)
    with pytest.raises(ValueError, match="there is no"):
        rotated(fresh, "token:nobody", Step.BEGIN)


def test_the_command_changes_env_files(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["keys", "--env-files", str(tmp_path)]).exit_code == 0
    before = {file.name: file.read_text() for file in tmp_path.glob("*.env")}
    for step in Step:
        done = run(app, ["keys", "rotate", "token:directory", step, "--env-files", str(tmp_path)])
        assert done.exit_code == 0, done.output
    after = {file.name: file.read_text() for file in tmp_path.glob("*.env")}
    assert {name for name in before if before[name] != after[name]} == {"directory.env", "public.env"}
    assert set(after) == set(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("*.env")} == {0o600}
    for step in (Step.BEGIN, Step.END):
        first = Masters.read(tmp_path / "master/keys.json")
        assert run(app, ["keys", "rotate", "master", step, "--env-files", str(tmp_path)]).exit_code == 0
    second = Masters.read(tmp_path / "master/keys.json")
    assert set(first.keys) > set(second.keys) == {second.current}
    assert run(app, ["keys", "rotate", "token:directory", "end", "--env-files", str(tmp_path)]).exit_code == 0
    assert run(app, ["keys", "rotate", "nonsense", "begin", "--env-files", str(tmp_path)]).exit_code == 1


def test_of_manifests_only_the_changed_ones_come_back() -> None:
    items: list[dict[str, Any]] = []
    for each in manifests("phones", SERVICES):
        one = dict(each)
        if "stringData" in one:  # as the cluster shows it
            text: dict[str, str] = one.pop("stringData")
            one["data"] = {key: base64.b64encode(value.encode()).decode() for key, value in text.items()}
        items.append(one)
    changed = in_manifests({"items": items}, "phones", "token:acd", Step.BEGIN)
    assert {one["metadata"]["name"] for one in changed} == {"phones-acd", "phones-public"}
    secret = next(one for one in changed if one["kind"] == "Secret")
    assert "ANTIPHON_TOKEN_KEY_NEXT" in secret["stringData"]
    assert "ANTIPHON_NATS_SEED" in secret["stringData"]
