"""Passkeys with a device in software: what opens an account, and everything that does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from antiphon.directory.v1 import directory_pb2, signon_pb2
from antiphon.directory.v1 import passkeys_pb2 as pb

from .authenticator import Device
from .conftest import PASSWORD, Desk, Tenancy

pytestmark = pytest.mark.service


@dataclass
class Account:
    """A person with a passkey."""

    desk: Desk
    owner: Tenancy
    token: str
    device: Device

    async def add(self, device: Device) -> pb.Passkey:
        begun = await self.desk.ask("BeginPasskey", pb.BeginPasskeyRequest(password=PASSWORD), self.token)
        request = pb.AddPasskeyRequest(credential=device.create(begun.options), title="Laptop")
        answer: pb.AddPasskeyResponse = await self.desk.ask("AddPasskey", request, self.token)
        return answer.passkey

    async def options(self) -> str:
        return str((await self.desk.ask("BeginPasskeySignIn", pb.BeginPasskeySignInRequest())).options)

    async def sign_in(self, device: Device | None = None) -> pb.FinishPasskeySignInResponse:
        credential = (device or self.device).get(await self.options())
        request = pb.FinishPasskeySignInRequest(credential=credential, agent="Firefox")
        answer: pb.FinishPasskeySignInResponse = await self.desk.ask("FinishPasskeySignIn", request)
        return answer

    async def refused(self, credential: str) -> str:
        request = pb.FinishPasskeySignInRequest(credential=credential)
        return (await self.desk.refusal("FinishPasskeySignIn", request)).reason.name

    async def listed(self) -> list[pb.Passkey]:
        return list((await self.desk.ask("ListPasskeys", pb.ListPasskeysRequest(), self.token)).passkeys)


@pytest.fixture
async def account(desk: Desk) -> Account:
    owner = await desk.sign_up()
    account = Account(desk, owner, await desk.token(owner.session), Device())
    await account.add(account.device)
    return account


async def test_a_passkey_opens_the_account_without_a_name_or_a_password(account: Account) -> None:
    signed = await account.sign_in()
    assert signed.person == account.owner.owner
    assert await account.desk.token(signed.session)
    listed = await account.listed()
    assert [(one.title, one.HasField("last_used_at"), one.synced) for one in listed] == [("Laptop", True, False)]
    again = await account.sign_in()
    assert again.session != signed.session
    actions = [entry.action for entry in await account.desk.audit(account.token)]
    assert {"passkey.added", "signin.ok"} <= set(actions)


async def test_a_passkey_is_added_only_by_who_shows_the_password_again(account: Account) -> None:
    wrong = await account.desk.refusal("BeginPasskey", pb.BeginPasskeyRequest(password="not-it"), account.token)
    assert wrong.reason.name == "BAD_CREDENTIALS"
    begun = await account.desk.ask("BeginPasskey", pb.BeginPasskeyRequest(password=PASSWORD), account.token)
    credential = Device().create(begun.options)
    other = await account.desk.sign_up()
    request = pb.AddPasskeyRequest(credential=credential, title="Stolen")
    stolen = await account.desk.refusal("AddPasskey", request, await account.desk.token(other.session))
    assert stolen.reason.name == "BAD_PASSKEY"
    used = await account.desk.refusal("AddPasskey", request, account.token)  # its challenge is used up by that
    assert used.reason.name == "BAD_PASSKEY"


@pytest.mark.parametrize("flaw", ["page", "host", "unverified", "challenge of a sign-in"])
async def test_a_passkey_made_elsewhere_or_without_the_person_is_not_added(account: Account, flaw: str) -> None:
    begun = await account.desk.ask("BeginPasskey", pb.BeginPasskeyRequest(password=PASSWORD), account.token)
    device = Device(host="evil.example" if flaw == "host" else "localhost", verifies=flaw != "unverified")
    credential = device.create(begun.options, "https://evil.example" if flaw == "page" else "")
    if flaw == "challenge of a sign-in":
        challenge = (await account.options()).partition('"challenge": "')[2].partition('"')[0]
        credential = device.create(f'{{"user": {{"id": ""}}, "challenge": "{challenge}"}}')
    request = pb.AddPasskeyRequest(credential=credential, title="x")
    assert (await account.desk.refusal("AddPasskey", request, account.token)).reason.name == "BAD_PASSKEY"
    assert len(await account.listed()) == 1


async def test_one_key_belongs_to_one_account(account: Account) -> None:
    begun = await account.desk.ask("BeginPasskey", pb.BeginPasskeyRequest(password=PASSWORD), account.token)
    assert account.device.handle is not None
    request = pb.AddPasskeyRequest(credential=account.device.create(begun.options), title="Again")
    assert (await account.desk.refusal("AddPasskey", request, account.token)).reason.name == "TAKEN"


async def test_what_is_not_a_good_answer_opens_nothing(account: Account) -> None:
    device = account.device
    assert await account.refused(device.get(await account.options(), "https://evil.example")) == "BAD_PASSKEY"
    assert await account.refused(Device().get(await account.options())) == "BAD_PASSKEY"  # of nobody
    twin = Device(credential=device.credential, handle=device.handle, count=50)  # the id, another key
    assert await account.refused(twin.get(await account.options())) == "BAD_PASSKEY"
    device.verifies = False
    assert await account.refused(device.get(await account.options())) == "BAD_PASSKEY"
    device.verifies = True
    assert await account.refused(device.get(await account.options(), userHandle="cGVfeA")) == "BAD_PASSKEY"
    for nonsense in (
        "",
        "{",
        "[]",
        '{"response": 1}',
        '{"rawId": 7, "response": {"clientDataJSON": "e30"}}',
        "x" * 30_000,
    ):
        assert await account.refused(nonsense) == "BAD_PASSKEY"
    assert await account.sign_in()


async def test_an_answer_counts_once_and_for_five_minutes(account: Account) -> None:
    credential = account.device.get(await account.options())
    await account.desk.ask("FinishPasskeySignIn", pb.FinishPasskeySignInRequest(credential=credential))
    assert await account.refused(credential) == "BAD_PASSKEY"
    begun = await account.desk.ask("BeginPasskey", pb.BeginPasskeyRequest(password=PASSWORD), account.token)
    assert await account.refused(account.device.get(begun.options)) == "BAD_PASSKEY"  # was for adding one
    late = account.device.get(await account.options())
    account.desk.clock.forward(minutes=6)
    assert await account.refused(late) == "BAD_PASSKEY"


async def test_a_copied_key_is_found_out_by_its_count(account: Account) -> None:
    copy = Device(key=account.device.key, credential=account.device.credential, handle=account.device.handle)
    await account.sign_in()
    await account.sign_in()
    assert await account.refused(copy.get(await account.options())) == "BAD_PASSKEY"
    failed = [entry.facts for entry in await account.desk.audit(account.token) if entry.action == "signin.failed"]
    assert failed[0]["by"] == "passkey"


async def test_a_removed_passkey_opens_nothing_and_only_its_owner_removes_it(account: Account) -> None:
    (one,) = await account.listed()
    other = await account.desk.sign_up()
    request = pb.DeletePasskeyRequest(passkey_id=one.id)
    await account.desk.ask("DeletePasskey", request, await account.desk.token(other.session))
    assert await account.sign_in()
    await account.desk.ask("DeletePasskey", request, account.token)
    await account.desk.ask("DeletePasskey", request, account.token)
    assert await account.refused(account.device.get(await account.options())) == "BAD_PASSKEY"


async def test_who_left_or_must_use_the_company_s_door_stays_outside(account: Account) -> None:
    person = await account.desk.hire(account.token, PASSWORD)
    theirs = Account(
        account.desk, account.owner, await account.desk.token(await account.desk.sign_in(person.email)), Device()
    )
    await theirs.add(theirs.device)
    record = signon_pb2.SignOn(word=f"pk-{person.id[-6:].lower()}", issuer="https://127.0.0.1:1", client_id="c")
    put = signon_pb2.PutSignOnRequest(sign_on=record)
    await account.desk.ask("PutSignOn", put, account.token)
    database = account.desk.rt.database()
    where = {"_id": account.owner.tenant.id}
    await database["sign_ons"].update_one(where, {"$set": {"enabled": True, "enforced": True}})
    assert await theirs.refused(theirs.device.get(await theirs.options())) == "SIGN_ON_ONLY"
    assert await account.sign_in()  # an owner keeps a way back in
    await database["sign_ons"].delete_one(where)
    person.disabled = True
    await account.desk.ask("PutPerson", directory_pb2.PutPersonRequest(person=person), account.token)
    assert await theirs.refused(theirs.device.get(await theirs.options())) == "DISABLED"
