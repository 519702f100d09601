"""Merges of cards: whatever is merged and taken apart, in whatever order, gives back what there was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.directory.domain import fields, likeness, merges
from antiphon.directory.domain.fields import Kind
from antiphon.directory.domain.likeness import Likeness
from antiphon.directory.domain.reasons import Reason
from antiphon.kit.errors import Common, DomainError

pytestmark = pytest.mark.domain
CARDS = "abcdef"
STEPS = st.lists(st.tuples(st.sampled_from(CARDS), st.sampled_from(CARDS + "-")), max_size=25)


def apply(above: dict[str, str], step: tuple[str, str]) -> dict[str, str]:
    """A step (card, into) merges, (card, "-") takes apart; a refused one changes nothing."""
    card, into = step
    try:
        return merges.parted(above, card) if into == "-" else merges.merged(above, card, into)
    except DomainError:
        return above


@given(STEPS)
def test_every_card_is_always_in_exactly_one_customer(steps: list[tuple[str, str]]) -> None:
    above = dict.fromkeys(CARDS, "")
    for step in steps:
        above = apply(above, step)
        tops = {card for card in CARDS if not above[card]}
        families = [merges.family(above, top) for top in tops]
        assert sorted(card for family in families for card in family) == sorted(CARDS)
        assert all(merges.root(above, card) == top for top in tops for card in merges.family(above, top))


@given(STEPS, st.sampled_from(CARDS), st.sampled_from(CARDS))
def test_taking_a_merge_back_gives_back_what_there_was(steps: list[tuple[str, str]], card: str, into: str) -> None:
    above = dict.fromkeys(CARDS, "")
    for step in steps:
        above = apply(above, step)
    try:
        after = merges.merged(above, card, into)
    except DomainError:
        return
    if after != above:
        assert merges.parted(after, card) == above
        assert merges.merged(after, card, into) == after, "a repeat changes nothing"


@given(STEPS)
def test_taking_everything_apart_leaves_every_card_alone(steps: list[tuple[str, str]]) -> None:
    above = dict.fromkeys(CARDS, "")
    for step in steps:
        above = apply(above, step)
    for card in CARDS:
        above = merges.parted(above, card)
    assert above == dict.fromkeys(CARDS, "")


@given(STEPS, STEPS)
def test_what_is_merged_below_goes_with_its_card(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    above = dict.fromkeys(CARDS, "")
    for step in [*first, *second]:
        before, above = above, apply(above, step)
        if step[1] == "-":
            assert merges.family(above, step[0]) == merges.family(before, step[0])


def test_a_merge_with_itself_with_its_part_or_twice_elsewhere_is_refused() -> None:
    above = merges.merged(dict.fromkeys(CARDS, ""), "b", "a")
    for card, into, reason in (("a", "a", Common.INVALID), ("a", "b", Common.INVALID), ("b", "c", Reason.MERGED)):
        with pytest.raises(DomainError) as refused:
            merges.merged(above, card, into)
        assert refused.value.reason is reason
    many = dict.fromkeys((str(number) for number in range(merges.FAMILY + 1)), "")
    for number in range(1, merges.FAMILY):
        many = merges.merged(many, str(number), "0")
    with pytest.raises(DomainError) as refused:
        merges.merged(many, str(merges.FAMILY), "0")
    assert refused.value.reason is Reason.FULL


def test_cards_are_alike_by_what_they_share() -> None:
    one = likeness.marks("Olha Bondar", "Firma", ["067 123 45 67"], ["O@B.co"], [("webchat", "v1"), ("telegram", "47")])
    other = likeness.marks("olha  bondar", "FIRMA", [], [], [("whatsapp", "380671234567"), ("telegram", "47")])
    shared = set(one) & set(other)
    assert {likeness.explained(mark) for mark in shared} == {
        (Likeness.PHONE, "…671234567"), (Likeness.ACCOUNT, "telegram:47"), (Likeness.NAME, "olha bondar, firma"),
    }  # fmt: skip
    assert likeness.sureness(["n:x|y"]) == 30 < likeness.sureness(["p:1"]) == 80 < likeness.sureness(shared) == 99
    assert likeness.phone_mark("101") == "", "an extension tells nobody apart"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Kind.TEXT, "anything", None),
        (Kind.NUMBER, "-12.50", "12,5"),
        (Kind.DATE, "2026-02-28", "2026-02-30"),
        (Kind.CHOICE, "gold", "tin"),
        (Kind.YES_NO, "yes", "true"),
        (Kind.LINK, "https://example.org/a?b", "javascript:alert(1)"),
    ],
)
def test_a_value_fits_its_field_or_is_refused(kind: Kind, good: str, bad: str | None) -> None:
    it = fields.field("plan", "Plan", kind, ["gold", "silver"] if kind is Kind.CHOICE else [])
    fields.check([it], {"plan": good, "free": "whatever"})
    fields.check([it], {"plan": ""})
    if bad is not None:
        with pytest.raises(DomainError) as refused:
            fields.check([it], {"plan": bad})
        assert refused.value.facts["field"] == "attributes.plan"


def test_fields_have_one_key_each_and_choices_where_they_choose() -> None:
    one = fields.field("plan", "Plan", Kind.TEXT, [])
    with pytest.raises(DomainError):
        fields.all_fields([one, one])
    for key, kind, choices in (("Plan", 1, []), ("p", 9, []), ("p", 4, []), ("p", 1, ["a"])):
        with pytest.raises(DomainError):
            fields.field(key, "Plan", kind, choices)
