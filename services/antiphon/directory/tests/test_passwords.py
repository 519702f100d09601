"""The password policy: one failing sample a rule, the rule named, and passwords of a generator pass."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.directory.app.passwords import common_passwords
from antiphon.directory.domain import passwords
from antiphon.directory.domain.credentials import Credentials, remembered
from antiphon.directory.domain.passwords import About, weakness
from antiphon.directory.domain.reasons import Reason

pytestmark = pytest.mark.domain
COMMON = common_passwords()
ABOUT = About("olena.bondar@example.com", "Olena Bondarenko", "2041", ("+380679876543",))


@pytest.mark.clause("L02")
@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Short-pw-12", "too_short"),
        ("Aa1-" * 33, "too_long"),
        ("no-capitals-11", "mixed_case"),
        ("NO-SMALL-LETTERS-1", "mixed_case"),
        ("No-digits-at-all", "digit"),
        ("NoSymbolAtAll77", "symbol"),
        ("My-Olena.Bondar-1", "derived"),
        ("Xy-bondarenko-77!", "derived"),
        ("Xy-OKNERADNOB-77!", "derived"),
        ("Xy-B0nd@r3nk0-77!", "derived"),
        ("Green-River-2041!", "derived"),
        ("Call-067-9876543-Me", "derived"),
        ("Password12345!", "common"),
        ("P@ssw0rd!2026", "common"),
        ("Qwerty12345678!", "common"),
        ("--1q2w3e4r5T--", "common"),
        ("Welcome-Welcome-1", "common"),
        ("Пароль-2026!!", "common"),
    ],
)
def test_each_rule_refuses_its_sample(password: str, rule: str) -> None:
    assert weakness(password, ABOUT, COMMON) == rule
    assert passwords.refuse(rule).reason is Reason.WEAK_PASSWORD
    assert passwords.refuse(rule).facts == {"rule": rule}


@pytest.mark.parametrize(
    ("extension", "password", "good"),
    [("42", "Green-River-4242", False), ("42", "Green-River-4217", True), ("101", "Green-River-91017", False)],
)
def test_a_short_extension_is_refused_only_as_all_the_digits(extension: str, password: str, good: bool) -> None:
    assert (weakness(password, About(extension=extension), COMMON) == "") is good


@pytest.mark.parametrize(
    "password", ["Correct-Horse-7-Lamp", "Тихий-Дон-1928-книга", "xK9#mP2$vL7@qR", "a B 1 long phrase"]
)
def test_good_ones_pass(password: str) -> None:
    assert weakness(password, ABOUT, COMMON) == ""


@pytest.mark.clause("L02")
def test_generated_passwords_pass() -> None:
    chance = random.Random(2)
    kinds = [string.ascii_uppercase, string.ascii_lowercase, string.digits, "!#%&*+-/=?^_~"]
    for _ in range(500):
        signs = [chance.choice(kind) for kind in kinds] + chance.choices("".join(kinds), k=12)
        chance.shuffle(signs)
        assert weakness("".join(signs), ABOUT, COMMON) == ""


@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=40))
def test_any_text_gets_an_answer(password: str, email: str, name: str) -> None:
    assert weakness(password, About(email, name, "12"), COMMON) is not None


def test_the_last_five_are_remembered() -> None:
    credentials = Credentials("p")
    for number in range(8):
        credentials = Credentials("p", old_hashes=remembered(credentials, f"h{number}"))
    assert credentials.old_hashes == ("h7", "h6", "h5", "h4", "h3")
