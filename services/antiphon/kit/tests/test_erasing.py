"""Finding a person by value, whatever the shape of a document; and what a service does that dies while it erases."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from antiphon.kit.bus import Fact
from antiphon.kit.erasing import MASK, Rounds, Traces
from antiphon.kit.errors import Common, DomainError

pytestmark = [pytest.mark.domain, pytest.mark.clause("N07")]

TARAS = Traces.of(["Тарас Шевченко", "Тарас"], ["+380 67 123-00-99"], ["taras@kobzar.example", "12", "99887766"])


@pytest.mark.parametrize(
    "document",
    [
        {"a": [{"b": "пише тарас  шевченко"}]},
        {"text": "0671230099"},
        {"text": "тел. (067) 123-00-99, будь ласка"},
        {"text": "+38 067 1230099"},
        {"Тарас Шевченко": 1},
        {"raw": "x\x12Тарас Шевченко\x00".encode()},
        {"raw": json.dumps({"name": "Тарас Шевченко"}).encode()},
        {"raw": b"\xff\xfe380671230099"},
        {"to": "TARAS@Kobzar.example"},
        {"telegram": 99887766},
    ],
)
def test_a_person_is_found_in_any_form(document: dict[str, Any]) -> None:
    assert TARAS.within(document)


@pytest.mark.parametrize("text", ["Тарас", "Григорій Шевченко", "067 123 00 98", "12", "taras@other.example", ""])
def test_others_are_left_alone(text: str) -> None:
    assert not TARAS.within({"text": text, "n": 12, "yes": True, "none": None})
    assert TARAS.masked(text) == text


def test_masking_keeps_the_sense() -> None:
    assert TARAS.masked("Дзвонив Тарас Шевченко (067 123-00-99), передзвони") == f"Дзвонив {MASK} ({MASK}), передзвони"
    assert not Traces.of([], [], []).within({"text": "anything"})
    assert (TARAS.are("380671230099"), TARAS.are("0671230099"), TARAS.are("30099")) == (True, True, False)


class Registry:
    """Directory's side: one erasure, until it is confirmed."""

    def __init__(self) -> None:
        self.reports: list[dict[str, int]] = []
        self.away = 0

    async def next_erasure(self) -> Any:
        if self.away:
            self.away -= 1
            raise DomainError(Common.UNAVAILABLE)
        return SimpleNamespace(erasure_id="" if self.reports else "er_1")

    async def report_erasure(self, erasure_id: str, counts: dict[str, int]) -> None:
        self.reports.append(counts)


async def test_what_is_not_confirmed_is_done_again() -> None:
    registry, erased, died = Registry(), 0, asyncio.Event()

    async def dies(_wanted: Any) -> dict[str, int]:
        nonlocal erased
        erased += 1
        died.set()
        await asyncio.Event().wait()
        return {}

    async def erases(_wanted: Any) -> dict[str, int]:
        nonlocal erased
        erased += 1
        return {"things": 2}

    killed = asyncio.ensure_future(Rounds(registry, dies).round())
    await died.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert registry.reports == []
    registry.away = 1
    successor = Rounds(registry, erases)
    assert not await successor.round(), "directory was away: soon again"
    for _ in range(2):
        await successor.hear(Fact(None, "tn", "er_1", "", 1))
        assert await successor.round()
    assert (registry.reports, erased) == ([{"things": 2}], 2)


async def test_a_failure_is_no_confirmation() -> None:
    registry = Registry()

    async def fails(_wanted: Any) -> dict[str, int]:
        raise ValueError("a document of no shape")

    assert not await Rounds(registry, fails).round()
    assert registry.reports == []
