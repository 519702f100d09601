"""Where the edge learns who may register: from a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from antiphon.edge.app.reconcile import DirectoryAway
from antiphon.edge.domain.wanted import Account, Trunk, Unusable

T = TypeVar("T")


class File:
    """Accounts and trunks in a JSON file: `{"accounts": [{…fields of Account}], "trunks": [{…fields of Trunk}]}`. It is
    read again at every pass, so editing it is enough."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def accounts(self) -> list[Account]:
        return self._build(Account, await self._read("accounts"))

    async def trunks(self) -> list[Trunk]:
        return self._build(Trunk, await self._read("trunks"))

    async def _read(self, part: str) -> list[dict[str, Any]]:
        try:
            content = json.loads(await asyncio.to_thread(self._path.read_text))
            return list(content.get(part, ()))
        except (OSError, ValueError, AttributeError) as error:
            raise DirectoryAway(f"{self._path.name}: {type(error).__name__}") from error

    def _build(self, kind: Callable[..., T], rows: list[dict[str, Any]]) -> list[T]:
        try:
            return [kind(**_tuples(each)) for each in rows]
        except (TypeError, Unusable) as error:
            raise DirectoryAway(f"{self._path.name}: {error}") from error


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
