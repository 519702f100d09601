"""Roles and permissions agree with every proto of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from antiphon.directory.domain import permissions
from antiphon.directory.domain.permissions import EVERY, PERMISSIONS, Role
from antiphon.directory.v1 import directory_pb2
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.domain
PROTOS = Path(__file__).parents[4] / "proto"
TEXT = "\n".join(file.read_text() for file in sorted(PROTOS.glob("antiphon/**/*.proto")))
REQUIRED = set(re.findall(r'option \(antiphon\.common\.v1\.requires\) = "([^"]*)"', TEXT))
NAMED = set(re.findall(r'the right "([a-z.]+)"', re.sub(r"\s+//\s*", " ", TEXT)))
"""Rights that a method's comment names: they are checked by the use case, beside the option."""


def test_every_requirement_of_a_proto_is_a_permission_or_one_of_three_words() -> None:
    assert len(REQUIRED) > 10
    others = REQUIRED - EVERY
    assert others == {"public", "person", "service"}


def test_every_permission_is_used_by_a_proto() -> None:
    unused = EVERY - REQUIRED - NAMED
    assert not unused


def test_every_method_says_who_may_call_it() -> None:
    assert TEXT.count("\n  rpc ") == TEXT.count("option (antiphon.common.v1.requires)")


def test_roles_have_the_numbers_of_the_proto_and_each_has_permissions() -> None:
    assert {f"ROLE_{role.name}": int(role) for role in Role} == {
        name: number for name, number in directory_pb2.Role.items() if number
    }
    assert set(PERMISSIONS) == set(Role)
    assert all(PERMISSIONS.values())


def test_the_owner_may_everything_at_home_and_the_admin_all_but_ownership() -> None:
    assert permissions.of([Role.OWNER]) == EVERY - permissions.INSTALLATION
    assert permissions.of([Role.OWNER]) - permissions.of([Role.ADMIN]) == {"owners.write"}
    assert permissions.of([Role.AGENT, Role.CLIENT_VIEWER]) == (
        PERMISSIONS[Role.AGENT] | PERMISSIONS[Role.CLIENT_VIEWER]
    )
    assert permissions.of([]) == frozenset()


@pytest.mark.parametrize("giver", list(Role))
@pytest.mark.parametrize("given", list(Role))
def test_nobody_gives_a_role_that_may_more_than_the_giver(giver: Role, given: Role) -> None:
    caller = Caller("t", "person:p", permissions.of([giver]))
    if PERMISSIONS[given] <= PERMISSIONS[giver]:
        permissions.require_grant(caller, [given])
    else:
        with pytest.raises(DomainError) as refusal:
            permissions.require_grant(caller, [given])
        assert refusal.value.reason is Common.DENIED


@pytest.mark.clause("A19")
def test_support_may_forward_and_nothing_else_and_only_at_the_operators() -> None:
    customers = {"customers.read", "customers.ask", "customers.approve"}
    offered = {"support.forward", "bans.lift", "slots.write", "offers.write"}
    assert set(permissions.INSTALLATION) == offered | customers
    assert PERMISSIONS[Role.CLERK] == {"directory.read", "customers.read", "customers.ask"}
    assert PERMISSIONS[Role.SUPPORT] == {"directory.read", "support.forward"}
    reach = {"bans.read", "bans.lift", "slots.write", "offers.write"} | customers
    assert PERMISSIONS[Role.OPERATOR] == {"directory.read", "support.forward"} | reach
    for role in Role:
        elsewhere = permissions.held([role], at_operator=False)
        assert elsewhere == PERMISSIONS[role] - permissions.INSTALLATION
        more = permissions.INSTALLATION | {"bans.read"} if role is Role.OWNER else frozenset()
        assert permissions.held([role], at_operator=True) == PERMISSIONS[role] | more


def test_an_owner_takes_support_away_and_an_administrator_touches_nobody_of_support() -> None:
    owner, admin = (Caller("t", "person:p", PERMISSIONS[role]) for role in (Role.OWNER, Role.ADMIN))
    permissions.require_over(owner, [Role.SUPPORT, Role.OPERATOR])
    for check, caller in ((permissions.require_over, admin), (permissions.require_grant, owner)):
        with pytest.raises(DomainError) as refusal:
            check(caller, [Role.SUPPORT])
        assert refusal.value.reason is Common.DENIED


def test_who_may_make_whom() -> None:
    def may(giver: Role, given: Role) -> bool:
        return PERMISSIONS[given] <= PERMISSIONS[giver]

    assert may(Role.ADMIN, Role.AGENT)
    assert may(Role.ADMIN, Role.SUPERVISOR)
    assert may(Role.ADMIN, Role.INTEGRATOR)
    assert not may(Role.ADMIN, Role.OWNER)
    assert not may(Role.INTEGRATOR, Role.ADMIN)
    assert not may(Role.SUPERVISOR, Role.ADMIN)
