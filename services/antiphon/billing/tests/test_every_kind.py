"""All kinds of cases beside the slow reference, by chance and at their edges."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.billing.calculator import answers
from antiphon.billing.domain import calc
from antiphon.billing.tests.chance import PREFIXES, ZONES, calls, instants, tariffs
from antiphon.billing.tests.reference_books import CLASSES, KINDS
from antiphon.billing.tests.test_cases import CASES, FILE

pytestmark = pytest.mark.domain

TARIFFS = json.loads(FILE.read_text())["tariffs"]
Cases = st.SearchStrategy[dict[str, Any]]
AMOUNTS = ["0", "0.01", "0.005", "0.0049", "0.015", "0.025", "1", "33.335", "100.00", "999999999999999999.995"]
FEES = ["0", "0.01", "0.31", "0.99", "300", "700.01", "1000.00", "1234567.89"]
EDGES = ["2024-02-28", "2024-02-29", "2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-08-31", "2026-11-21"]
LENGTHS = [0, 1, 30, 59, 60, 61, 3599, 3600, 3601, 14_399, 14_400, 14_401, 18_001, 10**7]


def of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def fields(needed: dict[str, Any], **optional: Any) -> Cases:
    return st.fixed_dictionaries(needed, optional=optional)


owed, fee, length = of(*AMOUNTS), of(*FEES), of(*LENGTHS)
money = st.builds(lambda sign, amount: sign + amount, of("", "", "-"), owed)
percent = of("0", "0.5", "2", "10", "12.345", "20", "22", "33.3333", "100")
day = st.one_of(of(*EDGES), st.dates(date(2024, 1, 1), date(2027, 1, 1)).map(str))
name, mode = of("a", "b", "c"), of("half_up", "half_even", "up", "down")


@st.composite
def stretch(draw: st.DrawFn, first: str, last: str, longest: int) -> dict[str, str]:
    begins = date.fromisoformat(draw(day))
    return {first: str(begins), last: str(date.fromordinal(begins.toordinal() + draw(st.integers(0, longest))))}


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    life = draw(stretch("from", "to", 75))
    inside = st.integers(date.fromisoformat(life["from"]).toordinal(), date.fromisoformat(life["to"]).toordinal())
    event = st.one_of(
        st.builds(lambda at, amount: {"day": at, "type": "payment", "amount": amount}, day_of(inside), fee),
        st.builds(lambda at: {"day": at, "type": "trust"}, day_of(inside)),
    )
    balance, threshold = (
        draw(of("0", "9.99", "10", "33.33", "100.00", "-5", "1000")),
        draw(of("0", "-20", "10", "0.01")),
    )
    terms = {"balance": balance, "threshold": threshold, "monthly": draw(fee), "reserve_days": draw(of(30, 30, 3, 0))}
    return life | terms | {"events": draw(st.lists(event, max_size=4))}


def day_of(ordinals: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return ordinals.map(lambda ordinal: str(date.fromordinal(ordinal)))


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Any]:
    amount, id_of, ops = of("0", "0.000001", "1", "10", "30", "12.5"), of("t1", "t2", "h1", "h2", "s1", "s2", "v1"), []
    for _ in range(draw(st.integers(0, 12))):
        op = {"id": draw(id_of), "op": draw(of("topup", "charge", "reserve", "reserve", "extend", "settle", "void"))}
        op |= {"hold": draw(of("h1", "h2"))} if op["op"] in {"extend", "settle", "void"} else {}
        op |= {"amount": draw(amount)} if op["op"] != "void" else {}
        op |= {"ttl": draw(of(1, 60, 120))} if op["op"] in {"reserve", "extend"} and draw(st.booleans()) else {}
        op |= {"t": draw(of(0, 1, 59, 60, 61, 120, 500))} if draw(st.booleans()) else {}
        ops.append(op)
    return {"ops": ops, "floor": draw(of("0", "0", "-10", "5"))}


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    record = fields({"seq": st.integers(1, 9), "id": name, "seconds": of(0, 7)}, codec=of("opus", "pcma"))
    first = draw(st.integers(1, 5))
    header = {"count": draw(st.integers(0, 6)), "seconds": draw(of(0, 7, 14, 21)), "first_seq": first}
    header["last_seq"] = draw(st.integers(first, 9))
    header |= {"prev_last": draw(st.integers(0, first))} if draw(st.booleans()) else {}
    return {"sources": [{"name": "sbc", "header": header, "records": draw(st.lists(record, max_size=8))}]}


@st.composite
def brackets(draw: st.DrawFn) -> dict[str, Any]:
    limits = sorted(draw(st.sets(of(0, 1, 5, 100), min_size=1)))
    listed = [{"over": limit, "rate": draw(owed)} for limit in limits]
    return {"mode": draw(of("volume", "graduated")), "brackets": listed, "minutes": draw(of(0, 1, 2, "5", "5.5", 101))}


def written(prefix: str) -> list[str]:
    return [prefix, f"+{prefix}", f" +{prefix[:1]} {prefix[1:]}"]


def respelled(tariff: dict[str, Any], how: int) -> dict[str, Any]:
    """The same prefixes as people write them; the answer shows them as written."""
    rows = [rate | {"prefix": written(rate["prefix"])[how].strip()} for rate in tariff["rates"]]
    return tariff | {"rates": rows}


spelled = st.builds(respelled, tariffs(), st.integers(0, 2))
called = st.builds(lambda call, plus: call | {"to": plus + call["to"]}, calls, of("", "+"))
package = fields(
    {"seconds": of(0, 20, 60, 90, 10_000)},
    prefixes=st.lists(of(*PREFIXES, "+38 0"), max_size=2),
    draw_inc=of(1, 6, 7, 60),
    weight=of(0, 0, 1, -1),
    connect_fee=of("0", "0.01", "0.00005"),
    expires=instants(),
)
packages = st.lists(package, max_size=3).map(
    lambda listed: [one | {"id": f"b{place}"} for place, one in enumerate(listed)]
)
route = fields(
    {
        "id": name,
        "asr": of(0, 30, 45, 60),
        "rate": fields(
            {
                "groups": of(
                    [{"start": 0, "rate": "0.5", "per": 60, "inc": 60}], [{"start": 0, "rate": "1", "per": 7, "inc": 1}]
                )
            },
            connect_fee=of("0", "0.3"),
            min_charge=of("0.4", "2"),
        ),
    }
)
heard = st.lists(
    fields({"id": of(*"abcdefgh"), "seconds": of(0, 9, 10, 11, 13)}), max_size=6, unique_by=lambda one: one["id"]
)
attempts = st.lists(
    fields(
        {
            "seconds": of(0, 10, 60, 300, 90_000),
            "cls": of("n", "n", "high", "blocked"),
            "cost": of("0", "0.5", "1", "2"),
        }
    ),
    max_size=10,
)
gaps = st.lists(of(0, 1, 10, 59, 60, 61, 3599, 3600, 86_400), min_size=10, max_size=10)


def timed(listed: list[dict[str, Any]], waits: list[int]) -> list[dict[str, Any]]:
    return [one | {"t": 86_000 + sum(waits[: place + 1])} for place, one in enumerate(listed)]


limit = of(0, 1, 2, 3)
taxed = {"gross": money}
BY_CHANCE: dict[str, Cases] = {
    "rate": fields({"tariff": spelled, "call": called}),
    "max_seconds": fields(
        {
            "tariff": spelled,
            "call": called,
            "available": of("-1", "0", "0.0166", "1.79", "100"),
            "limit_s": of(0, 1, 61, 3600),
        }
    ),
    "bundle": fields(
        {"tariff": spelled, "bundles": packages, "calls": st.lists(called, max_size=3)},
        money=of("-0.00005", "10", "-3"),
    ),
    "duration": st.builds(
        lambda answer, micros, kind: {"answer": answer, "end": later(answer, micros)} | kind,
        instants(),
        st.one_of(of(0, 1, 499_999, 500_000, 999_999, 1_000_000, 60_000_001), st.integers(0, 10**12)),
        fields({}, mode=of("ceil", "floor", "nearest")),
    ),
    "lcr": fields(
        {"strategy": of("lcr", "bqr"), "routes": st.lists(route, max_size=4), "seconds": of(0, 1, 30, 90)},
        sell=of(None, "0.45", "0.5", "2"),
        min_asr=of(0, 45),
        max_cost=of("0.5"),
    ),
    "tiers": brackets(),
    "subscription": st.builds(lambda monthly, days: days | {"monthly": monthly}, fee, stretch("first", "last", 100)),
    "lifecycle": lives(),
    "ledger": histories(),
    "allocation": fields({"payment": owed, "due": fields({}, **dict.fromkeys(CLASSES, owed))}),
    "ld_surcharge": fields(
        {"ld_on_credit": of("0", "100", "0.24", "0.25", "999.99")}, advance=of("0", "60", "100", "101"), percent=percent
    ),
    "penalty": fields({"debt": owed, "days": of(0, 1, 12, 366), "annual": percent}, year_days=of(360, 365, 366)),
    "discount": fields({"gross": money, "percent": percent}, scale=of(0, 2, 4, 6), rounding=mode),
    "invoice": fields({"lines": st.lists(money, max_size=4)}, carry=of("0", "-0.0001", "0.00499", "-0.005")),
    "vat": st.one_of(fields({"gross": money, "rate": percent}), fields({"net": money, "rate": percent})),
    "vat_dated": fields(
        {
            "gross": money,
            "on": day,
            "table": st.lists(fields({"from": day, "rate": percent}), max_size=4).map(
                lambda rows: sorted(rows, key=lambda row: str(row["from"]))
            ),
        }
    ),
    "sla_credit": fields(
        {
            "monthly": fee,
            "outages": st.lists(fields({"seconds": length, "fault": of("operator", "subscriber")}), max_size=3),
        },
        planned_s=length,
        cap=of("month", "clause_20_2_prorata"),
        days=of(28, 31),
    ),
    "card_topup": fields(
        {"amount": of("0", "-1", "-0.5", "100.50", "15000", "15000.01", "15001"), "country": of("RU", "KP", "")},
        limit=of("15000"),
        allowed=of(["RU", "BY"], []),
    ),
    "refund": fields({"balance": money, "requested_on": day}, holds=owed, unbilled=money, days=of(0, 30, 366)),
    "deadline": st.one_of(
        fields({"event_at": instants(), "hours": of(0, 1, 24, 720)}),
        fields({"event_at": instants(), "days": of(0, 1, 3, 400)}, tz=of(*ZONES)),
    ),
    "itemised": fields({"today": day, "frm": day, "to": day}),
    "completeness": batches(),
    "reconcile": fields({"sip": heard, "rtp": heard, "billing": heard}, tolerance_s=of(0, 1, 3)),
    "fraud": fields(
        {
            "limits": fields({}, concurrent=limit, cpm=limit, high_per_hour=limit, cost_per_day=of("0", "1", "2")),
            "calls": st.builds(timed, attempts, gaps),
        }
    ),
}


def later(answer: str, micros: int) -> str:
    return (datetime.fromisoformat(answer).astimezone(UTC) + timedelta(microseconds=micros)).isoformat()


@pytest.mark.parametrize("kind", sorted(BY_CHANCE))
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_each_kind_agrees_with_the_slow_reference(kind: str, data: st.DataObject) -> None:
    case = data.draw(BY_CHANCE[kind])
    got = answer_of(kind, case)
    assert got == KINDS[kind](case)


def answer_of(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """As the command gives it: through JSON and back."""
    (answer,) = answers(json.dumps({"id": "x", "kind": kind, "input": case}))
    return json.loads(json.dumps(answer.result))  # type: ignore[no-any-return]


def test_every_kind_has_a_reference_and_chances() -> None:
    assert set(KINDS) == set(BY_CHANCE) == set(calc.KINDS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_reference_knows_the_worked_cases(case: dict[str, Any]) -> None:
    """Else two mistakes could agree."""
    asked = json.loads(json.dumps(case["input"], default=str))
    if isinstance(asked.get("tariff"), str):
        asked["tariff"] = TARIFFS[asked["tariff"]]
    assert KINDS[case["kind"]](asked) == case["expected"]
