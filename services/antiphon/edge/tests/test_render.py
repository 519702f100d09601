"""What is rendered from settings, and that no setting breaks out of its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from antiphon.edge import dev, render
from antiphon.edge.coturn import Coturn
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.settings import Settings
from antiphon.edge.tests.conftest import settings_for

pytestmark = pytest.mark.service


def test_sockets_have_the_names_that_routes_ask_for(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, advertised_address="203.0.113.9", sip_port=5060, private_port=5070, rpc_port=5090)
    lines = render.kamailio(settings)["node.cfg"].splitlines()
    assert 'listen=udp:127.0.0.1:5060 advertise 203.0.113.9:5060 name "public"' in lines
    assert 'listen=tcp:127.0.0.1:5070 name "private_tcp"' in lines
    assert 'listen=tcp:127.0.0.1:5090 name "rpc"' in lines


def test_an_ipv6_node_is_written_in_brackets(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "2001:db8::5", sip_port=5060)
    assert 'listen=udp:[2001:db8::5]:5060 name "public"' in render.kamailio(settings)["node.cfg"]


def test_other_nodes_and_trunks_are_in_the_address_list(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path, nodes=("10.0.0.6:5070", "edge.svc:5070"), node_networks=("10.9.0.0/16",), private_port=5070
    )
    assert render.addresses(settings, ["1 192.0.2.1 32 0 tr,te"]).splitlines()[1:] == [
        "2 10.9.0.0 16 5070 node",
        "2 10.0.0.6 32 5070 node",
        "1 192.0.2.1 32 0 tr,te",
    ]


def test_old_and_new_browser_secrets_are_taken_the_newest_last(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, browser_secrets=("old-secret-0123456789", "new-secret-0123456789"))
    params = render.kamailio(settings)["params.cfg"]
    assert params.index("old-secret") < params.index("new-secret")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("domain", 'x"\nroute{}'),
        ("domain", "a!b"),
        ("public_address", "not an address"),
        ("media", ("sip:host",)),
        ("media", ('sip:a:1"',)),
        ("media", ("sip:a:1;transport=tls",)),
        ("nodes", ('a:1"\n',)),
        ("node_networks", ("10.0.0.0/99",)),
        ("origins", ("https://a b",)),
        ("origins", ("*",)),
        ("rpc_key", "short"),
        ("rpc_key", 'quote"0123456789012345'),
        ("nonce_secret", "with!mark0123456789"),
        ("browser_secrets", ()),
        ("browser_secrets", ("new line\n0123456789012",)),
        ("directory", "/tmp/a b"),
        ("certificate", '/tmp/"x'),
        ("sip_port", 70000),
        ("workers", 0),
    ],
)
def test_a_setting_that_breaks_a_file_is_refused(tmp_path: Path, name: str, value: object) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(ValidationError):
        settings_for(tmp_path, **changed)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert "rpc-key" not in repr(settings_for(tmp_path))


def test_rtpengine_runs_in_user_space_on_private_control(tmp_path: Path) -> None:
    node = Rtpengine(tmp_path, 2223, 2224, advertised_address="203.0.113.9")
    assert "table = -1\n" in node.config
    assert "interface = pub/127.0.0.1!203.0.113.9;priv/127.0.0.1\n" in node.config
    assert "listen-tcp-ng = 127.0.0.1:2223\ndtmf-log-ng-tcp = true\n" in node.config
    assert "listen-http" not in node.config
    wrongs: list[dict[str, Any]] = [
        {"port_min": 5, "port_max": 10},
        {"shared": Path("/a b")},
        {"public_address": "host"},
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r".+"):
            Rtpengine(tmp_path, 2223, 2224, **wrong)


def test_the_relay_leads_only_to_media(tmp_path: Path) -> None:
    relay = Coturn(tmp_path, 3478, "antiphon.test", (SecretStr("turn-secret-0123456789"),), peers=("203.0.113.9",))
    assert "denied-peer-ip=10.0.0.0-10.255.255.255\n" in relay.config
    assert "allowed-peer-ip=203.0.113.9\n" in relay.config
    assert "turn-secret" not in repr(relay)


def test_secrets_of_a_machine_are_made_once(tmp_path: Path) -> None:
    first = dev.settings(tmp_path, {"sip_port": 5060}, media=("sip:127.0.0.1:5170",))
    again = dev.settings(tmp_path)
    assert isinstance(first, Settings)
    assert first.sip_port == 5060
    assert first.browser_secrets == again.browser_secrets
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
