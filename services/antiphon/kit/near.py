"""Questions between services that live in one process (`antiphon up`), without the way through a socket.

A question over gRPC to oneself costs about a millisecond of processor time, most of it for HTTP/2. Here it is the same
call without that: the message is encoded and decoded (nobody shares an object with another service), the token is
verified, the permission checked and the deadline kept by the same `Gate`, and refusals arrive as they do over the wire.
Streams, large messages and services of other processes go over gRPC.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import grpc

from antiphon.kit.errors import Common, DomainError

Serve: TypeAlias = Callable[[Any, Mapping[str, str], float], Awaitable[Any]]
"""A method behind the gate: request, metadata, seconds left. Raises DomainError as the client shall see it."""
_LARGEST = 1024 * 1024


class Neighbours:
    """The services of this process, by address."""

    def __init__(self) -> None:
        self._served: dict[str, Neighbour] = {}

    def open(self, address: str, methods: Mapping[str, Serve]) -> Neighbour:
        """A service answers from now on, until `close`."""
        neighbour = self._served[address] = Neighbour(methods)
        return neighbour

    def close(self, address: str) -> None:
        """Questions go over gRPC again, which says that nobody is there."""
        self._served.pop(address, None)

    def at(self, address: str) -> Neighbour | None:
        return self._served.get(address)


class Neighbour:
    """One service."""

    def __init__(self, methods: Mapping[str, Serve]) -> None:
        self._methods = methods
        self._context = contextvars.copy_context()
        """What the service's own logs are bound to; nothing of the asking task is seen."""
        self._running: set[asyncio.Task[Any]] = set()

    def __contains__(self, method: object) -> bool:
        return method in self._methods

    async def ask(self, method: str, request: Any, metadata: Mapping[str, str], within: float) -> Any:
        """The answer's own copy. Raises DomainError."""
        work = self._answer(self._methods[method], request, metadata, within)
        task = asyncio.get_running_loop().create_task(work, context=self._context.copy())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(within):
                return await task
        except TimeoutError:
            raise DomainError(Common.TIMEOUT) from None

    async def _answer(self, serve: Serve, request: Any, metadata: Mapping[str, str], within: float) -> Any:
        answer = await serve(_copy(request), metadata, within)
        return _copy(answer)

    async def idle(self, grace: float) -> None:
        """Returns when nothing is being answered, at the latest after so many seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace)


def _copy(message: Any) -> Any:
    return type(message).FromString(message.SerializeToString())


class Channel:
    """What a stub is made with: unary questions go next door when the service lives there, all else over gRPC."""

    def __init__(self, neighbours: Neighbours, address: str, far: grpc.aio.Channel) -> None:
        self._neighbours = neighbours
        self._address = address
        self._far = far

    def __getattr__(self, name: str) -> Any:
        return getattr(self._far, name)

    def unary_unary(self, method: str, *arguments: Any, **options: Any) -> Callable[..., Awaitable[Any]]:
        over_the_wire = self._far.unary_unary(method, *arguments, **options)

        def call(request: Any, *, timeout: float | None = None, metadata: Any = None) -> Awaitable[Any]:
            near = self._neighbours.at(self._address)
            if near is None or method not in near or timeout is None or request.ByteSize() > _LARGEST:
                return over_the_wire(request, timeout=timeout, metadata=metadata)
            return near.ask(method, request, dict(metadata or ()), timeout)

        return call
