"""Sign-up, sign-in, lock-out, second factor, sessions, tokens and API keys against a real mongod and NATS."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from itertools import pairwise

import pytest

from antiphon.directory.domain import totp
from antiphon.directory.v1 import directory_pb2, events_pb2, identity_pb2
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

from .conftest import PASSWORD, Desk, new_email

pytestmark = pytest.mark.service
NEW = "Quiet-River-9-Stone"


def attempt(email: str, password: str = PASSWORD, code: str = "") -> identity_pb2.SignInRequest:
    return identity_pb2.SignInRequest(email=email, password=password, code=code, agent="Firefox")


def proof(session: str = "", api_key: str = "") -> identity_pb2.IssueTokenRequest:
    if api_key:
        return identity_pb2.IssueTokenRequest(api_key=api_key)
    return identity_pb2.IssueTokenRequest(session=session)


async def test_signing_up_makes_a_tenant_with_an_owner_who_is_signed_in(desk: Desk) -> None:
    one = await desk.sign_up("Ромашка")
    token = await desk.token(one.session)
    me = await desk.ask("WhoAmI", identity_pb2.WhoAmIRequest(), token)
    assert (me.person, me.tenant) == (one.owner, one.tenant)
    assert (me.tenant.name, me.tenant.language, me.tenant.time_zone) == ("Ромашка", "uk", "Europe/Kyiv")
    assert "owners.write" in me.permissions
    caller = desk.rt.verifier.verify(token)
    assert (caller.tenant, caller.person_id) == (one.tenant.id, one.owner.id)
    assert caller.session
    assert [event.tenant for event in await desk.told(events_pb2.TenantChanged, one.tenant.id)] == [one.tenant]
    (told,) = [event.person for event in await desk.told(events_pb2.PersonChanged, one.owner.id)]
    assert (told.id, told.name, told.email) == (one.owner.id, one.owner.name, ""), "colleagues see no e-mail"
    assert [entry.action for entry in await desk.audit(token)] == ["signup"]


async def test_an_email_signs_up_once_whatever_arrives_at_once(desk: Desk) -> None:
    email = new_email()

    async def try_once(number: int) -> str:
        spelling = email.upper() if number % 2 else email
        request = identity_pb2.SignUpRequest(company="C", name="Iryna", email=spelling, password=PASSWORD)
        try:
            await desk.ask("SignUp", request)
        except DomainError as error:
            return error.reason.name
        return "made"

    answers = await asyncio.gather(*(try_once(number) for number in range(5)))
    assert sorted(answers) == ["TAKEN"] * 4 + ["made"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("company", "", "INVALID"), ("name", " ", "INVALID"), ("email", "nobody", "INVALID"),
        ("language", "de", "INVALID"), ("time_zone", "Mars/Base", "INVALID"), ("password", "short", "WEAK_PASSWORD"),
        ("password", "Iryna-Iryna-2026", "WEAK_PASSWORD"),
    ],
)  # fmt: skip
async def test_a_bad_sign_up_is_refused(desk: Desk, field: str, value: str, reason: str) -> None:
    good = {"company": "C", "name": "Iryna Melnyk", "email": new_email(), "password": PASSWORD}
    refusal = await desk.refusal("SignUp", identity_pb2.SignUpRequest(**{**good, field: value}))
    assert refusal.reason.name == reason
    await desk.ask("SignUp", identity_pb2.SignUpRequest(**good))


async def test_an_unknown_email_gets_the_same_answer_after_the_same_work(desk: Desk) -> None:
    """Work is measured in processor time of this process, which a busy machine does not change."""
    one = await desk.sign_up()
    spent: dict[str, list[float]] = {one.owner.email: [], new_email(): []}
    answers = set()
    for _ in range(4):
        for email, times in spent.items():
            began = time.process_time()
            refusal = await desk.refusal("SignIn", attempt(email, "Wrong-Password-1"))
            times.append(time.process_time() - began)
            answers.add((refusal.reason.name, refusal.message, str(refusal.facts)))
    assert len(answers) == 1
    known, unknown = (min(times) for times in spent.values())
    assert unknown > known * 0.5, "somebody unknown is refused faster: the clock tells who exists"


@pytest.mark.parametrize("exists", [True, False])
async def test_five_failures_lock_and_the_time_doubles(desk: Desk, exists: bool) -> None:
    one = await desk.sign_up()
    email = one.owner.email if exists else new_email()
    for _ in range(5):
        assert (await desk.refusal("SignIn", attempt(email, "Wrong-Password-1"))).reason.name == "BAD_CREDENTIALS"
    locked = await desk.refusal("SignIn", attempt(email))
    assert (locked.reason.name, locked.facts) == ("LOCKED", {"retry_after": "30"})
    desk.clock.forward(seconds=30)
    assert (await desk.refusal("SignIn", attempt(email, "Wrong-Password-1"))).reason.name == "BAD_CREDENTIALS"
    assert (await desk.refusal("SignIn", attempt(email))).facts == {"retry_after": "60"}
    desk.clock.forward(seconds=60)
    if exists:
        token = await desk.token(await desk.sign_in(email))
        log = await desk.audit(token, f"person:{one.owner.id}")
        assert log[0].action == "signin.ok"
        assert Counter(entry.action for entry in log) == {"signin.failed": 6, "signin.locked": 2, "signin.ok": 1}
        for _ in range(4):  # the row began anew
            await desk.refusal("SignIn", attempt(email, "Wrong-Password-1"))
        await desk.sign_in(email)


async def test_many_guesses_at_once_are_only_five(desk: Desk) -> None:
    one = await desk.sign_up()
    refusals = await asyncio.gather(
        *(desk.refusal("SignIn", attempt(one.owner.email, f"Wrong-Password-{number}")) for number in range(20))
    )
    reasons = [refusal.reason.name for refusal in refusals]
    assert reasons.count("BAD_CREDENTIALS") == 5
    assert reasons.count("LOCKED") == 15


async def test_a_session_slides_ends_when_idle_and_after_thirty_days(desk: Desk) -> None:
    one = await desk.sign_up()
    idle = await desk.sign_in(one.owner.email)
    for _ in range(2):
        desk.clock.forward(hours=11)
        await desk.token(one.session)
    assert (await desk.refusal("IssueToken", proof(idle))).reason.name == "SESSION_ENDED"
    for _ in range(63):
        desk.clock.forward(hours=11)
        await desk.token(one.session)
    desk.clock.forward(hours=6)
    assert (await desk.refusal("IssueToken", proof(one.session))).reason.name == "SESSION_ENDED"


async def test_signing_out_ends_the_session_tells_it_and_may_be_repeated(desk: Desk) -> None:
    one = await desk.sign_up()
    session_id = desk.rt.verifier.verify(await desk.token(one.session)).session
    for _ in range(2):
        await desk.ask("SignOut", identity_pb2.SignOutRequest(session=one.session))
    assert (await desk.refusal("IssueToken", proof(one.session))).reason.name == "SESSION_ENDED"
    events = await desk.told(events_pb2.SessionEnded, session_id)
    assert [(event.session_id, event.person_id) for event in events] == [(session_id, one.owner.id)]
    for junk in ("", "nothing", "x" * 5000):
        assert (await desk.refusal("IssueToken", proof(junk))).reason.name == "SESSION_ENDED"
        assert (await desk.refusal("IssueToken", proof(api_key=junk or "ak_"))).reason.name == "BAD_CREDENTIALS"
    assert (await desk.refusal("IssueToken", identity_pb2.IssueTokenRequest())).reason is Common.INVALID


async def test_one_sees_and_ends_ones_own_sessions_only(desk: Desk) -> None:
    one, other = await desk.sign_up(), await desk.sign_up()
    desk.clock.forward(seconds=1)
    second = await desk.sign_in(one.owner.email)
    token, foreign = await desk.token(one.session), await desk.token(other.session)
    listed = (await desk.ask("ListSessions", identity_pb2.ListSessionsRequest(), token)).sessions
    assert [(session.agent, session.current) for session in listed] == [("", True), ("Firefox", False)]
    request = identity_pb2.EndSessionRequest(session_id=listed[1].id)
    await desk.ask("EndSession", request, foreign)
    await desk.token(second)
    for _ in range(2):
        await desk.ask("EndSession", request, token)
    assert (await desk.refusal("IssueToken", proof(second))).reason.name == "SESSION_ENDED"
    await desk.told(events_pb2.SessionEnded, listed[1].id)


async def test_changing_the_password_ends_all_other_sessions(desk: Desk) -> None:
    one = await desk.sign_up()
    second = await desk.sign_in(one.owner.email)
    token = await desk.token(one.session)

    def change(old: str, new: str) -> identity_pb2.ChangePasswordRequest:
        return identity_pb2.ChangePasswordRequest(old_password=old, new_password=new)

    assert (await desk.refusal("ChangePassword", change("wrong", NEW), token)).reason.name == "BAD_CREDENTIALS"
    weak = await desk.refusal("ChangePassword", change(PASSWORD, "Iryna-Melnyk-77"), token)
    assert (weak.reason.name, weak.facts) == ("WEAK_PASSWORD", {"rule": "derived"})
    await desk.token(second)
    await desk.ask("ChangePassword", change(PASSWORD, NEW), token)
    assert (await desk.refusal("IssueToken", proof(second))).reason.name == "SESSION_ENDED"
    await desk.token(one.session)
    assert (await desk.refusal("SignIn", attempt(one.owner.email))).reason.name == "BAD_CREDENTIALS"
    await desk.sign_in(one.owner.email, NEW)


@pytest.mark.clause("L02")
async def test_the_last_five_passwords_do_not_come_back(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    passwords = [PASSWORD, *(f"Quiet-River-{number}-Stone" for number in range(1, 6))]
    for old, new in pairwise(passwords):
        refusal = await desk.refusal(
            "ChangePassword", identity_pb2.ChangePasswordRequest(old_password=old, new_password=old), token
        )
        assert refusal.facts == {"rule": "reused"}
        request = identity_pb2.ChangePasswordRequest(old_password=old, new_password=new)
        await desk.ask("ChangePassword", request, token)
    last = passwords[-1]
    reused = identity_pb2.ChangePasswordRequest(old_password=last, new_password=passwords[1])
    assert (await desk.refusal("ChangePassword", reused, token)).facts == {"rule": "reused"}
    oldest = identity_pb2.ChangePasswordRequest(old_password=last, new_password=PASSWORD)
    await desk.ask("ChangePassword", oldest, token)


async def turn_on(desk: Desk, token: str) -> tuple[bytes, list[str]]:
    """Sets the second factor up; returns its secret and the recovery codes."""
    begun = await desk.ask("BeginTotp", identity_pb2.BeginTotpRequest(), token)
    secret = base64.b32decode(begun.secret)
    code = totp.code_at(secret, totp.step_at(desk.clock()))
    wrong = identity_pb2.ConfirmTotpRequest(code="000000" if code != "000000" else "000001")
    assert (await desk.refusal("ConfirmTotp", wrong, token)).reason.name == "BAD_CODE"
    confirmed = await desk.ask("ConfirmTotp", identity_pb2.ConfirmTotpRequest(code=code), token)
    return secret, list(confirmed.recovery_codes)


async def test_the_second_factor_is_needed_and_a_code_works_once(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    secret, _ = await turn_on(desk, token)
    email = one.owner.email
    assert (await desk.refusal("BeginTotp", identity_pb2.BeginTotpRequest(), token)).reason.name == "TOTP_ON"
    for _ in range(7):  # the right password alone is no failure
        assert (await desk.refusal("SignIn", attempt(email))).reason.name == "TOTP_NEEDED"
    used = totp.code_at(secret, totp.step_at(desk.clock()))
    assert (await desk.refusal("SignIn", attempt(email, code=used))).reason.name == "BAD_CREDENTIALS"
    desk.clock.forward(seconds=30)
    fresh = totp.code_at(secret, totp.step_at(desk.clock()))
    answers = await asyncio.gather(
        *(desk.ask("SignIn", attempt(email, code=fresh)) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(answer, identity_pb2.SignInResponse) for answer in answers) == 1, "a code opens one session"
    people = await desk.told(events_pb2.PersonChanged, one.owner.id, 2)
    assert [event.person.rev for event in people] == [1, 2]


async def test_a_recovery_code_works_once(desk: Desk) -> None:
    one = await desk.sign_up()
    _, codes = await turn_on(desk, await desk.token(one.session))
    assert len(set(codes)) == 10
    await desk.sign_in(one.owner.email, code=codes[3].upper().replace("-", " "))
    assert (await desk.refusal("SignIn", attempt(one.owner.email, code=codes[3]))).reason.name == "BAD_CREDENTIALS"
    await desk.sign_in(one.owner.email, code=codes[0])


async def test_the_second_factor_goes_off_with_the_password_only(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    await turn_on(desk, token)
    wrong = identity_pb2.DisableTotpRequest(password="Wrong-Password-1")
    assert (await desk.refusal("DisableTotp", wrong, token)).reason.name == "BAD_CREDENTIALS"
    for _ in range(2):
        await desk.ask("DisableTotp", identity_pb2.DisableTotpRequest(password=PASSWORD), token)
    await desk.sign_in(one.owner.email)


async def test_somebody_else_resets_a_lost_second_factor(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    person = await desk.hire(owner, PASSWORD)
    await turn_on(desk, await desk.token(await desk.sign_in(person.email)))
    stored = (await desk.ask("GetPerson", directory_pb2.GetPersonRequest(person_id=person.id), owner)).person
    assert stored.totp
    stored.totp = False  # a form that forgets the field does not weaken anybody
    kept = await desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=stored), owner)
    assert kept.person.totp
    reset = directory_pb2.PutPersonRequest(person=kept.person, reset_totp=True)
    assert not (await desk.ask("PutPerson", reset, owner)).person.totp
    await desk.sign_in(person.email)


async def test_a_disabled_person_is_out_at_once_and_stays_out(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    person = await desk.hire(owner, PASSWORD)
    session = await desk.sign_in(person.email)
    session_id = desk.rt.verifier.verify(await desk.token(session)).session
    person.disabled = True
    await desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=person), owner)
    await desk.told(events_pb2.SessionEnded, session_id)
    assert (await desk.refusal("IssueToken", proof(session))).reason.name == "SESSION_ENDED"
    assert (await desk.refusal("SignIn", attempt(person.email))).reason.name == "DISABLED"
    left_over = await desk.sign_in((other := await desk.hire(owner, PASSWORD)).email)
    await desk.rt.database()["people"].update_one({"_id": other.id}, {"$set": {"disabled": True}})
    assert (await desk.refusal("IssueToken", proof(left_over))).reason.name == "SESSION_ENDED"
    wrong = attempt(person.email, "Wrong-Password-1")
    assert (await desk.refusal("SignIn", wrong)).reason.name == "BAD_CREDENTIALS", "only who knows the password hears"


async def test_a_sign_in_under_way_does_not_survive_a_change_of_password(desk: Desk) -> None:
    """Whichever of the two comes first: afterwards no session stands that was opened with the old password."""
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    person = await desk.hire(owner, PASSWORD)
    change = directory_pb2.PutPersonRequest(person=person, password=NEW)
    answers = await asyncio.gather(
        *(desk.ask("SignIn", attempt(person.email)) for _ in range(3)),
        desk.ask("PutPerson", change, owner),
        return_exceptions=True,
    )
    sessions = [answer.session for answer in answers[:3] if not isinstance(answer, BaseException)]
    for session in sessions:
        assert (await desk.refusal("IssueToken", proof(session))).reason.name == "SESSION_ENDED"
    assert not isinstance(answers[3], BaseException)


@pytest.mark.clause("L08")
async def test_an_api_key_is_shown_once_acts_under_its_own_name_and_a_revoked_one_fails_at_once(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    request = directory_pb2.CreateApiKeyRequest(title="CRM", roles=[directory_pb2.ROLE_ADMIN])
    made = await desk.ask("CreateApiKey", request, owner)
    assert made.secret.startswith(made.key.prefix)
    assert len(made.secret) >= 46, "256 random bits"
    assert desk.rt.verifier.verify((await desk.ask("IssueToken", proof(api_key=made.secret))).token).permissions
    token = (await desk.ask("IssueToken", proof(api_key=made.secret))).token
    group = (
        await desk.ask("PutGroup", directory_pb2.PutGroupRequest(group=directory_pb2.Group(name="Sales")), token)
    ).group
    kept = [key async for key in desk.rt.database()["keys"].find({"_id": made.key.id})]
    assert made.secret not in str(kept)
    desk.clock.forward(seconds=1)
    for _ in range(2):
        await desk.ask("RevokeApiKey", directory_pb2.RevokeApiKeyRequest(key_id=made.key.id), owner)
    assert (await desk.refusal("IssueToken", proof(api_key=made.secret))).reason.name == "BAD_CREDENTIALS"
    (order,) = await desk.audit(owner, f"group:{group.id}")
    assert order.actor == f"key:{made.key.id}"
    assert order.at.seconds == int(desk.clock().timestamp()) - 1
    (listed,) = (await desk.ask("ListApiKeys", directory_pb2.ListApiKeysRequest(), owner)).keys
    assert (listed.id, listed.revoked, listed.last_used_at.seconds > 0) == (made.key.id, True, True)
    assert [entry.action for entry in await desk.audit(owner, f"key:{made.key.id}")] == ["key.revoked", "key.created"]


async def test_a_key_may_not_do_more_than_its_maker(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    person = await desk.hire(owner, PASSWORD, roles=[directory_pb2.ROLE_INTEGRATOR])
    token = await desk.token(await desk.sign_in(person.email))
    for role, reason in ((directory_pb2.ROLE_ADMIN, "DENIED"), (directory_pb2.ROLE_CLIENT_VIEWER, "INVALID")):
        request = directory_pb2.CreateApiKeyRequest(title="x", roles=[role])
        assert (await desk.refusal("CreateApiKey", request, token)).reason.name == reason
    empty = directory_pb2.CreateApiKeyRequest(title="x")
    assert (await desk.refusal("CreateApiKey", empty, token)).reason is Common.INVALID


async def test_secrets_are_nowhere_in_the_database_and_not_in_the_events(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    secret, codes = await turn_on(desk, token)
    database = desk.rt.database()
    everything = "".join([str(fact.event) for fact in desk.facts])
    for name in await database.list_collection_names():
        everything += str(await database[name].find().to_list(None))
    assert one.owner.id in everything
    for hidden in (PASSWORD, one.session, totp.base32(secret), str(secret), *codes, codes[0].replace("-", "")):
        assert hidden not in everything


async def test_keys_and_services_have_no_account(desk: Desk) -> None:
    one = await desk.sign_up()
    for token in (desk.as_service(one.tenant.id), desk.as_caller(Caller(one.tenant.id, "key:ky_x"))):
        for method in ("BeginTotp", "ListSessions", "ChangePassword", "DisableTotp", "ConfirmTotp", "EndSession"):
            request = getattr(identity_pb2, f"{method}Request")()
            assert (await desk.refusal(method, request, token)).reason is Common.DENIED
        me = await desk.ask("WhoAmI", identity_pb2.WhoAmIRequest(), token)
        assert (me.tenant, me.person.id) == (one.tenant, "")


async def test_a_person_has_at_most_thirty_sessions(desk: Desk) -> None:
    one = await desk.sign_up()
    for _ in range(30):
        desk.clock.forward(seconds=1)
        await desk.sign_in(one.owner.email)
    assert (await desk.refusal("IssueToken", proof(one.session))).reason.name == "SESSION_ENDED"
