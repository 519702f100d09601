"""Alerts and dashboards speak of what there is, and each alert has its page."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pool
from prometheus_client import REGISTRY

from antiphon.kit import metrics
from antiphon.up.host import SERVICES
from charts.tests.rendering import CHART

pytestmark = pytest.mark.service

RUNBOOKS = Path(__file__).parents[2] / "docs/operations/runbooks.md"
RULES: list[dict[str, Any]] = yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
PANELS: list[dict[str, Any]] = json.loads((CHART / "files/dashboards/antiphon.json").read_text())["panels"]
QUERIES = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


def test_each_alert_has_its_page_and_no_page_is_left_over() -> None:
    pages = re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    assert pages == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_is_measured(query: str) -> None:
    assert metrics
    measured = {family.name for family in REGISTRY.collect()}
    for name in re.findall(r"\bantiphon_\w+", query):
        assert re.sub(r"_(bucket|count|sum|total)$", "", name) in measured, name
    for service in SERVICES:
        if (Path(metrics.__file__).parents[1] / service / "v1/events_pb2.py").exists():
            importlib.import_module(f"antiphon.{service}.v1.events_pb2")
    for kind in re.findall(r'type="([\w.]+)"', query):
        assert descriptor_pool.Default().FindMessageTypeByName(kind)
