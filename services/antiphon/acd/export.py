"""Writing a journal to a file, for the checker and for questions about the past."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from antiphon.acd.app.journal import export
from antiphon.kit.bus import Bus


def write(tenant: str, out: Path, nats: str, seed: Path | None) -> int:
    """Writes the tenant's journal and returns the number of entries. Raises OSError, TimeoutError."""
    return asyncio.run(_write(tenant, out, nats, seed))


async def _write(tenant: str, out: Path, nats: str, seed: Path | None) -> int:
    client, count = Client(), 0
    options: dict[str, Any] = {"nkeys_seed": str(seed)} if seed is not None else {}
    async with asyncio.timeout(10):
        await client.connect(nats, allow_reconnect=False, **options)
    try:
        with out.open("wb") as file:
            async for line in export(Bus(client), tenant):
                file.write(line + b"\n")
                count += 1
    finally:
        await client.close()
    return count
