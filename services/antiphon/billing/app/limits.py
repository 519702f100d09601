"""A limit that refuses calls is noticed once an hour."""

from __future__ import annotations

from antiphon.billing.app import notices
from antiphon.billing.app.writer import Page
from antiphon.billing.domain.traffic import MINUTE, Limit

QUIET = 60 * MINUTE
"""Nobody wants a notice for each refused call."""


def refused(page: Page, limit: Limit, now: int) -> None:
    """Writes a notice, unless this limit was noticed within the last hour."""
    account = page.account
    assert account is not None
    name = f"limit:{limit.value}"
    if account.numbers.get(name, 0) > now - QUIET:
        return
    account.numbers = {**account.numbers, name: now}
    page.changed = True
    notices.write(page, "limit", limit.value, now)
