"""A fax machine: T.30 over sound of 8 kHz, by libspandsp2, which comes with rtpengine.

machine = Machine.receiving(target, "+380441234567")
machine.hear(samples)            # 20 ms from the line, or `machine.miss(160)` for what was lost
samples = machine.say(160)       # 20 ms to the line
machine.over                     # None until T.30 is over: then a Result

Not thread-safe: one thread owns a machine. A second of line costs about half a millisecond of processor time.
"""

from __future__ import annotations

import ctypes as c
from functools import cache
from pathlib import Path

import numpy as np

from antiphon.media.audio.g711 import Pcm
from antiphon.media.domain.fax import Result

LIBRARY = "libspandsp.so.2"
_T4_AND_T6 = 0b1110
"""One- and two-dimensional T.4, and T.6 where errors are corrected."""
_T6 = 3
_V27_V29_V17 = 0b111
_IDENT = 20
_PHASE_E = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_int)


class _Statistics(c.Structure):
    """The beginning of t30_stats_t; room behind it for the rest."""

    _fields_ = (
        ("bit_rate", c.c_int), ("ecm", c.c_int), ("pages_sent", c.c_int), ("pages_received", c.c_int),
        ("more", c.c_int * 60),
    )  # fmt: skip


_ARGUMENTS: dict[str, tuple[type, ...]] = {
    "fax_init": (c.c_void_p, c.c_int),
    "fax_free": (c.c_void_p,),
    "fax_get_t30_state": (c.c_void_p,),
    "fax_tx": (c.c_void_p, c.c_void_p, c.c_int),
    "fax_rx": (c.c_void_p, c.c_void_p, c.c_int),
    "fax_rx_fillin": (c.c_void_p, c.c_int),
    "fax_set_transmit_on_idle": (c.c_void_p, c.c_int),
    "t30_set_tx_file": (c.c_void_p, c.c_char_p, c.c_int, c.c_int),
    "t30_set_rx_file": (c.c_void_p, c.c_char_p, c.c_int),
    "t30_set_rx_encoding": (c.c_void_p, c.c_int),
    "t30_set_tx_ident": (c.c_void_p, c.c_char_p),
    "t30_get_rx_ident": (c.c_void_p,),
    "t30_set_ecm_capability": (c.c_void_p, c.c_int),
    "t30_set_supported_compressions": (c.c_void_p, c.c_int),
    "t30_set_supported_modems": (c.c_void_p, c.c_int),
    "t30_set_phase_e_handler": (c.c_void_p, _PHASE_E, c.c_void_p),
    "t30_get_transfer_statistics": (c.c_void_p, c.POINTER(_Statistics)),
    "t30_terminate": (c.c_void_p,),
    "t30_completion_code_to_str": (c.c_int,),
}
_RESULTS = {
    "fax_init": c.c_void_p,
    "fax_get_t30_state": c.c_void_p,
    "t30_get_rx_ident": c.c_char_p,
    "t30_completion_code_to_str": c.c_char_p,
}


@cache
def _library() -> c.CDLL:
    library = c.CDLL(LIBRARY)
    for name, arguments in _ARGUMENTS.items():
        getattr(library, name).argtypes = arguments
        getattr(library, name).restype = _RESULTS.get(name, c.c_int)
    return library


def missing() -> str:
    """Why there are no fax machines here; empty when there are."""
    try:
        _library()
    except (OSError, AttributeError) as error:
        return str(error)
    return ""


class Machine:
    """One machine for one call."""

    def __init__(self, *, calls: bool, ident: str) -> None:
        """Raises OSError where the library is not installed."""
        self._spandsp = _library()
        self._fax = self._spandsp.fax_init(None, int(calls))
        if not self._fax:
            raise OSError("no memory for a fax machine")
        self._t30 = self._spandsp.fax_get_t30_state(self._fax)
        self.over: Result | None = None
        self._ended = _PHASE_E(lambda _t30, _user, code: self._note(code))  # kept: C calls it
        spandsp = self._spandsp
        spandsp.t30_set_phase_e_handler(self._t30, self._ended, None)
        spandsp.t30_set_tx_ident(self._t30, ident[:_IDENT].encode("ascii", "replace"))
        spandsp.t30_set_ecm_capability(self._t30, 1)
        spandsp.t30_set_supported_compressions(self._t30, _T4_AND_T6)
        spandsp.t30_set_supported_modems(self._t30, _V27_V29_V17)
        spandsp.fax_set_transmit_on_idle(self._fax, 1)

    @classmethod
    def receiving(cls, target: Path, ident: str) -> Machine:
        """Answers, and writes a TIFF with a page each."""
        machine = cls(calls=False, ident=ident)
        machine._spandsp.t30_set_rx_file(machine._t30, bytes(target), -1)
        machine._spandsp.t30_set_rx_encoding(machine._t30, _T6)
        return machine

    @classmethod
    def sending(cls, source: Path, ident: str) -> Machine:
        """Calls, and sends every page of a TIFF."""
        machine = cls(calls=True, ident=ident)
        machine._spandsp.t30_set_tx_file(machine._t30, bytes(source), -1, -1)
        return machine

    def hear(self, samples: Pcm) -> None:
        """Sound from the line, of any length."""
        sound = np.ascontiguousarray(samples, dtype=np.int16)
        self._spandsp.fax_rx(self._fax, sound.ctypes.data, sound.size)

    def miss(self, count: int) -> None:
        """So many samples were lost."""
        self._spandsp.fax_rx_fillin(self._fax, count)

    def say(self, count: int) -> Pcm:
        """The next samples for the line; silence where the machine says nothing."""
        sound = np.zeros(count, dtype=np.int16)
        self._spandsp.fax_tx(self._fax, sound.ctypes.data, count)
        return sound

    def close(self) -> None:
        """The line is gone: what was received so far is a whole file. Twice is harmless."""
        if self._fax:
            self._spandsp.t30_terminate(self._t30)
            if self.over is None:
                self._note(-1)
            self._spandsp.fax_free(self._fax)
            self._fax = None

    def _note(self, code: int) -> None:
        """T.30 is over, for better or worse; the first word counts."""
        if self.over is not None:
            return
        figures = _Statistics()
        self._spandsp.t30_get_transfer_statistics(self._t30, c.byref(figures))
        ident = (self._spandsp.t30_get_rx_ident(self._t30) or b"").decode("ascii", "replace").strip()
        why = "" if code == 0 else "The line was gone" if code < 0 else self._words(code)
        self.over = Result(figures.pages_sent, figures.pages_received, why, ident, figures.bit_rate)

    def _words(self, code: int) -> str:
        return str((self._spandsp.t30_completion_code_to_str(code) or b"").decode("ascii", "replace"))
