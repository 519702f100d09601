"""What takes facts in and keeps nobody waiting, in a process beside the one that answers people.

Every call ends as a fact that money, figures, shifts and campaigns take in. In the loop that answers callers this was a
fifth of its work; on a machine with two processors it is done beside. Forked after the imports and before any loop or
gRPC object exists. It ends with us, and everything ends with it, as with any service that fails.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Mapping

import uvloop

from antiphon.kit import logs, procs
from antiphon.kit.service import Serve, run_together
from antiphon.kit.settings import Platform

NAME = "antiphon-beside"
USUAL = ("billing", "wfm", "dialer", "insight")
_READY_WITHIN, _ENDS_WITHIN = 60.0, 15.0
_LOOK = 0.02
log = logs.get("up")


def usual() -> tuple[str, ...]:
    """What runs beside where nothing else is said: nothing on a machine with one processor."""
    return USUAL if (os.cpu_count() or 1) > 1 else ()


class Beside:
    """The process; none for no services."""

    def __init__(self, serves: Mapping[str, Serve], platforms: Mapping[str, Platform]) -> None:
        self._ports = [int(platforms[name].address_of(name).rpartition(":")[2]) for name in serves]
        self.pid = _forked(serves, platforms) if serves else 0

    async def ready(self) -> None:
        """Returns when its services answer, when it has ended, or after a minute."""
        deadline = time.monotonic() + _READY_WITHIN
        while not self.ended() and time.monotonic() < deadline:
            if all(map(procs.is_listening, self._ports)):
                return
            await asyncio.sleep(_LOOK)

    def ended(self) -> bool:
        """True after it has ended by itself."""
        if self.pid and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.pid = 0
            return True
        return not self.pid and bool(self._ports)

    async def stop(self) -> None:
        """Ends it in order, if it must be by force."""
        if self.ended() or not self.pid:
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + _ENDS_WITHIN
        while not self.ended():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            await asyncio.sleep(_LOOK)


def _forked(serves: Mapping[str, Serve], platforms: Mapping[str, Platform]) -> int:
    parent = os.getpid()
    gc.freeze()  # what is imported stays shared: the child's collector does not write to it
    pid = os.fork()
    if pid:
        return pid
    procs.die_with(parent)
    procs.call_this(NAME)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who stops us in order
    code = 1
    try:
        uvloop.run(run_together([(name, serve, platforms[name]) for name, serve in serves.items()], (signal.SIGTERM,)))
        code = 0
    except BaseException:
        log.exception("services beside ended")
    finally:
        sys.stdout.flush()
        os._exit(code)
