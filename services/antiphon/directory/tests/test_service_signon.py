"""A company's own sign-in against a provider that speaks the real protocol, and that lies where it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from antiphon.directory.app.provider import Description, Exchange, Providers
from antiphon.directory.v1 import directory_pb2, events_pb2, identity_pb2
from antiphon.directory.v1 import signon_pb2 as pb
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError

from .conftest import PASSWORD, Desk, Tenancy, new_email
from .provider import CLIENT, SECRET, FakeProvider, provider_at

pytestmark = pytest.mark.service
RETURN = "http://localhost:8080/sign-in/return"
_words = iter(f"company-{number}" for number in range(1000))


@pytest.fixture(scope="module")
async def provider(desk: Desk) -> AsyncIterator[FakeProvider]:
    async with provider_at(RETURN, desk.clock) as fake:
        yield fake


@dataclass
class Company:
    """A tenant with a provider, and a browser that goes there."""

    desk: Desk
    provider: FakeProvider
    owner: Tenancy
    token: str
    record: pb.SignOn

    async def put(self, secret: str = "", **changes: Any) -> pb.SignOn:
        record = pb.SignOn()
        record.CopyFrom(self.record)
        for name, value in changes.items():
            if isinstance(value, list):
                record.ClearField(name)  # type: ignore[arg-type]
                getattr(record, name).extend(value)
            else:
                setattr(record, name, value)
        answer = await self.desk.ask("PutSignOn", pb.PutSignOnRequest(sign_on=record, client_secret=secret), self.token)
        self.record = answer.sign_on
        return self.record

    async def leave(self) -> tuple[dict[str, str], str]:
        """To the provider and back: what the browser brings, and what it has kept."""
        begun = await self.desk.ask("BeginSignOn", pb.BeginSignOnRequest(word=self.record.word))
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(begun.url)
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(RETURN + "?")
        brought = {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        return brought, begun.binding

    async def sign_in(self, **person: Any) -> pb.FinishSignOnResponse:
        self.provider.person = person
        brought, binding = await self.leave()
        request = pb.FinishSignOnRequest(**brought, binding=binding, agent="Firefox")
        answer: pb.FinishSignOnResponse = await self.desk.ask("FinishSignOn", request)
        return answer

    async def refused(self, **person: Any) -> tuple[str, str]:
        """Reason and why of a sign-in that must fail."""
        with pytest.raises(DomainError) as refusal:
            await self.sign_in(**person)
        return refusal.value.reason.name, refusal.value.facts.get("why", "")

    async def hire(self, **fields: Any) -> directory_pb2.Person:
        return await self.desk.hire(self.token, **fields)


def somebody(email: str, subject: str = "", **claims: Any) -> dict[str, Any]:
    return {"sub": subject or f"sub-{email}", "email": email, "email_verified": True, "name": "Taras K.", **claims}


@pytest.fixture
async def company(desk: Desk, provider: FakeProvider) -> Company:
    """Enabled, for people who were invited."""
    provider.person, provider.lies, provider.described, provider.forged = {}, {}, {}, ""
    owner = await desk.sign_up()
    record = pb.SignOn(word=next(_words), issuer=provider.issuer, client_id=CLIENT, enabled=True)
    company = Company(desk, provider, owner, await desk.token(owner.session), record)
    await company.put(SECRET)
    return company


async def test_an_invited_person_signs_in_at_the_company_s_provider(company: Company) -> None:
    person = await company.hire()
    signed = await company.sign_in(**somebody(person.email.upper()))
    assert signed.person == person
    me = await company.desk.ask("WhoAmI", identity_pb2.WhoAmIRequest(), await company.desk.token(signed.session))
    assert (me.person.id, me.tenant.id) == (person.id, company.owner.tenant.id)
    actions = {entry.action for entry in await company.desk.audit(company.token, f"person:{person.id}")}
    assert actions >= {"signin.ok", "signon.linked"}
    await company.sign_in(**somebody("another@name.example", subject=f"sub-{person.email.upper()}"))  # known by subject


async def test_the_settings_never_show_the_secret_and_are_the_owners_alone(company: Company) -> None:
    got = (await company.desk.ask("GetSignOn", pb.GetSignOnRequest(), company.token)).sign_on
    assert (got.has_secret, got.return_url, got.rev) == (True, RETURN, 1)
    assert SECRET not in str(got)
    admin = await company.hire(roles=[directory_pb2.ROLE_ADMIN], password=PASSWORD)
    token = await company.desk.token(await company.desk.sign_in(admin.email))
    for method, request in (("GetSignOn", pb.GetSignOnRequest()), ("PutSignOn", pb.PutSignOnRequest(sign_on=got))):
        assert (await company.desk.refusal(method, request, token)).reason.name == "DENIED"
    stale = pb.PutSignOnRequest(sign_on=pb.SignOn(word="x1", issuer=got.issuer, client_id="c"))
    assert (await company.desk.refusal("PutSignOn", stale, company.token)).reason.name == "STALE"
    raw = await company.desk.rt.database()["sign_ons"].find_one({"_id": company.owner.tenant.id})
    assert raw is not None
    assert SECRET.encode() not in bytes(raw["sealed"])


async def test_another_issuer_does_not_get_the_old_secret(company: Company) -> None:
    async with provider_at(RETURN, company.desk.clock) as other:
        assert not (await company.put(issuer=other.issuer)).has_secret
        company.provider = other
        assert await company.refused(**somebody("a@b.example")) == ("SIGN_ON_FAILED", "code")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"word": "A company"}, "word"),
        ({"word": "-x"}, "word"),
        ({"issuer": "http://login.example"}, "issuer"),
        ({"issuer": "https://user@login.example"}, "issuer"),
        ({"issuer": "https://login.example/?a=b"}, "issuer"),
        ({"issuer": "ftp://login.example"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"domains": ["not a domain"]}, "domains"),
        ({"roles": [directory_pb2.ROLE_CLIENT_VIEWER]}, "roles"),
        ({"role_rules": [pb.RoleRule(value="x", role=directory_pb2.ROLE_SCREEN)]}, "role_rules"),
        ({"joining": pb.JOINING_VERIFIED}, "roles"),
        ({"enabled": False, "enforced": True}, "enforced"),
    ],
)
async def test_settings_that_cannot_work_are_refused(company: Company, change: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        await company.put(**change)
    assert (refusal.value.reason.name, refusal.value.facts["field"]) == ("INVALID", field)


async def test_a_word_belongs_to_one_company(company: Company, desk: Desk) -> None:
    other = await desk.sign_up()
    record = pb.SignOn(word=company.record.word.upper(), issuer=company.record.issuer, client_id="c")
    refusal = await desk.refusal("PutSignOn", pb.PutSignOnRequest(sign_on=record), await desk.token(other.session))
    assert (refusal.reason.name, refusal.facts["field"]) == ("TAKEN", "word")


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"token_endpoint": "http://10.0.0.7/token"}, "addresses"),
        ({"jwks_uri": None}, "addresses"),
        ({"response_types_supported": ["id_token"]}, "code_flow"),
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_switched_on(
    company: Company, described: dict[str, Any], why: str
) -> None:
    company.provider.described = described
    with pytest.raises(DomainError) as refusal:
        await company.put()
    assert (refusal.value.reason.name, refusal.value.facts["why"]) == ("PROVIDER_UNUSABLE", why)


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "somebody-else"}, "audience"),
        ({"aud": [CLIENT, "somebody-else"]}, "audience"),
        ({"azp": "somebody-else"}, "audience"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1_000_000_000}, "time"),
        ({"exp": None}, "time"),
        ({"iat": 9_999_999_999}, "time"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
    ],
)
async def test_a_token_that_says_something_else_opens_nothing(company: Company, lies: dict[str, Any], why: str) -> None:
    person = await company.hire()
    company.provider.lies = lies
    assert await company.refused(**somebody(person.email)) == ("SIGN_ON_FAILED", why)
    noted = [entry.facts["why"] for entry in await company.desk.audit(company.token) if entry.action == "signin.failed"]
    assert noted == [why]


@pytest.mark.parametrize("forged", ["key", "secret", "none"])
async def test_a_token_that_the_provider_did_not_sign_opens_nothing(company: Company, forged: str) -> None:
    person = await company.hire()
    company.provider.forged = forged
    assert await company.refused(**somebody(person.email)) == ("SIGN_ON_FAILED", "signature")


async def test_only_a_verified_address_of_the_company_s_domains_says_who_it_is(company: Company) -> None:
    person = await company.hire()
    for claims in ({"email_verified": False}, {"email_verified": "true"}, {"email": None}):
        assert (await company.refused(**{**somebody(person.email), **claims}))[0] == "NOT_INVITED"
    await company.put(domains=["company.example"])
    assert (await company.refused(**somebody(person.email)))[0] == "NOT_INVITED"
    await company.put(domains=["EXAMPLE.com"])
    assert (await company.sign_in(**somebody(person.email))).person.id == person.id


async def test_an_address_that_was_given_to_somebody_else_does_not_bring_the_account_along(company: Company) -> None:
    person = await company.hire()
    await company.sign_in(**somebody(person.email, "first"))
    assert await company.refused(**somebody(person.email, "second")) == ("SIGN_ON_FAILED", "linked")


async def test_who_was_not_invited_becomes_a_member_only_where_the_company_wants_it(company: Company) -> None:
    email = new_email()
    assert (await company.refused(**somebody(email)))[0] == "NOT_INVITED"
    await company.put(joining=pb.JOINING_VERIFIED, roles=[directory_pb2.ROLE_AGENT])
    joined = (await company.sign_in(**somebody(email))).person
    assert (joined.email, joined.name, list(joined.roles)) == (email, "Taras K.", [directory_pb2.ROLE_AGENT])
    told = (await company.desk.told(events_pb2.PersonChanged, joined.id))[0]
    assert (told.person.id, told.person.email) == (joined.id, "")
    assert (await company.sign_in(**somebody(email))).person == joined


async def test_a_person_of_another_company_is_not_told_of(company: Company, desk: Desk) -> None:
    other = await desk.sign_up()
    await company.put(joining=pb.JOINING_VERIFIED, roles=[directory_pb2.ROLE_AGENT])
    assert (await company.refused(**somebody(other.owner.email)))[0] == "NOT_INVITED"


async def test_a_claim_gives_the_roles_anew_at_every_sign_in(company: Company) -> None:
    rules = [
        pb.RoleRule(value="cc-agents", role=directory_pb2.ROLE_AGENT),
        pb.RoleRule(value="cc-leads", role=directory_pb2.ROLE_SUPERVISOR),
    ]
    await company.put(joining=pb.JOINING_VERIFIED, role_claim="groups", role_rules=rules)
    email = new_email()
    assert (await company.refused(**somebody(email, groups=["cooks"])))[0] == "NO_ROLE"
    assert not [one for one in await people(company) if one.email == email]
    both = (await company.sign_in(**somebody(email, groups=["cc-leads", "cc-agents"]))).person
    assert list(both.roles) == [directory_pb2.ROLE_AGENT, directory_pb2.ROLE_SUPERVISOR]
    fewer = (await company.sign_in(**somebody(email, groups="cc-agents"))).person
    assert (list(fewer.roles), fewer.rev) == ([directory_pb2.ROLE_AGENT], both.rev + 1)
    assert (await company.refused(**somebody(email, groups=[])))[0] == "NO_ROLE"
    owner = (await company.sign_in(**somebody(company.owner.owner.email, groups=["cc-agents"]))).person
    assert directory_pb2.ROLE_OWNER in owner.roles  # the last one stays


async def people(company: Company) -> list[directory_pb2.Person]:
    return list((await company.desk.ask("ListPeople", directory_pb2.ListPeopleRequest(), company.token)).people)


async def test_who_left_stays_outside(company: Company) -> None:
    person = await company.hire()
    await company.sign_in(**somebody(person.email))
    person.disabled = True
    await company.desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=person), company.token)
    assert (await company.refused(**somebody(person.email)))[0] == "DISABLED"


async def test_with_the_provider_as_the_one_way_in_only_owners_have_a_password(company: Company) -> None:
    person = await company.hire(password=PASSWORD)
    await company.desk.sign_in(person.email)
    await company.put(enforced=True)
    wrong = await company.desk.refusal("SignIn", identity_pb2.SignInRequest(email=person.email, password="x" * 12))
    assert wrong.reason.name == "BAD_CREDENTIALS"
    right = await company.desk.refusal("SignIn", identity_pb2.SignInRequest(email=person.email, password=PASSWORD))
    assert (right.reason.name, right.facts["word"]) == ("SIGN_ON_ONLY", company.record.word)
    assert await company.desk.sign_in(company.owner.owner.email)
    assert (await company.sign_in(**somebody(person.email))).session


async def test_a_return_counts_once_for_one_browser_and_for_ten_minutes(company: Company) -> None:
    person = await company.hire()
    company.provider.person = somebody(person.email)

    async def why(**changes: str) -> str:
        brought, binding = await company.leave()
        request = pb.FinishSignOnRequest(**{**brought, "binding": binding, **changes})
        refusal = await company.desk.refusal("FinishSignOn", request)
        assert refusal.reason.name == "SIGN_ON_FAILED"
        if "state" not in changes:  # the first return has used it up
            again = await company.desk.refusal("FinishSignOn", pb.FinishSignOnRequest(**brought, binding=binding))
            assert again.facts["why"] == "state"
        return refusal.facts["why"]

    assert await why(state="unknown") == "state"
    assert await why(binding="another browser") == "browser"
    assert await why(binding="") == "browser"
    assert await why(iss="https://evil.example") == "issuer"
    assert await why(iss="") == "issuer"  # it promised to name itself
    assert await why(code="guessed") == "code"
    assert await why(error="access_denied") == "refused"
    brought, binding = await company.leave()
    company.desk.clock.forward(minutes=11)
    late = await company.desk.refusal("FinishSignOn", pb.FinishSignOnRequest(**brought, binding=binding))
    assert late.facts["why"] == "state"
    unknown = await company.desk.refusal("BeginSignOn", pb.BeginSignOnRequest(word="nobody-at-all"))
    assert unknown.reason.name == "NOT_FOUND"


async def test_settings_that_changed_meanwhile_end_the_try(company: Company) -> None:
    person = await company.hire()
    company.provider.person = somebody(person.email)
    brought, binding = await company.leave()
    await company.put(enabled=False)
    refusal = await company.desk.refusal("FinishSignOn", pb.FinishSignOnRequest(**brought, binding=binding))
    assert refusal.facts["why"] == "changed"
    assert (await company.desk.refusal("BeginSignOn", pb.BeginSignOnRequest(word=company.record.word))).reason.name == (
        "NOT_FOUND"
    )


async def test_the_provider_may_change_its_keys_and_is_not_asked_at_every_sign_in(company: Company) -> None:
    person = await company.hire()
    await company.sign_in(**somebody(person.email))
    company.provider.asked.clear()
    await company.sign_in(**somebody(person.email))
    assert company.provider.asked == []
    company.desk.clock.forward(minutes=1)
    company.provider.rotate()
    await company.sign_in(**somebody(person.email))
    assert company.provider.asked == ["keys"]
    company.provider.forged = "key"
    for _ in range(3):  # unknown keys do not make us ask again and again
        assert await company.refused(**somebody(person.email)) == ("SIGN_ON_FAILED", "signature")
    assert company.provider.asked == ["keys"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "[::1]:1", "10.1.2.3", "169.254.169.254", "[::ffff:10.0.0.1]", "2130706433", "localhost"]
)
async def test_a_provider_inside_our_network_is_never_asked(host: str) -> None:
    """Nor is a tenant's provider whose description points there: every address is judged in the same place."""
    providers = Providers(system_clock, inside=False)
    with pytest.raises(DomainError) as refusal:
        await providers.describe(f"https://{host}")
    assert refusal.value.reason.name == "PRIVATE_HOST"
    inside = Description("https://id.example", "", f"https://{host}/token", f"https://{host}/keys", False, False)
    with pytest.raises(DomainError) as refusal:
        await providers.exchange(inside, Exchange("c", "s", "code", "v", RETURN))
    assert refusal.value.reason.name == "PRIVATE_HOST"
