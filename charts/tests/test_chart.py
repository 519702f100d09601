"""The chart: Helm takes it, Kubernetes would take what it makes, and what it makes is what the services read."""

from __future__ import annotations

import difflib
import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import helm_python as helm
import kubernetes_validate
import pytest
from pydantic_settings import BaseSettings

from antiphon.edge import servers
from antiphon.edge.node import write
from antiphon.edge.settings import NodeSettings
from antiphon.edge.settings import Settings as EdgeSettings
from antiphon.kit.nodes import find_nats_server
from antiphon.kit.settings import Platform
from antiphon.up.host import SERVICES
from antiphon.up.keys import manifests as secrets
from antiphon.up.keys import nats_values
from charts.tests.rendering import CASES, CHART, GOLDEN, Manifest, golden, manifests, pods, render, rendered, values

pytestmark = pytest.mark.service

VERSIONS = ("1.35", "1.36", "1.37")
STRANGERS = {"HTTPRoute", "Certificate", "PodMonitor", "PrometheusRule", "ScaledObject"}
"""Kinds of other people's APIs, whose schemas are not at hand here."""
RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
TWO_HOSTS = {"publicUrl": "https://desk.example.com", "channelsUrl": "https://chat.example.com"}
FIELDS = {"status.podIP": "10.1.2.3", "status.hostIP": "127.0.0.1"}


@pytest.mark.parametrize("case", CASES)
def test_helm_finds_no_fault(case: str) -> None:
    found = helm.lint(str(CHART), values(case), strict=True)
    assert not found["errors"]
    assert {message["error"] for message in found["messages"]} <= {"icon is recommended"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_every_manifest_is_valid(case: str, version: str) -> None:
    for manifest in manifests(rendered(case)):
        if manifest["kind"] not in STRANGERS:
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_it_renders_as_it_did(case: str) -> None:
    """`python -m charts.tests.rendering` writes them anew."""
    before = (GOLDEN / f"{case}.yaml").read_text().splitlines()
    assert not list(difflib.unified_diff(before, golden(case).splitlines(), lineterm=""))


def test_each_service_has_its_block_and_each_block_its_service() -> None:
    assert set(default_values()["services"]) | {"edge"} == set(SERVICES)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"publicUrl": "desk.example.com"}, "publicUrl"),
        ({"services": {"acd": {"replikas": 2}}}, "replikas"),
        ({"services": {"acd": {"env": {"PATH": "/"}}}}, "PATH"),
        ({"mongodb": {"replicas": 2}}, "replicas"),
        ({"voice": {"enabled": True}}, "voice.nodes"),
        ({"voice": {"enabled": True, "redundant": True, "nodes": [{"address": "10.0.0.1"}]}}, "voice.redundant"),
        ({"tracing": {"share": 2}}, "share"),
        ({"tls": {"enabled": True}}, "tls.issuer.name"),
        ({"nats": {"enabled": False}}, "natsUrl"),
        ({"gateway": {"enabled": True}, **TWO_HOSTS}, "gateway.parentRefs"),
        ({"ingress": {"enabled": True}}, "channelsUrl"),
        ({"keys": {"name": ""}}, "keys"),
        ({"encryption": {"secret": "Not a name"}}, "encryption"),
        ({"encryption": {"texts": "yes"}}, "encryption"),
        ({"billing": {"enabled": "yes"}}, "billing"),
        ({"leaseSeconds": 0.5}, "leaseSeconds"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(helm.HelmError, match=re.escape(why)):
        render(wrong)


def test_without_the_master_keys_nothing_is_sealed_and_nothing_begins(tmp_path: Path) -> None:
    """Pods would only wait for the Secret. No cluster here: what `lookup` would answer is given as values."""
    copied = Path(shutil.copytree(CHART, tmp_path / "antiphon"))
    platform = copied / "templates" / "_platform.tpl"
    asked = platform.read_text().replace('lookup "v1" "Secret" $space', "index (default dict .Values.global.there)")
    assert asked.count(".Values.global.there") == 2
    platform.write_text(asked)
    older = {"antiphon-keys-channels": {"kind": "Secret"}}
    sealing = {"antiphon-keys-master": {"kind": "Secret"}}
    with pytest.raises(helm.HelmError, match=r"no Secret antiphon-keys-master .*antiphon keys complete"):
        render({"global": {"there": older}}, copied)
    with pytest.raises(helm.HelmError, match="no Secret sealing-keys"):
        render({"global": {"there": older | sealing}, "encryption": {"secret": "sealing-keys"}}, copied)
    assert render({"global": {"there": older | sealing}}, copied)
    assert render({"global": {"there": older}, "encryption": {"enabled": False}}, copied)
    assert render({"global": {"there": {}}}, copied), "before there are any keys, or where no cluster is asked"


def test_texts_are_sealed_where_they_are_kept_and_only_with_master_keys() -> None:
    for given, sealing in (
        ({}, set()),
        ({"texts": True}, {"channels", "directory", "team"}),
        ({"texts": True, "enabled": False}, set()),
    ):
        told = {
            name: variables({"encryption": given}, name)
            for name in ("channels", "directory", "team", "media", "insight")
        }
        assert {name for name, env in told.items() if env.get("ANTIPHON_SEAL_TEXTS") == "true"} == sealing
        assert all("ANTIPHON_MASTER_KEYS" in told[name] for name in sealing)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ("true", "false", "true")),
        ({"needsAccount": True}, ("true", "true", "true")),
        ({"enabled": False}, ("false", "false", "false")),
    ],
)
def test_calls_and_messages_are_paid_as_the_values_say(given: dict[str, Any], told: tuple[str, ...]) -> None:
    media = variables({**values("ha"), "billing": given}, "media")
    channels = variables({"billing": given}, "channels")
    found = media["ANTIPHON_MEDIA_BILLING"], media["ANTIPHON_MEDIA_BILLING_NEEDS_ACCOUNT"]
    assert (*found, channels["ANTIPHON_CHANNELS_BILLING"]) == told


