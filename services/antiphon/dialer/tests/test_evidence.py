"""Evidence: whole and signed, or the fault is named."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiphon.dialer.cli import app
from antiphon.dialer.evidence import seal, verify

pytestmark = pytest.mark.domain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
LINES: list[dict[str, object]] = [
    {"kind": "decision", "at": "2026-06-10T09:00:00Z", "count": 2, "why": "2 agents free"},
    {
        "kind": "attempt",
        "at": "2026-06-10T09:00:01Z",
        "number": "+79261234567",
        "reason": "allowed",
        "result": "success",
    },
    {"kind": "attempt", "at": "2026-06-10T09:00:01Z", "number": "+79261234568", "reason": "outside_hours"},
]
GOOD = b"".join(seal({"tenant": "tn_1", "campaign": "cm_1", "day": "2026-06-10"}, LINES, KEY))


def test_a_good_file_is_good_and_says_what_is_in_it() -> None:
    report = verify(GOOD, PUBLIC)
    assert report.faults == []
    assert report.head["campaign"] == "cm_1"
    assert report.sums == {
        "decisions": 1, "attempts": 2, "reason:allowed": 1, "reason:outside_hours": 1, "result:success": 1,
    }  # fmt: skip


@pytest.mark.parametrize("change", [1, 2, 4, 7, 8, 16, 32, 42, 64, 128])  # 7 makes a line end of another kind
def test_no_byte_can_be_changed(change: int) -> None:
    for at, byte in enumerate(GOOD):
        assert verify(GOOD[:at] + bytes([byte ^ change]) + GOOD[at + 1 :], PUBLIC).faults, at


@given(st.lists(st.integers(0, 5), max_size=8))
def test_no_line_can_be_taken_out_added_or_moved(order: list[int]) -> None:
    lines = GOOD.splitlines(keepends=True)
    if order != list(range(len(lines))):
        assert verify(b"".join(lines[at] for at in order), PUBLIC).faults


def test_a_change_names_its_line_and_a_new_chain_needs_the_key() -> None:
    assert verify(GOOD.replace(b"outside_hours", b"no_consent...")).faults[0].startswith("line 4")
    forged = b"".join(seal({"tenant": "tn_1"}, LINES[:2], Ed25519PrivateKey.generate()))
    assert verify(forged).faults == []
    assert verify(forged, PUBLIC).faults == ["signed by another key than the trusted one"]


@given(st.binary(max_size=200))
def test_rubbish_is_a_fault_and_nothing_else(data: bytes) -> None:
    assert verify(data).faults


def test_the_command_says_it_and_its_exit_code_too(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_bytes(GOOD)
    good = CliRunner().invoke(app, ["evidence", "verify", str(file), "--key", PUBLIC, "--json"])
    assert (good.exit_code, json.loads(good.stdout)["ok"]) == (0, True)
    file.write_bytes(GOOD[:-40])
    bad = CliRunner().invoke(app, ["evidence", "verify", str(file)])
    assert bad.exit_code == 1
    assert "NOT good" in bad.stdout
