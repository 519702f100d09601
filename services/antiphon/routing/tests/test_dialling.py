"""What is dialled and where it goes, without anybody being asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.errors import DomainError
from antiphon.routing.domain.dialling import COUNTRIES, Dialled, Plan, Trunk, digits_of, may_be_extension, route

pytestmark = pytest.mark.domain

OWN, DESK, CALLED = "+380441000001", "+380441000002", "+380441000003"
NUMBERS = {OWN: True, DESK: True, CALLED: False}
UA = Plan(country="UA", caller_id=OWN)
MAIN = Trunk(id="tk_main", next_hop="sip:a:5060;transport=udp", prefixes=("+",), priority=5)
CHEAP = Trunk(id="tk_cheap", next_hop="sip:b:5060;transport=udp", prefixes=("+38",), priority=5)
FIRST = Trunk(id="tk_first", next_hop="sip:c:5060;transport=udp", prefixes=("+7",), priority=1)
TRUNKS = (MAIN, CHEAP, FIRST)


def dial(digits: str, plan: Plan = UA, trunks: tuple[Trunk, ...] = TRUNKS, **known: Any) -> Any:
    return route(Dialled(**{"digits": digits_of(digits), "numbers": NUMBERS, **known}), plan, trunks)


def refused(digits: str, plan: Plan = UA, trunks: tuple[Trunk, ...] = TRUNKS, **known: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        dial(digits, plan, trunks, **known)
    return refusal.value.reason.name


LENT = Trunk(id="tk_lent", next_hop="sip:o:5060;transport=udp")


@pytest.mark.clause("B12")
def test_a_rented_number_leaves_by_the_operators_trunks_and_no_other_does() -> None:
    known: dict[str, Any] = {"rented": frozenset({DESK}), "lent": (LENT,)}
    assert dial("0671234567", wanted_caller_id=DESK, **known).trunks == (LENT,)
    assert LENT not in dial("0671234567", wanted_caller_id=OWN, **known).trunks
    assert dial("0671234567", trunks=(), wanted_caller_id=DESK, **known).caller_id == DESK
    assert refused("0671234567", trunks=(), wanted_caller_id=OWN, **known) == "NO_TRUNK"
    elsewhere = replace(LENT, prefixes=("+7",))
    assert refused("0671234567", wanted_caller_id=DESK, rented=known["rented"], lent=(elsewhere,)) == "NO_TRUNK"
    assert dial("0671234567", wanted_caller_id=DESK, rented=known["rented"]).trunks, "he has none: as before"
    assert [one.id for one in dial("112", **known).trunks][-1] == "tk_lent", "in need over whatever there is"


RU, BY = Plan(country="RU"), Plan(country="BY")


@pytest.mark.parametrize(
    ("plan", "dialled", "number"),
    [
        (UA, "067 123-45-67", "+380671234567"),
        (UA, "380671234567", "+380671234567"),
        (UA, "+380671234567", "+380671234567"),
        (UA, "00 7 495 123 45 67", "+74951234567"),
        (UA, "(044) 390.20.20", "+380443902020"),
        (RU, "8 (495) 123-45-67", "+74951234567"),
        (RU, "7 495 1234567", "+74951234567"),
        (RU, "8 10 380 67 1234567", "+380671234567"),
        (RU, "00380671234567", "+380671234567"),
        (RU, "8 800 555 35 35", "+78005553535"),
        (BY, "80 17 123 45 67", "+375171234567"),
        (BY, "810 7 495 123 45 67", "+74951234567"),
        (Plan(country="PL"), "22 123 45 67", "+48221234567"),
        (Plan(country="US"), "1 202 555 0100", "+12025550100"),
        (Plan(country="FR"), "+33123456789", "+33123456789"),
        (Plan(country="FR"), "0033123456789", "+33123456789"),
        (Plan(first_number="+380441000001"), "0671234567", "+380671234567"),
        (Plan(first_number="+74951000001"), "84951234567", "+74951234567"),
        (Plan(country="UA", outside_prefix="9"), "9 067 123 45 67", "+380671234567"),
        (Plan(country="UA", outside_prefix="9"), "067 123 45 67", "+380671234567"),
        (Plan(country="UA", outside_prefix="0"), "0 067 123 45 67", "+380671234567"),
    ],
)
def test_numbers_are_read_by_the_rules_of_the_country(plan: Plan, dialled: str, number: str) -> None:
    found = dial(dialled, plan)
    assert (found.kind, found.number) == ("external", number)


@pytest.mark.parametrize("dialled", ["", "abc", "*67", "12#", "+", "++38", "1" * 33, "０６７"])
def test_what_is_no_number_is_refused(dialled: str) -> None:
    with pytest.raises(DomainError) as refusal:
        digits_of(dialled)
    assert refusal.value.facts == {"field": "dialled"}


@pytest.mark.parametrize("dialled", ["067123456", "0671234567890", "+12", "+0123456789", "999999999999999999"])
def test_a_number_of_no_form_is_refused(dialled: str) -> None:
    assert refused(dialled) == "INVALID"


def test_an_extension_is_a_colleague_and_an_unknown_one_is_said_to_be() -> None:
    found = dial("2001", extension_of="pe_1")
    assert (found.kind, found.person_id, found.trunks) == ("internal", "pe_1", ())
    assert refused("2001") == refused("999999") == "UNKNOWN_EXTENSION"
    assert [may_be_extension(text) for text in ("1", "22", "666666", "7777777", "+22")] == [
        False,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.clause("C07")
def test_a_blocked_prefix_is_refused_before_any_trunk_is_looked_at() -> None:
    plan = Plan(country="UA", blocked=("+7809", "+882", "+380900"))
    for dialled in ("+78091234567", "00 882 1234 5678", "0900 123 456"):
        assert refused(dialled, plan, ()) == "BLOCKED_DESTINATION", "not NO_TRUNK: no trunk was looked for"
    assert dial("+74951234567", plan).kind == "external"
    unblocked = Plan(country="UA")
    assert dial("+78091234567", unblocked).kind == "external"


EMERGENCY = [
    ("UA", ["112", "101", "102", "103", "104"]),
    ("RU", ["112", "101", "102", "103", "104", "01", "02", "03", "04"]),
]


@pytest.mark.parametrize(("country", "codes"), EMERGENCY)
def test_emergency_codes_pass_whatever_is_blocked(country: str, codes: list[str]) -> None:
    """The part of C08 that routing plays."""
    everything = tuple(f"+{digit}" for digit in "123456789")
    plan = Plan(country=country, blocked=everything, outside_prefix="9", emergency=frozenset({"555"}))
    narrow = Trunk(id="tk_narrow", next_hop="sip:d:5060;transport=udp", prefixes=("+49",))
    for code in [*codes, "555"]:
        for dialled in (code, f"9{code}"):
            found = dial(dialled, plan, (narrow, MAIN), extension_of="pe_1", wanted_caller_id="+999")
            assert (found.kind, found.number) == ("emergency", code), "even before a colleague's extension"
            assert [trunk.id for trunk in found.trunks] == ["tk_main", "tk_narrow"], "any trunk, the widest first"
    assert dial("112", Plan(country="FR")).kind == "emergency"
    assert refused("112", plan, ()) == "NO_TRUNK"


def test_every_country_has_the_common_emergency_code() -> None:
    assert all("112" in country.emergency for country in COUNTRIES.values())


def test_trunks_that_fit_are_tried_by_priority_and_then_by_the_longer_prefix() -> None:
    assert [trunk.id for trunk in dial("0671234567").trunks] == ["tk_cheap", "tk_main"]
    assert [trunk.id for trunk in dial("+74951234567").trunks] == ["tk_first", "tk_main"]
    assert [trunk.id for trunk in dial("+4912345678", trunks=(Trunk(id="any", next_hop="x"), FIRST)).trunks] == ["any"]
    assert refused("+4912345678", trunks=(CHEAP, FIRST)) == "NO_TRUNK"


@pytest.mark.clause("C06")
def test_the_caller_id_is_the_wanted_the_persons_the_plans_the_first() -> None:
    assert dial("0671234567", wanted_caller_id=DESK).caller_id == DESK
    assert dial("0671234567", own_caller_id=DESK).caller_id == DESK
    assert dial("0671234567").caller_id == OWN
    assert dial("0671234567", Plan(country="UA"), numbers={CALLED: False, DESK: True}).caller_id == DESK
    assert dial("0671234567", Plan(country="UA"), numbers={}).caller_id == ""
    assert refused("0671234567", wanted_caller_id="+380449999999") == "INVALID", "somebody else's number"


@pytest.mark.clause("B03")
def test_a_number_that_is_only_called_never_originates() -> None:
    """Refused when it is asked for; a call-back by whoever had it as caller ID leaves by another number."""
    assert refused("0671234567", wanted_caller_id=CALLED) == "INBOUND_ONLY"
    assert dial("0671234567", own_caller_id=CALLED).caller_id == OWN


@given(st.text(alphabet="0123456789+ -", max_size=20), st.sampled_from(sorted(COUNTRIES)))
def test_whatever_is_dialled_is_routed_or_refused(dialled: str, country: str) -> None:
    known = {"INVALID", "UNKNOWN_EXTENSION", "BLOCKED_DESTINATION", "NO_TRUNK"}
    try:
        found = dial(dialled, Plan(country=country, outside_prefix="9", blocked=("+78",)))
    except DomainError as error:
        if error.reason.name not in known:
            raise
        return
    assert found.kind in {"external", "emergency"}
    assert found.kind == "emergency" or not found.number.startswith("+78")


SIM = "+380671000001"
SLOT = Trunk(id="tk_gateway", next_hop="sip:g:5060;transport=udp", prefix="9003")
WITH_SIM = {**NUMBERS, SIM: True}


@pytest.mark.clause("B05")
def test_a_call_from_the_number_of_a_sim_card_leaves_by_its_slot_alone() -> None:
    found = dial("0671234567", wanted_caller_id=SIM, numbers=WITH_SIM, slots={SIM: SLOT})
    assert (found.number, found.caller_id, found.trunks) == ("+380671234567", SIM, (SLOT,))
    own = dial("0671234567", own_caller_id=SIM, numbers=WITH_SIM, slots={SIM: SLOT})
    assert own.trunks == (SLOT,)
    other = dial("0671234567", wanted_caller_id=OWN, numbers=WITH_SIM, slots={SIM: SLOT})
    assert SLOT not in other.trunks
    idle: dict[str, Any] = {"numbers": WITH_SIM, "slots": {SIM: None}, "wanted_caller_id": SIM}
    assert refused("0671234567", **idle) == "NO_TRUNK", "a mobile number is shown by its own card only"
    assert dial("0671234567", trunks=(), own_caller_id=SIM, numbers=WITH_SIM, slots={SIM: SLOT}).trunks == (SLOT,)


def test_an_emergency_call_tries_slots_when_all_trunks_have_failed() -> None:
    found = dial("112", own_caller_id=SIM, numbers=WITH_SIM, slots={SIM: SLOT})
    assert found.trunks[-1] == SLOT
    assert len(found.trunks) == len(TRUNKS) + 1
    assert dial("112", trunks=(), numbers=WITH_SIM, slots={SIM: SLOT}).trunks == (SLOT,)
    assert refused("112", trunks=(), numbers=WITH_SIM, slots={SIM: None}) == "NO_TRUNK"
