"""The same through a real Kamailio: phones register there, trunks are known by their address, nobody else gets in."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.edge import servers
from antiphon.edge.app.reconcile import Reconciliation
from antiphon.edge.asks import Telephony
from antiphon.edge.bans import Bans
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.settings import Settings as EdgeSettings
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.procs import free_port
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, token_for
from antiphon.kit.tokens import Caller
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.media.sip.events import Answered, Ended
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.sdp import Codec, audio
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import AGENT, CALLER, DOMAIN, MUSIC, OTHER, Plant, hears, plant, talk
from antiphon.media.tests.registrar import Registrar
from antiphon.media.tests.stock_phone import HERTZ, StockPhone
from antiphon.media.tests.stock_phone import installed as stock_phone_installed
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(servers.missing()) or not installed(), reason="Kamailio or rtpengine is not installed"),
]
PUBLIC, CARRIER = "127.0.0.80", "127.0.0.81"


def edge_settings(folder: Path, media_port: int) -> EdgeSettings:
    ports = {name: free_port() for name in ("sip_port", "tls_port", "ws_port", "wss_port", "private_port", "rpc_port")}
    given = {
        "directory": folder, "domain": DOMAIN, "public_address": PUBLIC, "private_address": "127.0.0.82",
        "rpc_key": "rpc-key-0123456789", "nonce_secret": "nonce-secret-0123456789",
        "browser_secrets": ("browser-secret-0123456789",), "workers": 1, "shared_memory_mb": 32,
        "media": (f"sip:127.0.0.1:{media_port}",), **ports,
    }  # fmt: skip
    return EdgeSettings.model_validate(given)


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    media_port = free_port()
    settings = edge_settings(tmp_path_factory.mktemp("edge"), media_port)
    private = f"{settings.private_address}:{settings.private_port}"
    kamailio = servers.kamailio(settings)
    kamailio.start()
    folder = tmp_path_factory.mktemp("plant")
    try:
        async with (
            plant(platforms, folder, "127.0.0.79", sip_port=media_port, edge=private) as it,
            Kamailio(settings) as node,
        ):
            it.edge.direct.clear()
            await it.scheme(it.queue_node())
            await trunk_at(it, CARRIER)
            write = functools.partial(servers.write_trunks, settings)
            await Reconciliation(node, Telephony(it.rt.peers), write, 1000).step()
            await Bans(node, settings, it.rt.verifier).listen(await it.rt.bus())
            public = Hop(PUBLIC, settings.sip_port)
            for person in it.people:
                person.phone = await registered(it, person.account.username, public)
            it.carrier = public
            yield it
    finally:
        kamailio.stop()


@pytest.fixture(autouse=True)
async def _quiet(pbx: Plant) -> AsyncIterator[None]:
    yield
    await pbx.quiet()


async def trunk_at(it: Plant, network: str) -> None:
    """The operator's calls come from this address."""
    trunks = (await ask(it.telephony.ListTrunks, telephony.ListTrunksRequest(), it.owner)).trunks
    trunks[0].networks[:] = [f"{network}/32"]
    await ask(it.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunks[0]), it.owner)


async def registered(it: Plant, username: str, edge: Hop) -> Phone:
    phone = Phone(PhoneAccount(username, DOMAIN, it.passwords[username], codecs=("PCMA",)), edge, rtcp_every=1.0)
    await phone.start()
    it.phones.append(phone)
    await phone.register()
    return phone


async def from_outside(pbx: Plant, host: str = CARRIER, to: str = "") -> PhoneCall:
    phone = Phone(PhoneAccount("380501112233", "carrier.test", codecs=("PCMA",)), pbx.carrier, host=host)
    await phone.start()
    pbx.phones.append(phone)
    call = await phone.call(f"sip:{to or pbx.number}@{DOMAIN}", [("X-Antiphon-Source", "trunk;id=evil;tenant=other")])
    call.line.sound = Tone(CALLER)
    return call


async def over(pbx: Plant, *calls: PhoneCall) -> None:
    for call in calls:
        call.hang_up()
    await pbx.away()
    await pbx.clean()