def test_all_services_have_the_same_lease() -> None:
    everybody = {service: variables({**values("ha"), "leaseSeconds": 9}, service) for service in SERVICES}
    assert {told["ANTIPHON_LEASE_SECONDS"] for told in everybody.values()} == {"9"}


def test_operators_certificates_are_checked_by_kamailio_where_authorities_are_given() -> None:
    given = values("ha")
    given["voice"]["trunkAuthorities"] = "operators"
    assert variables(given, "edge")["ANTIPHON_EDGE_TRUNK_AUTHORITIES"] == "/etc/antiphon/trunks/ca.crt"
    pod = next(pod for who, pod in pods(render(given)) if who == "StatefulSet/antiphon-edge")
    volume = next(each for each in pod["volumes"] if each["name"] == "trunk-authorities")
    assert volume["configMap"]["name"] == "operators"
    for container in pod["containers"]:
        mounted = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        assert mounted["trunk-authorities"] == "/etc/antiphon/trunks", container["name"]


@pytest.mark.parametrize("case", ["ha", "external"])
def test_every_path_of_a_public_address_reaches_its_service(case: str) -> None:
    """`/rate`, `/hooks`, `/widget.js` of channels and `/sign-in/return`, `/hooks/payments` of the desk among them."""
    made = list(manifests(rendered(case)))
    ways = {}
    for rule in (rule for each in made if each["kind"] == "Ingress" for rule in each["spec"]["rules"]):
        (path,) = rule["http"]["paths"]
        assert (path["path"], path["pathType"]) == ("/", "Prefix")
        ways[rule["host"]] = path["backend"]["service"]["name"]
    for route in (each["spec"] for each in made if each["kind"] == "HTTPRoute"):
        (rule,) = route["rules"]
        assert "matches" not in rule, "everything"
        ways[route["hostnames"][0]] = rule["backendRefs"][0]["name"]
    assert ways == {"desk.example.com": "antiphon-inbox", "chat.example.com": "antiphon-channels"}
    told = variables(values(case), "directory")["ANTIPHON_DIRECTORY_DESK_URL"]
    assert ways[urlsplit(told).hostname or ""] == "antiphon-inbox", "where identity providers send people back"


def test_a_service_scales_by_what_is_given() -> None:
    trigger = {"type": "prometheus", "metadata": {"serverAddress": "http://p:9090", "query": "x", "threshold": "9"}}
    scaled = {"autoscaling": {"enabled": True, "maxReplicas": 9, "triggers": [trigger]}}
    made = manifests(render({"services": {"media": scaled}}))
    found = {each["kind"]: each for each in made if each["metadata"]["name"] == "antiphon-media"}
    assert "HorizontalPodAutoscaler" not in found
    spec = found["ScaledObject"]["spec"]
    assert spec["scaleTargetRef"] == {"kind": "StatefulSet", "name": "antiphon-media"}
    assert (spec["maxReplicaCount"], spec["triggers"]) == (9, [trigger])
    assert "replicas" not in found["StatefulSet"]["spec"], "nothing else says how many"


@pytest.mark.parametrize("case", CASES)
def test_every_pod_is_restricted(case: str) -> None:
    for who, pod in pods(rendered(case)):
        assert pod["automountServiceAccountToken"] is False, who
        assert pod["securityContext"]["runAsNonRoot"] is True, who
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, who
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            assert container["securityContext"] == RESTRICTED, (who, container["name"])
            assert container["resources"]["limits"]["memory"], (who, container["name"])
        assert pod.get("hostNetwork", False) is (who.rpartition("-")[2] in {"edge", "rtpengine", "coturn"}), who


