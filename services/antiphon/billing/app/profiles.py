"""What the law and the offer of a country say, as dated data: taxes, limits of cards, deadlines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files

from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.contract import Notice
from antiphon.billing.domain.vat import in_force


@dataclass(frozen=True, slots=True)
class Profile:
    """One country."""

    currency: str
    vat: tuple[tuple[date, Fraction], ...]
    card_limit: Fraction | None
    card_countries: frozenset[str] | None
    whole_cards: bool
    """Cards pay whole units only."""
    objection_days: int
    notice: Notice
    """Days of the contract."""
    reserve_days: int
    """How long the numbers of a suspended customer stay reserved."""
    repair_hours: dict[str, int]
    """Within how many hours an outage is repaired, by severity."""
    code: str
    """Of its telephone numbers."""
    dear_minute: int
    """From this price of a minute on, in whole units of the currency, calls are watched more closely."""

    ld_surcharge: Fraction
    """Percent of long-distance calls on credit."""
    penalty: tuple[tuple[date, Fraction], ...]
    """Percent a year of a debt of earlier months, by day."""

    def vat_on(self, day: date) -> Fraction:
        """Percent."""
        return in_force(self.vat, day) or Fraction(0)


@cache
def profile(country: str) -> Profile:
    """A country's data. Raises KeyError for one there is none of."""
    known = json.loads(files("antiphon.billing").joinpath("profiles.json").read_text())[country]
    limit, countries = known["card_limit"], known["card_countries"]
    return Profile(
        currency=known["currency"],
        vat=tuple((date.fromisoformat(row["from"]), exact(row["percent"])) for row in known["vat"]),
        card_limit=exact(limit) if limit is not None else None,
        card_countries=frozenset(countries) if countries is not None else None,
        whole_cards=known["whole_cards"],
        objection_days=known["objection_days"],
        notice=Notice(**known["notice"]),
        reserve_days=known["reserve_days"],
        repair_hours=known["repair_hours"],
        code=known["code"],
        dear_minute=known["dear_minute"],
        ld_surcharge=exact(known["ld_surcharge"]),
        penalty=tuple((date.fromisoformat(row["from"]), exact(row["percent"])) for row in known["penalty"]),
    )
