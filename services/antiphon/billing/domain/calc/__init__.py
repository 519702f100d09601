"""Trying billing out: a case in plain data, and what the domain says. Amounts are text, answers are text.

    calculate({"kind": "tiers", "input": {"mode": "volume", "brackets": [{"over": 0, "rate": "1"}], "minutes": 3}})
    # {"cost": "3.0000"}

`calls` prices calls, `money` is about accounts and documents, `trust` about controls. Nothing is computed here: a case
is read into the domain's types and its answer written as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from antiphon.billing.domain.calc import calls, money, trust
from antiphon.billing.domain.rating import NoPrice
from antiphon.billing.domain.reading import BadInput, Form

Answer = dict[str, Any]

KINDS: dict[str, Callable[[Form], Answer]] = {
    "rate": calls.rate,
    "max_seconds": calls.longest,
    "bundle": calls.bundle,
    "duration": calls.duration,
    "lcr": calls.carriers,
    "tiers": calls.tiers,
    "subscription": money.subscription,
    "lifecycle": money.lifecycle,
    "ledger": money.ledger,
    "allocation": money.allocation,
    "ld_surcharge": money.surcharge,
    "penalty": money.penalty,
    "discount": money.discounted,
    "invoice": money.invoice,
    "vat": money.vat,
    "vat_dated": money.vat_dated,
    "sla_credit": money.outage_credit,
    "card_topup": money.card_topup,
    "refund": money.refunded,
    "deadline": money.deadline,
    "itemised": trust.itemised,
    "completeness": trust.completeness,
    "reconcile": trust.reconcile,
    "fraud": trust.fraud,
}
"""What can be asked."""


def calculate(case: Mapping[str, Any]) -> Answer:
    """Answers one case, of which `kind` and `input` count. Raises BadInput with the name of the field that is wrong.

    What the domain refuses is an answer, too: {"error": "no_rate"}."""
    whole = Form.of(case, "")
    kind = whole.text("kind")
    if kind not in KINDS:
        raise BadInput("kind", f"{kind[:40]!r} is none of {', '.join(sorted(KINDS))}")
    form = Form(whole.form("input").data)
    try:
        return KINDS[kind](form)
    except NoPrice as refusal:
        return {"error": refusal.why.value}
    except BadInput:
        raise
    except (OverflowError, ValueError) as error:
        raise BadInput("input", f"goes beyond what can be computed: {error}") from error
