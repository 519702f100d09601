"""Whose page sent a request, and from which address."""

from __future__ import annotations

import pytest

from antiphon.inbox.domain.origin import client_address, is_same_origin, networks

pytestmark = pytest.mark.domain
PROXIES = networks(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not a proxy: what it says is not believed
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.2.2.2", "198.51.100.1"),  # the left part is the client's own word
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_nearest_address_that_is_not_a_proxy(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize(
    ("origin", "site", "ours"),
    [
        ("http://desk.example:8080", "", True),
        ("http://desk.example:8080", "same-origin", True),
        ("https://public.example", "same-origin", True),
        ("http://public.example", "", False),
        ("https://evil.example", "", False),
        ("https://evil.example", "same-origin", False),
        ("http://desk.example:8080", "cross-site", False),
        ("null", "", False),
        ("", "same-origin", True),
        ("", "same-site", False),
        ("", "none", False),
        ("", "", False),
    ],
)
def test_a_change_by_cookie_must_come_from_our_page(origin: str, site: str, ours: bool) -> None:
    assert is_same_origin("desk.example:8080", origin, site, "https://public.example") is ours


def test_no_host_is_nobodys_origin() -> None:
    assert not is_same_origin("", "http://", "", "https://public.example")
