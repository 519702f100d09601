"""Rules of people, numbers, contacts, sessions and client projects."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.directory.domain import contacts, limits, person, phones, scope, sessions
from antiphon.directory.domain.permissions import Role
from antiphon.directory.domain.reasons import Reason
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.domain
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def refused(field: str) -> pytest.RaisesExc[DomainError]:
    """An INVALID that names the field."""
    return pytest.RaisesExc(DomainError, check=lambda error: error.facts.get("field") == field)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+380 (67) 123-45-67", "+380671234567"),
        ("00380671234567", "+380671234567"),
        (" +1 202 555 0100 ", "+12025550100"),
    ],
)
def test_a_number_is_e164_however_it_is_written(written: str, number: str) -> None:
    assert phones.e164("e164", written) == number


@pytest.mark.parametrize("text", ["", "380671234567", "+0671234567", "+12345", "+1234567890123456", "+38067abc", "+"])
def test_what_is_no_e164_number_is_refused(text: str) -> None:
    with refused("e164"):
        phones.e164("e164", text)


@pytest.mark.parametrize("text", ["1", "1234567", "12a", "-12", "١٢٣"])
def test_an_extension_has_two_to_six_digits(text: str) -> None:
    assert phones.extension(" 101 ") == "101"
    assert phones.extension("") == ""
    with refused("extension"):
        phones.extension(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a b@c.de", "a@b..c", "<a@b.co>", "a" * 65 + "@b.co", "a@" + "b" * 260 + ".co"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert person.email("email", " Olena@Example.COM ") == "olena@example.com"
    with refused("email"):
        person.email("email", text)


def test_roles_are_known_and_a_client_viewer_is_tied_to_projects() -> None:
    assert person.roles([4, 1, 4], []) == [1, 4]
    with refused("roles"):
        person.roles([0], [])
    with refused("roles"):
        person.roles([99], [])
    with refused("project_ids"):
        person.roles([Role.CLIENT_VIEWER], [])
    assert person.roles([Role.CLIENT_VIEWER], ["pj"]) == [6]


def test_limits_refuse_what_is_too_long_too_many_or_unprintable() -> None:
    assert limits.line("name", "  Olena \t  B. ") == "Olena B."
    for text in ("x" * 121, "a\x00b", "a\nb"):
        with refused("name"):
            limits.line("name", text)
    with refused("name"):
        limits.line("name", "  ", required=True)
    assert limits.note("notes", "a\r\nb\tc") == "a\nb\tc"
    with refused("notes"):
        limits.note("notes", "x" * 10_001)
    with refused("attributes"):
        limits.pairs("attributes", {str(number): "" for number in range(51)})
    with refused("limit"):
        limits.page(501, 100, 500)
    assert limits.page(0, 100, 500) == 100
    with pytest.raises(DomainError) as refusal:
        limits.room("people", 5, 5)
    assert refusal.value.reason is Reason.FULL


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("OLENA", True), ("bondar", True), ("67 123", True), ("+380 67", True), ("(067) 123", True),
        ("0671234567", True),
        ("example.com", True), ("olena@", True), ("ivan", False), ("68 123", False), ("o.ena", False), ("ёлка", False),
    ],
)  # fmt: skip
def test_a_search_finds_names_phones_and_addresses(query: str, found: bool) -> None:
    text = contacts.searched("Оле́на Olena Bondarenko", ["+380671234567"], ["Olena@example.com"])
    assert bool(re.search(contacts.pattern(query), text)) is found


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_name_is_found_by_any_piece_of_it(left: str, right: str) -> None:
    name = f"{left} Żółć {right}"
    assert re.search(contacts.pattern("zołc"), contacts.searched(name, [], []))


def test_an_identity_is_written_in_one_way() -> None:
    assert contacts.identity("phone", "", "+380 67 123 45 67") == ("phone", "", "+380671234567")
    assert contacts.identity("email", "", "A@B.co") == ("email", "", "a@b.co")
    assert contacts.identity("telegram", "bot1", " 77 ") == ("telegram", "bot1", "77")
    for channel, value, field in (
        ("", "1", "channel"),
        ("Web", "1", "channel"),
        ("webchat", " ", "value"),
        ("phone", "x", "value"),
    ):
        with refused(f"identity.{field}"):
            contacts.identity(channel, "", value)


@given(st.text(max_size=50), st.integers(0, 2**50))
def test_a_cursor_comes_back_as_it_was(text: str, number: int) -> None:
    assert contacts.position(contacts.cursor(text, number), str, int) == (text, number)
    assert contacts.position("", str) is None


@pytest.mark.parametrize("after", ["x", "!!", "W10", contacts.cursor("a"), contacts.cursor(1, "a"), "е", "A" * 3000])
def test_a_foreign_cursor_is_refused(after: str) -> None:
    with refused("after"):
        contacts.position(after, str, str)


def test_a_session_slides_and_ends_after_thirty_days() -> None:
    assert sessions.expiry(NOON, NOON) == NOON + timedelta(hours=12)
    assert sessions.expiry(NOON, NOON + timedelta(days=2)) == NOON + timedelta(days=2, hours=12)
    assert sessions.expiry(NOON, NOON + timedelta(days=29, hours=20)) == NOON + timedelta(days=30)


def test_a_caller_tied_to_projects_neither_sees_nor_touches_others() -> None:
    tied, free = Caller("t", "person:me", projects=("a", "b")), Caller("t", "person:me")
    assert [scope.sees_person(tied, "you", ids) for ids in ([], ["a"], ["c", "b"], ["c"])] == [True, True, True, False]
    assert scope.sees_person(tied, "me", ["c"])
    assert scope.sees_person(free, "you", ["c"])
    scope.require_inside(tied, ["a"])
    scope.require_inside(free, [])
    for ids in ([], ["c"], ["a", "c"]):
        with pytest.raises(DomainError) as refusal:
            scope.require_inside(tied, ids)
        assert refusal.value.reason is Common.DENIED
