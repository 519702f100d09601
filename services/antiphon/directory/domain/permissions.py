"""Who may do what: the one place that turns roles into permissions.

A permission is written beside each method of the protos (`option (antiphon.common.v1.requires)`), travels in the access
token, and is checked by kit's gRPC gate. Three words stand outside: "public", "person" and "service".

`TABLE` is what happens: the code reads it. Nobody may give a role that may more than the giver
(`require_grant`), so an administrator cannot make an owner, nor an integrator's key an administrator's. What the last
rows allow reaches into other companies: it is given in the company of whoever runs the installation only (`held`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

TABLE = """
|permission         |agent|supervisor|admin|owner|accountant|client viewer|integrator|screen|support|operator|clerk|
|-------------------|-----|----------|-----|-----|----------|-------------|----------|------|-------|--------|-----|
|directory.read     |yes  |yes       |yes  |yes  |yes       |yes          |yes       |yes   |yes    |yes     |yes  |
|contacts.read      |yes  |yes       |yes  |yes  |          |             |yes       |      |       |        |     |
|contacts.write     |yes  |yes       |yes  |yes  |          |             |yes       |      |       |        |     |
|contacts.erase     |     |          |yes  |yes  |          |             |          |      |       |        |     |
|conversations.read |yes  |yes       |yes  |yes  |          |             |          |      |       |        |     |
|conversations.write|yes  |yes       |yes  |yes  |          |             |          |      |       |        |     |
|work.take          |yes  |yes       |yes  |yes  |          |             |          |      |       |        |     |
|work.watch         |     |yes       |yes  |yes  |          |yes          |          |yes   |       |        |     |
|work.supervise     |     |yes       |yes  |yes  |          |             |          |      |       |        |     |
|calls.read         |     |yes       |yes  |yes  |          |             |          |      |       |        |     |
|campaigns.read     |     |yes       |yes  |yes  |          |yes          |          |      |       |        |     |
|campaigns.write    |     |yes       |yes  |yes  |          |             |          |      |       |        |     |
|recordings.read    |     |yes       |yes  |yes  |          |             |          |      |       |        |     |
|recordings.delete  |     |          |yes  |yes  |          |             |          |      |       |        |     |
|quality.write      |     |yes       |yes  |yes  |          |             |          |      |       |        |     |
|schemes.read       |     |yes       |yes  |yes  |          |             |yes       |      |       |        |     |
|schemes.write      |     |          |yes  |yes  |          |             |          |      |       |        |     |
|queues.write       |     |          |yes  |yes  |          |             |          |      |       |        |     |
|channels.write     |     |          |yes  |yes  |          |             |yes       |      |       |        |     |
|directory.write    |     |          |yes  |yes  |          |             |          |      |       |        |     |
|people.write       |     |          |yes  |yes  |          |             |          |      |       |        |     |
|keys.write         |     |          |yes  |yes  |          |             |yes       |      |       |        |     |
|tenant.write       |     |          |yes  |yes  |          |             |          |      |       |        |     |
|audit.read         |     |          |yes  |yes  |          |             |          |      |       |        |     |
|billing.read       |     |          |yes  |yes  |yes       |             |          |      |       |        |     |
|billing.write      |     |          |yes  |yes  |yes       |             |          |      |       |        |     |
|owners.write       |     |          |     |yes  |          |             |          |      |       |        |     |
|bans.read          |     |          |yes  |yes  |          |             |          |      |       |yes     |     |
|bans.lift          |     |          |     |     |          |             |          |      |       |yes     |     |
|support.forward    |     |          |     |     |          |             |          |      |yes    |yes     |     |
|slots.write        |     |          |     |     |          |             |          |      |       |yes     |     |
|offers.write       |     |          |     |     |          |             |          |      |       |yes     |     |
|customers.read     |     |          |     |     |          |             |          |      |       |yes     |yes  |
|customers.ask      |     |          |     |     |          |             |          |      |       |yes     |yes  |
|customers.approve  |     |          |     |     |          |             |          |      |       |yes     |     |
"""


class Role(IntEnum):
    """The roles of the proto, with the same numbers."""

    AGENT = 1
    SUPERVISOR = 2
    ADMIN = 3
    OWNER = 4
    ACCOUNTANT = 5
    CLIENT_VIEWER = 6
    INTEGRATOR = 7
    SCREEN = 8
    SUPPORT = 9
    OPERATOR = 10
    CLERK = 11


def _read(table: str) -> dict[Role, frozenset[str]]:
    lines = [line for line in table.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    roles = [Role[title.upper().replace(" ", "_")] for title in rows[0][1:]]
    return {
        role: frozenset(row[0] for row in rows[2:] if row[column] == "yes")
        for column, role in enumerate(roles, start=1)
    }


PERMISSIONS = _read(TABLE)
EVERY = frozenset().union(*PERMISSIONS.values())
INSTALLATION = EVERY - PERMISSIONS[Role.OWNER]
"""What reaches beyond one's own company. It counts in the operator's company only, whoever has the role elsewhere."""


def of(roles: Iterable[int]) -> frozenset[str]:
    """The permissions of all the roles together."""
    return frozenset().union(*(PERMISSIONS[Role(role)] for role in roles))


def held(roles: Iterable[int], *, at_operator: bool) -> frozenset[str]:
    """What a token may say of these roles. The owner of the operator's company is an operator, too, and so can make
    others one; in any other company nobody is."""
    given = frozenset(roles)
    if at_operator and Role.OWNER in given:
        given |= {Role.OPERATOR}
    return of(given) if at_operator else of(given) - INSTALLATION


def require_over(caller: Caller, roles: Iterable[int]) -> None:
    """Raises DENIED unless the caller may change somebody who has these roles. An owner may take from his people what
    reaches beyond the company, also after it has stopped being the operator's."""
    ours = INSTALLATION if caller.may("owners.write") else frozenset()
    _require(caller, of(roles) - ours)


def require_grant(caller: Caller, roles: Iterable[int]) -> None:
    """Raises DENIED unless the caller itself may everything that these roles may."""
    _require(caller, of(roles))


def _require(caller: Caller, wanted: frozenset[str]) -> None:
    missing = [] if caller.is_service else sorted(wanted - caller.permissions)
    if missing:
        raise DomainError(Common.DENIED, f"the right {missing[0]!r} is needed", permission=missing[0])
