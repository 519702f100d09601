"""The lead catcher's rules: what a form may look like, what a visitor may send, what codes are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain import leads
from antiphon.channels.domain.leads import Catcher, Lead, Theme
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

DARK = Theme("#101820", "#ffffff", "#ffcc00", 16, "serif")
FORM = Catcher("ch_1", theme=DARK, messengers=("ch_2",), region="UA")


@pytest.mark.clause("F13")
def test_a_theme_and_messengers_are_what_the_basic_plan_has_not() -> None:
    assert leads.checked(FORM).options() == ("theme", "messenger_ids")
    assert replace(FORM, theme=None).options() == ("messenger_ids",)
    assert replace(FORM, theme=None, messengers=()).options() == ()


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(FORM, theme=replace(DARK, text="#30353a")), "catcher.theme.text"),
        (replace(FORM, theme=replace(DARK, accent="red;}")), "catcher.theme.accent"),
        (replace(FORM, theme=replace(DARK, radius=33)), "catcher.theme.radius"),
        (replace(FORM, theme=replace(DARK, font="Comic Sans")), "catcher.theme.font"),
        (replace(FORM, title={"de": "Hallo"}), "catcher.title"),
        (replace(FORM, consent={"en": "x" * 601}), "catcher.consent"),
        (replace(FORM, consent={"en": "a bell \x07"}), "catcher.consent"),
        (replace(FORM, privacy_url="javascript:alert(1)"), "catcher.privacy_url"),
        (replace(FORM, region="Ukraine"), "catcher.region"),
        (replace(FORM, messengers=("ch_2", "ch_2")), "catcher.messenger_ids"),
    ],
)
def test_what_cannot_be_read_or_run_is_refused_by_its_field(wish: Catcher, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        leads.checked(wish)
    assert refused.value.facts["field"] == field


def test_contrast_is_wcags() -> None:
    assert leads.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert leads.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_numbers_are_known_with_and_without_a_country() -> None:
    assert leads.phone_of("067 123 45 67", "UA") == leads.phone_of("+380 (67) 123-45-67", "") == "+380671234567"
    for wrong in ("", "12", "067 123 45 67 89 10 11", "call me"):
        with pytest.raises(DomainError):
            leads.phone_of(wrong, "UA")
    with pytest.raises(DomainError):
        leads.phone_of("067 123 45 67", "")


@given(st.binary(min_size=10, max_size=10), st.sampled_from(["/start {}", "{}", "код: {}.", "{} please"]))
def test_a_code_is_found_however_it_is_written(random: bytes, words: str) -> None:
    code = leads.new_code(random)
    assert leads.code_of(words.format(f"lead-{code}".lower())) == code
    assert leads.code_of(words.format(code)) == leads.code_of("leading") == leads.code_of("") == ""


def test_a_lead_reads_well_in_each_language() -> None:
    lead = Lead("ld_1", "Леся", "+380671234567", "Після 18")
    assert leads.message_text(lead, "uk") == "Заявка з сайту\nІм’я: Леся\nТелефон: +380671234567\nПісля 18"
    assert leads.message_text(replace(lead, name="", text=""), "xx") == "Request from the site\nPhone: +380671234567"
    told = leads.post_text(leads.message_text(lead, "uk"), "Shop", "https://shop.example/a", "ru")
    assert told.split("\n")[0] == "Новая заявка: Shop"
    assert told.endswith("Страница: https://shop.example/a")
