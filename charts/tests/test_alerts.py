"""Alerts and dashboards speak of what there is, and each alert has its page."""

from __future__ import annotations

import importlib
import json
import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pool
from prometheus_client import REGISTRY

from antiphon.acd import metrics as acd
from antiphon.billing.app import metrics as billing
from antiphon.edge import servers
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.tests.conftest import settings_for
from antiphon.kit import metrics
from antiphon.kit.procs import free_port
from antiphon.kit.testing import eventually
from antiphon.media import metrics as media
from antiphon.up.host import SERVICES
from charts.tests.rendering import CHART

pytestmark = pytest.mark.service

RUNBOOKS = Path(__file__).parents[2] / "docs/operations/runbooks.md"
RULES: list[dict[str, Any]] = yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((CHART / "files/dashboards").glob("*.json"))}
PANELS: list[dict[str, Any]] = [panel for dashboard in DASHBOARDS.values() for panel in dashboard["panels"]]
QUERIES = sorted({rule["expr"] for rule in RULES} | {each["expr"] for panel in PANELS for each in panel["targets"]})
OURS = (acd, billing, media, metrics)
"""Modules that register what is measured."""
SCANNER = """OPTIONS sip:x@antiphon.test SIP/2.0
Via: {via}
From: <sip:a@antiphon.test>;tag=1
To: <sip:x@antiphon.test>
Call-ID: 1
CSeq: 1 OPTIONS
Max-Forwards: 70
User-Agent: friendly-scanner
Content-Length: 0

"""
ASKED_FOR = {
    "queue waits": "antiphon_acd_longest_wait_seconds", "abandons": "WorkAbandoned", "ASR": "antiphon_trunk_calls",
    "MOS": "antiphon_trunk_mos", "billing lag": 'behind_seconds{consumer="billing-calls"}',
    "outbox age": "antiphon_outbox_seconds", "stuck reservations": "antiphon_billing_holds_overdue",
}  # fmt: skip


def test_each_alert_has_its_page_and_no_page_is_left_over() -> None:
    pages = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    assert pages == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("what", ASKED_FOR)
def test_what_an_operator_must_be_told_has_an_alert(what: str) -> None:
    assert [rule["alert"] for rule in RULES if ASKED_FOR[what] in rule["expr"]]


def test_dashboards_do_not_lie_over_each_other() -> None:
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)
    for dashboard in DASHBOARDS.values():
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(places)) == len(places)
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_is_measured(query: str) -> None:
    assert OURS
    measured = {family.name for family in REGISTRY.collect()}
    for name in re.findall(r"\bantiphon_\w+", query):
        assert re.sub(r"_(bucket|count|sum|total)$", "", name) in measured, name
    for service in SERVICES:
        if (Path(metrics.__file__).parents[1] / service / "v1/events_pb2.py").exists():
            importlib.import_module(f"antiphon.{service}.v1.events_pb2")
    for kind in re.findall(r'type="(antiphon[\w.]+)"', query):
        assert descriptor_pool.Default().FindMessageTypeByName(kind)
    for consumer in re.findall(r'consumer="([\w-]+)"', query):
        mains = (Path(metrics.__file__).parents[1]).glob("*/__main__.py")
        assert any(f'consume("{consumer}"' in main.read_text() for main in mains), consumer


@pytest.mark.skipif(bool(servers.missing()), reason="telephony is not installed")
async def test_kamailio_and_rtpengine_measure_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "edge").mkdir()
    (tmp_path / "engine").mkdir()
    settings = settings_for(tmp_path / "edge")
    engine = Rtpengine(
        tmp_path / "engine", ng_port=free_port(), cli_port=free_port(), http_port=free_port(), port_min=32000,
        port_max=32100,
    )  # fmt: skip
    kamailio, rtpengine = servers.kamailio(settings), servers.rtpengine(engine)
    kamailio.start()
    rtpengine.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:  # so that something is refused
            stranger.bind((settings.public_address, 0))
            via = f"SIP/2.0/UDP {settings.public_address}:{stranger.getsockname()[1]};branch=z9hG4bK1"
            scanner = SCANNER.format(via=via).replace("\n", "\r\n").encode()
            stranger.sendto(scanner, (settings.public_address, settings.sip_port))
        addresses = (f"{settings.private_address}:{settings.private_port}", f"127.0.0.1:{engine.http_port}")
        theirs = re.compile(r"\b(?:kamailio|rtpengine)_\w+")
        wanted = {name for query in QUERIES for name in theirs.findall(query)} - {"kamailio_antiphon_edge_requests"}
        assert wanted
        await eventually(lambda: wanted <= measured_at(*addresses))
    finally:
        kamailio.kill()
        rtpengine.stop()


def test_the_edges_own_counters_are_those_of_its_configuration() -> None:
    modules = (Path(__file__).parents[2] / "pbx/kamailio/modules.cfg").read_text()
    for name in {name for query in QUERIES for name in re.findall(r"\bkamailio_(antiphon_edge_\w+)", query)}:
        assert f"name={name};" in modules


def measured_at(*addresses: str) -> set[str]:
    """Names of what is measured there."""
    texts = [urllib.request.urlopen(f"http://{address}/metrics", timeout=20).read().decode() for address in addresses]
    return {match for text in texts for match in re.findall(r"^([a-z]\w+)[ {]", text, re.MULTILINE)}
