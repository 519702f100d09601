"""Blocked people and telephones lose their accounts at the edge: directory is asked until it has heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from antiphon.billing.v1.events_pb2 import BlocksChanged
from antiphon.kit.bus import Fact, Table


class Telephony(Protocol):
    """Who keeps telephones' accounts."""

    async def accounts_of(self, tenant: str, person_id: str) -> Sequence[str]: ...

    async def block(self, tenant: str, account_ids: Sequence[str], reason: str) -> None: ...


def table(telephony: Telephony) -> Table:
    """A fact that could not be carried out comes again; a block that is there already is a success."""

    async def blocked(fact: Fact) -> None:
        for one in fact.event.blocks:
            accounts: Sequence[str] = ()
            if one.kind == "sip_account":
                accounts = [one.value]
            elif one.kind == "person":
                accounts = await telephony.accounts_of(fact.tenant, one.value)
            if accounts:
                await telephony.block(fact.tenant, accounts, f"fraud case {one.case_id}")

    return {BlocksChanged: blocked}
