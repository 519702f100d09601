"""A fax machine for the tests that sends pages as T.38: spandsp makes the packets, a datagram (UDPTL) carries each."""

from __future__ import annotations

import asyncio
import ctypes as c
import struct
from pathlib import Path
from typing import Any

from antiphon.media.fax.spandsp import LIBRARY
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.tests.fax_machine import FaxMachine

_TICK, _SAMPLES = 0.02, 160
_PACKET = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.POINTER(c.c_uint8), c.c_int, c.c_int)
_OVER = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_int)
_T4_AND_T6, _V27_V29_V17 = 0b1110, 0b111
_POINTERS = ("t38_terminal_init", "t38_terminal_get_t30_state", "t38_terminal_get_t38_core_state")


class T38Sender(FaxMachine):
    """Once `faxes()` has agreed on T.38, `run()` sends every page of a TIFF: the result code of T.30, 0 is success."""

    def __init__(self, call: PhoneCall, source: Path, ident: str) -> None:
        super().__init__(call)
        self._spandsp = c.CDLL(LIBRARY)
        for name in _POINTERS:
            getattr(self._spandsp, name).restype = c.c_void_p
        self._count = 0
        self.packets = 0
        """Of the other machine."""
        self._over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._handlers = (_PACKET(self._packet), _OVER(self._ended))  # kept: C calls them
        self._terminal = c.c_void_p(self._spandsp.t38_terminal_init(None, 1, self._handlers[0], None))
        self._core = c.c_void_p(self._spandsp.t38_terminal_get_t38_core_state(self._terminal))
        t30 = c.c_void_p(self._spandsp.t38_terminal_get_t30_state(self._terminal))
        self._spandsp.t30_set_phase_e_handler(t30, self._handlers[1], None)
        self._spandsp.t30_set_tx_ident(t30, ident.encode())
        self._spandsp.t30_set_ecm_capability(t30, 1)
        self._spandsp.t30_set_supported_compressions(t30, _T4_AND_T6)
        self._spandsp.t30_set_supported_modems(t30, _V27_V29_V17)
        self._spandsp.t30_set_tx_file(t30, bytes(source), -1, -1)

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._over.done():
            self._spandsp.t38_terminal_send_timeout(self._terminal, _SAMPLES)
            due = max(due + _TICK, loop.time() - 1)
            await asyncio.sleep(max(0.0, due - loop.time()))
        for _ in range(25):  # the last word is said
            self._spandsp.t38_terminal_send_timeout(self._terminal, _SAMPLES)
            await asyncio.sleep(_TICK)
        return self._over.result()

    def close(self) -> None:
        super().close()
        self._spandsp.t38_terminal_free(self._terminal)

    def _ended(self, _t30: Any, _user: Any, code: int) -> None:
        if not self._over.done():
            self._over.set_result(code)

    def _packet(self, _core: Any, _user: Any, data: Any, length: int, count: int) -> int:
        said = struct.pack("!H", self._count) + _length(length) + bytes(data[:length]) + b"\x00\x00"
        self._count = (self._count + 1) & 0xFFFF
        for _ in range(count):
            self.sends(said)
        return 0

    def datagram_received(self, data: bytes, _: Any) -> None:
        sequence, first = struct.unpack_from("!HB", data)
        start, length = (4, (first & 0x3F) << 8 | data[3]) if first & 0x80 else (3, first)
        self.packets += 1
        self._spandsp.t38_core_rx_ifp_packet(self._core, data[start : start + length], length, c.c_uint16(sequence))


def _length(length: int) -> bytes:
    return struct.pack("!B", length) if length < 0x80 else struct.pack("!H", 0x8000 | length)
