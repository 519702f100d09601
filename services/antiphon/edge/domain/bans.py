"""Rows of the table of bans: one name from one address, why, and since when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_BROWSER = re.compile(r"^[0-9]+:([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$")


@dataclass(frozen=True, slots=True)
class Ban:
    """One name that is refused from one address, whatever password it shows."""

    address: str
    user: str
    why: str
    since: datetime
    until: datetime


def key(address: str, user: str) -> str:
    """What the row is called."""
    return f"{address}|{user}"


def bans(rows: Mapping[str, str], lasts: timedelta) -> list[Ban]:
    """The rows, the newest first. What is no row of ours is left out."""
    found = (_ban(name, value, lasts) for name, value in rows.items())
    return sorted((ban for ban in found if ban is not None), key=lambda ban: ban.since, reverse=True)


def _ban(name: str, value: str, lasts: timedelta) -> Ban | None:
    address, bar, user = name.partition("|")
    why, _, stamp = value.partition(";")
    if not bar or not re.fullmatch(r"[0-9]{1,12}", stamp):
        return None
    since = datetime.fromtimestamp(int(stamp), UTC)
    return Ban(address, user, why, since, since + lasts)


def tenant_of(user: str, row: str) -> str:
    """Whose SIP user this is: by the account's row, or as a browser's name says; empty for nobody's."""
    if row:
        return row.split(";")[1] if row.count(";") >= 1 else ""
    browser = _BROWSER.match(user)
    return browser[1] if browser else ""
