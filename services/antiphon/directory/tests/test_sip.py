"""SIP accounts without a database: user names, HA1, generated passwords, ages, networks, trunks and plans."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.directory.app.passwords import common_passwords
from antiphon.directory.domain import lines, sip
from antiphon.directory.domain.passwords import About, weakness
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain
COMMON = common_passwords()
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_ha1_is_what_digest_authentication_calls_it() -> None:
    """The example of RFC 2617, section 3.5."""
    assert sip.ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == "939e7578ed9e3c518a452acee763bce9"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Ltd.", "acme-ltd"),
        ("ТОВ «Ромашка»", "tov-romashka"),
        ("Щёкино — Їжак", "shchekyno-izhak"),
        ("日本", "pbx"),
        ("A" * 80, "a" * 24),
        ("", "pbx"),
    ],
)
def test_a_tenant_lends_its_name_to_user_names(name: str, slug: str) -> None:
    assert sip.slug(name) == slug


def test_a_made_user_name_is_one_that_nobody_has() -> None:
    assert sip.made_username("Acme", "101", frozenset()) == "acme-101"
    assert sip.made_username("Acme", "101", frozenset({"acme-101", "acme-101-2"})) == "acme-101-3"
    assert sip.made_username("Acme", "+380442009001", frozenset()) == "acme-380442009001"
    assert sip.made_username("Acme", "", frozenset()) == "acme-phone"


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_made_user_name_is_always_a_good_one(name: str, line: str) -> None:
    made = sip.made_username(name, line, frozenset())
    assert sip.username(made) == made


@pytest.mark.parametrize("text", ["", "ab", "a b c", "-abc", "ab@c", "я" * 5, "a" * 41, "abc:d"])
def test_what_no_sip_address_can_hold_is_no_user_name(text: str) -> None:
    with pytest.raises(DomainError):
        sip.username(text)


@pytest.mark.clause("L02")
def test_a_generated_password_always_passes() -> None:
    about = About("acme-101", "Taras Koval", "23", ("+380671234567",))
    for seed in range(300):
        password = sip.generated(random.Random(seed).choice, about, COMMON)
        assert weakness(password, about, COMMON) == ""
        assert len(password) == sip.GENERATED
        assert sip.given(password) == password


@pytest.mark.clause("L02")
@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Short-1x", "too_short"),
        ("quiet-river-9-stone", "mixed_case"),
        ("Quiet-River-Stone", "digit"),
        ("QuietRiver9Stone", "symbol"),
        ("My-acme-101-Phone", "derived"),
        ("River-Stone-4101-x", "derived"),
        ("River-1234567-Stone", "derived"),
        ("Password-Password-1", "common"),
    ],
)
def test_each_rule_refuses_with_its_name(password: str, rule: str) -> None:
    about = About("acme-101", "Taras Koval", "4101", ("+380671234567",))
    assert weakness(password, about, COMMON) == rule


@pytest.mark.parametrize("password", ["Тихая-Река-9-Камень", "Quiet River-9-Stone", "Quiet\nRiver-9-Stone"])
def test_a_password_that_a_phone_cannot_send_is_refused(password: str) -> None:
    with pytest.raises(DomainError):
        sip.given(password)


def test_a_password_ages_by_the_policy() -> None:
    assert sip.expires_at(NOON, 0) == NOON + timedelta(days=30)
    assert sip.expires_at(NOON, 7) == NOON + timedelta(days=7)


def test_networks_are_written_in_one_way() -> None:
    assert sip.networks("n", ["203.0.113.7", " 10.0.0.0/8 ", "2001:db8::/32", "203.0.113.7/32"]) == [
        "203.0.113.7/32", "10.0.0.0/8", "2001:db8::/32",
    ]  # fmt: skip
    for wrong in ("10.0.0.1/8", "300.1.1.1", "example.org", ""):
        with pytest.raises(DomainError):
            sip.networks("n", [wrong])


@pytest.mark.clause("L06")
def test_a_public_device_on_5060_is_warned_about() -> None:
    assert sip.device_warnings("8.8.8.8", 5060) == ["port_5060_public"]
    assert sip.device_warnings("192.168.1.7", 5060) == sip.device_warnings("8.8.8.8", 6200) == []
    assert sip.device_warnings("", 0) == []


def test_trunks_and_plans_take_only_what_they_understand() -> None:
    assert lines.host("SIP.Operator.example") == "sip.operator.example"
    assert (lines.host("[2001:db8::1]"), lines.port(0), lines.port(5080)) == ("2001:db8::1", 5060, 5080)
    assert lines.codecs(["opus", "pcma", "OPUS"]) == ["opus", "PCMA"]
    assert lines.prefixes("p", ["+38 0", "+"], everything=True) == ["+380", "+"]
    assert (lines.country("ua"), lines.country(""), lines.outside_prefix("9")) == ("UA", "", "9")
    wrong: list[Callable[[], object]] = [
        lambda: lines.host("bad host"), lambda: lines.host(""), lambda: lines.host("a..b"), lambda: lines.port(70_000),
        lambda: lines.codecs(["GSM"]), lambda: lines.prefixes("p", ["38"], everything=True),
        lambda: lines.prefixes("p", ["+"], everything=False), lambda: lines.country("Ukraine"),
        lambda: lines.outside_prefix("1234"), lambda: lines.short_codes(["1"]), lambda: lines.between("n", -1, 5),
        lambda: lines.credential("username", 'a"b'),
    ]  # fmt: skip
    for refused in wrong:
        with pytest.raises(DomainError):
            refused()
