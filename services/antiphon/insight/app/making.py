"""Folding new facts into interactions, in rounds: whoever writes a hundred words costs one fold, not a hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Protocol, TypeAlias

from antiphon.insight.domain.folding import fold
from antiphon.insight.domain.heard import Heard
from antiphon.insight.domain.interaction import Interaction
from antiphon.kit import logs

_BATCH, _AT_ONCE = 500, 50
"""New facts of a round; interactions that are read and written together."""
_ROUND, _IDLE, _PAUSE = 1.5, 2.0, 0.5
"""Seconds between two rounds; without a wake-up; after a failure."""
_SHARE, _LONGEST = 4, 2.0
"""A long round is followed by so many times its own length, at most so many seconds: a conversation's facts are all
folded again with each new one, and nobody's figures may cost others their answers while hundreds go on."""
Subject: TypeAlias = tuple[str, str]
"""Tenant and interaction."""
log = logs.get("insight")


class Kept(Protocol):
    """What this part needs of the store."""

    async def unfolded(self, most: int) -> list[tuple[str, str, list[str]]]: ...
    async def facts_about(self, wanted: Collection[Subject]) -> dict[Subject, list[Heard]]: ...
    async def keep(self, made: Sequence[tuple[str, Interaction, int]]) -> None: ...
    async def folded(self, ids: Sequence[str]) -> None: ...


class Making:
    """Goes on while the service lives."""

    def __init__(self, store: Kept, away: tuple[type[Exception], ...]) -> None:
        self._store = store
        self._away = away
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Says that a fact was stored."""
        self._woken.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            began = loop.time()
            try:
                more = await self.round()
            except self._away as error:
                log.warning("folding interrupted", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)
                continue
            if more:
                continue
            took = loop.time() - began
            try:
                async with asyncio.timeout(_IDLE):
                    await self._woken.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(max(_ROUND, min(took * _SHARE, _LONGEST)))

    async def round(self) -> bool:
        """Folds what is new. True when there may be more."""
        found = await self._store.unfolded(_BATCH)
        for begin in range(0, len(found), _AT_ONCE):
            await self._fold(found[begin : begin + _AT_ONCE])
        return sum(len(ids) for _, _, ids in found) >= _BATCH

    async def _fold(self, found: Sequence[tuple[str, str, list[str]]]) -> None:
        facts = await self._store.facts_about([(tenant, about) for tenant, about, _ in found])
        made: list[tuple[str, Interaction, int]] = []
        for (tenant, _), told in facts.items():
            it = fold(told)
            if it is not None:
                made.append((tenant, it, len(told)))
            await asyncio.sleep(0)  # calls come first
        await self._store.keep(made)
        await self._store.folded([key for _, _, ids in found for key in ids])
