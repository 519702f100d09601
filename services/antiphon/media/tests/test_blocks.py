"""What is blocked on suspicion of fraud, and what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from antiphon.media.domain.blocks import blocks
from antiphon.media.domain.call import Call, Direction, Leg, Role

pytestmark = pytest.mark.domain
NOW = datetime(2026, 5, 1, tzinfo=UTC)
NUMBER = "+447700900123"


def call(direction: Direction = Direction.OUTBOUND, caller: str = "101") -> Call:
    legs = (
        Leg("A", Role.CALLER, NOW, person_id="pn_anna", account_id="sa_1"),
        Leg("L1", Role.OUTSIDE, NOW, number=NUMBER, trunk_id="tr_1"),
    )
    return Call("cl_1", "tn_1", direction, NOW, caller=caller, called=NUMBER, legs=legs)


@pytest.mark.parametrize(
    ("kind", "value", "forbidden"),
    [
        ("account", "", True),
        ("person", "pn_anna", True),
        ("person", "pn_oksana", False),
        ("sip_account", "sa_1", True),
        ("sip_account", "sa_2", False),
        ("destination", "4477", True),
        ("destination", "380", False),
        ("number", "447700900123", False),
    ],
)
def test_who_calls_where(kind: str, value: str, forbidden: bool) -> None:
    it = blocks([(kind, value)])
    assert it.forbids(call(), NUMBER) is forbidden
    assert it.ends(call()) is forbidden


def test_who_calls_in() -> None:
    it = blocks([("number", "447700900123")])
    assert it.refuses(NUMBER)
    assert it.ends(call(Direction.INBOUND, caller=NUMBER))
    assert not it.refuses("+380671234567")
    assert not it.refuses("")


def test_a_customer_is_not_cut_off_because_of_who_helps_him() -> None:
    assert not blocks([("person", "pn_anna")]).forbids(call(Direction.INBOUND), NUMBER)


def test_nothing_blocked_forbids_nothing() -> None:
    assert not blocks([]).forbids(call(), NUMBER)
    assert not blocks([]).ends(call())
