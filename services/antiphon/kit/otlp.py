"""Sends spans to a collector: OTLP over HTTP, as JSON (https://opentelemetry.io/docs/specs/otlp/).

Nothing waits for it: spans go into a bounded queue, a task sends them in batches, and what does not fit or is refused
is dropped and counted (`antiphon_spans_dropped_total`). A collector that is away is asked again with growing pauses.
One exporter serves all services of a process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

import httpx
import msgspec

from antiphon.kit import logs, metrics, tasks, tracing
from antiphon.kit.settings import Platform, package_version
from antiphon.kit.tracing import Span

_ROOM = 8192
_BATCH = 512
_EVERY = 1.0
_LONGEST_PAUSE = 30.0
_LAST_WORDS = 2.0
"""Seconds at the stop for what was not yet sent."""
_LATER = frozenset({429, 502, 503, 504})
_encode = msgspec.json.Encoder().encode
log = logs.get("otlp")


class Exporter:
    """The queue and the task that empties it."""

    def __init__(self, platform: Platform) -> None:
        self._url = platform.otlp_endpoint.rstrip("/") + "/v1/traces"
        given = platform.otlp_headers.get_secret_value()
        pairs = [pair.partition("=") for pair in given.split(",") if pair]
        headers = {"Content-Type": "application/json"} | {name.strip(): value.strip() for name, _, value in pairs}
        self._client = httpx.AsyncClient(timeout=5.0, headers=headers)
        self._waiting: deque[Span] = deque()
        self._many = asyncio.Event()
        self._task = asyncio.ensure_future(self._run())

    def add(self, span: Span) -> None:
        """Takes a span for sending, if there is room."""
        if len(self._waiting) >= _ROOM:
            metrics.spans_dropped.inc()
            return
        self._waiting.append(span)
        if len(self._waiting) >= _BATCH:
            self._many.set()

    async def close(self) -> None:
        """Sends what is left, if that goes quickly."""
        await tasks.end(self._task)
        try:
            async with asyncio.timeout(_LAST_WORDS):
                while self._waiting and await self._send():
                    continue
        except TimeoutError:
            log.warning("the collector was not told everything", spans=len(self._waiting))
        await self._client.aclose()

    async def _run(self) -> None:
        pause = _EVERY
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._many.wait()
            except TimeoutError:
                self._many.clear()
            taken = not self._waiting or await self._send()
            if len(self._waiting) < _BATCH:
                self._many.clear()
            if taken:
                pause = _EVERY
                continue
            self._many.clear()
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self) -> bool:
        """False when the collector is away: the same spans go first the next time."""
        batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
        try:
            answer = await self._client.post(self._url, content=_encode(document(batch)))
        except httpx.HTTPError as error:
            self._keep(batch)
            log.warning("the collector does not answer", error=type(error).__name__)
            return False
        except asyncio.CancelledError:
            self._keep(batch)
            raise
        if answer.status_code in _LATER:
            self._keep(batch)
            return False
        if answer.is_error:
            metrics.spans_dropped.inc(len(batch))
            log.warning("the collector refuses spans", status=answer.status_code)
        else:
            metrics.spans_sent.inc(len(batch))
        return True

    def _keep(self, batch: list[Span]) -> None:
        self._waiting.extendleft(reversed(batch))


class _Shared:
    """The one of this process, and how many services use it."""

    exporter: Exporter | None = None
    users = 0


def join(platform: Platform) -> Callable[[], Awaitable[None]]:
    """Spans of this process are sent from now on; returns what ends that for one service of it."""
    if _Shared.exporter is None:
        _Shared.exporter = Exporter(platform)
        tracing.collect(_Shared.exporter.add, platform.trace_share)
    _Shared.users += 1
    return _leave


async def _leave() -> None:
    _Shared.users -= 1
    if _Shared.users == 0 and (exporter := _Shared.exporter) is not None:
        tracing.collect(None)
        _Shared.exporter = None
        await exporter.close()


def document(spans: Iterable[Span]) -> dict[str, Any]:
    """An ExportTraceServiceRequest in OTLP's JSON: ids in hex, 64-bit numbers as text."""
    by_service = groupby(sorted(spans, key=lambda it: it.service), key=lambda it: it.service)
    return {"resourceSpans": [_of_service(service, list(its)) for service, its in by_service]}


def _of_service(service: str, spans: list[Span]) -> dict[str, Any]:
    about = {"service.name": service, "service.namespace": "antiphon", "service.version": package_version()}
    return {
        "resource": {"attributes": _attributes(about)},
        "scopeSpans": [{"scope": {"name": "antiphon"}, "spans": [_span(it) for it in spans]}],
    }


def _span(it: Span) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": it.trace, "spanId": it.id, "name": it.name, "kind": int(it.kind),
        "startTimeUnixNano": str(it.began), "endTimeUnixNano": str(it.ended),
    }  # fmt: skip
    if it.parent:
        made["parentSpanId"] = it.parent
    if it.attributes:
        made["attributes"] = _attributes(it.attributes)
    if it.failed:
        made["status"] = {"code": 2, "message": it.failed}
    return made


def _attributes(pairs: Mapping[str, object]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in pairs.items()]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
