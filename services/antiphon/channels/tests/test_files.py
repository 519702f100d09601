"""Files by their bytes, names, limits of pace and of text, secrets."""

from __future__ import annotations

import itertools
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain.channel import origin_allowed
from antiphon.channels.domain.files import safe_name, sniff
from antiphon.channels.domain.pace import MAX_ATTEMPTS, Bucket, backoff, gives_up
from antiphon.channels.domain.texts import split, units
from antiphon.channels.http import disposition
from antiphon.channels.kinds import KINDS
from antiphon.channels.vault import Vault, proves_identity
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xfe\x00\x03c\xff\xc2\x00\x11\x08" + struct.pack(">HH", 6, 9) + b"\x00" * 9


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (PNG, "a.txt", ("image/png", 640, 480)),
        (JPEG, "a.jpg", ("image/jpeg", 9, 6)),
        (b"GIF89a" + struct.pack("<HH", 3, 4), "a", ("image/gif", 3, 4)),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X" + b"\x00" * 8 + b"\x01\x00\x00\x02\x00\x00", "a.webp", ("image/webp", 2, 3)),
        (b"%PDF-1.7", "a", ("application/pdf", 0, 0)),
        (b"PK\x03\x04", "a.zip", ("application/zip", 0, 0)),
        (b"OggS", "voice", ("audio/ogg", 0, 0)),
        (b"\x00\x00\x00\x18ftypmp42", "film.mp4", ("video/mp4", 0, 0)),
        ("рахунок; 5 < 7".encode(), "a.csv", ("text/csv", 0, 0)),
        (b"\x89PNG\r\n\x1a\n", "cut.png", ("image/png", 0, 0)),
    ],
)
def test_the_type_is_found_in_the_bytes(data: bytes, name: str, expected: tuple[str, int, int]) -> None:
    found = sniff(data, name)
    assert (found.media_type, found.width, found.height) == expected


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90", "photo.png"), (b"\x7fELF", "a"), (b"#!/bin/sh", "a.txt"), (b"<svg/>", "a"), (PNG, "a.svg"),
        (b"  <!DOCTYPE html>", "a.txt"), (b"hello", "a.bat"), (b"\x00\x01\x02", "a.bin"), (b"<?php 1", "a"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "installer.msi"), (b"PK\x03\x04", "a.jar"), (b"<script>", "a.csv"),
    ],
)  # fmt: skip
def test_what_can_run_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(DomainError, match="TYPE_REFUSED"):
        sniff(data, name)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_sniffing_refuses_or_answers(data: bytes, name: str) -> None:
    try:
        found = sniff(data, name)
    except DomainError:
        return
    assert "/" in found.media_type


@given(st.text(max_size=300))
def test_names_are_harmless(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= 120
    assert not set(safe) & set('/\\<>:"|?*\n\r\x00')
    header = disposition(safe, False)
    header.encode("latin-1")
    assert "\n" not in header


def test_names_keep_what_people_wrote() -> None:
    assert safe_name("../../etc/звіт 2026.pdf") == "звіт 2026.pdf"
    assert safe_name("C:\\Users\\x\\photo", "image/jpeg") == "photo.jpg"
    assert safe_name("..") == "file"
    assert safe_name("a" * 300 + ".docx").endswith("a.docx")


@given(st.text(max_size=300), st.integers(4, 40))
def test_split_loses_nothing(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(units(part) <= limit for part in parts)


def test_split_prefers_lines_and_words() -> None:
    assert split("one two three", 8) == ["one two ", "three"]
    assert split("", 10) == [""]
    assert split("😀" * 5, 4) == ["😀😀", "😀😀", "😀"]


@given(st.lists(st.floats(0, 2), min_size=1, max_size=60))
def test_a_bucket_never_lets_more_through_than_its_rate(gaps: list[float]) -> None:
    bucket, now, passed = Bucket(rate=1.0, burst=1.0), 0.0, []
    for gap in gaps:
        now += gap
        if bucket.take(now):
            passed.append(now)
    assert all(later - sooner >= 1 - 1e-6 for sooner, later in itertools.pairwise(passed))


def test_a_bucket_waits_as_long_as_it_was_told() -> None:
    bucket = Bucket(rate=1.0, burst=1.0)
    bucket.pause(10.0, 5.0)
    assert bucket.wait(10.0) == pytest.approx(5.0)
    assert not bucket.take(14.9)
    assert bucket.take(15.1)


def test_backing_off_ends() -> None:
    pauses = [backoff(attempt).total_seconds() for attempt in range(1, MAX_ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 1
    assert pauses[-1] <= 120
    assert not gives_up(MAX_ATTEMPTS - 1)
    assert gives_up(MAX_ATTEMPTS)


def test_secrets_open_only_with_the_key_and_for_what_they_were_sealed() -> None:
    vault = Vault("k1")
    sealed = vault.seal("123:token", "ch_1:token")
    assert b"token" not in sealed
    assert vault.open(sealed, "ch_1:token") == "123:token"
    assert vault.open(sealed, "ch_2:token") == ""
    assert Vault("k2").open(sealed, "ch_1:token") == ""
    ticket = vault.ticket("file:a", NOW, timedelta(minutes=5))
    assert vault.admits(ticket, "file:a", NOW)
    assert not vault.admits(ticket, "file:b", NOW)
    assert not vault.admits(ticket, "file:a", NOW + timedelta(minutes=6))
    for bad in ("", "x", "9999999999.", ".", "٣.x"):
        assert not vault.admits(bad, "file:a", NOW)
    assert not proves_identity("", "u", "x")


def test_settings_say_what_is_wrong() -> None:
    good = KINDS["webchat"].check_settings({"origins": ["https://Shop.example/"], "title": "T"}, any_origin=False)
    assert good["origins"] == ["https://shop.example"]
    for kind, bad in (
        ("webchat", {"origins": ["*"]}), ("webchat", {"origins": ["shop.example"]}), ("webchat", {"colour": "red"}),
        ("webchat", {"titel": "x"}), ("telegram", {"mode": "magic"}), ("webchat", {"title": "x" * 81}),
    ):  # fmt: skip
        with pytest.raises(DomainError, match="INVALID"):
            KINDS[kind].check_settings(bad, any_origin=False)
    assert KINDS["webchat"].check_settings({"origins": ["*"]}, any_origin=True)
    assert origin_allowed(["https://shop.example"], "https://shop.example")
    assert not origin_allowed(["https://shop.example"], "https://shop.example.evil.com")
    assert not origin_allowed(["https://shop.example"], "")
    assert not origin_allowed(None, "https://shop.example")
