"""A gRPC server in which every call has a verified caller, a permission, a deadline, a trace and typed errors.

The permission stands beside the method in the proto (`option (antiphon.common.v1.requires)`); this interceptor is the
one place that checks it. A method without the option is refused, so nobody forgets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status
from pymongo.errors import ConnectionFailure

from antiphon.common.v1 import options_pb2
from antiphon.kit import logs, metrics, near, tracing
from antiphon.kit.errors import Common, DomainError, told
from antiphon.kit.near import Neighbour, Neighbours
from antiphon.kit.tls import Identity
from antiphon.kit.tokens import Caller, Verifier, reset_caller, set_caller, set_token

MAX_MESSAGE = 4 * 1024 * 1024
log = logs.get("grpc")


def permission_of(method: str) -> str:
    """What `/package.Service/Method` requires; an empty string when the proto does not say."""
    service, _, name = method.lstrip("/").partition("/")
    found: ServiceDescriptor = descriptor_pool.Default().FindServiceByName(service)
    return str(found.methods_by_name[name].GetOptions().Extensions[options_pb2.requires])


def check(caller: Caller | None, requires: str) -> None:
    """Raises UNAUTHENTICATED or DENIED unless `caller` may call a method that requires this."""
    if requires == "public":
        return
    if caller is None:
        raise DomainError(Common.UNAUTHENTICATED)
    if not requires or (requires == "service" and not caller.is_service):
        raise DomainError(Common.DENIED, "only Antiphon's services may call this")
    if requires not in ("person", "service") and not caller.may(requires):
        raise DomainError(Common.DENIED, f"the right {requires!r} is needed", permission=requires)


class Gate(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Wraps every method of our own services; health and reflection pass."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._requires: dict[str, str] = {}

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None or details.method.startswith("/grpc."):
            return handler
        requires = self._requires.get(details.method)
        if requires is None:
            requires = self._requires[details.method] = permission_of(details.method)
        if handler.response_streaming:
            make = grpc.stream_stream_rpc_method_handler if handler.request_streaming else (
                grpc.unary_stream_rpc_method_handler
            )  # fmt: skip
            inner = handler.stream_stream if handler.request_streaming else handler.unary_stream
            return make(
                self._streaming(details.method, requires, inner), handler.request_deserializer,
                handler.response_serializer,
            )  # fmt: skip
        make = grpc.stream_unary_rpc_method_handler if handler.request_streaming else (
            grpc.unary_unary_rpc_method_handler
        )  # fmt: skip
        inner = handler.stream_unary if handler.request_streaming else handler.unary_unary
        return make(
            self._single(details.method, requires, inner), handler.request_deserializer, handler.response_serializer
        )

    def _single(
        self, method: str, requires: str, inner: Callable[[Any, Any], Awaitable[Any]]
    ) -> Callable[[Any, Any], Awaitable[Any]]:
        async def call(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            metadata = _metadata(context)
            with tracing.incoming(metadata, method):
                try:
                    return await self._serve((method, requires), inner, request, metadata, context)
                except Exception as error:  # noqa: BLE001 - mapped to a status; unexpected ones are logged
                    await _heard_out(request)
                    await _abort(context, error, method)

        return call

    async def _serve(
        self,
        what: tuple[str, str],
        inner: Callable[[Any, Any], Awaitable[Any]],
        request: Any,
        metadata: Mapping[str, str],
        context: Any,
    ) -> Any:
        method, requires = what
        caller = self._admit(metadata, context, requires)
        token = set_caller(caller)
        try:
            with logs.bound(tenant=caller.tenant if caller else "", method=method), metrics.asked(method):
                return await inner(request, context)
        finally:
            reset_caller(token)

    def near(self, method: str, handler: Any) -> near.Serve:
        """The same for a question of the same process (`near.py`)."""
        requires = permission_of(method)

        async def serve(request: Any, metadata: Mapping[str, str], left: float) -> Any:
            with tracing.incoming(metadata, method):
                try:
                    return await self._serve((method, requires), handler.unary_unary, request, metadata, _Near(left))
                except Exception as error:  # noqa: BLE001 - as above
                    raise told(_as_domain(error, method)) from None

        return serve

    def _streaming(
        self, method: str, requires: str, inner: Callable[[Any, Any], AsyncIterator[Any]]
    ) -> Callable[[Any, Any], AsyncIterator[Any]]:
        async def call(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            metadata = _metadata(context)
            with tracing.incoming(metadata, method):
                try:
                    caller = self._admit(metadata, context, requires)
                    token = set_caller(caller)
                    try:
                        async for part in inner(request, context):
                            yield part
                    finally:
                        reset_caller(token)
                except Exception as error:  # noqa: BLE001 - as above
                    await _abort(context, error, method)

        return call

    def _admit(
        self, metadata: Mapping[str, str], context: grpc.aio.ServicerContext[Any, Any], requires: str
    ) -> Caller | None:
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        caller = self._verifier.verify(token) if scheme.lower() == "bearer" else None
        check(caller, requires)
        set_token(token if caller is not None else "")
        if context.time_remaining() is None:
            raise DomainError(Common.INVALID, "a deadline is required")
        return caller


def _metadata(context: grpc.aio.ServicerContext[Any, Any]) -> dict[str, str]:
    pairs = context.invocation_metadata() or ()
    return {str(key): value if isinstance(value, str) else "" for key, value in pairs}


async def _heard_out(request: Any) -> None:
    """Reads what is still coming of a stream that is refused: while its sender writes, the refusal may be lost, and he
    hears that the connection broke. The call's deadline bounds it."""
    if hasattr(request, "__aiter__"):
        async for _ in request:
            continue


