"""A reason survives every hop: domain → gRPC status → domain → problem."""

from __future__ import annotations

import grpc
import pytest

from antiphon.acd.v1 import acd_pb2
from antiphon.kit.errors import Common, DomainError, Kind, Reason, invalid, problem
from antiphon.kit.grpc_client import to_domain
from antiphon.kit.grpc_server import check, permission_of, to_status
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.domain


class Example(Reason):
    OFFER_GONE = (Kind.CONFLICT, "The offer ended.")


def over_the_wire(error: DomainError) -> DomainError:
    status = to_status(error)
    trailers = grpc.aio.Metadata(*status.trailing_metadata)
    return to_domain(grpc.aio.AioRpcError(status.code, grpc.aio.Metadata(), trailers, status.details, None))


def test_a_typed_reason_comes_back_with_facts_and_retry() -> None:
    back = over_the_wire(DomainError(Example.OFFER_GONE, "rang out", item="i1", version=3))
    assert (back.reason.name, back.reason.kind, back.message) == ("OFFER_GONE", Kind.CONFLICT, "rang out")
    assert back.facts == {"item": "i1", "version": "3"}
    assert not back.retry
    assert over_the_wire(DomainError(Common.UNAVAILABLE)).retry
    assert over_the_wire(DomainError(Common.STALE)).reason is Common.STALE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, Common.TIMEOUT),
        (grpc.StatusCode.UNAVAILABLE, Common.UNAVAILABLE),
        (grpc.StatusCode.INTERNAL, Common.UNAVAILABLE),
    ],
)
def test_what_the_transport_says_is_a_reason_too(code: grpc.StatusCode, reason: Common) -> None:
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), "details of the transport", None)
    assert to_domain(error).reason is reason


def test_every_kind_has_a_grpc_and_an_http_status() -> None:
    for kind in Kind:
        assert grpc.StatusCode[kind.grpc_status]
        assert 400 <= kind.http_status < 600


def test_a_problem_is_rfc_9457() -> None:
    assert problem(invalid("name", "too long")) == {
        "type": "urn:antiphon:invalid",
        "title": "The request is not well-formed.",
        "status": 422,
        "detail": "too long",
        "reason": "INVALID",
        "retry": False,
        "facts": {"field": "name"},
    }


def test_permissions_stand_beside_the_methods_and_are_checked_in_one_place() -> None:
    acd = acd_pb2.DESCRIPTOR.services_by_name["AcdService"].full_name
    assert permission_of(f"/{acd}/Enqueue") == "service"
    person, service = Caller("t", "person:p", frozenset({"a.read"})), Caller("t", "service:acd")
    allowed = [(None, "public"), (person, "public"), (person, "person"), (person, "a.read")]
    allowed += [(service, "service"), (service, "a.read"), (service, "person")]
    for caller, requires in allowed:
        check(caller, requires)
    for caller, requires, reason in (
        (None, "person", Common.UNAUTHENTICATED),
        (person, "service", Common.DENIED),
        (person, "a.write", Common.DENIED),
        (person, "", Common.DENIED),
    ):
        with pytest.raises(DomainError) as refused:
            check(caller, requires)
        assert refused.value.reason is reason
