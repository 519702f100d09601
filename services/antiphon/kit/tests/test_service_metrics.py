"""/metrics tells what happened, and nothing about whom."""

from __future__ import annotations

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from antiphon.directory.__main__ import serve
from antiphon.directory.v1 import directory_pb2, events_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit import metrics
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.procs import free_port
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service


async def test_questions_facts_and_requests_are_counted(platforms: dict[str, Platform]) -> None:
    port = free_port()
    platform = platforms["directory"].model_copy(update={"metrics_port": port})
    async with running({"directory": serve}, {"directory": platform}) as started:
        asking = Runtime("acd", platforms["acd"])
        stub = DirectoryServiceStub(asking.peers.channel("directory"))
        with pytest.raises(DomainError):
            await ask(stub.GetPerson, directory_pb2.GetPersonRequest(person_id="nobody"), asking.peers.own("tn_none"))
        await asking.peers.close()
        bus = await Bus.connect(platform, "metrics")
        heard: list[Fact] = []

        async def hear(fact: Fact) -> None:
            heard.append(fact)

        started["directory"].spawn(bus.consume("kit-metrics", {events_pb2.GroupChanged: hear}))
        event = events_pb2.GroupChanged(occurred_at=Timestamp(seconds=1))
        await bus.publish(event, tenant="tn_secret", key="k", event_id="metrics-1")
        await eventually(lambda: heard)
        async with httpx.AsyncClient() as client:
            address = f"http://127.0.0.1:{port}/metrics"
            assert (await client.request("PROPFIND", address)).status_code == 405
            text = (await client.get(address)).text
        await bus.close()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    method = "/antiphon.directory.v1.DirectoryService/GetPerson"
    assert found[("antiphon_asked_seconds_count", method, "not_found")] >= 1
    assert found[("antiphon_facts_told_total", "antiphon.directory.v1.GroupChanged")] >= 1
    assert found[("antiphon_facts_handled_seconds_count", "kit-metrics")] >= 1
    assert found[("antiphon_http_seconds_count", "4xx", "other")] >= 1
    assert any(name[0] == "antiphon_outbox_seconds" for name in found)
    assert "tn_secret" not in text


def test_what_fails_is_counted_apart() -> None:
    with pytest.raises(ValueError, match="broken"), metrics.handled("kit-failing"):
        raise ValueError("broken")
    assert REGISTRY.get_sample_value("antiphon_facts_failed_total", {"consumer": "kit-failing"}) == 1
