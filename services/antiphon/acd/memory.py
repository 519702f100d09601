"""When Python looks for garbage that refers to itself.

The brain makes none: what it drops is freed at once. But the collector, left alone, walks over everything that is alive
whenever it pleases, a tenth of a second with fifty thousand waiting. So what is there is set aside (`gc.freeze`), the
youngest generations are collected more rarely, and the oldest only when it is planned: then only what has come since
is looked at, and set aside in its turn.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (20_000, 50, 1_000_000)
PLANNED_EVERY = 600.0  # seconds


def set_aside() -> None:
    """Collects, and takes what is left for everlasting."""
    gc.collect()
    gc.freeze()


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Within it only the young are collected."""
    usual = gc.get_threshold()
    set_aside()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


async def collect_as_planned() -> None:
    """For a service: keeps to `collect_seldom` until cancelled."""
    with collect_seldom():
        while True:
            await asyncio.sleep(PLANNED_EVERY)
            set_aside()
