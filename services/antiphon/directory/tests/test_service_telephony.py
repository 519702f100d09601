"""SIP accounts, trunks and the dial plan against a real mongod and NATS."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from antiphon.directory.app import build
from antiphon.directory.settings import Settings
from antiphon.directory.store import Store
from antiphon.directory.v1 import directory_pb2, events_pb2
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.kit import protos
from antiphon.kit.tokens import new_private_key

from .conftest import SIP_DOMAIN, Desk, Tenancy

pytestmark = pytest.mark.service
_numbers = itertools.count(380_441_000_000)
STRONG = "Quiet-River-9-Stone"


@dataclass
class Firm:
    """A tenant that telephones."""

    desk: Desk
    tenancy: Tenancy
    token: str
    service: str

    async def ask(self, method: str, token: str = "", **fields: Any) -> Any:
        return await self.desk.ask(method, _request(method, fields), token or self.token)

    async def serve(self, method: str, **fields: Any) -> Any:
        return await self.desk.ask(method, _request(method, fields), self.service)

    async def refusal(self, method: str, token: str = "", **fields: Any) -> Any:
        return await self.desk.refusal(method, _request(method, fields), token or self.token)

    async def account(self, **fields: Any) -> tuple[tel.SipAccount, str]:
        answer = await self.ask("PutSipAccount", account=tel.SipAccount(**fields))
        return answer.account, answer.password

    async def number(self, **fields: Any) -> directory_pb2.Number:
        number = directory_pb2.Number(**{"e164": new_number(), **fields})
        put: directory_pb2.PutNumberResponse = await self.ask("PutNumber", number=number)
        return put.number

    async def edge(self) -> dict[str, tel.EdgeAccount]:
        """What the SIP edge knows of this tenant."""
        records = await self.serve("ListEdgeRecords")
        mine = [account for account in records.accounts if account.tenant_id == self.tenancy.tenant.id]
        return {account.account_id: account for account in mine}


def _request(method: str, fields: dict[str, Any]) -> Any:
    module: Any = tel if hasattr(tel, f"{method}Request") else directory_pb2
    return getattr(module, f"{method}Request")(**fields)


def new_number() -> str:
    return f"+{next(_numbers)}"


@pytest.fixture
async def firm(desk: Desk) -> Firm:
    tenancy = await desk.sign_up("Acme")
    return Firm(desk, tenancy, await desk.token(tenancy.session), desk.as_service(tenancy.tenant.id, "acd"))


async def everything_stored(desk: Desk) -> str:
    database = desk.rt.database()
    names = await database.list_collection_names()
    return str([await database[name].find().to_list(None) for name in names])


@pytest.mark.clause("L01")
async def test_a_password_is_shown_once_and_kept_as_ha1_only(firm: Firm, capfd: pytest.CaptureFixture[str]) -> None:
    person = await firm.desk.hire(firm.token, extension="101")
    account, password = await firm.account(person_id=person.id, title="Desk phone")
    assert account.username.startswith("acme-101")
    assert len(password) >= 12
    ha1 = hashlib.md5(f"{account.username}:{SIP_DOMAIN}:{password}".encode()).hexdigest()
    assert (await firm.edge())[account.id].ha1 == ha1, "digest registration works with what is kept"
    again = await firm.ask("PutSipAccount", account=account)
    assert (again.password, again.account.rev) == ("", 2)
    for answer in (
        again,
        await firm.ask("ListSipAccounts"),
        await firm.ask("GetProvisioning", account_id=account.id),
        await firm.serve("ListSipAccounts"),
        await firm.serve("ListEdgeRecords"),
    ):
        assert password not in str(answer)
    await firm.desk.told(events_pb2.SipAccountChanged, account.id, 2)
    stored = await everything_stored(firm.desk)
    assert password not in stored
    assert ha1 not in stored, "even the digest is sealed at rest"
    assert not [fact for fact in firm.desk.facts if password in str(fact.event) or ha1 in str(fact.event)]
    logged = capfd.readouterr()
    assert password not in logged.out + logged.err


async def test_user_names_are_unique_over_all_tenants(firm: Firm, desk: Desk) -> None:
    other = Firm(desk, await desk.sign_up("Acme"), "", "")
    other.token = await desk.token(other.tenancy.session)
    made = await asyncio.gather(*(one.account() for one in (firm, other, firm, other)))
    assert len({account.username for account, _ in made}) == 4
    wanted, _ = await firm.account(username="Door.Phone_7" + firm.tenancy.tenant.id[-6:])
    assert wanted.username == wanted.username.lower()
    refusal = await other.refusal("PutSipAccount", account=tel.SipAccount(username=wanted.username))
    assert (refusal.reason.name, refusal.facts) == ("TAKEN", {"field": "username"})
    wanted.username = "another-name"
    assert (await firm.refusal("PutSipAccount", account=wanted)).facts == {"field": "username"}


async def test_an_agent_sees_only_the_own_accounts(firm: Firm, desk: Desk) -> None:
    agent = await desk.hire(firm.token, STRONG, extension="201", name="Oleh Bondar")
    token = await desk.token(await desk.sign_in(agent.email, STRONG))
    own, _ = await firm.account(person_id=agent.id)
    foreign, _ = await firm.account(title="Door")
    assert [one.id for one in (await firm.ask("ListSipAccounts", token)).accounts] == [own.id]
    assert {one.id for one in (await firm.ask("ListSipAccounts")).accounts} == {own.id, foreign.id}
    assert (await firm.ask("GetProvisioning", token, account_id=own.id)).username == own.username
    assert (await firm.refusal("GetProvisioning", token, account_id=foreign.id)).reason.name == "NOT_FOUND"
    for method in ("PutSipAccount", "ChangeSipPassword", "BlockSipAccounts", "ListTrunks", "PutDialPlan"):
        assert (await firm.refusal(method, token)).reason.name == "DENIED"


@pytest.mark.clause("L02")
async def test_a_weak_or_reused_password_is_refused_with_the_rule(firm: Firm) -> None:
    person = await firm.desk.hire(firm.token, extension="4101")
    account, first = await firm.account(person_id=person.id)
    tries = {
        "Short-1x": "too_short",
        "quiet-river-9-stone": "mixed_case",
        "Quiet-River-Stone": "digit",
        "QuietRiver9Stone": "symbol",
        "Stone-4101-River": "derived",
        f"X9-{account.username}": "derived",
        "Password-Password-1": "common",
    }
    for password, rule in tries.items():
        refusal = await firm.refusal("ChangeSipPassword", account_id=account.id, password=password)
        assert (refusal.reason.name, refusal.facts) == ("WEAK_PASSWORD", {"rule": rule})
    assert (await firm.ask("ChangeSipPassword", account_id=account.id, password=STRONG)).password == ""
    generated = (await firm.ask("ChangeSipPassword", account_id=account.id)).password
    for former in (first, STRONG, generated):
        refusal = await firm.refusal("ChangeSipPassword", account_id=account.id, password=former)
        assert refusal.reason.name == "REUSED_PASSWORD"
    assert (await firm.edge())[account.id].ha1 == hashlib.md5(
        f"{account.username}:{SIP_DOMAIN}:{generated}".encode()
    ).hexdigest()


@pytest.mark.clause("L03")
async def test_an_old_password_is_reminded_of_flagged_and_by_strict_policy_refused(firm: Firm) -> None:
    """The clock of the running service is not moved: a second instance of the same use cases reads a later one."""
    account, _ = await firm.account()
    edge = await firm.serve("ListEdgeRecords")
    start = firm.desk.clock()
    later = timedelta()
    settings = Settings(sealing_key=new_private_key())
    rt = firm.desk.rt
    app = build(Store(rt.database(), rt.texts(await rt.vault())), settings, rt.signer, lambda: start + later)
    caller = firm.desk.rt.verifier.verify(firm.token)

    await app.sip_ages.sweep()
    (card,) = await app.sip_accounts.list(caller, "")
    assert not card.password_expired
    later = timedelta(days=26)
    await asyncio.gather(app.sip_ages.sweep(), app.sip_ages.sweep())
    (reminder,) = await firm.desk.told(events_pb2.SipPasswordExpiring, account.id)
    assert reminder.account.password_expires_at == account.password_expires_at
    assert not reminder.account.password_expired
    later = timedelta(days=31)
    await app.sip_ages.sweep()
    await app.sip_ages.sweep()
    (card,) = await app.sip_accounts.list(caller, "")
    assert card.password_expired
    actions = [entry.action for entry in await firm.desk.audit(firm.token, f"sip:{account.id}")]
    assert actions == ["sip.password.expired", "sip.password.expiring", "sip.put"]
    assert account.id in await firm.edge(), "a lenient plan flags only"

    past = protos.moment(account.password_changed_at) - timedelta(days=31)
    secrets = firm.desk.rt.database()["sip_secrets"]
    await secrets.update_one({"_id": account.id}, {"$set": {"changed_at": past}})
    await firm.ask("PutDialPlan", plan=tel.DialPlan(strict_passwords=True))
    assert account.id not in await firm.edge()
    assert (await firm.serve("ListEdgeRecords")).revision > edge.revision
    await firm.ask("ChangeSipPassword", account_id=account.id)
    assert account.id in await firm.edge()


async def test_blocking_takes_one_call_and_opens_a_ticket(firm: Firm) -> None:
    """The part of L07 that directory plays; that registrations end is proved with the SIP edge."""
    accounts = [(await firm.account())[0] for _ in range(3)]
    first, second, third = (account.id for account in accounts)
    before = await firm.serve("ListEdgeRecords")
    ticket = (await firm.ask("BlockSipAccounts", account_ids=[first, second], reason="calls to nowhere")).ticket
    assert (list(ticket.account_ids), ticket.opened_by) == ([first, second], f"person:{firm.tenancy.owner.id}")
    assert protos.moment(ticket.due_at) - protos.moment(ticket.opened_at) == timedelta(days=3)
    assert set(await firm.edge()) == {third}
    assert (await firm.serve("ListEdgeRecords")).revision > before.revision
    (told,) = await firm.desk.told(events_pb2.SipAccountsBlocked, ticket.id)
    assert {account.username for account in told.accounts} == {accounts[0].username, accounts[1].username}
    assert (await firm.ask("BlockSipAccounts", account_ids=[first, second])).ticket == ticket, "again: the same"

    firm.desk.clock.forward(seconds=1)
    whole = (await firm.ask("BlockSipAccounts", reason="all")).ticket
    assert set(whole.account_ids) == {first, second, third}
    assert await firm.edge() == {}
    assert [one.id for one in (await firm.ask("ListSecurityTickets")).tickets] == [whole.id, ticket.id]
    assert (await firm.refusal("BlockSipAccounts", account_ids=["sa_none"])).reason.name == "NOT_FOUND"

    card = next(one for one in (await firm.ask("ListSipAccounts")).accounts if one.id == first)
    assert card.blocked
    card.blocked = False
    await firm.ask("PutSipAccount", account=card)
    assert set(await firm.edge()) == {first}


async def test_evidence_hurries_a_ticket_and_its_absence_puts_it_off(firm: Firm) -> None:
    await firm.account()
    ticket = (await firm.ask("BlockSipAccounts")).ticket
    later = protos.timestamp(protos.moment(ticket.due_at) + timedelta(days=4))
    put_off = (await firm.ask("AddEvidence", ticket_id=ticket.id, due_at=later)).ticket
    assert put_off.due_at == later
    assert (await firm.refusal("AddEvidence", ticket_id=ticket.id, due_at=ticket.due_at)).reason.name == "INVALID"
    assert (await firm.refusal("AddEvidence", ticket_id=ticket.id)).reason.name == "INVALID"
    evidence = tel.Evidence(title="phone.cfg", text="port=5060\nweb=on")
    kept = (await firm.ask("AddEvidence", ticket_id=ticket.id, evidence=evidence)).ticket
    assert [(one.title, one.text) for one in kept.evidence] == [("phone.cfg", "port=5060\nweb=on")]
    assert protos.moment(kept.due_at) <= firm.desk.clock() + timedelta(days=1)
    assert (await firm.refusal("AddEvidence", ticket_id=ticket.id, due_at=later)).reason.name == "INVALID"
    assert (await firm.ask("ListSecurityTickets")).tickets[0] == kept
    refusal = await firm.refusal("AddEvidence", ticket_id="st_none", evidence=evidence)
    assert refusal.reason.name == "NOT_FOUND"


@pytest.mark.clause("L05")
@pytest.mark.clause("L06")
@pytest.mark.clause("A03")
async def test_a_profile_is_hardened_and_a_guide_speaks_the_language(firm: Firm) -> None:
    account, _ = await firm.account()
    asked = [await firm.ask("GetProvisioning", account_id=account.id, language=one) for one in ("en", "ru", "uk")]
    systems = {"windows", "macos", "linux", "ios", "android", "deskphone"}
    for answer in asked:
        assert {guide.system for guide in answer.guides} == systems
        assert all(account.username in " ".join(guide.steps) for guide in answer.guides)
        assert (answer.domain, answer.username) == (SIP_DOMAIN, account.username)
        assert 6_000 < int(answer.profile["sip.local_port"]) < 65_536
        assert answer.profile["sip.outbound_proxy"] == answer.proxy
        assert answer.profile["sip.accept_only_from"]
        assert answer.profile["web.wan_access"] == "off"
    assert len({guide.title for answer in asked for guide in answer.guides if guide.system == "deskphone"}) == 3
    credentials = {(one.profile["web.admin_user"], one.profile["web.admin_password"]) for one in asked}
    assert len(credentials) == 3, "made up each time"
    assert (await firm.ask("GetProvisioning", account_id=account.id)).guides == asked[2].guides, "the owner's own"
    await firm.serve("NoteDevice", account_id=account.id, address="8.8.8.8", port=5060)
    (card,) = (await firm.ask("ListSipAccounts")).accounts
    assert list(card.warnings) == ["port_5060_public"]
    assert (await firm.refusal("GetProvisioning", account_id=account.id, language="de")).reason.name == "INVALID"


async def test_an_encrypted_only_account_gets_no_plain_transport(firm: Firm) -> None:
    account, _ = await firm.account(encrypted_only=True, allowed_networks=["203.0.113.7"])
    assert list((await firm.ask("GetProvisioning", account_id=account.id)).transports) == []
    record = (await firm.edge())[account.id]
    assert (record.encrypted_only, list(record.allowed_networks)) == (True, ["203.0.113.7/32"])


async def test_a_trunk_keeps_its_password_to_itself(firm: Firm) -> None:
    wanted = tel.Trunk(name="Operator", host="sip.operator.example", username="u1", register=True)
    trunk = (await firm.ask("PutTrunk", trunk=wanted, password="op-secret-7")).trunk
    assert (trunk.has_password, trunk.port, trunk.transport) == (True, 5060, tel.TRANSPORT_UDP)
    answers = [await firm.ask("ListTrunks"), await firm.serve("ListEdgeRecords"), trunk]
    await firm.desk.told(events_pb2.TrunkChanged, trunk.id)
    assert "op-secret-7" not in str(answers) + await everything_stored(firm.desk) + str(firm.desk.facts)
    trunk.name = "Operator 2"
    kept = (await firm.ask("PutTrunk", trunk=trunk)).trunk
    secret = await firm.serve("GetTrunkSecret", trunk_id=trunk.id)
    assert (secret.password, secret.trunk) == ("op-secret-7", kept), "an empty password leaves it"
    assert (await firm.refusal("GetTrunkSecret", trunk_id=trunk.id)).reason.name == "DENIED", "services only"
    taken = await firm.refusal("PutTrunk", trunk=tel.Trunk(name="OPERATOR 2", host="127.0.0.1"))
    assert (taken.reason.name, taken.facts) == ("TAKEN", {"field": "name"})
    bad: list[dict[str, Any]] = [
        {"name": "x"}, {"name": "x", "host": "h", "register": True}, {"name": "x", "host": "h", "codecs": ["mp3"]},
        {"name": "x", "host": "h", "networks": ["h"]}, {"name": "x", "host": "h", "prefixes": ["38"]},
        {"name": "", "host": "h"}, {"name": "x", "host": "h", "max_channels": -1},
        {"name": "x", "host": "h", "networks": ["0.0.0.0/0"]},
    ]  # fmt: skip
    for fields in bad:
        assert (await firm.refusal("PutTrunk", trunk=tel.Trunk(**fields))).reason.name == "INVALID", fields


async def test_a_trunk_with_a_number_stays(firm: Firm) -> None:
    trunk = (await firm.ask("PutTrunk", trunk=tel.Trunk(name="Operator", host="198.51.100.7"))).trunk
    number = await firm.number(trunk_id=trunk.id)
    assert list(trunk.networks) == ["198.51.100.7/32"], "the host itself"
    refusal = await firm.refusal("DeleteTrunk", trunk_id=trunk.id)
    assert (refusal.reason.name, refusal.facts) == ("IN_USE", {"numbers": "1"})
    await firm.ask("DeleteNumber", number_id=number.id)
    for _ in range(2):
        await firm.ask("DeleteTrunk", trunk_id=trunk.id)
    await firm.desk.told(events_pb2.TrunkDeleted, trunk.id)
    stray = directory_pb2.Number(e164=new_number(), trunk_id=trunk.id)
    assert (await firm.refusal("PutNumber", number=stray)).reason.name == "NOT_FOUND"


async def test_a_number_is_found_over_all_tenants(firm: Firm, desk: Desk) -> None:
    usual = await firm.number()
    narrow = await firm.number(max_channels=3, inbound_only=True)
    elsewhere = desk.as_service("", "acd")
    for number, channels in ((usual, 100), (narrow, 3)):
        found = await desk.ask("ResolveNumber", tel.ResolveNumberRequest(e164=number.e164), elsewhere)
        assert (found.tenant_id, found.number_id) == (firm.tenancy.tenant.id, number.id)
        assert (found.max_channels, found.inbound_only) == (channels, number.inbound_only)
    nobody = await desk.refusal("ResolveNumber", tel.ResolveNumberRequest(e164=new_number()), elsewhere)
    assert nobody.reason.name == "NOT_FOUND"
    assert (await firm.refusal("ResolveNumber", e164=usual.e164)).reason.name == "DENIED", "no person may ask"
    assert (await firm.refusal("ListEdgeRecords")).reason.name == "DENIED"


async def test_what_is_only_called_is_nobodys_caller_id(firm: Firm) -> None:
    """The part of B03 that directory plays."""
    only = await firm.number(inbound_only=True)
    usual = await firm.number()
    plan = tel.DialPlan(country="ua", caller_id=only.e164)
    assert (await firm.refusal("PutDialPlan", plan=plan)).reason.name == "INBOUND_ONLY"
    card = directory_pb2.Person(
        name="T", email=f"t{only.e164[1:]}@example.com", roles=[directory_pb2.ROLE_AGENT], caller_id=only.e164
    )
    assert (await firm.refusal("PutPerson", person=card)).reason.name == "INBOUND_ONLY"
    plan = (await firm.ask("PutDialPlan", plan=tel.DialPlan(country="ua", caller_id=usual.e164))).plan
    usual.inbound_only = True
    assert (await firm.refusal("PutNumber", number=usual)).reason.name == "IN_USE"
    assert (await firm.refusal("DeleteNumber", number_id=usual.id)).reason.name == "IN_USE"
    assert (plan.country, plan.rev) == ("UA", 1)


async def test_the_dial_plan_is_one_and_nobody_overwrites_another(firm: Firm) -> None:
    assert (await firm.ask("GetDialPlan")).plan == tel.DialPlan()
    number = await firm.number()
    wanted = tel.DialPlan(
        country="UA", blocked_prefixes=["+7809", "+882"], caller_id=number.e164, outside_prefix="9",
        emergency_codes=["555"], record_calls=True, recording_days=30, password_days=20,
    )  # fmt: skip
    plan = (await firm.ask("PutDialPlan", plan=wanted)).plan
    assert (await firm.ask("GetDialPlan")).plan == plan
    assert (await firm.refusal("PutDialPlan", plan=wanted)).reason.name == "STALE"
    await firm.desk.told(events_pb2.DialPlanChanged, firm.tenancy.tenant.id)
    account, _ = await firm.account()
    assert protos.moment(account.password_expires_at) - protos.moment(account.password_changed_at) == timedelta(20)
    for fields in ({"country": "Ukraine"}, {"blocked_prefixes": ["809"]}, {"emergency_codes": ["x"]}):
        bad: Any = {"rev": plan.rev, **fields}
        assert (await firm.refusal("PutDialPlan", plan=tel.DialPlan(**bad))).reason.name == "INVALID"
    unknown = tel.DialPlan(rev=plan.rev, caller_id=new_number())
    assert (await firm.refusal("PutDialPlan", plan=unknown)).reason.name == "UNKNOWN_NUMBER"


async def test_the_edge_learns_of_every_change_by_the_revision(firm: Firm) -> None:
    async def revision() -> int:
        return int((await firm.serve("ListEdgeRecords")).revision)

    account, _ = await firm.account()
    seen = [await revision()]
    unchanged = await firm.serve("ListEdgeRecords", revision=seen[0])
    assert (unchanged.revision, len(unchanged.accounts)) == (seen[0], 0)
    trunk = (await firm.ask("PutTrunk", trunk=tel.Trunk(name="T", host="198.51.100.9"))).trunk
    seen.append(await revision())
    await firm.ask("ChangeSipPassword", account_id=account.id)
    seen.append(await revision())
    await firm.ask("DeleteTrunk", trunk_id=trunk.id)
    seen.append(await revision())
    await firm.ask("DeleteSipAccount", account_id=account.id)
    seen.append(await revision())
    assert seen == sorted(set(seen))
    await firm.ask("DeleteSipAccount", account_id=account.id)
    assert await revision() == seen[-1], "a repeat changes nothing"
    await firm.desk.told(events_pb2.SipAccountDeleted, account.id)


@pytest.mark.clause("A19")
async def test_an_administrator_forwards_somebodys_calls_to_a_mobile_and_the_log_says_who(firm: Firm) -> None:
    """The part of A19 that directory plays: what is set, by whom, and who may know."""
    person = await firm.desk.hire(firm.token, extension="301", forward_to="+380 67 123-45-67")
    assert person.forward_to == "+380671234567"
    person.forward_to = "+380501112233"
    firm.desk.clock.forward(seconds=1)
    await firm.ask("PutPerson", person=person)
    entry = (await firm.desk.audit(firm.token, f"person:{person.id}"))[0]
    assert (entry.actor, entry.facts["fields"]) == (f"person:{firm.tenancy.owner.id}", "forward_to")
    for event in await firm.desk.told(events_pb2.PersonChanged, person.id, 2):
        assert event.person.forward_to == "", "colleagues do not see it"
    person.rev, person.forward_to = 2, (await firm.number()).e164
    assert (await firm.refusal("PutPerson", person=person)).facts == {"field": "forward_to"}, "it would come back"
    needed = await firm.serve("GetDialling", extension="301")
    assert (needed.callee.id, needed.callee.forward_to) == (person.id, "+380501112233")


async def test_what_dialling_needs_comes_in_one_answer(firm: Firm) -> None:
    first = await firm.number(inbound_only=True)
    firm.desk.clock.forward(seconds=1)
    usual = await firm.number()
    firm.desk.clock.forward(seconds=1)
    own = await firm.number()
    person = await firm.desk.hire(firm.token, caller_id=own.e164)
    for name, priority in (("B", 2), ("A", 1), ("off", 0)):
        trunk = tel.Trunk(name=name, host="198.51.100.9", priority=priority, disabled=name == "off")
        await firm.ask("PutTrunk", trunk=trunk)
    needed = await firm.serve("GetDialling", person_id=person.id, extension="999", caller_id="+380000000000")
    assert [trunk.name for trunk in needed.trunks] == ["A", "B"]
    assert (needed.caller.id, needed.HasField("callee")) == (person.id, False)
    assert [number.e164 for number in needed.numbers] == [own.e164]
    assert needed.first_number == first.e164
    nobody = await firm.serve("GetDialling")
    assert [number.e164 for number in nobody.numbers] == [usual.e164], "the first that may originate"


def test_guides_are_complete_in_every_language() -> None:
    from importlib import resources

    guides = json.loads(resources.files("antiphon.directory.app").joinpath("guides.json").read_text(encoding="utf-8"))
    assert set(guides) == {"en", "ru", "uk"}
    shapes = {
        language: {system: len(guide["steps"]) for system, guide in kept.items()} for language, kept in guides.items()
    }
    assert shapes["en"] == shapes["ru"] == shapes["uk"]