async def test_an_owner_sees_who_of_his_is_banned_and_the_operator_lets_him_in(
    pbx: Plant, platforms: dict[str, Platform]
) -> None:
    user = pbx.people[1].account.username
    guesses = Phone(PhoneAccount(user, DOMAIN, "wrong"), pbx.carrier, host="127.0.0.84")
    await guesses.start()
    pbx.phones.append(guesses)

    async def banned() -> list[pb.Ban]:
        with pytest.raises(NotRegistered):
            await guesses.register()
        return list((await ask(pbx.media.ListBans, pb.ListBansRequest(), pbx.owner)).bans)

    (ban,) = await eventually(banned)
    assert (ban.address, ban.user, ban.why, ban.tenant_id) == ("127.0.0.84", user, "password", pbx.tenant)
    lift = pb.LiftBanRequest(address=ban.address, user=user, reason="a new phone")
    with pytest.raises(DomainError) as refused:
        await ask(pbx.media.LiftBan, lift, pbx.owner)
    assert refused.value.reason.name == Common.DENIED.name
    operator = Caller("tn_operator", "person:pe_op", frozenset({"bans.read", "bans.lift"}))
    headers = metadata(token_for(platforms["directory"], operator))
    assert len((await ask(pbx.media.LiftBan, lift, headers)).nodes) == 1
    assert not (await ask(pbx.media.ListBans, pb.ListBansRequest(), pbx.owner)).bans
    noted = directory.ListAuditRequest(object="ban:127.0.0.84")
    (entry,) = (await ask(pbx.directory.ListAudit, noted, pbx.owner)).entries
    assert (entry.actor, entry.action, entry.facts["reason"]) == ("support:pe_op", "ban.lifted", "a new phone")


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_a_call_from_the_operator_reaches_a_registered_agent(pbx: Plant, who: str) -> None:
    call = await from_outside(pbx)
    await call.up()
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    live = await pbx.the_call("TALKING")
    await talk(call, CALLER, agent, AGENT)
    await agent.hold()
    await hears(call, MUSIC)
    await agent.resume()
    await talk(call, CALLER, agent, AGENT)
    (call if who == "caller" else agent).hang_up()
    await (agent if who == "caller" else call).over()
    assert (await pbx.record(live.id)).outcome == "answered"
    await over(pbx)


async def test_a_colleague_by_extension_and_a_blind_transfer_by_the_phone(pbx: Plant) -> None:
    call = await pbx.people[0].phone.call(f"sip:202@{DOMAIN}")
    call.line.sound = Tone(AGENT)
    other = await pbx.people[1].incoming()
    await call.up()
    await talk(call, AGENT, other, OTHER)
    assert await call.transfer(f"sip:203@{DOMAIN}") == 200
    third = await pbx.people[2].incoming()
    await talk(other, OTHER, third, pbx.people[2].hertz)
    await over(pbx, other, third)


async def test_an_attended_transfer_by_the_phone(pbx: Plant) -> None:
    me = pbx.people[0].phone
    first = await me.call(f"sip:202@{DOMAIN}")
    first.line.sound = Tone(AGENT)
    other = await pbx.people[1].incoming()
    await first.up()
    await first.hold()
    second = await me.call(f"sip:203@{DOMAIN}")
    second.line.sound = Tone(AGENT)
    third = await pbx.people[2].incoming()
    await second.up()
    await talk(second, AGENT, third, pbx.people[2].hertz)
    assert await first.transfer_to(second) == 200
    await talk(other, OTHER, third, pbx.people[2].hertz)
    await eventually(lambda: not me.calls)
    await over(pbx, other, third)


async def test_a_call_for_our_registration_at_an_operator(pbx: Plant) -> None:
    """The edge puts its public address into the contact, and knows the operator by it, wherever he calls from."""
    user, operator = pbx.number.removeprefix("+"), await Registrar.start("127.0.0.88")
    operator.accounts[user] = "Trunk-Secret-1"
    trunk = telephony.Trunk(
        name="Provider", host="127.0.0.88", port=operator.port, username=user, register=True, networks=["127.0.0.89/32"]
    )
    put = telephony.PutTrunkRequest(trunk=trunk, password="Trunk-Secret-1")
    trunk = (await ask(pbx.telephony.PutTrunk, put, pbx.owner)).trunk
    await eventually(lambda: operator.bindings.get(user), 20)
    (contact,) = operator.bindings[user]
    line, _, address = contact.removeprefix("sip:").partition("@")
    assert address == f"{PUBLIC}:{pbx.carrier.port}"
    assert not any(name.startswith("x-antiphon") for request in operator.seen for name, _ in request.headers)
    guessed = await from_outside(pbx, "127.0.0.90", f"line-{'0' * 24}")
    assert await guessed.over() in (403, 407)
    call = await from_outside(pbx, "127.0.0.90", line)
    await call.up()
    await hears(call, MUSIC)
    await pbx.ready(0)
    agent = await pbx.people[0].incoming()
    await talk(call, CALLER, agent, AGENT)
    live = await pbx.the_call("TALKING")
    await call.hold()  # a request of the operator's inside the call
    await hears(agent, MUSIC)
    agent.hang_up()
    await call.over()
    assert (await pbx.record(live.id)).legs[0].trunk_id == trunk.id
    await ask(pbx.telephony.DeleteTrunk, telephony.DeleteTrunkRequest(trunk_id=trunk.id), pbx.owner)
    await eventually(lambda: not operator.bindings[user], 20)
    operator.close()
    await over(pbx)


