"""W3C trace context over gRPC, NATS, HTTP and SIP, so that one call or conversation is one trace.

    with tracing.incoming(headers, "acd.Enqueue"):   # an edge: goes on with the trace that came, or begins one
        with tracing.span("decide", queue=queue_id):  # a part worth its own line
            await bus.publish(…)                      # takes `outgoing()` along

`traceparent` = 00-<32 hex trace id>-<16 hex span id>-<flags> (https://www.w3.org/TR/trace-context/). The trace id is
bound to every log line. What lives longer than a request has a trace of its own, whose id follows from its name
(`about("call:cl_…")`): every process finds the same one without being told, also hours later and from a timer.

Spans are made only where somebody collects them (`otlp.py` does, when ANTIPHON_OTLP_ENDPOINT is set) and only of
sampled traces; of a thing's trace each process decides alike, since the id decides. Without a collector this costs
about a microsecond a hop. Spans carry ids, never personal data.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from antiphon.kit import logs
from antiphon.kit.clock import system_clock, to_millis

HEADER = "traceparent"
_SHAPE = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_EPOCH = to_millis(system_clock()) * 1_000_000 - time.perf_counter_ns()
"""What makes the counter of this process a time of day."""
_NOTHING = "0" * 32


class Kind(IntEnum):
    """What a span is to its neighbours; the numbers are OTLP's."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(slots=True)
class Span:
    """Something that took time. Times are nanoseconds since 1970."""

    trace: str
    id: str
    parent: str
    name: str
    kind: Kind
    service: str
    began: int
    ended: int = 0
    attributes: dict[str, object] = field(default_factory=dict)
    failed: str = ""
    """What it failed with, in one word."""


Sink: TypeAlias = Callable[[Span], None]


class _Place(NamedTuple):
    """Where a task is: in this trace, under this span."""

    trace: str
    span: str
    sampled: bool


class _Export:
    """Who collects the spans of this process, and how large a share of the traces."""

    sink: Sink | None = None
    share: float = 0.0


_place: ContextVar[_Place | None] = ContextVar("trace", default=None)
_service: ContextVar[str] = ContextVar("traced_service", default="antiphon")


def collect(sink: Sink | None, share: float = 1.0) -> None:
    """Spans of this share of all traces go to `sink` from now on; None ends it. `sink` must not wait."""
    _Export.sink, _Export.share = sink, share if sink is not None else 0.0


@contextmanager
def of_service(name: str) -> Iterator[None]:
    """Spans made inside, and by the tasks started there, are this service's."""
    token = _service.set(name)
    try:
        yield
    finally:
        _service.reset(token)


def current() -> str:
    """The trace id of this task, or an empty string."""
    place = _place.get()
    return place.trace if place is not None else ""


def outgoing() -> dict[str, str]:
    """The header to send along: where this task is, or a fresh trace."""
    return {HEADER: traceparent()}


def traceparent() -> str:
    """The value of that header."""
    place = _place.get() or _begin(_fresh(128), "")
    return f"00-{place.trace}-{place.span}-{'01' if place.sampled else '00'}"


def traceparent_of(thing: str) -> str:
    """The header's value for what follows from a thing, from anywhere."""
    trace, root = _named(thing)
    return f"00-{trace}-{root}-{'01' if _sampled(trace) else '00'}"


def of(thing: str) -> str:
    """The trace id of a thing such as "call:cl_…"."""
    return _named(thing)[0]


def incoming(
    headers: Mapping[str, str] | None, name: str = "", kind: Kind = Kind.SERVER, *, stranger: bool = False
) -> AbstractContextManager[None]:
    """Continues the trace that came with a request, or begins one. With a name it is a span. A stranger may say which
    trace it is, but not that it is collected."""
    match = _SHAPE.match((headers or {}).get(HEADER, ""))
    if match and match[1] != _NOTHING:
        place = _Place(match[1], match[2], _sampled(match[1]) if stranger else match[3] == "01")
    else:
        place = _begin(_fresh(128), "")
    return _Within(place, name, kind, {})


def about(thing: str, name: str = "", **attributes: object) -> AbstractContextManager[None]:
    """Inside, everything belongs to the one trace of a thing, whoever began it."""
    trace, root = _named(thing)
    here = _place.get()
    place = here if here is not None and here.trace == trace else _begin(trace, root)
    return _Within(place, name, Kind.INTERNAL, attributes)


def span(name: str, kind: Kind = Kind.INTERNAL, **attributes: object) -> AbstractContextManager[None]:
    """A part of the current trace; nothing outside of one."""
    here = _place.get()
    if here is None or not here.sampled or _Export.sink is None:
        return _nowhere
    return _Within(here, name, kind, attributes)


def now() -> int:
    """Nanoseconds since 1970, for `note`."""
    return _EPOCH + time.perf_counter_ns()


def note(thing: str, name: str, began: int, ended: int = 0, **attributes: object) -> None:
    """A span of a thing's trace that is over (by now, where no end is given): what no block of code encloses."""
    trace, root = _named(thing)
    if _Export.sink is not None and _sampled(trace):
        ended = ended or now()
        _Export.sink(Span(trace, _fresh(64), root, name, Kind.INTERNAL, _service.get(), began, ended, attributes))


def whole(thing: str, name: str, began: datetime, ended: datetime, **attributes: object) -> None:
    """The thing itself is over: the span that all others of its trace are under."""
    trace, root = _named(thing)
    if _Export.sink is not None and _sampled(trace):
        times = to_millis(began) * 1_000_000, to_millis(ended) * 1_000_000
        _Export.sink(Span(trace, root, "", name, Kind.SERVER, _service.get(), *times, attributes))


class _Within:
    """Inside of it a task is at this place, or in a span under it. A class, since a generator costs twice as much."""

    __slots__ = ("_attributes", "_kind", "_made", "_name", "_place", "_sink", "_token")

    def __init__(self, place: _Place, name: str, kind: Kind, attributes: dict[str, object]) -> None:
        self._place = place
        self._name = name
        self._kind = kind
        self._attributes = attributes
        self._made: Span | None = None
        self._sink = _Export.sink if place.sampled and name else None

    def __enter__(self) -> None:
        place = self._place
        if self._sink is not None:
            self._made = made = Span(
                place.trace, _fresh(64), place.span, self._name, self._kind, _service.get(), now(),
                attributes=self._attributes,
            )  # fmt: skip
            place = _Place(place.trace, made.id, sampled=True)
        self._token = _place.set(place)

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        _place.reset(self._token)
        if self._sink is not None and (made := self._made) is not None:
            made.failed = kind.__name__ if kind is not None else ""
            made.ended = now()
            self._sink(made)


_nowhere = nullcontext()


def _begin(trace: str, root: str) -> _Place:
    """A trace's beginning. Without a root there is nothing above its first span."""
    return _Place(trace, root or _fresh(64), _sampled(trace))


def _sampled(trace: str) -> bool:
    """By the id alone, so that whoever asks gets the same answer."""
    return _Export.share > 0 and int(trace[18:], 16) < _Export.share * (1 << 56)


@lru_cache(maxsize=4096)
def _named(thing: str) -> tuple[str, str]:
    """The ids of a thing's trace and of its root span."""
    digest = blake2b(thing.encode(), digest_size=24).hexdigest()
    return digest[:32], digest[32:]


def _fresh(bits: int) -> str:
    """A number that nobody else has; it need not be hard to guess, and the system's own generator is dear."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"


logs.always("trace", current)
