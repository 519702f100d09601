"""gRPC calls to other services: a token, a deadline, a trace, and the same typed errors as at home.

A call made while serving somebody's request carries that somebody's token only when it is passed on explicitly
(`as_caller`); otherwise a service speaks for itself in the tenant it names.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, TypeVar, cast

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from antiphon.kit import tls, tracing
from antiphon.kit.errors import Common, DomainError, Kind, Reason, Told
from antiphon.kit.near import Channel, Neighbours
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Signer

DEADLINE = 5.0
S = TypeVar("S")
_OPTIONS = (
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 5000),  # despite its name: how long one attempt to connect may take
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.use_local_subchannel_pool", 1),
)
_IN_TURN = ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}')
"""For an address that stands for several replicas."""


class Peers:
    """The other services, by name."""

    def __init__(self, platform: Platform, signer: Signer, neighbours: Neighbours | None = None) -> None:
        self._platform = platform
        self._signer = signer
        self._neighbours = neighbours
        self._identity = tls.identity(platform)
        self._channels: dict[str, grpc.aio.Channel] = {}

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to a service, opened at first use."""
        if service not in self._channels:
            address = self._platform.address_of(service)
            options = (*_OPTIONS, _IN_TURN) if address.startswith(("ipv4:", "dns:")) else _OPTIONS
            self._channels[service] = self._open(service, address, options)
        far = self._channels[service]
        if self._neighbours is None:
            return far
        return cast(grpc.aio.Channel, Channel(self._neighbours, self._platform.address_of(service), far))

    def _open(self, service: str, address: str, options: tuple[tuple[str, Any], ...]) -> grpc.aio.Channel:
        if self._identity is None:
            return grpc.aio.insecure_channel(address, options=options)
        named = (*options, ("grpc.ssl_target_name_override", service))
        return grpc.aio.secure_channel(address, self._identity.of_client(), options=named)

    async def reach(self, services: Iterable[str]) -> None:
        """Waits until those can be asked again that were asked before they listened: gRPC pauses for up to a second
        before it tries again, and refuses meanwhile."""
        for service in self._channels.keys() & set(services):
            await self._channels[service].channel_ready()

    def own(self, tenant: str) -> list[tuple[str, str]]:
        """Metadata to speak as this service in a tenant."""
        return metadata(self._signer.for_tenant(tenant))

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close(None)


def metadata(token: str) -> list[tuple[str, str]]:
    """Metadata with a token (none when it is empty) and the current trace."""
    pairs = [(tracing.HEADER, tracing.traceparent())]
    return [("authorization", f"Bearer {token}"), *pairs] if token else pairs


async def ask(method: Any, request: Any, headers: list[tuple[str, str]], *, within: float = DEADLINE) -> Any:
    """Calls a unary method of a stub. Raises DomainError as the other side raised it; UNAVAILABLE or TIMEOUT when it
    did not answer (the outcome is then unknown: repeat with the same ids)."""
    try:
        return await method(request, timeout=within, metadata=headers)
    except grpc.aio.AioRpcError as error:
        raise to_domain(error) from None


async def send(method: Any, parts: AsyncIterable[Any], headers: list[tuple[str, str]], *, within: float = 60) -> Any:
    """Calls a method that takes a stream and answers once."""
    try:
        return await method(parts, timeout=within, metadata=headers)
    except grpc.aio.AioRpcError as error:
        raise to_domain(error) from None


async def stream(
    method: Any, request: Any, headers: list[tuple[str, str]], *, within: float = 60
) -> AsyncIterator[Any]:
    """Calls a method that answers with a stream."""
    try:
        async for part in method(request, timeout=within, metadata=headers):
            yield part
    except grpc.aio.AioRpcError as error:
        raise to_domain(error) from None


def to_domain(error: grpc.aio.AioRpcError) -> DomainError:
    """The DomainError that the other side raised, or what the transport says."""
    status = rpc_status.from_call(cast(Any, _Trailers(error)))
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == "antiphon":
            facts = {key: value for key, value in info.metadata.items() if not key.startswith("_")}
            told = _told(info.reason, Kind[info.metadata["_kind"]])
            return DomainError(told, status.message, retry=bool(info.metadata["_retry"]), **facts)
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return DomainError(Common.TIMEOUT)
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL):
        return DomainError(Common.UNAVAILABLE)  # a service's own INTERNAL has details: this one is the connection's
    if error.code() == grpc.StatusCode.INVALID_ARGUMENT:
        return DomainError(Common.INVALID, error.details() or "")
    return DomainError(Common.INTERNAL)


def _told(name: str, kind: Kind) -> Reason | Told:
    return Common[name] if name in Common.__members__ else Told(name, kind)


class _Trailers:
    """grpc_status expects a call object; an AioRpcError holds the same under the same names."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self._error = error

    def code(self) -> grpc.StatusCode:
        return self._error.code()

    def details(self) -> str:
        return self._error.details() or ""

    def trailing_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return tuple(cast(Any, self._error.trailing_metadata() or ()))
