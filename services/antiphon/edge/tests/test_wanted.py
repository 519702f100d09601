"""Rows of Kamailio's tables: what they say, and that nothing breaks out of its field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.edge.domain.wanted import Account, Trunk, Unusable, Wanted, changes

pytestmark = pytest.mark.domain

HA1 = "0123456789abcdef0123456789abcdef"
ROWS = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=6)


def test_a_row_names_account_tenant_demands_and_networks() -> None:
    account = Account("acme-101", "ac_1", "te_1", HA1, ("10.1.2.3/8", "192.0.2.7"), needs_tls=True, needs_srtp=True)
    assert account.row == "ac_1;te_1;ts;10.0.0.0/8,192.0.2.7/32"
    assert Account("acme-102", "ac_2", "te_1", HA1).row == "ac_2;te_1;;"
    assert HA1 not in repr(account)


def test_a_trunk_is_a_line_for_each_address() -> None:
    trunk = Trunk("tr_1", "te_1", ("192.0.2.0/24", "2001:db8::1"), port=5060)
    assert trunk.lines == ["1 192.0.2.0 24 5060 tr_1,te_1", "1 2001:db8::1 128 5060 tr_1,te_1"]


@pytest.mark.parametrize(
    "name", ["", "a b", "a;b", "1700000000:acme.anna", "a\r\nb", "a,b", "x" * 65, "a@b", "-a", "a|b"]
)
def test_a_name_that_breaks_a_row_is_refused(name: str) -> None:
    with pytest.raises(Unusable):
        Account(name, "ac_1", "te_1", HA1)


@pytest.mark.parametrize("identity", ["", "a;b", "a,b", "a b", "a\nb", "a.b"])
def test_an_id_that_breaks_a_row_is_refused(identity: str) -> None:
    for arguments in ((identity, "te_1"), ("ac_1", identity)):
        with pytest.raises(Unusable):
            Account("acme-101", *arguments, HA1)
        with pytest.raises(Unusable):
            Trunk(*arguments, ("192.0.2.1",))


def test_secrets_and_addresses_are_checked() -> None:
    for ha1 in ("", "secret", HA1.upper(), HA1 + "0"):
        with pytest.raises(Unusable):
            Account("acme-101", "ac_1", "te_1", ha1)
    for where in ("", "carrier.example", "10.0.0.0/33", "1.2.3.4;5"):
        with pytest.raises(Unusable):
            Account("acme-101", "ac_1", "te_1", HA1, (where,))
        with pytest.raises(Unusable):
            Trunk("tr_1", "te_1", (where,))
    with pytest.raises(Unusable):
        Trunk("tr_1", "te_1", ("0.0.0.0/0",))


def test_two_accounts_cannot_share_a_name() -> None:
    with pytest.raises(Unusable):
        Wanted.of([Account("a", "1", "t", HA1), Account("a", "2", "t", HA1)], [])


@given(present=ROWS, wanted=ROWS)
def test_changes_turn_one_table_into_the_other(present: dict[str, str], wanted: dict[str, str]) -> None:
    found = changes(present, wanted)
    table = {key: value for key, value in present.items() if key not in found.remove} | dict(found.put)
    assert table == wanted
    assert not changes(wanted, wanted)
    assert not set(found.put) & set(found.remove)
