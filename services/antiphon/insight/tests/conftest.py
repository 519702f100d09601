"""One directory and one insight a module, and a company a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.v1 import identity_pb2
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.insight.__main__ import serve
from antiphon.insight.tests.centre import CLOCK, Centre
from antiphon.kit.grpc_client import ask
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def rt(platforms: dict[str, Platform]) -> AsyncIterator[Runtime]:
    async with running({"directory": serve_directory, "insight": serve}, platforms, CLOCK) as runtimes:
        yield runtimes["insight"]


@pytest_asyncio.fixture(loop_scope="session")
async def centre(rt: Runtime, platforms: dict[str, Platform], request: pytest.FixtureRequest) -> Centre:
    stub = IdentityServiceStub(rt.peers.channel("directory"))
    name = request.node.name[:40]
    asked = identity_pb2.SignUpRequest(
        company=name,
        name="Boss",
        email=f"{name}@example.com",
        password="A long pass phrase 1!",
        time_zone="Europe/Kyiv",
    )
    found = await ask(stub.SignUp, asked, [])
    return Centre(rt, platforms, found.tenant.id, found.person.id)
