"""The outline of the graph, as the keyboard editor shows it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from antiphon.routing.domain.outline import Row, outline
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.tests.examples import OFFICE_SCHEME, close, say, scheme
from antiphon.routing.tests.test_interpreter_never_fails import schemes

pytestmark = pytest.mark.domain


def drawn(graph: Scheme) -> list[str]:
    return [line(row) for row in outline(graph)]


def line(row: Row) -> str:
    label = " ".join(filter(None, [row.way, row.detail]))
    marks = " ^" * row.again + " ?" * row.stray
    return "  " * row.depth + (f"{label}: " if label else "") + (row.node_id or row.kind) + marks


def test_the_office_reads_from_top_to_bottom() -> None:
    assert drawn(OFFICE_SCHEME) == [
        "incoming",
        "  hours",
        "    open: menu",
        "      option 1: sales",
        "        timeout 60: busy",
        "      option 2: support",
        "        timeout 90: sales ^",
        "      no_input 5: sales ^",
        "    closed: later",
        "    holiday: feast",
    ]


def test_strays_stand_at_the_edge_with_what_only_they_reach() -> None:
    graph = scheme(say("a", None), close("end"), say("fax", "end"), say("x", "y"), say("y", "x"))

    assert drawn(graph) == ["incoming", "  a", "fax ?", "  next: end ?", "x ?", "  next: y ?", "    next: x ^ ?"]


def test_an_unfinished_scheme_has_an_outline() -> None:
    assert drawn(Scheme(id="m", name="m")) == ["incoming"]
    assert drawn(replace(scheme(say("a", "ghost")), start="ghost")) == ["incoming", "a ?"]


@settings(max_examples=50)
@given(schemes)
def test_every_step_has_exactly_one_row_of_its_own(graph: Scheme) -> None:
    own = [row.node_id for row in outline(graph) if not row.again and row.node_id]

    assert sorted(own) == sorted(node.id for node in graph.nodes)