@pytest.mark.parametrize("case", CASES)
def test_every_setting_is_one_that_its_service_knows_and_takes(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        each["metadata"]["name"]: each.get("stringData") or each["data"] for each in secrets("antiphon-keys", SERVICES)
    }
    seen = set()
    for who, pod in pods(rendered(case)):
        for container in pod["containers"]:
            command = container.get("command", ())
            if list(command[:2]) != ["python", "-m"]:
                continue
            service = command[2].removeprefix("antiphon.")
            seen.add(service)
            told = environment(container, kept)
            read: list[type[BaseSettings]] = [Platform, *settings_of(service)]
            strange = [name for name in told if not any(name in names_of(each) for each in read)]
            assert not strange, (who, strange)
            with monkeypatch.context() as patch:
                for name, value in told.items():
                    patch.setenv(name, value)
                for each in read:
                    each()
    assert seen == set(default_values()["services"]) | ({"edge"} if values(case).get("voice") else set())


def test_nats_reads_its_configuration(tmp_path: Path) -> None:
    public = next(iter(secrets("antiphon-keys", SERVICES)))["data"]
    given = values("ha")
    given["nats"]["config"] |= nats_values(public, SERVICES)["nats"]["config"]
    texts = render(given)
    maps = [each for each in manifests(texts) if each["kind"] == "ConfigMap" and "nats.conf" in each["data"]]
    config = maps[0]["data"]["nats.conf"].replace("$SERVER_NAME", "nats-0").replace("/data", str(tmp_path))
    assert all(public[f"NATS_{service.upper()}"] in config for service in SERVICES)
    file = tmp_path / "nats.conf"
    file.write_text(re.sub(r'"?pid_file"?.*\n', "", config))
    checked = subprocess.run([find_nats_server(), "-t", "-c", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_kamailio_and_rtpengine_read_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = values("ha")
    given["voice"]["nodes"], given["voice"]["redundant"] = [{"address": "127.0.0.1"}], False
    given["voice"]["certificateSecret"] = ""
    kept = {
        each["metadata"]["name"]: each.get("stringData") or each["data"] for each in secrets("antiphon-keys", SERVICES)
    }
    for who, pod in pods(render(given)):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            told = environment(container, kept)
            for name, value in told.items():
                monkeypatch.setenv(name, value)
            if container.get("command") == ["python", "-m", "antiphon.edge"]:
                monkeypatch.setenv("ANTIPHON_EDGE_DIRECTORY", str(tmp_path))
                config = servers.write_kamailio(EdgeSettings())
                text = config.with_name("settings.cfg").read_text() if config.with_name("settings.cfg").exists() else ""
                assert (tmp_path / "written").exists(), text
                checked = subprocess.run(
                    [servers.find("kamailio"), "-c", "-f", str(config), "-w", str(tmp_path), "-Y", str(tmp_path)],
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                assert checked.returncode == 0, checked.stderr[-2000:]
            if container.get("command", ["", "", "", ""])[2:] == ["antiphon.edge.node", "rtpengine"]:
                monkeypatch.setenv("ANTIPHON_NODE_DIRECTORY", str(tmp_path / "rtpengine"))
                assert "interface = pub/127.0.0.1;priv/127.0.0.1" in write("rtpengine", NodeSettings()).read_text(), who


def test_secrets_are_only_referred_to() -> None:
    for case in CASES:
        for who, pod in pods(rendered(case)):
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                for each in container.get("env", ()):
                    if re.search(r"PASSWORD|SECRET|_KEY$|URI", each["name"]):
                        assert "secretKeyRef" in each.get("valueFrom", {}) or str(each["value"]).startswith("/"), who


# ------------------------------------------------------------ what a container is told


def environment(container: Manifest, kept: dict[str, dict[str, str]]) -> dict[str, str]:
    """ANTIPHON_* variables as Kubernetes would set them."""
    told: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        told |= kept.get(next(iter(source.values()))["name"], {})
    for each in container.get("env", ()):
        told[each["name"]] = _value(each, told, kept)
    return {
        name: value for name, value in told.items() if name.startswith("ANTIPHON_") and name != "ANTIPHON_NATS_SEED"
    }


def _value(each: Manifest, told: dict[str, str], kept: dict[str, dict[str, str]]) -> str:
    origin = each.get("valueFrom")
    if origin is None:
        return re.sub(r"\$\((\w+)\)", lambda found: told[found[1]], each["value"])
    if "fieldRef" in origin:
        return FIELDS[origin["fieldRef"]["fieldPath"]]
    reference = origin["secretKeyRef"]
    return kept.get(reference["name"], {}).get(reference["key"], "mongodb://somewhere/?replicaSet=rs0")


def variables(given: dict[str, Any], service: str) -> dict[str, str]:
    """What the container of a service is told by its own `env`, but for what comes from elsewhere."""
    found = (container for _, pod in pods(render(given)) for container in pod["containers"])
    own = next(container for container in found if container["name"] == service)
    return {each["name"]: each["value"] for each in own["env"] if "value" in each}


def settings_of(service: str) -> list[type[BaseSettings]]:
    try:
        module = importlib.import_module(f"antiphon.{service}.settings")
    except ModuleNotFoundError:
        return []
    return [module.Settings]


def names_of(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config["env_prefix"]
    return {f"{prefix}{name}".upper() for name in settings.model_fields}


def default_values() -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]
