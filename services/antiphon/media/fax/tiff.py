"""Pages of a fax: TIFF as spandsp writes and reads it, and PDF, which people open. Only what that takes.

A received page is one strip of T.6 (CCITT group 4), which PDF knows as it is: a document is wrapped, not converted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH = 1728
"""Dots of a line of A4."""
DOTS, LINES = 204, 196
"""An inch has so many, in fine resolution."""
Page = NDArray[np.bool_]
"""True is black."""
_T6 = 4
_SIZES = {1: "B", 3: "H", 4: "I"}
_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1)[:, 0]


class NotAFax(ValueError):
    """The file is not what a fax machine writes."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A received page, as it is compressed."""

    width: int
    height: int
    data: bytes
    dots: float
    lines: float


def written(pages: Sequence[Page]) -> bytes:
    """A TIFF of these pages, to be sent."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for page in pages:
        height, width = page.shape
        data, strip = np.packbits(page, axis=1).tobytes(), len(out)
        out += data + b"\0" * (len(data) % 2)
        ratios = len(out)
        out += struct.pack("<IIII", DOTS, 1, LINES, 1)
        entries = (
            (254, 4, 2), (256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 1), (262, 3, 0), (266, 3, 1),
            (273, 4, strip), (277, 3, 1), (278, 4, height), (279, 4, len(data)), (282, 5, ratios),
            (283, 5, ratios + 8), (296, 3, 2),
        )  # fmt: skip
        struct.pack_into("<I", out, link, len(out))
        out += struct.pack("<H", len(entries))
        for tag, kind, value in entries:
            out += struct.pack("<HHII", tag, kind, 1, value)
        link = len(out)
        out += bytes(4)
    return bytes(out)


def scans(tiff: bytes) -> list[Scan]:
    """The pages of a received file. Raises NotAFax."""
    try:
        return list(_scans(tiff))
    except (struct.error, IndexError, KeyError, ZeroDivisionError) as error:
        raise NotAFax(str(error)) from error


def _scans(tiff: bytes) -> Iterator[Scan]:
    if tiff[:4] != b"II*\0":
        raise NotAFax("no TIFF")
    (at,) = struct.unpack_from("<I", tiff, 4)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        (count,) = struct.unpack_from("<H", tiff, at)
        tags = dict(_entry(tiff, at + 2 + 12 * index) for index in range(count))
        if tags[259] != _T6:
            raise NotAFax("another compression than T.6")
        data = tiff[int(tags[273]) : int(tags[273]) + int(tags[279])]
        if tags.get(266, 1) == 2:
            data = _REVERSED[np.frombuffer(data, dtype=np.uint8)].tobytes()
        yield Scan(int(tags[256]), int(tags[257]), data, tags.get(282, DOTS), tags.get(283, LINES))
        (at,) = struct.unpack_from("<I", tiff, at + 2 + 12 * count)


def _entry(tiff: bytes, at: int) -> tuple[int, float]:
    """A tag and its value; 0 for what no page needs."""
    tag, kind, count, value = struct.unpack_from("<HHII", tiff, at)
    if kind == 5:
        above, below = struct.unpack_from("<II", tiff, value)
        return tag, above / below
    if count != 1 or kind not in _SIZES:
        return tag, 0
    return tag, struct.unpack_from(f"<{_SIZES[kind]}", tiff, at + 8)[0]


def pdf(pages: Sequence[Scan]) -> bytes:
    """A document with a page for each."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for page in pages:
        number = len(objects) + 1
        wide, high = page.width / page.dots * 72, page.height / page.lines * 72
        kids.append(f"{number} 0 R")
        drawn = f"q {wide:.2f} 0 0 {high:.2f} 0 0 cm /F Do Q".encode()
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide:.2f} {high:.2f}]/Contents {number + 1} 0 R"
            f"/Resources<</XObject<</F {number + 2} 0 R>>>>>>".encode(),
            b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
            f"<</Type/XObject/Subtype/Image/Width {page.width}/Height {page.height}/BitsPerComponent 1"
            f"/ColorSpace/DeviceGray/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns {page.width}"
            f"/Rows {page.height}>>/Length {len(page.data)}>>stream\n".encode()
            + page.data
            + b"\nendstream",
        ]
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
