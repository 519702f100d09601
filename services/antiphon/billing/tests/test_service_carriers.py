"""Carriers with the real service: chosen by the prices of the moment, owed what they carried, compared with their own
lists."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import PER_MINUTE, Stage, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db

pytestmark = pytest.mark.service
NUMBER = "+380671234567"
COST, GOOD_ENOUGH = pb.CARRIER_CHOICE_COST, pb.CARRIER_CHOICE_GOOD_ENOUGH


async def carrier(stage: Stage, name: str, price: str = "", **fields: Any) -> pb.Carrier:
    """A carrier that one trunk of its name reaches, with a price in force."""
    given = {"currency": "UAH", "terms": pb.CARRIER_TERMS_WHOLESALE, "trunk_ids": [f"tr_{name}"], **fields}
    made = await stage.ask("PutCarrier", pb.PutCarrierRequest(carrier=pb.Carrier(name=name, **given)), "olena")
    if price:
        await reprice(stage, made.carrier, price)
    return made.carrier  # type: ignore[no-any-return]


async def reprice(stage: Stage, of: pb.Carrier, price: str, prefix: str = "380") -> pb.ReadCarrierPricesResponse:
    content = f"prefix;rate;scheme\n{prefix};{price};1/1\n".encode()
    read = pb.ReadCarrierPricesRequest(carrier_id=of.id, content=content, keep=True)
    answer = await stage.ask("ReadCarrierPrices", read, "olena")
    approve = pb.ApproveCarrierPricesRequest(carrier_id=of.id, version=answer.prices.version)
    await stage.ask("ApproveCarrierPrices", approve, "petro")
    return answer  # type: ignore[no-any-return]


async def policy(stage: Stage, **fields: Any) -> None:
    rev = (await stage.ask("ListCarriers", pb.ListCarriersRequest(), "olena")).policy.rev
    wanted = pb.CarrierPolicy(**{"rev": rev, "choice": COST, "min_calls": 10, **fields})
    await stage.ask("PutCarrierPolicy", pb.PutCarrierPolicyRequest(policy=wanted), "olena")


async def chosen(stage: Stage, *scores: pb.TrunkScore) -> pb.ChooseCarriersResponse:
    asked = pb.ChooseCarriersRequest(called=NUMBER, trunks=scores)
    return await stage.ask("ChooseCarriers", asked)  # type: ignore[no-any-return]


def trunk(name: str, **measured: Any) -> pb.TrunkScore:
    return pb.TrunkScore(trunk_id=f"tr_{name}", **measured)


def order(answer: pb.ChooseCarriersResponse) -> list[str]:
    return [one.trunk_id.removeprefix("tr_") for one in answer.trunks]


@pytest.mark.clause("C01")
async def test_the_very_next_call_uses_the_new_cheapest(stage: Stage) -> None:
    await stage.open("100")
    both = trunk("dear"), trunk("cheap"), trunk("own")
    assert order(await chosen(stage, *both)) == ["dear", "cheap", "own"], "nobody has a carrier: as it was"
    dear, _ = await carrier(stage, "dear", "0.50"), await carrier(stage, "cheap", "0.45")
    first = await chosen(stage, *both)
    assert order(first) == ["cheap", "dear", "own"]
    assert [one.why for one in first.trunks] == ["cheap at 0.45 UAH/min", "dear at 0.5 UAH/min", ""]
    change = await reprice(stage, dear, "0.40")
    assert [(one.prefix, one.kind, one.before, one.after) for one in change.changes] == [
        ("380", "cheaper", "0.5", "0.4")
    ]
    assert order(await chosen(stage, *both)) == ["dear", "cheap", "own"], "no clock was moved"


@pytest.mark.clause("C01")
async def test_a_price_is_written_by_one_and_approved_by_another(stage: Stage) -> None:
    await stage.open("100")
    of = await carrier(stage, "a", "0.50")
    content = b"prefix;rate\n380;0.10\n"
    read = pb.ReadCarrierPricesRequest(carrier_id=of.id, content=content, keep=True)
    draft = (await stage.ask("ReadCarrierPrices", read, "olena")).prices
    approve = pb.ApproveCarrierPricesRequest(carrier_id=of.id, version=draft.version)
    assert (await stage.refusal("ApproveCarrierPrices", approve, "olena")).reason.name == "SAME_PERSON"
    assert (await chosen(stage, trunk("a"))).trunks[0].why == "a at 0.5 UAH/min", "a draft counts for nothing"
    late = pb.ApproveCarrierPricesRequest(carrier_id=of.id, version=draft.version)
    late.effective_from.FromDatetime(stage.clock() + timedelta(hours=1))
    await stage.ask("ApproveCarrierPrices", late, "petro")
    assert (await stage.refusal("ApproveCarrierPrices", approve, "petro")).reason.name == "ILLEGAL"
    assert (await chosen(stage, trunk("a"))).trunks[0].why == "a at 0.5 UAH/min"
    stage.clock.forward(hours=1)
    assert (await chosen(stage, trunk("a"))).trunks[0].why == "a at 0.1 UAH/min"
    versions = (await stage.ask("ListCarrierPrices", pb.ListCarrierPricesRequest(carrier_id=of.id), "olena")).prices
    assert [(one.version, one.rows[0].per_minute, one.approver) for one in versions] == [
        (2, "0.1", "person:petro"), (1, "0.5", "person:petro"),
    ]  # fmt: skip


@pytest.mark.clause("C02")
async def test_what_is_measured_below_the_floor_loses_the_next_call(stage: Stage) -> None:
    await stage.open("100")
    await carrier(stage, "cheap", "0.10")
    await carrier(stage, "good", "0.20")
    await policy(stage, choice=GOOD_ENOUGH, min_asr_percent=40)
    fine = trunk("cheap", attempts=20, answered=12), trunk("good", attempts=20, answered=12)
    poor = trunk("cheap", attempts=20, answered=7), fine[1]
    assert order(await chosen(stage, *fine)) == ["cheap", "good"]
    answer = await chosen(stage, *poor)
    assert order(answer) == ["good"]
    (left,) = answer.left_out
    assert (left.reason, left.why) == ("quality", "cheap at 0.1 UAH/min left out: ASR 35 % < 40 %")
    await policy(stage, choice=COST, min_asr_percent=40)
    assert order(await chosen(stage, *poor)) == ["cheap", "good"]


async def test_nobody_sells_at_a_loss_where_that_is_forbidden(stage: Stage) -> None:
    await stage.open("100")  # subscribers pay 0.60
    await carrier(stage, "dear", "0.61")
    await carrier(stage, "foreign", "0.01", currency="EUR")
    await policy(stage, never_at_loss=True)
    answer = await chosen(stage, trunk("dear"), trunk("foreign"))
    assert order(answer) == ["foreign"], "what cannot be compared is used, last"
    assert [one.reason for one in answer.left_out] == ["loss"]


@pytest.mark.clause("C03")
async def test_a_call_sold_for_a_carrier_is_owed_to_it_and_named(stage: Stage) -> None:
    account = await stage.open("100")
    await carrier(stage, "Ukrtelecom", terms=pb.CARRIER_TERMS_AGENCY, agent_fee_percent="12.5")
    assert [one.reason for one in (await chosen(stage, trunk("Ukrtelecom"))).left_out] == ["consent"]
    account.carrier_consent = True
    account.rev = (await stage.account()).rev
    await stage.ask("PutAccount", bb.PutAccountRequest(account=account), "olena")
    assert order(await chosen(stage, trunk("Ukrtelecom"))) == ["Ukrtelecom"]
    began = stage.clock()
    stage.clock.forward(minutes=5)
    for _ in range(2):  # told twice, it is the same
        call = await stage.settle("c1", NUMBER, 120, trunk_id="tr_Ukrtelecom")
    assert (call.cost, call.carrier, call.carrier_cost, call.agent_fee) == (
        uah("1.20"), "Ukrtelecom", uah("1.20"), uah("0.15"),
    )  # fmt: skip
    moved = (await stage.ask("ListTransfers", bb.ListTransfersRequest(), "olena")).transfers
    assert [(one.debit, one.credit) for one in moved if one.amount == uah("1.20")] == [
        (f"liab.customer:{account.id}", "liab.ld_operator")
    ]
    (entry,) = await entries(stage)
    assert (entry["debit"].partition(":")[0], entry["credit"], entry["amount"]) == (
        "liab.ld_operator", "rev.agent_fee", 150_000,
    )  # fmt: skip
    (total,) = await totals(stage, began)
    assert (total.calls, total.seconds, total.sold, total.owed, total.margin) == (
        1, 120, uah("1.20"), uah("1.05"), uah("0.15"),
    )  # fmt: skip
    first = began.date().replace(day=1)
    stage.clock.forward(days=40)
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first.isoformat())
    act = (await stage.ask("MakeDocument", asked, "olena")).document
    paper = await stage.rt.database().papers.find_one({"account": account.id, "_id": {"$regex": f"{act.id}$"}})
    assert paper is not None
    assert ["Розмови через операторів: Ukrtelecom", "1"] in [row[:2] for row in paper["data"]["sheet"]["rows"]]


async def entries(stage: Stage) -> list[dict[str, Any]]:
    """Transfers between the company and its carriers."""
    found: list[dict[str, Any]] = await (
        stage.rt.database().carrier_entries.find({"tenant": stage.tenant}).sort("_id", 1).to_list(None)
    )
    return found


async def totals(stage: Stage, since: Any) -> list[pb.CarrierTotal]:
    asked = pb.ListCarrierTotalsRequest(first=since.date().isoformat(), last=stage.clock().date().isoformat())
    return list((await stage.ask("ListCarrierTotals", asked, "olena")).totals)


@pytest.mark.clause("C03")
@pytest.mark.clause("C04")
async def test_wholesale_is_an_expense_and_direct_settlement_none_of_ours(stage: Stage) -> None:
    await stage.open("100")
    of = await carrier(stage, "whole", "0.30")
    await carrier(stage, "direct", terms=pb.CARRIER_TERMS_DIRECT)
    began = stage.clock()
    stage.clock.forward(minutes=10)
    own = await stage.settle("c1", NUMBER, 90, trunk_id="tr_whole")
    assert (own.cost, own.carrier_cost, own.carrier_version) == (uah("1.20"), uah("0.45"), f"{of.id}:1")
    theirs = await stage.settle("c2", NUMBER, 60, trunk_id="tr_direct")
    assert (theirs.charge, theirs.reason, theirs.cost) == (bb.CALL_CHARGE_ZERO, "direct_settlement", uah("0"))
    (entry,) = await entries(stage)
    assert (entry["debit"], entry["credit"], entry["amount"]) == (
        "exp.carrier", f"liab.carrier_payable:{of.id}", 450_000,
    )  # fmt: skip
    margins = {one.carrier: one.margin for one in await totals(stage, began)}
    assert margins == {"whole": uah("0.75"), "direct": uah("0")}


@pytest.mark.clause("K03")
async def test_a_carriers_own_list_is_compared_with_ours(stage: Stage) -> None:
    await stage.open("100", tariff={"scale": 4, "rates": [PER_MINUTE]})
    of = await carrier(stage, "whole", "0.30")
    stage.clock.forward(minutes=30)
    lines = ["time;number;seconds;amount"]
    for n, seconds in enumerate((60, 90, 120)):
        stage.clock.forward(minutes=10)
        call = await stage.settle(f"c{n}", f"+38067123456{n}", seconds, trunk_id="tr_whole")
        answered = call.record.answered_at.ToDatetime().isoformat(" ", "seconds")
        lines.append(f"{answered};38067123456{n};{seconds};{call.carrier_cost.micros / 1_000_000:.4f}")
    day = stage.clock().date()
    days = {"first": (day - timedelta(days=1)).isoformat(), "last": day.isoformat()}

    def asked(name: str, *rows: str) -> pb.ReconcileCarrierRequest:
        content = "\n".join(rows).encode()
        return pb.ReconcileCarrierRequest(statement_id=name, carrier_id=of.id, content=content, **days)

    equal = (await stage.ask("ReconcileCarrier", asked("s1", *lines), "olena")).statement
    assert (equal.ours, equal.theirs, equal.equal, list(equal.discrepancies)) == (3, 3, 3, [])
    assert equal.our_sum == equal.their_sum == uah("1.35")
    changed = lines[2].replace(";90;0.4500", ";95;0.4750")
    other = (await stage.ask("ReconcileCarrier", asked("s2", lines[0], changed, lines[3]), "olena")).statement
    assert [(one.kind, one.line, one.call, one.number) for one in other.discrepancies] == [
        ("missing_there", 0, "sbc/c0", "38067*******"), ("seconds", 2, "sbc/c1", "38067*******"),
    ]  # fmt: skip
    again = (await stage.ask("ReconcileCarrier", asked("s1", *lines), "petro")).statement
    assert again == equal
    conflict = await stage.refusal("ReconcileCarrier", asked("s1", *lines[:2]), "olena")
    assert conflict.reason.name == "CONFLICT"
    mistake = await stage.refusal("ReconcileCarrier", asked("s3", lines[0], "yesterday;1;1;1"), "olena")
    assert "line 2, time" in mistake.message
    kept = (await stage.ask("ListCarrierStatements", pb.ListCarrierStatementsRequest(), "olena")).statements
    assert {one.id for one in kept} == {"s1", "s2"}


async def test_what_cannot_be_meant_is_refused(stage: Stage) -> None:
    await stage.open("0")
    known = await carrier(stage, "a")
    bad: tuple[dict[str, Any], ...] = (
        {"name": " "}, {"currency": "uah"}, {"terms": 0}, {"agent_fee_percent": "1"}, {"trunk_ids": ["tr_a"]},
        {"trunk_ids": ["x", "x"]}, {"terms": pb.CARRIER_TERMS_AGENCY, "agent_fee_percent": "100.00001"},
    )  # fmt: skip
    for fields in bad:
        given = {"name": "b", "currency": "UAH", "terms": pb.CARRIER_TERMS_WHOLESALE, **fields}
        request = pb.PutCarrierRequest(carrier=pb.Carrier(**given))
        assert (await stage.refusal("PutCarrier", request, "olena")).reason.name == "INVALID", fields
    taken = pb.PutCarrierRequest(carrier=pb.Carrier(name="a", currency="UAH", terms=pb.CARRIER_TERMS_WHOLESALE))
    assert (await stage.refusal("PutCarrier", taken, "olena")).reason.name == "CARRIER_TAKEN"
    known.currency = "EUR"
    moved = pb.PutCarrierRequest(carrier=known)
    assert (await stage.refusal("PutCarrier", moved, "olena")).facts["field"] == "currency"
    limits: tuple[dict[str, Any], ...] = ({"choice": 0}, {"min_mos": 5.0}, {"min_calls": 51}, {"min_asr_percent": -1})
    for fields in limits:
        wrong = pb.PutCarrierPolicyRequest(policy=pb.CarrierPolicy(**{"choice": COST, "min_calls": 1, **fields}))
        assert (await stage.refusal("PutCarrierPolicy", wrong, "olena")).reason.name == "INVALID"
    assert (await stage.refusal("ListCarriers", pb.ListCarriersRequest(), "stranger")).reason.name == "DENIED"
    nothing = pb.ChooseCarriersRequest(called=NUMBER)
    assert (await stage.refusal("ChooseCarriers", nothing)).reason.name == "INVALID"
    assert (await stage.refusal("ChooseCarriers", nothing, "olena")).reason.name == "DENIED"


async def test_another_company_sees_and_changes_nothing(stage: Stage) -> None:
    await stage.open("100")
    mine = await carrier(stage, "a", "0.10")
    other = stage.of_another_tenant()
    assert not (await other.ask("ListCarriers", pb.ListCarriersRequest(), "olena")).carriers
    read = pb.ReadCarrierPricesRequest(carrier_id=mine.id, content=b"prefix;rate\n1;1\n", keep=True)
    assert (await other.refusal("ReadCarrierPrices", read, "olena")).reason.name == "NOT_FOUND"
    approve = pb.ApproveCarrierPricesRequest(carrier_id=mine.id, version=1)
    assert (await other.refusal("ApproveCarrierPrices", approve, "petro")).reason.name == "NOT_FOUND"
    await other.open("100", tariff=json.loads(json.dumps({"scale": 4, "rates": [PER_MINUTE]})))
    assert (await chosen(other, trunk("a"))).trunks[0].carrier == ""
    assert (await other.settle("c1", NUMBER, 60, trunk_id="tr_a")).carrier == ""
