"""The language of conditions: reading it, its mistakes, and what holds."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.routing.domain.expressions import (
    DEEPEST,
    KEYWORDS,
    LONGEST,
    OPERATORS,
    All,
    Compare,
    Either,
    Expression,
    ExpressionError,
    ListOf,
    Literal,
    Name,
    Not,
    names,
    parse,
)
from antiphon.routing.domain.truth import holds
from antiphon.routing.domain.values import Value

pytestmark = pytest.mark.domain

FACTS: dict[str, Value] = {
    "channel": "voice",
    "caller": "+380671234567",
    "contact.language": "uk",
    "contact.tags": ("vip", "debtor", 7),
    "var.age": "18",
    "var.zero": 0,
    "var.rate": 1.5,
    "var.yes": True,
    "var.empty": "",
    "var.inf": float("inf"),
}


@pytest.mark.parametrize(
    "text",
    """
    channel == "voice"
    channel == 'voice'
    channel != "chat"
    contact.language in ["uk", "ru"]
    contact.tags contains "vip"
    contact.tags contains 7 and contact.tags contains "7"
    caller starts_with "+380"
    caller contains "67"
    "67" in caller
    var.age == 18 and var.age >= 18 and not var.age > 18
    var.age < 18.5 and var.age > -1
    var.rate == 1.5
    var.zero == "0"
    channel < "w"
    var.nothing == none
    not var.nothing
    var.yes == true
    var.yes
    not var.empty
    (channel == "voice" or channel == "chat") and var.age == 18
    channel == "chat" or channel == "voice" and var.yes
    not (channel == "chat")
    (channel == "voice") == true
    var.age in [17, 18]
    "a\\"b" == 'a"b'
    true
    """.strip().splitlines(),
)
def test_it_holds(text: str) -> None:
    assert holds(parse(text), FACTS)


@pytest.mark.parametrize(
    "text",
    """
    channel == "Voice"
    contact.language in []
    var.nothing < 1
    var.nothing starts_with ""
    var.age == "18.0"
    var.yes == 1
    var.yes == "true"
    var.inf > 1
    channel < 5
    caller in 5
    var.empty
    var.zero
    contact.tags contains "VIP"
    contact.tags == "vip"
    none
    []
    """.strip().splitlines(),
)
def test_it_does_not_hold(text: str) -> None:
    assert not holds(parse(text), FACTS)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "expected a value, found the end", 0),
        ("channel ==", "expected a value, found the end", 10),
        ("channel = 1", "unexpected '='", 8),
        ('channel == "voice', "the text is not closed", 11),
        ("channel voice", "expected and, or, or the end, found voice", 8),
        ("a == b == c", "expected and, or, or the end, found ==", 7),
        ("(a", "expected ')', found the end", 2),
        ("a in [1 2]", "expected ',', found 2", 8),
        ("a in [b]", "expected a text or a number, found b", 6),
        ("and", "expected a value, found and", 0),
        ("__import__('os')", "expected and, or, or the end, found (", 10),
        ("a.b()", "expected and, or, or the end, found (", 3),
        ("1 + 1", "unexpected '+'", 2),
        ("(" * (DEEPEST + 1) + "a", f"more than {DEEPEST} levels", DEEPEST + 1),
        ("not " * 400 + "a", f"more than {DEEPEST} levels", 4 * DEEPEST + 4),
        ("a" * (LONGEST + 1), f"an expression has at most {LONGEST} characters", LONGEST),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str, position: int) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)

    assert (error.value.message, error.value.position) == (message, position)


def test_and_binds_closer_than_or() -> None:
    assert parse("a or b and c") == Either((Name("a"), All((Name("b"), Name("c")))))


def test_depth_counts_levels_not_length() -> None:
    assert holds(parse(" and ".join(["not a", "(b == none)"] * (DEEPEST + 1))), {})


def test_it_names_what_it_asks_for() -> None:
    assert list(names(parse("not a.b and (c in [1] or 'x' == d)"))) == ["a.b", "c", "d"]


def written(expression: Expression) -> str:
    """The expression as text, with every bracket that could matter."""
    match expression:
        case Name(path):
            return path
        case Literal(value):
            return constant(value)
        case ListOf(items):
            return f"[{', '.join(map(constant, items))}]"
        case Compare(operator, left, right):
            return f"{bracketed(left)} {operator} {bracketed(right)}"
        case Not(inner):
            return f"not {bracketed(inner)}"
        case All(parts):
            return " and ".join(map(bracketed, parts))
        case Either(parts):
            return " or ".join(map(bracketed, parts))


def bracketed(expression: Expression) -> str:
    return f"({written(expression)})" if isinstance(expression, All | Either | Not | Compare) else written(expression)


def constant(value: str | Decimal | bool | None) -> str:
    match value:
        case str():
            return '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'
        case Decimal():
            return f"{value:f}"
        case _:
            return {True: "true", False: "false", None: "none"}[value]


CONSTANTS = st.none() | st.booleans() | st.text(max_size=8) | st.decimals(-(10**6), 10**6, places=2)
NAMES = st.sampled_from([*FACTS, "var.nothing"]) | st.from_regex(r"[a-z]{1,4}(\.[a-z]{1,4})?", fullmatch=True).filter(
    lambda name: name not in KEYWORDS
)
LEAVES: st.SearchStrategy[Expression] = (
    st.builds(Literal, CONSTANTS)
    | st.builds(Name, NAMES)
    | st.builds(ListOf, st.lists(CONSTANTS, max_size=3).map(tuple))
)
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Compare, st.sampled_from(OPERATORS), inner, inner),
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
SCRAPS = st.lists(
    st.sampled_from([*KEYWORDS, "(", ")", "[", "]", ",", "var.age", "'x'", '"', "\\", "18", "-1.5", "{{", "ї"])
    | st.text(max_size=3)
).map(" ".join)
VALUES: st.SearchStrategy[Value] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.text(max_size=3)).map(tuple)
)


@given(TREES)
def test_what_is_written_is_read_back(tree: Expression) -> None:
    assert parse(written(tree)) == tree


@given(TREES, st.dictionaries(st.sampled_from(list(FACTS)), VALUES))
def test_asking_never_fails(tree: Expression, facts: dict[str, Value]) -> None:
    assert holds(tree, facts) in (True, False)
    assert holds(Not(tree), facts) is not holds(tree, facts)


@given(SCRAPS | st.text())
def test_any_text_is_an_expression_or_the_one_error(text: str) -> None:
    position = 0
    try:
        holds(parse(text), FACTS)
    except ExpressionError as error:
        position = error.position
    assert 0 <= position <= len(text)
