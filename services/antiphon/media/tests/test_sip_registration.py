"""A trunk registration in virtual time: challenge, refresh, too brief, back-off, wrong password, taking it back."""

from __future__ import annotations

import pytest

from antiphon.media.sip.digest import Credentials
from antiphon.media.sip.message import Headers, Request, parse, respond
from antiphon.media.sip.registration import Account, RegistrationClient, RegistrationState
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import Net

pytestmark = pytest.mark.domain

HERE, THERE = "192.0.2.1", "192.0.2.8"
S = RegistrationState


class Registrar:
    """Answers by a script: a code and headers for each REGISTER; the last line goes on for ever."""

    def __init__(self, net: Net, *script: tuple[int, Headers]) -> None:
        self.net = net
        self.script = list(script)
        self.asked: list[tuple[float, Request]] = []
        net.drop = self.carry

    def carry(self, host: str, message: object) -> bool:
        if isinstance(message, Request) and host == HERE:
            self.asked.append((self.net.now, message))
            code, headers = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if code:
                self.net.carry(respond(message, code, "r", headers).encode(), Hop(THERE), Hop(HERE))
        return host == HERE


CHALLENGE: Headers = [("www-authenticate", 'Digest realm="trunk", nonce="n1", qop="auth"')]


def client(net: Net, **more: object) -> tuple[RegistrationClient, list[tuple[RegistrationState, int]]]:
    peer = net.peers.get(HERE) or net.peer(HERE)
    changes: list[tuple[RegistrationState, int]] = []
    account = Account(f"sip:{THERE}", f"sip:380441234567@{THERE}", Credentials("u", "p"), **more)  # type: ignore[arg-type]
    made = RegistrationClient(peer.core, account, lambda state, code: changes.append((state, code)))
    peer.do(made.start)
    return made, changes


def test_it_proves_itself_and_refreshes_in_time() -> None:
    net = Net()
    ours = [("contact", f"<sip:ua@{HERE}:5060>;expires=100"), ("contact", "<sip:else@192.0.2.99>;expires=5")]
    registrar = Registrar(net, (401, CHALLENGE), (200, ours))
    made, changes = client(net)
    net.run(1)
    assert changes == [(S.TRYING, 0), (S.REGISTERED, 200)]
    net.run(200)
    times = [round(at - registrar.asked[0][0]) for at, _ in registrar.asked]
    assert times == [0, 0, 90, 180]
    proofs = [message.get("authorization") for _, message in registrar.asked]
    assert proofs[0] == ""
    assert ["nc=0000000" in one and one[-30:] != "" for one in proofs[1:]] == [True] * 3
    assert [message.cseq for _, message in registrar.asked] == [1, 2, 3, 4]
    assert len({message.call_id for _, message in registrar.asked}) == 1
    net.peers[HERE].do(made.stop)
    assert registrar.asked[-1][1].get("expires") == "0"
    assert made.state is S.STOPPED
    net.assert_nothing_left()


def test_a_wrong_password_is_tried_once_and_then_seldom() -> None:
    net = Net()
    registrar = Registrar(net, (401, CHALLENGE))
    made, _ = client(net)
    net.run(250)
    assert (made.state, made.code) == (S.WAITING, 401)
    assert len(registrar.asked) == 2
    net.run(60)
    assert len(registrar.asked) == 3


def test_failures_back_off() -> None:
    net = Net()
    registrar = Registrar(net, (503, []))
    made, _ = client(net)
    net.run(1000)
    pauses = [b[0] - a[0] for a, b in zip(registrar.asked, registrar.asked[1:], strict=False)]
    for number, pause in enumerate(pauses):
        most = min(5 * 2**number, 300)
        assert most / 2 <= pause <= most + 1
    registrar.script = [(503, [("retry-after", "400")]), (200, [("expires", "60")])]
    asked = len(registrar.asked)
    while len(registrar.asked) == asked:
        net.run(1)
    net.run(398)
    assert len(registrar.asked) == asked + 1
    net.run(3)
    assert made.state is S.REGISTERED
    assert made.failures == 0


def test_too_brief_is_made_longer() -> None:
    net = Net()
    registrar = Registrar(net, (423, [("min-expires", "900")]), (200, []))
    made, _ = client(net, expires=60)
    net.run(1)
    assert made.state is S.REGISTERED
    assert [message.get("expires") for _, message in registrar.asked] == ["60", "900"]


@pytest.mark.parametrize("headers", [[("contact", f"<sip:ua@{HERE}:5060>;expires=x")], [("min-expires", "x")]])
def test_nonsense_is_a_failure(headers: Headers) -> None:
    net = Net()
    Registrar(net, (200 if headers[0][0] == "contact" else 423, headers))
    made, _ = client(net)
    net.run(1)
    assert made.state is S.WAITING


def test_nobody_there_is_a_failure() -> None:
    net = Net()
    registrar = Registrar(net, (0, []))
    made, changes = client(net)
    net.run(33)
    assert changes[-1] == (S.WAITING, 408)
    assert parse(registrar.asked[0][1].encode()).method == "REGISTER"
    net.peers[HERE].do(made.stop)
    net.assert_nothing_left()


def test_another_replica_goes_on_with_an_abandoned_one() -> None:
    net = Net()
    registrar = Registrar(net, (401, CHALLENGE), (200, [("contact", "<sip:line-1@203.0.113.5>;expires=100")]))
    made, _ = client(net, contact=f"sip:line-1@{HERE}:5060", headers=(("X-Next", "sip:there"),))
    net.run(1)
    assert [message.get("x-next") for _, message in registrar.asked] == ["sip:there"] * 2
    net.run(95)  # the edge put its own address in: the hundred seconds are ours all the same
    assert len(registrar.asked) == 3
    net.peers[HERE].do(made.abandon)
    net.run(400)
    assert len(registrar.asked) == 3
    assert made.state is S.STOPPED
    net.assert_nothing_left()


def test_it_goes_another_way_when_the_first_is_closed() -> None:
    """As soon as somebody says so: the operator calls where we registered from."""
    net = Net()
    registrar = Registrar(net, (401, CHALLENGE), (200, [("expires", "100")]))
    net.peer(HERE).core.next_hop = Hop(THERE)
    made, _ = client(net)
    net.run(1)
    assert made.state is S.REGISTERED
    core = net.peers[HERE].core
    core.next_hop = Hop("192.0.2.9")
    net.peers[HERE].do(made.start)
    assert {each.hop for each in core.clients.values() if each.state.value == "calling"} == {core.next_hop}
    net.run(1)
    assert made.state is S.REGISTERED
    assert len(registrar.asked) == 3
    net.peers[HERE].do(made.abandon)
    net.assert_nothing_left()
