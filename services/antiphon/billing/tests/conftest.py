"""Billing with real servers."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator

import pytest
from google.protobuf.message_factory import GetMessageClass
from pydantic import SecretStr

from antiphon.billing.__main__ import serve
from antiphon.billing.settings import Settings
from antiphon.billing.tests.stage import Stage
from antiphon.billing.v1 import events_pb2
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running


@pytest.fixture(scope="module")
def sweep_seconds() -> float:
    """How often the clock is looked at."""
    return 0.2


@pytest.fixture(scope="module")
def control_seconds() -> float:
    """How often records are looked at."""
    return 2.0


@pytest.fixture(scope="module")
async def theatre(platforms: dict[str, Platform], sweep_seconds: float, control_seconds: float) -> AsyncIterator[Stage]:
    """One running billing for a module."""
    clock = SettableClock(system_clock())
    keys = SecretStr('{"sealed": "pepper"}')
    settings = Settings(sweep_seconds=sweep_seconds, control_seconds=control_seconds, switch_keys=keys)
    async with running({"billing": functools.partial(serve, settings=settings)}, platforms, clock) as runtimes:
        rt = runtimes["billing"]
        facts: list[Fact] = []
        bus = await Bus.connect(platforms["billing"], "listener")

        async def note(fact: Fact) -> None:
            facts.append(fact)

        table = {GetMessageClass(kind): note for kind in events_pb2.DESCRIPTOR.message_types_by_name.values()}
        rt.on_close(bus.close)
        rt.spawn(bus.consume("billing-tests", table))
        yield Stage(rt, platforms, clock, facts)


@pytest.fixture
def stage(theatre: Stage) -> Stage:
    """A tenant of the test's own."""
    return theatre.of_another_tenant()
