"""Who may call what, read from every contract there is: each method × nobody, a person without rights, each role, a
service. A method added later is asked without a line here; only a new public one must be named below, on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import MethodDescriptor

from antiphon.directory.domain.permissions import EVERY, PERMISSIONS, Role
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_server import check, permission_of
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.domain
SERVICES = Path(__file__).parents[3]
PUBLIC = {
    "SignUp", "SignIn", "SignOut", "IssueToken", "BeginSignOn", "EndSignOn", "FinishSignOn", "BeginPasskeySignIn",
    "FinishPasskeySignIn", "ReadCalendar", "VerifyDocument",
}  # fmt: skip
"""What a stranger may ask: doors, each with its own defence (docs/security/threat-model.md)."""


def methods() -> Iterator[MethodDescriptor]:
    for file in sorted(SERVICES.glob("antiphon/*/v1/*_pb2.py")):
        module = import_module(".".join(file.relative_to(SERVICES).with_suffix("").parts))
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


METHODS = {f"/{each.containing_service.full_name}/{each.name}": each for each in methods()}


def verdict(caller: Caller | None, requires: str) -> str:
    try:
        check(caller, requires)
    except DomainError as refusal:
        return refusal.reason.name
    return "in"


def test_the_contracts_were_found() -> None:
    assert len(METHODS) > 250
    assert len({name.split(".")[1] for name in METHODS}) >= 10


def test_only_the_doors_are_public() -> None:
    assert {each.name for name, each in METHODS.items() if permission_of(name) == "public"} == PUBLIC


@pytest.mark.parametrize("name", METHODS)
def test_every_method_lets_in_who_may_and_nobody_else(name: str) -> None:
    requires = permission_of(name)
    assert requires in {*EVERY, "public", "person", "service"}, "the contract must say who may call it"
    if requires == "public":
        return
    assert verdict(None, requires) == "UNAUTHENTICATED"
    nobody = Caller("t1", "person:p1")
    assert verdict(nobody, requires) == ("in" if requires == "person" else "DENIED")
    for role in Role:
        may = requires == "person" or requires in PERMISSIONS[role]
        assert verdict(Caller("t1", "person:p1", PERMISSIONS[role]), requires) == ("in" if may else "DENIED"), role
    assert verdict(Caller("t1", "key:k1", EVERY), requires) == ("DENIED" if requires == "service" else "in")
    assert verdict(Caller("t1", "service:acd"), requires) == "in"
