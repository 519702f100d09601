"""How phones, browsers and trunks are reached: through the SIP edge, which knows where they are."""

from __future__ import annotations

from antiphon.media.app.world import Wish
from antiphon.media.domain.ringing import Line
from antiphon.media.edges import Edges
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.endpoint.leg import Leg
from antiphon.media.sip.digest import Credentials
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.syntax import param
from antiphon.media.sip.uri import Hop, Uri, sip

NEXT_HOP = "x-antiphon-next-hop"


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

    def vouches(self, leg: Leg) -> bool:
        """By the address the INVITE really came from: the edge writes the source, nobody else is believed."""
        via = leg.invite.via
        return via is not None and (param(via.params, "received") or via.host).strip("[]") in self.hosts


def _printable(title: str) -> str:
    """A display name without what could break a header."""
    return "".join(letter for letter in title if letter.isprintable())[:64]
