"""A trace crosses gRPC, the outbox and NATS, reaches the collector, and nothing waits for a collector that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from antiphon.directory.v1.events_pb2 import GroupChanged
from antiphon.kit import metrics, mongo, outbox, tracing
from antiphon.kit.bus import Fact
from antiphon.kit.otlp import Exporter
from antiphon.kit.outbox import Outbox
from antiphon.kit.procs import free_port
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tracing import Kind, Span
from antiphon.kit.web import WebServer

pytestmark = pytest.mark.service

CALL = "call:cl_traced"


@dataclass
class Collector:
    """What an OTLP collector was sent."""

    url: str
    spans: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    status: int = 200

    async def take(self, request: Request) -> Response:
        sent = await request.json()
        if self.status == 200:
            self.headers.append(request.headers.get("x-key", ""))
            for one in sent["resourceSpans"]:
                service = one["resource"]["attributes"][0]["value"]["stringValue"]
                self.spans += [{**span, "service": service} for part in one["scopeSpans"] for span in part["spans"]]
        return Response(status_code=self.status)


@pytest_asyncio.fixture(loop_scope="session")
async def collector() -> AsyncIterator[Collector]:
    port = free_port()
    collector = Collector(f"http://127.0.0.1:{port}")
    server = WebServer(Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])]), "127.0.0.1", port)
    await server.start()
    yield collector
    await server.stop()


class Teller:
    """A service that stores a fact about a call and hears it."""

    async def serve(self, rt: Runtime) -> None:
        self.rt, self.heard = rt, asyncio.Event()
        await mongo.migrate(rt.database(), outbox.INDEXES, (outbox.COLLECTION,))
        bus = await rt.bus()
        self.outbox = Outbox(rt.database())
        rt.spawn(self.outbox.relay(bus))
        rt.spawn(bus.consume("traced", {GroupChanged: self.hear}))
        await rt.until_stopped()

    async def hear(self, fact: Fact) -> None:
        self.trace = tracing.current()
        self.heard.set()


def platform_with(base: Platform, collector: str) -> Platform:
    return base.model_copy(update={"otlp_endpoint": collector})


async def test_one_call_is_one_trace_across_processes_and_time(
    platforms: dict[str, Platform], collector: Collector
) -> None:
    teller, platform = Teller(), platform_with(platforms["directory"], collector.url)
    async with running({"directory": teller.serve}, {"directory": platform}):

        async def write(session: mongo.Session) -> None:
            event = GroupChanged()
            await teller.outbox.add(session, event, tenant="te_t", key="gr_traced", version=1)

        with tracing.about(CALL, "INVITE"):
            await mongo.transaction(teller.rt.database(), write)
        teller.outbox.wake()
        async with asyncio.timeout(20):
            await teller.heard.wait()
        assert teller.trace == tracing.of(CALL)
    names = {span["name"]: span for span in collector.spans if span["traceId"] == tracing.of(CALL)}
    heard = names["traced antiphon.directory.v1.GroupChanged"]
    assert heard["kind"] == Kind.CONSUMER
    assert heard["service"] == "directory"
    assert heard["parentSpanId"] == names["INVITE"]["spanId"], "the fact follows from what was done"


def span(number: int) -> Span:
    return Span("a" * 32, f"{number:016x}", "", "x", Kind.INTERNAL, "acd", 1, 2)


async def test_a_collector_that_is_away_is_asked_again_and_told_in_order(
    platforms: dict[str, Platform], collector: Collector
) -> None:
    platform = platform_with(platforms["acd"], collector.url).model_copy(
        update={"otlp_headers": SecretStr("X-Key=secret,X-Other=1")}
    )
    collector.status = 503
    exporter = Exporter(platform)
    for number in range(600):
        exporter.add(span(number))
    collector.status = 200
    await eventually(lambda: len(collector.spans) == 600, within=30)
    assert [int(one["spanId"], 16) for one in collector.spans] == list(range(600))
    assert set(collector.headers) == {"secret"}
    await exporter.close()


async def test_what_does_not_fit_or_is_refused_is_dropped_and_counted(
    platforms: dict[str, Platform], collector: Collector
) -> None:
    nobody = platform_with(platforms["acd"], f"http://127.0.0.1:{free_port()}")
    before = metrics.spans_dropped._value.get()
    exporter = Exporter(nobody)
    for number in range(9000):
        exporter.add(span(number))
    assert metrics.spans_dropped._value.get() - before == 9000 - 8192
    await exporter.close()  # gives up at once: nobody is there
    before, collector.status = metrics.spans_dropped._value.get(), 400
    refused = Exporter(platform_with(platforms["acd"], collector.url))
    refused.add(span(1))
    await refused.close()
    assert metrics.spans_dropped._value.get() - before == 1
