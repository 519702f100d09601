"""Settings → the files Kamailio runs by. Pure: nothing is read or written, the caller does that (`servers.py`).

`pbx/kamailio/` is used as it is; what differs from node to node is in `node.cfg` (sockets, substitutions), `params.cfg`
(lists), `tls.cfg`, `dispatcher.list` and `address.list`. Settings are checked where they are read (settings.py), so no
value can break out of its place.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from antiphon.edge.domain.wanted import GROUP_NODES, address_line, network
from antiphon.edge.settings import Settings

CERTIFICATE, PRIVATE_KEY = "cert.pem", "key.pem"
TRUNKS = "trunks.list"
"""Trunk lines as last reconciled, kept beside the files Kamailio reads."""


def kamailio(settings: Settings, trunks: Iterable[str] = ()) -> Mapping[str, str]:
    """File name → content. `trunks`: lines of the address list (`Trunk.lines`)."""
    return {
        "node.cfg": _node(settings),
        "params.cfg": _params(settings),
        "tls.cfg": _tls(settings),
        "dispatcher.list": _dispatcher(settings),
        "address.list": addresses(settings, trunks),
    }


def addresses(settings: Settings, trunks: Iterable[str]) -> str:
    """`address.list`: who is a trunk, and where other nodes are."""
    nodes = [
        address_line(GROUP_NODES, network(each), settings.private_port, "node") for each in settings.node_networks
    ] + [
        address_line(GROUP_NODES, network(host), int(port), "node")
        for host, _, port in (each.rpartition(":") for each in settings.nodes)
        if host.replace(".", "").isdigit()
    ]
    return "\n".join(["# group address prefix port tag", *nodes, *trunks, ""])


def _node(settings: Settings) -> str:
    private = f"{_host(settings.private_address)}:{settings.private_port}"
    substitutions = {
        "EDGE_DOMAIN": settings.domain,
        "EDGE_PRIVATE": private,
        "EDGE_OUTSIDE": _host(settings.advertised_address or settings.public_address),
        "EDGE_SIP_PORT": settings.sip_port,
        "EDGE_TLS_PORT": settings.tls_port,
        "EDGE_DIRECTORY": str(settings.directory),
        "EDGE_RPC_KEY": settings.rpc_key.get_secret_value(),
        "EDGE_NONCE_SECONDS": settings.nonce_seconds,
        "EDGE_FLOOD_REQUESTS": settings.flood_requests,
        "EDGE_BAN_FAILURES": settings.ban_failures,
        "EDGE_BAN_SECONDS": settings.ban_seconds,
        "EDGE_MEDIA_TIMEOUT": settings.media_timeout_ms,
        "EDGE_LAST_MEDIA_TIMEOUT": settings.last_media_timeout_ms,
        "EDGE_MEDIA_PULSE": settings.media_pulse_ms,
        "EDGE_LAST_MEDIA_PULSE": settings.last_media_pulse_ms,
        "EDGE_MULTI_NOTIFY": int(len(settings.nodes) == 1),
    }
    lines = ["# Rendered for this node; changes are overwritten."]
    lines += [f'#!substdef "!{name}!{value}!g"' for name, value in substitutions.items()]
    lines += [f'alias="{settings.domain}"', f"children={settings.workers}", f"tcp_children={settings.workers}"]
    lines += [f"server_id={zlib.crc32(private.encode()) & 0x7FFFFFFF or 1}", *_sockets(settings, private)]
    return "\n".join([*lines, ""])


def _sockets(settings: Settings, private: str) -> list[str]:
    public = (
        ("udp", settings.sip_port, "public"),
        ("tcp", settings.sip_port, "public_tcp"),
        ("tls", settings.tls_port, "public_tls"),
        ("tcp", settings.ws_port, "ws"),
        ("tls", settings.wss_port, "wss"),
    )
    lines = []
    for protocol, port, name in public:
        outside = f" advertise {_host(settings.advertised_address)}:{port}" if settings.advertised_address else ""
        lines.append(f'listen={protocol}:{_host(settings.public_address)}:{port}{outside} name "{name}"')
    lines += [f'listen=udp:{private} name "private"', f'listen=tcp:{private} name "private_tcp"']
    return [*lines, f'listen=tcp:127.0.0.1:{settings.rpc_port} name "rpc"']


def _params(settings: Settings) -> str:
    lines = [f'modparam("auth", "secret", "{settings.nonce_secret.get_secret_value()}")']
    lines += [f'modparam("auth_ephemeral", "secret", "{each.get_secret_value()}")' for each in settings.browser_secrets]
    lines += [f'modparam("dmq", "notification_address", "sip:{each}")' for each in settings.nodes]
    lines += ["event_route[htable:mod-init] {", "    $sht(origin=>none) = 0;"]
    lines += [f"    $sht(origin=>{each}) = 1;" for each in settings.origins]
    return "\n".join([*lines, "}", ""])


def _tls(settings: Settings) -> str:
    certificate = settings.certificate or settings.directory / CERTIFICATE
    private_key = settings.private_key or settings.directory / PRIVATE_KEY
    lines = ["method = TLSv1.2+", "verify_certificate = no", "require_certificate = no"]
    server = [*lines, f"private_key = {private_key}", f"certificate = {certificate}"]
    client = ["method = TLSv1.2+", "verify_certificate = no"]
    if settings.trunk_authorities is not None:
        client = ["method = TLSv1.2+", "verify_certificate = yes", f"ca_list = {settings.trunk_authorities}"]
    return "\n".join(["[server:default]", *server, "", "[client:default]", *client, ""])


def _dispatcher(settings: Settings) -> str:
    return "\n".join(
        ["# set address flags priority attributes", *(f"1 {each} 0 0 sockname=private" for each in settings.media), ""]
    )


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def templates() -> Path:
    """`pbx/` of the repository, or the copy inside the installed package."""
    here = Path(__file__).parent
    inside = here / "pbx"
    return inside if inside.is_dir() else here.parents[2] / "pbx"
