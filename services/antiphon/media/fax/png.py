"""The grey of a PNG of 8 bits, as typst draws pages. Filters are undone along diagonals, where dots depend on none of
their own."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4


def grey(png: bytes) -> Grey:
    """0 is black. Raises ValueError for what typst does not write."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", png, 16)
    if png[:8] != b"\x89PNG\r\n\x1a\n" or depth != 8 or colour not in _CHANNELS or interlaced:
        raise ValueError("a kind of PNG that is not drawn here")
    channels = _CHANNELS[colour]
    rows = np.frombuffer(zlib.decompress(_data(png)), dtype=np.uint8).reshape(height, 1 + width * channels)
    dots = _unfiltered(rows[:, 0], rows[:, 1:].reshape(height, width, channels).astype(np.int16))
    if channels < 3:
        return dots[:, :, 0].astype(np.uint8)
    light = dots[:, :, 0] * 0.299 + dots[:, :, 1] * 0.587 + dots[:, :, 2] * 0.114
    return np.asarray(light.round().astype(np.uint8))


def _data(png: bytes) -> bytes:
    at, parts = 8, []
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(parts)


def _unfiltered(filters: Grey, rows: NDArray[np.int16]) -> NDArray[np.int16]:
    """Runs of rows whose dots need only what is above go by rows, the others by diagonals."""
    above = np.zeros_like(rows[0])
    at = 0
    while at < len(rows):
        if filters[at] < _AVERAGE:
            if filters[at] == _SUB:
                rows[at] = np.cumsum(rows[at], axis=0, dtype=np.int64) & 0xFF
            elif filters[at] == _UP:
                rows[at] = (rows[at] + above) & 0xFF
            end = at + 1
        else:
            end = at + 1
            while end < len(rows) and filters[end] >= _AVERAGE:
                end += 1
            rows[at:end] = _by_diagonals(filters[at:end], rows[at:end], above)
        above = rows[end - 1]
        at = end
    return rows


def _by_diagonals(filters: Grey, rows: NDArray[np.int16], above: NDArray[np.int16]) -> NDArray[np.int16]:
    """Undoes filters that look left and up. A dot is `skewed[x + y + 1, y + 1]`; the row above is there as y = -1."""
    height, width, channels = rows.shape
    skewed = np.zeros((width + height + 1, height + 1, channels), dtype=np.int16)
    y, x = np.mgrid[:height, :width]
    skewed[y + x + 1, y + 1] = rows
    skewed[:width, 0] = above
    paeth = (filters == _PAETH)[:, None]
    for diagonal in range(1, width + height):
        first, last = max(0, diagonal - width), min(height, diagonal)
        span, before = slice(first + 1, last + 1), slice(first, last)
        left, up = skewed[diagonal - 1, span], skewed[diagonal - 1, before]
        corner = skewed[diagonal - 2, before] if diagonal > 1 else np.zeros_like(up)
        guess = np.where(paeth[first:last], _nearest(left, up, corner), (left + up) >> 1)
        skewed[diagonal, span] = (skewed[diagonal, span] + guess) & 0xFF
    return np.asarray(skewed[y + x + 1, y + 1])


def _nearest(left: NDArray[np.int16], up: NDArray[np.int16], corner: NDArray[np.int16]) -> NDArray[np.int16]:
    by_left, by_up, by_corner = np.abs(up - corner), np.abs(left - corner), np.abs(left + up - 2 * corner)
    take_left = (by_left <= by_up) & (by_left <= by_corner)
    return np.where(take_left, left, np.where(by_up <= by_corner, up, corner))
