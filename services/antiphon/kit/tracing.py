"""W3C trace context over gRPC, NATS and HTTP, so that one call or chat is one trace.

`traceparent` = 00-<32 hex trace id>-<16 hex span id>-01 (https://www.w3.org/TR/trace-context/). The trace id is bound
to every log line. An exporter of spans joins in the operations issue; the context already travels everywhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from antiphon.kit import logs

HEADER = "traceparent"
_SHAPE = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
_trace: ContextVar[str] = ContextVar("trace", default="")


def current() -> str:
    """The trace id of this task, or an empty string."""
    return _trace.get()


def outgoing() -> dict[str, str]:
    """The header to send along: the current trace with a fresh span, or a fresh trace."""
    return {HEADER: f"00-{_trace.get() or _fresh(128)}-{_fresh(64)}-01"}


def _fresh(bits: int) -> str:
    """A number that nobody else has; it need not be hard to guess, and the system's own generator is dear."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"


@contextmanager
def incoming(headers: Mapping[str, str] | None) -> Iterator[None]:
    """Continues the trace that came with a request, or begins one."""
    match = _SHAPE.match((headers or {}).get(HEADER, ""))
    trace = match.group(1) if match else _fresh(128)
    token = _trace.set(trace)
    try:
        with logs.bound(trace=trace):
            yield
    finally:
        _trace.reset(token)
