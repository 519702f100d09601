"""What a browser gets to telephone with."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from antiphon.media.settings import Settings
from antiphon.media.softphone import softphone

pytestmark = pytest.mark.domain
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "browser-secret-0123456789"


def made(**given: object) -> Settings:
    return Settings.model_validate({"domain": "pbx.test", "websocket_url": "wss://sip.pbx.test/ws", **given})


def test_the_credentials_say_whose_and_until_when() -> None:
    it = softphone(made(browser_secret=SECRET, credential_hours=2), "tn_1", "pe_1", NOW)
    expiry = int(NOW.timestamp()) + 7200
    assert it.available
    assert (it.uri, it.username) == ("sip:tn_1.pe_1@pbx.test", f"{expiry}:tn_1.pe_1")
    digest = hmac.new(SECRET.encode(), it.username.encode(), hashlib.sha256).digest()
    assert it.password == base64.b64encode(digest).decode()
    assert it.expires_at.seconds == expiry


def test_servers_for_the_way_through_firewalls() -> None:
    urls = {"stun_urls": ("stun:a:3478",), "turn_urls": ("turn:a:3478",), "turn_secret": "turn-secret"}
    it = softphone(made(browser_secret=SECRET, **urls), "tn_1", "pe_1", NOW)
    assert [list(server.urls) for server in it.ice_servers] == [["stun:a:3478"], ["turn:a:3478"]]
    assert it.ice_servers[1].credential


@pytest.mark.parametrize("given", [{}, {"browser_secret": SECRET, "enabled": False, "why_disabled": "no rtpengine"}])
def test_without_voice_it_says_why(given: dict[str, object]) -> None:
    it = softphone(made(**given), "tn_1", "pe_1", NOW)
    assert not it.available
    assert it.why == given.get("why_disabled", "voice is not set up")
    assert not it.password
