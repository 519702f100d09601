"""Pages of a fax, and the order in which its sound is heard."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from antiphon.media.domain.fax import LATEST, InOrder, Result, Status
from antiphon.media.fax import pages, png, tiff

pytestmark = pytest.mark.domain


def heard(*numbers: int) -> list[int | None]:
    line: InOrder[int] = InOrder()
    return [packet for number in numbers for packet in line.push(number & 0xFFFF, number)]


def test_packets_are_heard_once_and_in_order() -> None:
    assert heard(1, 2, 3) == [1, 2, 3]
    assert heard(1, 3, 2, 4) == [1, 2, 3, 4]
    assert heard(1, 2, 2, 1, 3) == [1, 2, 3]
    assert heard(65534, 65535, 65536, 65537) == [65534, 65535, 65536, 65537]


def test_what_does_not_come_is_lost_and_its_time_is_kept() -> None:
    assert heard(1, *range(3, 3 + LATEST)) == [1, None, *range(3, 3 + LATEST)]
    assert heard(1, 2, 9000, 9001) == [1, 2, 9000, 9001]  # another stream


@given(st.permutations(range(1, LATEST)))
def test_any_disorder_of_a_few_is_put_right(order: list[int]) -> None:
    assert heard(0, *order, LATEST) == list(range(LATEST + 1))


def test_only_what_was_confirmed_to_the_last_page_is_delivered() -> None:
    assert Result(2, 0).of_sent(2) is Status.DELIVERED
    assert Result(1, 0).of_sent(2) is Status.FAILED
    assert Result(2, 0, "The call dropped").of_sent(2) is Status.FAILED
    assert Result(0, 2).of_received() is Status.RECEIVED
    assert Result(0, 1, "The call dropped").of_received() is Status.PARTIAL
    assert Result(0, 0).of_received() is None


def filtered(picture: png.Grey, kinds: list[int]) -> bytes:
    """A PNG whose rows have these filters."""
    rows, above = b"", np.zeros_like(picture[0], dtype=int)
    for kind, line in zip(kinds, picture.astype(int), strict=True):
        left, corner = np.roll(line, 1, axis=0), np.roll(above, 1, axis=0)
        left[0], corner[0] = 0, 0
        guess = left + above - corner
        far = [abs(guess - one) for one in (left, above, corner)]
        nearest = np.where((far[0] <= far[1]) & (far[0] <= far[2]), left, np.where(far[1] <= far[2], above, corner))
        rows += bytes([kind])
        rows += ((line - (0, left, above, (left + above) // 2, nearest)[kind]) & 0xFF).astype(np.uint8).tobytes()
        above = line
    head = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + bytes(4) for name, data in parts
    )


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.integers(1, 12), st.integers(0, 1000))
def test_every_filter_of_a_png_is_undone(kinds: list[int], width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (len(kinds), width, 4)).astype(np.uint8)
    light = picture[:, :, 0] * 0.299 + picture[:, :, 1] * 0.587 + picture[:, :, 2] * 0.114
    assert np.array_equal(png.grey(filtered(picture, kinds)), light.round().astype(np.uint8))


def test_a_pdf_is_drawn_as_wide_as_a_line(tmp_path: Path) -> None:
    text = "#set page(width: 40mm, height: 40mm)\n#set text(40pt)\nX"
    (tmp_path / "1.pdf").write_bytes(typst.compile(text.encode(), format="pdf"))
    (page,) = pages.draw(tmp_path / "1.pdf")
    assert page.shape == (2291, tiff.WIDTH)
    assert 1000 < np.count_nonzero(page) < page.size // 4
    assert list(tmp_path.glob("*.typ")) == []


def test_what_is_no_fax_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(ValueError, match="no PDF"):
        pages.draw(tmp_path / "x.pdf")
    for bad in (b"", b"II*\0", b"II*\0\x08\0\0\0", tiff.written([np.ones((8, 8), dtype=np.bool_)])):
        with pytest.raises(tiff.NotAFax):
            tiff.scans(bad)
