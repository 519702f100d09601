"""Names in texts, and the walls between a customer's words and the place they are put into."""

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.routing.domain.templates import for_header, for_json, for_url, mistake, names, render
from antiphon.routing.domain.values import Value

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Hello {{contact.name}}!", "Hello Olena!"),
        ("Hello {{ contact.name }}!", "Hello Olena!"),
        ("Hello {{contact.nick}}!", "Hello !"),
        ("{{var.n}}, {{var.half}}, {{var.whole}}, {{var.yes}}", "3, 1.5, 2, true"),
        ("{{var.tags}}", "a, b"),
        ("{{var.sly}}", "{{contact.name}}"),
        ("{contact.name} {{}} {{1+1}} {{a b}}", "{contact.name} {{}} {{1+1}} {{a b}}"),
    ],
)
def test_names_are_filled_in_once(template: str, words: str) -> None:
    known: dict[str, Value] = {
        "contact.name": "Olena",
        "var.n": 3,
        "var.half": 1.5,
        "var.whole": 2.0,
        "var.yes": True,
        "var.tags": ("a", "b"),
        "var.sly": "{{contact.name}}",
    }
    assert render(template, known) == words


@pytest.mark.parametrize(
    ("template", "position"),
    [("Hello {{contact.name", 6), ("{{a}} {{}}", 6), ('{"a": {"b": "{{c}}"}}', None), ("{{a.b}}{{c}}", None)],
)
def test_broken_brackets_are_found(template: str, position: int | None) -> None:
    assert mistake(template) == position


def test_it_names_what_it_asks_for() -> None:
    assert list(names("{{a.b}} {{c}}")) == ["a.b", "c"]


@given(st.text())
def test_a_customers_words_cannot_leave_their_place(words: str) -> None:
    known = {"var.x": words}

    assert json.loads(render('{"x": "{{var.x}}"}', known, for_json)) == {"x": words}
    address = urlsplit(render("https://h.example/{{var.x}}?q={{var.x}}", known, for_url))
    assert (address.netloc, address.path.count("/"), address.query.count("=")) == ("h.example", 1, 1)
    assert all(" " <= c <= "~" for c in render("{{var.x}}", known, for_header))


@given(st.text("{}ab. "))
def test_any_text_is_a_template(text: str) -> None:
    render(text, {})
    mistake(text)