@pytest.mark.parametrize("who", ["media", "phone"])
async def test_a_large_invite_takes_tcp_to_the_edge(pbx: Plant, who: str) -> None:
    """As a browser's is; the phone behind the edge gets it over its own transport."""
    person, codecs = pbx.people[0], [Codec(8, "PCMA", 8000)]
    offer = audio("127.0.0.1", 40_000, codecs).encode() + b"a=x-padding:0123456789\r\n" * 60
    target, sender = f"sip:{person.account.username}@{DOMAIN}", NameAddr(f"sip:media@{DOMAIN}")
    leg = pbx.parts.endpoint.invite(target, sender=sender, sdp=offer)
    ring = await person.phone.incoming()
    assert "TCP" in ring.leg.invite.all("via")[1]
    assert ring.answer()
    assert isinstance(await leg.next(), Answered)
    await ring.up()
    assert await leg.reoffer(offer)
    if who == "media":
        leg.hang_up()
        await ring.over()
    else:
        ring.hang_up()
        assert isinstance(await leg.next(), Ended)
    await over(pbx)


async def test_nobody_is_registered_and_nobody_is_let_in(pbx: Plant) -> None:
    stranger = await from_outside(pbx, "127.0.0.83")
    assert await stranger.over() in (403, 407)
    pbx.parts.board.world.asks.forget(pbx.tenant, "accounts")
    live = [call for call in await pbx.live() if call.state != pb.CALL_STATE_ENDED]
    assert not live
    await over(pbx)


@pytest.mark.clause("A03")
@pytest.mark.skipif(not stock_phone_installed(), reason="baresip is not installed")
async def test_a_stock_phone_registers_is_called_and_calls(pbx: Plant, tmp_path: Path) -> None:
    """With nothing but what the page shows: name, password, server."""
    one, other = pbx.people[0], pbx.people[1]
    name, password = other.account.username, pbx.passwords[other.account.username]
    server = f"sip:{pbx.carrier.host}:{pbx.carrier.port};transport=udp"
    account = f'<sip:{name}@{DOMAIN}>;auth_user={name};auth_pass={password};outbound="{server}";answermode=auto'
    telephone = StockPhone(tmp_path, "127.0.0.85", account + ";regint=60;audio_codecs=PCMA")
    try:

        async def answered() -> PhoneCall | None:
            call = await one.phone.call(f"sip:{other.extension}@{DOMAIN}")
            try:
                return await call.up(within=5)
            except (NotUp, TimeoutError):  # not registered yet
                call.hang_up()
                return None

        call: PhoneCall = await eventually(answered, 60)
        call.line.sound = Tone(AGENT)
        await hears(call, HERTZ)
        call.hang_up()
        await eventually(lambda: telephone.tell("dial", f"sip:{one.extension}@{DOMAIN}"))
        calls = await one.incoming()
        await hears(calls, HERTZ)
        calls.hang_up()
        await pbx.clean()
    finally:
        telephone.close()


@pytest.mark.clause("A17")
async def test_a_company_moves_and_its_number_stays(pbx: Plant) -> None:
    """Another city, another network: number, scheme and delivery are as before."""
    agent = pbx.people[0]
    before = (await ask(pbx.directory.ListNumbers, directory.ListNumbersRequest(), pbx.owner)).numbers
    tenant = (await ask(pbx.directory.GetTenant, directory.GetTenantRequest(), pbx.owner)).tenant
    tenant.time_zone = "Europe/Berlin"
    await ask(pbx.directory.PutTenant, directory.PutTenantRequest(tenant=tenant), pbx.owner)
    old, account = agent.phone, agent.phone.account
    await old.close()
    pbx.phones.remove(old)
    agent.phone = Phone(account, pbx.carrier, host="127.0.0.86", rtcp_every=1.0)
    await agent.phone.start()
    pbx.phones.append(agent.phone)
    await agent.phone.register()
    call = await from_outside(pbx)
    await call.up()
    await hears(call, MUSIC)  # the same scheme
    await pbx.ready(0)
    picked = await agent.incoming()
    await talk(call, CALLER, picked, AGENT)
    await over(pbx, call, picked)
    assert (await ask(pbx.directory.ListNumbers, directory.ListNumbersRequest(), pbx.owner)).numbers == before
