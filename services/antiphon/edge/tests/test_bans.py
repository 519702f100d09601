"""What a row of the table of bans says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.edge.domain.bans import Ban, bans, key, tenant_of

pytestmark = pytest.mark.domain


def test_rows_are_read_newest_first_and_strange_ones_are_left_out() -> None:
    rows = {
        "192.0.2.1|acme-101": "password;1000", "2001:db8::1|a|b": "unknown;2000", "no bar": "password;1",
        "192.0.2.1|x": "1", "192.0.2.1|y": "password;", "192.0.2.1|z": "password;9999999999999",
    }  # fmt: skip
    lasts = timedelta(minutes=5)
    later, sooner = (datetime.fromtimestamp(at, UTC) for at in (2000, 1000))
    assert bans(rows, lasts) == [
        Ban("2001:db8::1", "a|b", "unknown", later, later + lasts),
        Ban("192.0.2.1", "acme-101", "password", sooner, sooner + lasts),
    ]
    assert key("2001:db8::1", "a|b") in rows


@pytest.mark.parametrize(
    ("user", "row", "tenant"),
    [
        ("acme-101", "ac_1;tn_1;ts;10.0.0.0/8", "tn_1"),
        ("1700000000:tn_2.pe_1", "", "tn_2"),
        ("tn_2.pe_1", "", ""),
        ("nobody", "", ""),
        ("acme-101", "broken", ""),
    ],
)
def test_whose_sip_user_it_is(user: str, row: str, tenant: str) -> None:
    assert tenant_of(user, row) == tenant
