"""The report: one file that asks for nothing, well-formed, with the figures in it."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from antiphon.sim.comparison import comparison_page
from antiphon.sim.loading import load
from antiphon.sim.page import study_page
from antiphon.sim.scenario import HOUR
from antiphon.sim.study import compare, replicate

pytestmark = pytest.mark.domain

SHORT = replace(load("overload"), lasts_ms=2 * HOUR)
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Balance(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(page: str) -> None:
    balance = Balance()
    balance.feed(page)
    assert not balance.open
    assert not balance.seen & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"https?:|url\(|@import|src=", page)
    assert "nan" not in page.lower().replace("finance", "")


def test_a_report_is_one_well_formed_file_that_asks_for_nothing() -> None:
    page = study_page(replicate(SHORT, 2))
    check(page)
    assert page.count("<svg") == 5
    assert "Faults" in page
    assert "answers" in page.partition("<section>")[0]
    assert study_page(replicate(SHORT, 2)) == page


def test_a_single_day_has_figures_without_margins() -> None:
    check(study_page(replicate(SHORT, 1)))


def test_a_comparison_has_a_panel_for_each_measure() -> None:
    page = comparison_page(compare(SHORT, ["longest_idle", "round_robin"], 2))
    check(page)
    assert page.count("<svg") == 8
    assert "Round robin" in page


def test_names_are_text_not_markup() -> None:
    page = study_page(replicate(replace(SHORT, name="<b>a & b</b>", about="<script>"), 1))
    check(page)
    assert "&lt;b&gt;a &amp; b&lt;/b&gt;" in page
