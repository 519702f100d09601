"""Clause coverage: which of the numbered requirements (`clauses.tsv`) are proved by a test that names them.

Tests carry `@pytest.mark.clause("A05")`; this reads the sources, so it needs no run.
"""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from antiphon.kit import show

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]


def run(*, as_json: bool) -> None:
    """Prints each clause with its tests, or the figures by area."""
    proofs = proved(REPOSITORY)
    if as_json:
        show.rows(
            [{"id": row["id"], "area": row["area"], "tests": proofs.get(row["id"], [])} for row in clauses()],
            as_json=True,
        )
        return
    areas: defaultdict[str, list[str]] = defaultdict(list)
    for row in clauses():
        areas[row["area"]].append(row["id"])
    table: list[dict[str, object]] = [
        {
            "area": area,
            "clauses": len(ids),
            "with a test": sum(clause in proofs for clause in ids),
            "which": " ".join(clause for clause in ids if clause in proofs),
        }
        for area, ids in areas.items()
    ]
    show.rows(table, as_json=False, title="Clauses")


def clauses() -> list[dict[str, str]]:
    """The requirements: id, area, rule, acceptance, source."""
    with (HERE / "clauses.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def proved(repository: Path) -> dict[str, list[str]]:
    """Clause → tests that carry it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for folder in ("services", "e2e"):
        for file in sorted((repository / folder).rglob("test_*.py")):
            for clause, test in _marks(ast.parse(file.read_text())):
                found[clause].append(f"{file.relative_to(repository)}::{test}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.clause":
                for argument in decorator.args:
                    if isinstance(argument, ast.Constant):
                        yield str(argument.value), getattr(node, "name", "")
