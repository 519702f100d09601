"""The hops of a smoke test: each is waited for, timed and named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

import httpx

from antiphon.media.phone.phone import NotRegistered, NotUp
from antiphon.up.client import Problem

T = TypeVar("T")
WITHIN = 30.0
OFFER_WITHIN = 60.0
"""Longer than an offer rings: colleagues who are ready may be asked first."""
OK, SKIPPED = "ok", "skipped"


class HopFailed(Exception):
    """A hop did not happen; `args[0]` says why."""


class Hops:
    """The hops so far."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.current = ""

    async def hop(self, name: str, work: Awaitable[T], within: float = WITHIN) -> T:
        """Waits for a hop and notes how long it took. Raises HopFailed."""
        self.current = name
        started = time.perf_counter()
        try:
            async with asyncio.timeout(within):
                result = await work
        except TimeoutError as error:
            raise HopFailed(f"not within {within:.0f} s") from error
        except (httpx.HTTPError, Problem, OSError, NotUp, NotRegistered) as error:
            raise HopFailed(str(error) or type(error).__name__) from error
        self.rows.append({"hop": name, "ms": round((time.perf_counter() - started) * 1000, 1), "result": OK})
        return result

    def skip(self, name: str, why: str) -> None:
        """Notes what was not tried, and why; that is no failure."""
        self.rows.append({"hop": name, "ms": None, "result": f"{SKIPPED}: {why}"})

    def fail(self, failure: HopFailed) -> None:
        """Notes that the current hop did not happen."""
        self.rows.append({"hop": self.current, "ms": None, "result": f"FAILED: {failure}"})

    @property
    def failed(self) -> bool:
        return any(str(row["result"]).startswith("FAILED") for row in self.rows)
