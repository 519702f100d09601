"""Questions to other services over a connection that is slow to come up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from antiphon.kit.grpc_client import Peers, ask
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Signer

pytestmark = pytest.mark.service


@asynccontextmanager
async def slow_to_greet(port: int, seconds: float) -> AsyncIterator[int]:
    """A port that takes connections at once, and says nothing for so long: a server on a machine that stands still."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, forth), pipe(back, writer))

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_service_that_is_slow_to_greet_is_waited_for(platforms: dict[str, Platform]) -> None:
    """Within the deadline of the question: a connection given up early answers "not ready" to everybody behind it."""
    platform = platforms["directory"]
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with slow_to_greet(port, 2.0) as door:
        found = platform.model_copy(update={"endpoints": {"slow": f"127.0.0.1:{door}"}})
        peers = Peers(found, Signer("directory", platform.token_key.get_secret_value()))
        stub = health_pb2_grpc.HealthStub(peers.channel("slow"))
        answer = await ask(stub.Check, health_pb2.HealthCheckRequest(), [], within=30)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await peers.close()
        await server.stop(None)
