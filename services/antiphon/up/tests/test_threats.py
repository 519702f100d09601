"""The threat model names only proofs that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.domain
ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs/security/threat-model.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:[\w/]*/)?test_\w+\.py)(?:::(\w+)…?)?`", TEXT)))


def found(name: str) -> list[Path]:
    folder = ROOT if name.startswith(("e2e/", "charts/")) else ROOT / "services/antiphon"
    return [folder / name] if "/" in name else sorted(folder.rglob(name))


@pytest.mark.parametrize(("name", "test"), NAMED)
def test_every_proof_exists(name: str, test: str) -> None:
    files = [file for file in found(name) if file.is_file()]
    assert files, "no such file of tests"
    assert not test or any(f"def {test}" in file.read_text() for file in files), "no such test"


def test_every_boundary_has_proofs() -> None:
    assert len(NAMED) > 25
    for part in TEXT.split("\n## ")[1:-1]:
        assert re.search(r"test_\w+|e2e/|/tests", part), part[:40]
