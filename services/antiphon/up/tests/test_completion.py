"""An older installation gets the secrets that a new release wants, and keeps all that it has."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from antiphon.__main__ import app
from antiphon.kit.clock import SettableClock
from antiphon.kit.tokens import Caller, Signer, Verifier, public_of
from antiphon.kit.vault import Masters
from antiphon.up.completion import Lost, completed
from antiphon.up.host import SERVICES
from antiphon.up.keyring import Values
from antiphon.up.keys import manifests, nats_name, nats_public
from antiphon.up.rotation import Step, rotated

pytestmark = pytest.mark.domain
OLDER = tuple(service for service in SERVICES if service not in {"team", "dialer"})
run = CliRunner().invoke


def made(services: tuple[str, ...] = SERVICES) -> Values:
    found = {each["metadata"]["name"]: each for each in manifests("phones", services)}
    return {name.removeprefix("phones-"): dict(each.get("stringData") or each["data"]) for name, each in found.items()}


def older() -> Values:
    """Before there were team and dialer, sealing, and a secret of TURN."""
    values = made(OLDER)
    del values["master"], values["stream"], values["media"]["ANTIPHON_MEDIA_TURN_SECRET"]
    return values


def as_the_cluster_shows(values: Values) -> str:
    items: list[dict[str, Any]] = []
    for name, given in values.items():
        secret = name != "public"
        data = {key: base64.b64encode(text.encode()).decode() for key, text in given.items()} if secret else given
        about = {"name": f"phones-{name}", "namespace": "contact", "resourceVersion": "7"}
        items.append({"kind": "Secret" if secret else "ConfigMap", "metadata": about, "data": data})
    strange = {"name": "sh.helm.release.v1.antiphon.v1", "namespace": "contact"}
    items.append({"kind": "Secret", "metadata": strange, "data": {"release": "/w=="}})
    return json.dumps({"items": items})


def documents(text: str) -> dict[str, dict[str, Any]]:
    found = [json.loads(each) for each in text.split("---\n") if each]
    return {each["metadata"]["name"]: each for each in found}


def test_everything_that_was_there_stays_as_it_was(tmp_path: Path) -> None:
    before = older()
    after = completed(before, SERVICES)
    for name, given in before.items():
        for key, value in given.items():
            if key != "ANTIPHON_TOKEN_KEYS":
                assert after[name][key] == value
    known, trusted = (json.loads(each["public"]["ANTIPHON_TOKEN_KEYS"]) for each in (before, after))
    assert {service: trusted[service] for service in known} == known
    assert {name: set(given) for name, given in after.items()} == {name: set(given) for name, given in made().items()}
    (tmp_path / "keys.json").write_text(after["master"]["keys.json"])
    assert Masters.read(tmp_path / "keys.json").current == "first"
    assert completed(after, SERVICES) == after, "a second run makes nothing"


@pytest.mark.parametrize("service", ["team", "dialer"])
def test_a_service_that_came_later_is_believed_by_all_and_let_into_nats(service: str) -> None:
    after = completed(older(), SERVICES)
    own, public = after[service], after["public"]
    assert json.loads(public["ANTIPHON_TOKEN_KEYS"])[service] == public_of(own["ANTIPHON_TOKEN_KEY"])
    assert public[nats_name(service)] == nats_public(own["ANTIPHON_NATS_SEED"])
    checks = Verifier(json.loads(public["ANTIPHON_TOKEN_KEYS"]), SettableClock())
    caller = Caller("t1", f"service:{service}")
    assert checks.verify(Signer(service, own["ANTIPHON_TOKEN_KEY"], SettableClock()).sign(caller)) == caller


@pytest.mark.parametrize(
    ("service", "name"), [("media", "ANTIPHON_MEDIA_BROWSER_SECRET"), ("edge", "ANTIPHON_EDGE_BROWSER_SECRETS")]
)
def test_what_two_services_share_comes_from_the_one_that_has_it(service: str, name: str) -> None:
    before = made()
    had = before[service].pop(name)
    assert completed(before, SERVICES)[service][name] == had


def test_digests_made_with_the_key_of_evidence_are_recognised_on() -> None:
    before = made()
    del before["dialer"]["ANTIPHON_DIALER_DIGEST_KEYS"]
    after = completed(before, SERVICES)["dialer"]
    fresh, *others = json.loads(after["ANTIPHON_DIALER_DIGEST_KEYS"])
    assert others == [before["dialer"]["ANTIPHON_DIALER_EVIDENCE_KEY"]] != [fresh]


def test_a_key_that_is_being_changed_is_left_alone() -> None:
    before = rotated(rotated(made(), "token:acd", Step.BEGIN), "master", Step.BEGIN)
    assert completed(before, SERVICES) == before


@pytest.mark.parametrize("lost", ["acd", "public"])
def test_what_was_lost_is_not_made_anew(lost: str) -> None:
    before = made()
    del before[lost]
    with pytest.raises(Lost):
        completed(before, SERVICES)


def test_of_a_cluster_only_what_is_new_is_printed(tmp_path: Path) -> None:
    before, nats = older(), tmp_path / "nats.json"
    done = run(app, ["keys", "complete", "phones", "--nats-values", str(nats)], input=as_the_cluster_shows(before))
    assert done.exit_code == 0, done.output
    found = documents(done.output)
    assert set(found) == {f"phones-{each}" for each in ("public", "media", "team", "dialer", "master", "stream")}
    assert {each["metadata"]["namespace"] for each in found.values()} == {"contact"}
    assert (found["phones-master"]["kind"], found["phones-public"]["kind"]) == ("Secret", "ConfigMap")
    assert found["phones-media"]["stringData"].items() >= before["media"].items()
    users = json.loads(nats.read_text().removeprefix("---\n"))["nats"]["config"]["merge"]["authorization"]["users"]
    assert {each["nkey"] for each in users} == {found["phones-public"]["data"][nats_name(each)] for each in SERVICES}

    again = {**before, **{name.removeprefix("phones-"): content(each) for name, each in found.items()}}
    second = run(app, ["keys", "complete", "phones"], input=as_the_cluster_shows(again))
    assert (second.exit_code, second.output) == (0, "")
    stranger = run(app, ["keys", "complete", "others"], input=as_the_cluster_shows(before))
    assert (stranger.exit_code, "antiphon keys make" in stranger.output) == (1, True)


def content(manifest: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = manifest.get("stringData") or manifest["data"]
    return found


def test_env_files_are_completed_in_their_place(tmp_path: Path) -> None:
    complete = ["keys", "complete", "--env-files", str(tmp_path)]
    assert run(app, ["keys", "--env-files", str(tmp_path)]).exit_code == 0
    public, team, media = (tmp_path / f"{name}.env" for name in ("public", "team", "media"))
    kept = files(tmp_path)
    assert run(app, complete).output == ""
    team.unlink()
    assert run(app, complete).exit_code == 1, "lost, not missing"
    trusted = json.loads(kept["public.env"].strip().partition("=")[2])
    del trusted["team"]
    public.write_text(f"ANTIPHON_TOKEN_KEYS={json.dumps(trusted)}\n")
    lines = kept["media.env"].splitlines(keepends=True)
    media.write_text("HTTP_PROXY=proxy\n" + "".join(line for line in lines if "TURN" not in line))
    shutil.rmtree(tmp_path / "master")
    (tmp_path / "stream.env").unlink()
    done = run(app, complete)
    assert done.exit_code == 0, done.output
    now, new = files(tmp_path), {"master/keys.json", "stream.env"}
    assert {name for name in kept if now[name] != kept[name]} == {"public.env", "team.env", "media.env", *new}
    assert set(now) == set(kept)
    assert "HTTP_PROXY=proxy\n" in now["media.env"], "what somebody added stays"
    assert json.loads(now["public.env"].partition("=")[2]).items() >= trusted.items()
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in now} == {0o600}


def files(folder: Path) -> dict[str, str]:
    """Its files, those in folders too."""
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
