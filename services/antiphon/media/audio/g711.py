"""G.711 as tables: 256 entries to decode, 65,536 to encode, so that a 20 ms frame is one numpy lookup.

Samples are int16 arrays; payloads are bytes of one octet a sample. The tables follow ITU-T G.711: encoding picks the
nearest of the 256 values.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pcm: TypeAlias = NDArray[np.int16]

PCMU, PCMA = 0, 8
"""Static RTP payload types (RFC 3551)."""


def _a_law_value(code: int) -> int:
    code ^= 0x55
    mantissa, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    value = mantissa + (8 if segment == 0 else 0x108)
    if segment > 1:
        value <<= segment - 1
    return value if code & 0x80 else -value


def _mu_law_value(code: int) -> int:
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - value if code & 0x80 else value - 0x84


def _nearest(values: NDArray[np.int16]) -> NDArray[np.uint8]:
    """For each int16 sample, shifted by 32,768, the code whose value is nearest."""
    order = np.argsort(values, kind="stable")
    known = values[order].astype(np.int32)
    samples = np.arange(-32768, 32768, dtype=np.int32)
    above = np.clip(np.searchsorted(known, samples), 1, 255)
    closer_above = np.abs(known[above] - samples) < np.abs(known[above - 1] - samples)
    return order[np.where(closer_above, above, above - 1)].astype(np.uint8)


_DECODE = {
    PCMA: np.array([_a_law_value(code) for code in range(256)], dtype=np.int16),
    PCMU: np.array([_mu_law_value(code) for code in range(256)], dtype=np.int16),
}
_ENCODE = {kind: _nearest(table) for kind, table in _DECODE.items()}
SILENCE = {kind: bytes([int(table[32768])]) for kind, table in _ENCODE.items()}
"""The octet of silence."""


def decode(payload: bytes, kind: int = PCMA) -> Pcm:
    """The samples of a G.711 payload."""
    samples: Pcm = _DECODE[kind][np.frombuffer(payload, dtype=np.uint8)]
    return samples


def encode(samples: Pcm, kind: int = PCMA) -> bytes:
    """The G.711 payload of samples."""
    return _ENCODE[kind][samples.astype(np.int32) + 32768].tobytes()