async def _abort(context: grpc.aio.ServicerContext[Any, Any], error: Exception, method: str) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    status = to_status(_as_domain(error, method))
    await cast(Any, context).abort_with_status(status)  # the stubs do not know it


def _as_domain(error: Exception, method: str) -> DomainError:
    """What the client is told of anything that was raised."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ConnectionFailure):
        return DomainError(Common.UNAVAILABLE, "the database does not answer")
    log.exception("unexpected error", method=method)
    return DomainError(Common.INTERNAL)


class _Near:
    """The context of a question of the same process: only its deadline."""

    def __init__(self, left: float) -> None:
        self._left = left

    def time_remaining(self) -> float:
        return self._left


def to_status(error: DomainError) -> grpc.Status:
    """A rich status: code, message, and google.rpc.ErrorInfo with reason, kind, retry and facts."""
    info = error_details_pb2.ErrorInfo(
        reason=error.reason.name,
        domain="antiphon",
        metadata={**error.facts, "_kind": error.reason.kind.name, "_retry": "1" if error.retry else ""},
    )
    status = status_pb2.Status(code=grpc.StatusCode[error.reason.kind.grpc_status].value[0], message=error.message)
    status.details.add().Pack(info)
    return rpc_status.to_status(status)


class _Noted:
    """A server that remembers which methods were added to it."""

    def __init__(self, server: grpc.aio.Server, methods: dict[str, Any]) -> None:
        self._server = server
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        self._methods |= {f"/{service}/{name}": each for name, each in handlers.items() if each.unary_unary is not None}
        cast(Any, self._server).add_registered_method_handlers(service, handlers)


class Server:
    """One listening gRPC server with health and reflection. With `neighbours` it answers those of its process too."""

    def __init__(
        self,
        verifier: Verifier,
        neighbours: Neighbours | None = None,
        identity: Identity | None = None,
        health_address: str = "",
    ) -> None:
        self._gate = Gate(verifier)
        self._identity = identity
        self._neighbours = neighbours
        self._near: tuple[str, Neighbour] | None = None
        self._methods: dict[str, Any] = {}
        self.server = grpc.aio.server(
            interceptors=[self._gate],
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_MESSAGE),
                ("grpc.max_send_message_length", MAX_MESSAGE),
            ],
        )
        self.health = HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        self._probed = self._health_alone(health_address) if health_address else None
        self._names: list[str] = []

    def add(self, add: Callable[[grpc.aio.Server], None]) -> None:
        """Adds servicers, by the generated `add_…Servicer_to_server`."""
        add(cast(grpc.aio.Server, _Noted(self.server, self._methods)))

    async def start(self, address: str, names: Sequence[str], known_as: str = "") -> int:
        """Binds and serves `names` (full service names) as NOT_SERVING until `ready`. Returns the port."""
        self._names = list(names)
        reflection.enable_server_reflection((*names, reflection.SERVICE_NAME, "grpc.health.v1.Health"), self.server)
        if self._identity is None:
            port = self.server.add_insecure_port(address)
        else:
            port = self.server.add_secure_port(address, self._identity.of_server())
        await self._set(health_pb2.HealthCheckResponse.NOT_SERVING)
        if self._probed is not None:
            await self._probed.start()
        await self.server.start()
        if self._neighbours is not None:
            methods = {name: self._gate.near(name, handler) for name, handler in self._methods.items()}
            self._near = known_as, self._neighbours.open(known_as, methods)
        return port

    async def ready(self) -> None:
        """Says SERVING for the server and each of its services."""
        await self._set(health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace: float) -> None:
        """Refuses new calls at once and lets running ones finish for `grace` seconds."""
        await self._set(health_pb2.HealthCheckResponse.NOT_SERVING)
        if self._neighbours is not None and self._near is not None:
            self._neighbours.close(self._near[0])
            await self._near[1].idle(grace)
        async with asyncio.timeout(grace + 2):
            await self.server.stop(grace)
        if self._probed is not None:
            await self._probed.stop(0)

    def _health_alone(self, address: str) -> grpc.aio.Server:
        """A second server, plain and with nothing but health."""
        probed = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(self.health, probed)
        probed.add_insecure_port(address)
        return probed

    async def _set(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in ("", *self._names):
            await self.health.set(name, status)
