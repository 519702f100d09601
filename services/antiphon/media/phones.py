"""How phones, browsers and trunks are reached: through the SIP edge, which knows where they are."""

from __future__ import annotations

import hashlib

from antiphon.directory.v1 import telephony_pb2
from antiphon.media.app.world import Wish
from antiphon.media.domain.ringing import Line
from antiphon.media.edges import Edges
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.endpoint.leg import Leg
from antiphon.media.endpoint.registration import Registration
from antiphon.media.sip.digest import Credentials
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.registration import Account
from antiphon.media.sip.syntax import param
from antiphon.media.sip.uri import Hop, Uri, sip

NEXT_HOP, LINE = "x-antiphon-next-hop", "x-antiphon-line"
REGISTERED_FOR = 300
"""Seconds that are asked for; also for how long an edge that began anew does not know our registrations."""
_TRANSPORTS = {telephony_pb2.TRANSPORT_TCP: "tcp", telephony_pb2.TRANSPORT_TLS: "tls"}


class Phones:
    """`app.world.Edge` over the endpoint, whose next hop is the edge."""

    def __init__(self, endpoint: Endpoint, domain: str, edges: Edges, hosts: frozenset[str] = frozenset()) -> None:
        """`hosts`: addresses of the edge's nodes that INVITEs come from, where they are not those of `edges`."""
        self.endpoint = endpoint
        self.domain = domain
        self.edges = edges
        self.hosts = hosts or edges.hosts
        self.direct: dict[str, Hop] = {}
        """Addresses that are reached without the edge: phones of a plant that has none."""
        self.direct_trunks = False

    def place(self, wish: Wish) -> Leg:
        credentials = Credentials(*wish.secret) if wish.secret is not None else None
        sender = NameAddr(str(sip(wish.caller or "anonymous", self.domain)), _printable(wish.title))
        headers = list(wish.headers)
        if wish.line.kind == "trunk":
            headers.append((NEXT_HOP, wish.line.next_hop))
        return self.endpoint.invite(
            self.target(wish.line), sender=sender, sdp=wish.sdp, headers=headers, credentials=credentials,
            hop=self._hop(wish.line),
        )  # fmt: skip

    def _hop(self, line: Line) -> Hop:
        """Where it goes: to the edge."""
        if line.kind == "trunk" and self.direct_trunks:
            return Uri.parse(line.next_hop).hop()
        return self.direct.get(line.address) or self.edges.choose()

    def target(self, line: Line) -> str:
        """The Request-URI. Raises ParseError for a trunk whose next hop is no address."""
        if line.kind == "trunk":
            hop = Uri.parse(line.next_hop)
            return str(sip(line.address, hop.host, hop.port))
        return str(sip(line.address, self.domain))

    # --- trunks: `trunks.Lines`

    def register(self, trunk: telephony_pb2.Trunk, password: str, tenant: str) -> Registration:
        """Stays registered with the operator. Calls for this registration come to a user that only the operator and the
        edge know, so that they are known as this trunk's whatever address they come from."""
        host, hop = self._operator(trunk)
        me = self.endpoint
        account = Account(
            registrar=str(Uri("sip", "", host.host, host.port)),
            address=str(sip(trunk.username, host.host.strip("[]"))),
            credentials=Credentials(trunk.username, password),
            contact=str(sip(line_of(trunk.id, password), me.host, me.port)),
            expires=REGISTERED_FOR,
            hop=hop,
            headers=((NEXT_HOP, next_hop(trunk)), (LINE, f"{trunk.id},{tenant}")),
        )
        return self.endpoint.registration(account)

    async def probe(self, trunk: telephony_pb2.Trunk) -> int:
        """OPTIONS: the code of the answer, 408 or 503 if there is none."""
        host, hop = self._operator(trunk)
        target = str(Uri("sip", "", host.host, host.port))
        return (await self.endpoint.request("OPTIONS", target, headers=[(NEXT_HOP, next_hop(trunk))], hop=hop)).code

    def _operator(self, trunk: telephony_pb2.Trunk) -> tuple[Uri, Hop | None]:
        uri = Uri.parse(next_hop(trunk))
        return uri, uri.hop() if self.direct_trunks else None

    def vouches(self, leg: Leg) -> bool:
        """By the address the INVITE really came from: the edge writes the source, nobody else is believed."""
        via = leg.invite.via
        return via is not None and (param(via.params, "received") or via.host).strip("[]") in self.hosts


def _printable(title: str) -> str:
    """A display name without what could break a header."""
    return "".join(letter for letter in title if letter.isprintable())[:64]


def next_hop(trunk: telephony_pb2.Trunk) -> str:
    """Where requests to a trunk are sent, as the edge reads it."""
    host = f"[{trunk.host}]" if ":" in trunk.host else trunk.host
    return f"sip:{host}:{trunk.port or 5060};transport={_TRANSPORTS.get(trunk.transport, 'udp')}"


def line_of(trunk_id: str, password: str) -> str:
    """The user of a registration's contact: the same on every replica, and nobody else's guess."""
    return "line-" + hashlib.sha256(f"{trunk_id}:{password}".encode()).hexdigest()[:24]
