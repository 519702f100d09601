"""Watches the clock of the loop for `domain/admission.py` and raises the alarm while calls are turned away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from antiphon.kit import logs
from antiphon.media.domain.admission import EVERY, Admission

KIND = "overload"
log = logs.get("media")


class Guard:
    """One a replica. `setting_up()`: calls that are neither answered nor over. `alarm(busy)` must not wait."""

    def __init__(self, admission: Admission, setting_up: Callable[[], int], alarm: Callable[[bool], None]) -> None:
        self.admission = admission
        self._setting_up = setting_up
        self._alarm = alarm
        self._told = False

    def admits(self) -> bool:
        """Asked for every call that begins."""
        return self.admission.admits(asyncio.get_running_loop().time(), self._setting_up())

    @property
    def is_busy(self) -> bool:
        return self.admission.is_busy(asyncio.get_running_loop().time())

    async def watch(self) -> None:
        """For ever."""
        while True:
            self.admission.tick(asyncio.get_running_loop().time())
            if self.is_busy != self._told:
                self._told = not self._told
                log.warning(
                    "calls are turned away" if self._told else "calls are taken in again",
                    refused=self.admission.refused,
                )
                self._alarm(self._told)
            await asyncio.sleep(EVERY)
