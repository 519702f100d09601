"""`antiphon seal` and `antiphon keys destroy`: work on what services keep that none of them does by itself.

Both go to the databases directly, with the settings of any process of the installation; run them in its place
(`kubectl exec deploy/antiphon-channels -- antiphon seal`). Services may run meanwhile.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from antiphon.kit import mongo
from antiphon.kit.clock import Clock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.texts import Progress, Stored, Texts, begin_again, seal_stored
from antiphon.kit.vault import Masters, Vault

KEEP_TEXTS = ("channels", "directory", "team")
HAVE_KEYS = (*KEEP_TEXTS, "media")


async def seal(
    platform: Platform, services: Sequence[str], told: Callable[[str, Progress], None], *, again: bool = False
) -> int:
    """Seals what was stored before texts were; goes on where it was interrupted, `again` looks at everything once
    more. Returns how many documents were sealed, those of interrupted runs too."""
    total = 0
    for service in services:
        db, texts = mongo.database(platform, service), Texts(_vault(platform, service), seals=True)
        if again:
            await begin_again(db)
        for stored in stored_of(service):
            last: Progress | None = None
            async for last in seal_stored(db, texts, stored):
                told(service, last)
            total += last.sealed if last is not None else 0
    return total


def stored_of(service: str) -> tuple[Stored, ...]:
    """What a service says of its documents."""
    found: tuple[Stored, ...] = importlib.import_module(f"antiphon.{service}.store").STORED
    return found


async def destroy(platform: Platform, tenant: str) -> dict[str, int]:
    """A tenant's data keys of every service are no more; how many there were."""
    return {service: await _vault(platform, service).destroy(tenant) for service in HAVE_KEYS}


def _vault(platform: Platform, service: str, clock: Clock = system_clock) -> Vault:
    file = platform.master_keys
    return Vault(mongo.database(platform, service), Masters.read(file) if file else None, clock)
