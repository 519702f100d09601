"""A browser that reaches nothing but a TURN relay: its call goes through our coturn, with credentials of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from antiphon.edge import servers
from antiphon.edge.coturn import Coturn
from antiphon.kit.clock import system_clock
from antiphon.kit.procs import free_port
from antiphon.kit.testing import eventually
from antiphon.media.audio.tones import purity
from antiphon.media.phone.sound import Tone
from antiphon.media.softphone import Secret
from antiphon.up.client import Agent
from e2e.people import at_the_desk, ready
from e2e.phones import CUSTOMERS_TONE, a_customers_phone, calls_the_company, hears_something, nothing_is_left
from e2e.softphones import KEPT, browser_hears
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
SECRET = "turn-secret-0123456789"
ONLY_RELAYED = f'window.demanded = {{iceTransportPolicy: "relay"}};{KEPT}'
PAIR = """async () => {
  const connection = window.connections.at(-1);
  if (!connection) return null;
  const all = new Map([...await connection.getStats()].map(([id, one]) => [id, one]));
  const values = [...all.values()];
  const transport = values.find(one => one.type === "transport" && one.selectedCandidatePairId);
  if (!transport) return null;
  const pair = all.get(transport.selectedCandidatePairId);
  const heard = values.find(one => one.type === "inbound-rtp" && one.kind === "audio");
  return {local: all.get(pair.localCandidateId).candidateType, protocol: all.get(pair.localCandidateId).relayProtocol,
          sent: pair.bytesSent, packets: heard ? heard.packetsReceived : 0, energy: heard ? heard.totalAudioEnergy : 0};
}"""
"""What the connection of the call is made of, once it is there."""

GATHER = """async ([url, username, credential]) => {
  const iceServers = [{urls: [url], username, credential}];
  const connection = new RTCPeerConnection({iceServers, iceTransportPolicy: "relay"});
  const found = [];
  const done = new Promise(resolve => {
    connection.onicecandidate = ({candidate}) => candidate ? found.push(candidate.type) : resolve();
  });
  connection.addTransceiver("audio");
  await connection.setLocalDescription();
  await done;
  connection.close();
  return found;
}"""
"""The kinds of addresses that a browser finds."""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """coturn as an operator runs it; only the engine's address may be relayed to."""
    it = Coturn(
        tmp_path_factory.mktemp("coturn"), free_port(), "antiphon.local", (SecretStr(SECRET),), peers=("127.0.0.1",),
        port_min=33_100, port_max=33_199,
    )  # fmt: skip
    process = servers.coturn(it)
    process.start()
    yield it
    process.stop()


@pytest.fixture(scope="module")
def relayed(tmp_path_factory: pytest.TempPathFactory, relay: Coturn) -> Iterator[Stack]:
    """A stack that tells its browsers of the relay, and offers them Opus: who is so far away has a poor link."""
    told = {
        "ANTIPHON_MEDIA_TURN_URLS": json.dumps([f"turn:127.0.0.1:{relay.port}?transport=udp"]),
        "ANTIPHON_MEDIA_TURN_SECRET": SECRET,
        "ANTIPHON_MEDIA_BROWSER_OPUS": "true",
    }
    running = Stack(tmp_path_factory.mktemp("relayed"), voice=True, environment=told)
    running.start()
    yield running
    running.stop()


async def connection(desk: Page) -> dict[str, Any]:
    async def there() -> Any:
        found = await desk.evaluate(PAIR)
        return found if found and found["packets"] and found["energy"] > 0.001 else None

    found: dict[str, Any] = await eventually(there)
    return found


async def is_recorded(agent: Agent, call_id: str) -> None:
    """Both are heard in it: the customer's tone on the left, the browser's beeps on the right."""
    told = await agent.event("RecordingReady", lambda e: e["recording"]["call_id"] == call_id)
    answer = await agent.http.get(f"/recordings/{told['body']['recording']['id']}/file")
    assert answer.status_code == 200
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    assert purity(samples[rate // 2 :, 0], CUSTOMERS_TONE, rate) > 0.8
    assert np.abs(samples[:, 1]).max() > 1500


@pytest.mark.clause("A22")
async def test_a_call_goes_through_the_relay(relayed: Stack, browser: Browser) -> None:
    person = relayed.person("agent", 1)
    async with (
        ready(relayed, "supervisor") as supervisor,
        at_the_desk(browser, relayed, person, script=ONLY_RELAYED, permissions=["microphone"]) as desk,
        ready(relayed, number=1) as agent,
        a_customers_phone(relayed, "+380671112293") as telephone,
    ):
        await expect(desk.get_by_label("Phone: free").first).to_be_visible()
        call = await calls_the_company(telephone, relayed)
        call.line.sound = Tone(CUSTOMERS_TONE)
        await call.press("1")
        await desk.get_by_role("button", name="Answer").first.click()
        bridged = await agent.event("CallBridged", lambda e: e["call"]["caller"] == "+380671112293")
        await hears_something(call)  # the fake microphone beeps
        assert await browser_hears(desk, CUSTOMERS_TONE) == "audio/opus"
        way = await connection(desk)
        assert (way["local"], way["protocol"]) == ("relay", "udp")
        await desk.get_by_role("button", name="Hang up").first.click()
        await call.over(within=30)
        await is_recorded(agent, bridged["body"]["call"]["id"])
        done = await agent.event("WrapUpStarted", lambda e: e["item"]["channel"] == "voice")
        await agent.call("POST", f"/work/{done['body']['item']['id']}/wrap-up", {"disposition": "solved"})
        await nothing_is_left(supervisor)


async def test_the_relay_wants_credentials_that_are_signed_and_not_expired(browser: Browser, relay: Coturn) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    now = int(system_clock().timestamp())
    for key, expiry, found in (
        (SECRET, now + 600, ["relay"]),
        (SECRET, now - 600, []),
        ("another-secret-0123456789", now + 600, []),
    ):
        username = f"{expiry}:tn_1.pe_1"
        password = Secret(key, "sha1").password(username)
        assert await page.evaluate(GATHER, [f"turn:127.0.0.1:{relay.port}?transport=udp", username, password]) == found
    await context.close()
