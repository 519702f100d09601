"""numpy, scipy, the holidays: loaded when somebody first asks, and never in the event loop."""

from __future__ import annotations

import asyncio
import importlib

_EVERYTHING = ("antiphon.wfm.app.forecasting", "antiphon.wfm.app.pool", "antiphon.wfm.domain.required")


async def loaded() -> None:
    """Returns when the models can be imported at no cost. The first time takes a second or three, in a thread: calls of
    the same process go on being answered."""
    for name in _EVERYTHING:
        await asyncio.to_thread(importlib.import_module, name)
