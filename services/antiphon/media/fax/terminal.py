"""A fax machine on a port of ours: a thread with a socket and a clock of its own, for a modem hears every gap.

The engine stands before the port, as before the mixer's, so it speaks only A-law, to one known address. The event loop
is told once, when the machine has done, and stops the thread when the call is over.
"""

from __future__ import annotations

import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from antiphon.kit import logs
from antiphon.media.anchor import sdp as descriptions
from antiphon.media.audio import g711
from antiphon.media.audio.g711 import PCMA, Pcm
from antiphon.media.domain.fax import InOrder, Result
from antiphon.media.fax.spandsp import Machine

FRAME, TICK = 160, 0.02
_SILENT = 10
"""Ticks without a packet after which the machine hears silence, so that its timers go on."""
_GOODBYE = 25
"""Ticks that are still sent after the machine has done: its last word must arrive."""
_BEHIND = 0.5
log = logs.get("media")


class Terminal:
    """`over` is called in the terminal's own thread, once."""

    def __init__(self, host: str, machine: Machine, over: Callable[[Result], None]) -> None:
        self._machine = machine
        self._over = over
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.address: tuple[str, int] = self._socket.getsockname()
        self.target: tuple[str, int] | None = None
        self._stopped = threading.Event()
        self._heard: InOrder[Pcm] = InOrder()
        self._quiet = 0
        self._sequence = secrets.randbelow(1 << 15)
        self._time = secrets.randbelow(1 << 31)
        self._source = secrets.randbits(32)
        self._thread = threading.Thread(target=self._run, name="fax", daemon=True)

    # --- what the anchor joins (`anchor.listening.Room`)

    async def open(self, tag: str) -> Terminal:
        return self

    def leave(self, tag: str) -> None:
        self.stop()

    def sdp(self) -> bytes:
        """What the port says about itself."""
        return descriptions.synthetic(descriptions.ALONE, None, *self.address)

    # --- its life

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The line is gone; what was received is on disk when `over` is called. Twice is harmless."""
        self._stopped.set()

    def _run(self) -> None:
        machine = self._machine
        try:
            self._talk()
        except Exception:
            log.exception("a fax machine failed")
        finally:
            self._socket.close()
            machine.close()
            assert machine.over is not None
            self._over(machine.over)

    def _talk(self) -> None:
        due = time.monotonic()
        goodbye = _GOODBYE
        while goodbye and not self._stopped.is_set():
            self._listen()
            self._say(self._machine.say(FRAME))
            goodbye -= self._machine.over is not None
            due += TICK
            behind = time.monotonic() - due
            if behind > _BEHIND:
                due = time.monotonic()
            self._stopped.wait(max(-behind, 0.0))

    def _listen(self) -> None:
        self._quiet += 1
        with suppress(BlockingIOError):
            while True:
                data, address = self._socket.recvfrom(2048)
                if (packet := _payload(data, address, self.target)) is not None:
                    self._quiet = 0
                    self._hear(*packet)
        if self._quiet > _SILENT:
            self._machine.hear(np.zeros(FRAME, dtype=np.int16))

    def _hear(self, sequence: int, samples: Pcm) -> None:
        for packet in self._heard.push(sequence, samples):
            if packet is None:
                self._machine.miss(samples.size)
            else:
                self._machine.hear(packet)

    def _say(self, samples: Pcm) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._time = (self._time + FRAME) & 0xFFFFFFFF
        if self.target is not None:
            header = struct.pack("!BBHII", 0x80, PCMA, self._sequence, self._time, self._source)
            with suppress(OSError):
                self._socket.sendto(header + g711.encode(samples, PCMA), self.target)


def _payload(data: bytes, address: tuple[str, int], target: tuple[str, int] | None) -> tuple[int, Pcm] | None:
    """Sequence and sound of an RTP packet of the engine's; None for anything else."""
    stranger = target is not None and address[1] != target[1]  # hosts may be advertised differently
    if stranger or len(data) <= 12 or data[0] >> 6 != 2 or data[1] & 0x7F != PCMA:
        return None
    start = 12 + 4 * (data[0] & 0x0F)
    return struct.unpack_from("!H", data, 2)[0], g711.decode(data[start:], PCMA)
