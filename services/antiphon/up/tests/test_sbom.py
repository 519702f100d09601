"""The bill of materials says what is locked, and nothing is locked that nobody has allowed. Offline."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from antiphon.up import sbom

pytestmark = pytest.mark.domain
PARTS = sbom.components()


def test_every_locked_package_is_listed_once_with_the_hashes_of_the_lock() -> None:
    lock = (sbom.ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.MULTILINE))
    assert {(one.name, one.version) for one in PARTS if one.kind == "pypi"} == pinned
    assert len({one.purl for one in PARTS}) == len(PARTS)
    listed = {digest for one in PARTS for algorithm, digest in one.hashes if algorithm == "SHA-256"}
    assert listed == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    assert {one.name for one in PARTS if one.kind == "npm"} >= {"react", "jssip", "@babel/runtime"}


def test_nothing_is_locked_without_a_hash_or_under_a_licence_that_nobody_allowed() -> None:
    assert sbom.problems(PARTS) == []


def test_what_must_not_be_is_found() -> None:
    one = next(part for part in PARTS if part.name == "starlette")
    assert sbom.problems([replace(one, hashes=())]) == [f"{one.purl}: the lock has no hash"]
    for licence in ("AGPL-3.0-only", "unknown", "MIT AND GPL-2.0-only"):
        assert "not on the allow list" in sbom.problems([replace(one, licence=licence)])[0]
    assert sbom.problems([replace(one, licence="GPL-2.0-only OR MIT")]) == []


def test_the_document_is_cyclonedx_and_the_same_every_time() -> None:
    made = sbom.document(PARTS, "1.2.3")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["version"] == "1.2.3"
    for one in made["components"]:
        assert set(one) == {"type", "bom-ref", "name", "version", "purl", "hashes"}
        assert all(re.fullmatch(r"SHA-(256|512)", each["alg"]) for each in one["hashes"])
        assert all(re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{128}", each["content"]) for each in one["hashes"])
    assert json.dumps(made) == json.dumps(sbom.document(sbom.components(), "1.2.3"))
