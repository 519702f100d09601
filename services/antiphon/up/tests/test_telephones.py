"""Where the demo's and the smoke test's calls go, and what callers say where nothing can speak."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from antiphon.media.phone.sound import RATE, purity
from antiphon.up import demo_calls, smoke_call
from antiphon.up.demo_phones import DemoPhone
from antiphon.up.demo_tenant import DemoTenant
from antiphon.up.settings import Smoke

pytestmark = pytest.mark.domain
PHONE = DemoPhone("p1", "t-301", "secret")


def tenant(sip: str = "127.0.0.1:5060") -> DemoTenant:
    return DemoTenant(port=8080, number="+380443902020", phones=[PHONE], sip=sip)


def test_callers_call_the_tenant_of_this_desk_only() -> None:
    found = demo_calls.exchange("http://localhost:8080", tenant())
    assert found is not None
    assert (found.hop.host, found.hop.port, found.number) == ("127.0.0.1", 5060, "+380443902020")
    assert demo_calls.exchange("http://localhost:9090", tenant()) is None
    assert demo_calls.exchange("http://localhost:8080", tenant(sip="")) is None
    assert demo_calls.exchange("http://localhost:8080", None) is None


def test_the_smoke_test_takes_the_agents_phone_unless_it_is_told_another() -> None:
    kept = smoke_call.lines(Smoke(), tenant(), "p1")
    assert kept is not None
    assert (kept.username, kept.password, kept.exchange.address) == ("t-301", "secret", "127.0.0.1:5060")
    assert smoke_call.lines(Smoke(), tenant(), "somebody else") is None
    assert smoke_call.lines(Smoke(), None, "p1") is None
    told = Smoke(sip="10.0.0.1:5070", sip_user="u", sip_password=SecretStr("p"), number="+1")
    other = smoke_call.lines(told, None, "p1")
    assert other is not None
    assert (other.username, other.exchange.hop.port, other.exchange.number) == ("u", 5070, "+1")


def test_a_caller_beeps_where_nothing_can_speak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    demo_calls.spoken.cache_clear()
    beep = demo_calls.spoken("en", "hello")
    demo_calls.spoken.cache_clear()
    assert len(beep) > RATE
    assert purity(beep[: RATE // 2], 330) > 0.9
