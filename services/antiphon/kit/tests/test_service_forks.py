"""Programs are started while gRPC runs, and nothing of it stands on the screen."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.service

PROGRAM = """
import antiphon, asyncio, grpc, grpc.aio, uvloop

async def main():
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        async def asks():
            for _ in range(200):
                try:
                    await channel.unary_unary("/nobody/Knows")(b"")
                except grpc.aio.AioRpcError:
                    pass
        async def starts():
            for _ in range(5):
                await (await asyncio.create_subprocess_exec("true")).wait()
                await asyncio.sleep(0.01)
        await asyncio.gather(asks(), starts())
    await server.stop(0)

uvloop.run(main())
"""


def test_grpc_says_nothing_when_a_program_is_started() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout + done.stderr == ""
