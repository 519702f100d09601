"""What operators watch, in Prometheus' words; `ANTIPHON_METRICS_PORT` serves it at /metrics.

Names begin with antiphon_, end with their unit, and never carry what names a person or a tenant. Whoever wants to know
how often something happens in the field need not add anything: every fact that is told is counted by its type, so
`rate(antiphon_facts_told_total{type="antiphon.acd.v1.WorkAbandoned"}[5m])` are the abandoned contacts a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from antiphon.kit.errors import DomainError

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LOOK = 0.5
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

_asked = Histogram(
    "antiphon_asked_seconds", "Questions to this process (gRPC), by method and outcome", ["method", "outcome"],
    buckets=_SECONDS,
)  # fmt: skip
_served = Histogram(
    "antiphon_http_seconds", "HTTP requests, by method and class of status", ["method", "status"], buckets=_SECONDS
)
_handled = Histogram("antiphon_facts_handled_seconds", "Facts that a consumer took in", ["consumer"], buckets=_SECONDS)
_lag = Histogram("antiphon_loop_lag_seconds", "How late the event loop is", buckets=_SECONDS)
facts_told = Counter("antiphon_facts_told", "Facts told on NATS, by type", ["type"])
facts_failed = Counter("antiphon_facts_failed", "Attempts to take in a fact that failed", ["consumer"])
facts_put_aside = Counter("antiphon_facts_put_aside", "Facts that a consumer cannot take in", ["consumer"])
facts_behind = Gauge("antiphon_facts_behind_seconds", "Age of the oldest fact in a consumer's hands", ["consumer"])
outbox_seconds = Gauge("antiphon_outbox_seconds", "For how long stored facts have waited to be told", ["service"])
reconnects = Counter("antiphon_nats_reconnects", "Times the connection to NATS was made again")
spans_sent = Counter("antiphon_spans_sent", "Spans of traces that the collector took")
spans_dropped = Counter("antiphon_spans_dropped", "Spans that were not sent: no room, or the collector refused them")


@contextmanager
def asked(method: str) -> Iterator[None]:
    """Times a question; the outcome is "ok", the kind of a refusal, or "failed"."""
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "ok"
    except DomainError as error:
        outcome = error.reason.kind.name.lower()
        raise
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    finally:
        _asked.labels(method, outcome).observe(time.perf_counter() - began)


@contextmanager
def handled(consumer: str) -> Iterator[None]:
    """Times a fact that was taken in; a failure is counted instead."""
    began = time.perf_counter()
    try:
        yield
    except Exception:
        facts_failed.labels(consumer).inc()
        raise
    _handled.labels(consumer).observe(time.perf_counter() - began)


def served(method: str, status: int, seconds: float) -> None:
    """Notes an HTTP request; status 404 is "4xx"."""
    method = method if method in _METHODS else "other"  # whoever asks may invent methods
    _served.labels(method, f"{status // 100}xx").observe(seconds)


async def watch_loop() -> None:
    """Measures for ever how late this loop is."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LOOK
        await asyncio.sleep(_LOOK)
        _lag.observe(max(0.0, loop.time() - due))


def page() -> Starlette:
    """The site that Prometheus reads."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(routes=[Route("/metrics", metrics)])
