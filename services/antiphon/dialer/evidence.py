"""The evidence of a campaign's day: every decision and every attempt with its reason, in a file that cannot be changed.

JSON lines. First the head (whose, which day, which packs with their sources), then decisions and attempts as they
happened, then the sum. Each line carries the hash of itself and of the line before it, so a change names its line; the
last line is an Ed25519 signature over that chain, so nobody without the key can make another chain. The file holds
numbers of people: keep it like them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMAT = "antiphon-dialer-evidence/1"
HEAD, DECISION, ATTEMPT, SUM, SIGNATURE = "head", "decision", "attempt", "sum", "signature"
_ALGORITHM = "Ed25519"
_SIGNATURE_KEYS = {"kind", "algorithm", "key", "signature"}
Line = Mapping[str, Any]


@dataclass(slots=True)
class Report:
    """What verification found. `faults` is empty when everything is right."""

    head: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    key: str = ""
    """The public key that signed, base64."""
    faults: list[str] = field(default_factory=list)


def seal(head: Line, lines: Iterable[Line], key: Ed25519PrivateKey) -> Iterator[bytes]:
    """The lines of a file. `lines` have `kind` decision or attempt and are JSON-able."""
    chain = ""
    counted: Counter[str] = Counter()

    def chained(line: Line) -> bytes:
        nonlocal chain
        chain = _link(chain, line)
        return _encode({**line, "chain": chain})

    yield chained({**head, "kind": HEAD, "format": FORMAT})
    for line in lines:
        counted.update(_counts(line))
        yield chained(line)
    yield chained({"kind": SUM, **counted})
    signature = key.sign(chain.encode())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    yield _encode({"kind": SIGNATURE, "algorithm": _ALGORITHM, "key": _text(public), "signature": _text(signature)})


def verify(data: bytes, trusted: str = "") -> Report:
    """Checks a file. `trusted`: the public key (base64) that must have signed; without it the report only names the
    key, and whoever reads it must know it."""
    report = Report()
    lines = data.split(b"\n")  # not splitlines(), to which other bytes are line ends too
    if len(lines) < 4 or lines.pop():
        report.faults.append("the file is not whole: head, sum and signature are needed, each line with its end")
        return report
    chain = _check_chain(lines[:-1], report)
    _check_signature(lines[-1], chain, trusted, report)
    return report


def _check_chain(lines: list[bytes], report: Report) -> str:
    chain, counted = "", Counter[str]()
    for number, raw in enumerate(lines, 1):
        line = _decode(raw)
        if line is None:
            report.faults.append(f"line {number}: not a JSON object")
            return chain
        told = line.pop("chain", "")
        chain = _link(chain, line)
        if told != chain:
            report.faults.append(f"line {number}: changed, or a line before it was added or taken out")
            chain = str(told)
        kind = line.get("kind")
        if (kind == HEAD) != (number == 1) or (kind == SUM) != (number == len(lines)):
            report.faults.append(f"line {number}: {kind} is out of place")
        if number == 1:
            report.head = line
            if line.get("format") != FORMAT:
                report.faults.append(f"line 1: the format is not {FORMAT}")
        elif kind == SUM:
            report.sums = {name: value for name, value in line.items() if name != "kind"}
        elif kind in (DECISION, ATTEMPT):
            counted.update(_counts(line))
    if report.sums != dict(counted):
        report.faults.append("the sum is not the sum of the lines")
    return chain


def _check_signature(raw: bytes, chain: str, trusted: str, report: Report) -> None:
    line = _decode(raw)
    if line is None or line.keys() != _SIGNATURE_KEYS or (line["kind"], line["algorithm"]) != (SIGNATURE, _ALGORITHM):
        report.faults.append("the signature is missing")
        return
    report.key = str(line.get("key", ""))
    if trusted and report.key != trusted:
        report.faults.append("signed by another key than the trusted one")
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(report.key))
        public.verify(_bytes(str(line.get("signature", ""))), chain.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        report.faults.append("the signature does not fit")


def _counts(line: Line) -> list[str]:
    """What a line adds to the sum."""
    if line["kind"] == DECISION:
        return ["decisions"]
    result = str(line.get("result", ""))
    return ["attempts", f"reason:{line['reason']}", *([f"result:{result}"] if result else [])]


def _link(chain: str, line: Line) -> str:
    return hashlib.sha256(chain.encode() + _encode(line)).hexdigest()


def _encode(line: Line) -> bytes:
    return json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _decode(raw: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or "kind" not in line or not _whole(line):
        return None
    return line if _encode(line) == raw + b"\n" else None  # written in the one way in which we write


def _whole(line: dict[str, Any]) -> bool:
    return line["kind"] in (HEAD, DECISION, SUM, SIGNATURE) or (line["kind"] == ATTEMPT and "reason" in line)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    """Raises ValueError also for a text that only means the same: the last letter has bits that count for nothing."""
    raw = base64.b64decode(text, validate=True)
    if _text(raw) != text:
        raise ValueError("not written in the one way")
    return raw
