"""Who signs out at the company's provider is signed out here, and nobody else is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from antiphon.directory.v1 import identity_pb2
from antiphon.directory.v1 import signon_pb2 as pb
from antiphon.kit.errors import DomainError

from .conftest import PASSWORD, Desk
from .provider import CLIENT, FakeProvider, provider_at
from .test_service_signon import RETURN, Company, company, somebody

pytestmark = pytest.mark.service
__all__ = ["company"]
"""The fixture."""


@pytest.fixture(scope="module")
async def provider(desk: Desk) -> AsyncIterator[FakeProvider]:
    async with provider_at(RETURN, desk.clock) as fake:
        yield fake


async def is_open(desk: Desk, session: str) -> bool:
    try:
        await desk.ask("IssueToken", identity_pb2.IssueTokenRequest(session=session))
    except DomainError as refusal:
        if refusal.reason.name == "SESSION_ENDED":
            return False
        raise
    return True


async def told(desk: Desk, token: str) -> int:
    return int((await desk.ask("EndSignOn", pb.EndSignOnRequest(logout_token=token))).ended)


async def test_one_session_of_the_provider_or_all_of_them(company: Company) -> None:
    desk, person = company.desk, await company.hire(password=PASSWORD)
    subject = f"sub-{person.email}"
    first = (await company.sign_in(**somebody(person.email), sid="one")).session
    second = (await company.sign_in(**somebody(person.email), sid="two")).session
    other = (await company.sign_in(**somebody((await company.hire()).email), sid="one")).session
    own = await desk.sign_in(person.email)
    assert await told(desk, company.provider.logout_token(sub=subject, sid="one")) == 1
    assert [await is_open(desk, one) for one in (first, second, other, own)] == [False, True, True, True]
    whole = company.provider.logout_token(sub=subject)
    assert await told(desk, whole) == 1
    assert [await is_open(desk, one) for one in (second, other, own)] == [False, True, True], "a password's stays"
    assert await told(desk, whole) == 0
    assert await told(desk, company.provider.logout_token(sub="a stranger")) == 0
    assert "signout" in {entry.action for entry in await desk.audit(company.token, f"person:{person.id}")}


async def test_a_token_that_comes_again_ends_no_later_session(company: Company) -> None:
    person = await company.hire()
    old = company.provider.logout_token(sub=f"sub-{person.email}", iat=int(company.desk.clock().timestamp()) - 300)
    session = (await company.sign_in(**somebody(person.email))).session
    assert await told(company.desk, old) == 0
    assert await is_open(company.desk, session)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"events": None}, "event"),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, "event"),
        ({"nonce": "n"}, "event"),
        ({"sub": None}, "subject"),
        ({"sub": None, "sid": "one"}, "subject"),
        ({"iat": 1_000_000_000}, "time"),
        ({"iat": None}, "time"),
        ({"exp": 1_000_000_000}, "time"),
    ],
)
async def test_what_is_no_logout_token_ends_nothing(company: Company, claims: dict[str, Any], why: str) -> None:
    person = await company.hire()
    session = (await company.sign_in(**somebody(person.email), sid="one")).session
    token = company.provider.logout_token(**{"sub": f"sub-{person.email}", **claims})
    refusal = await company.desk.refusal("EndSignOn", pb.EndSignOnRequest(logout_token=token))
    assert (refusal.reason.name, refusal.facts.get("why")) == ("SIGN_ON_FAILED", why)
    assert await is_open(company.desk, session)


@pytest.mark.parametrize("forged", ["key", "secret", "none"])
async def test_nobody_else_signs_a_person_out(company: Company, forged: str) -> None:
    person = await company.hire()
    session = (await company.sign_in(**somebody(person.email))).session
    company.provider.forged = forged
    token = company.provider.logout_token(sub=f"sub-{person.email}")
    refusal = await company.desk.refusal("EndSignOn", pb.EndSignOnRequest(logout_token=token))
    assert (refusal.reason.name, refusal.facts.get("why")) == ("SIGN_ON_FAILED", "signature")
    assert await is_open(company.desk, session)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "é.é.é"])
async def test_what_is_no_token_is_refused(company: Company, token: str) -> None:
    refusal = await company.desk.refusal("EndSignOn", pb.EndSignOnRequest(logout_token=token))
    assert (refusal.reason.name, refusal.facts.get("why")) == ("SIGN_ON_FAILED", "token")


async def test_two_companies_with_one_provider_and_client_lose_the_person_in_both(company: Company, desk: Desk) -> None:
    person = await company.hire()
    session = (await company.sign_in(**somebody(person.email))).session
    owner = await desk.sign_up()
    record = pb.SignOn(word="another-of-it", issuer=company.provider.issuer, client_id=CLIENT, enabled=True)
    other = Company(desk, company.provider, owner, await desk.token(owner.session), record)
    await other.put("s:ecret/1")
    there = (await other.sign_in(**somebody((await other.hire()).email, subject=f"sub-{person.email}"))).session
    assert await told(desk, company.provider.logout_token(sub=f"sub-{person.email}")) == 2
    assert [await is_open(desk, one) for one in (session, there)] == [False, False]
