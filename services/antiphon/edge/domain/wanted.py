"""What Kamailio is to know: accounts that may register and trunks that may call, as rows of its tables.

Rows are text. `ha1` holds `username → HA1`; `account` holds `username → account id;tenant id;flags;CIDR,CIDR`
(routes/authenticate.cfg reads it); a trunk is lines of `address.list` with the tag `trunk id,tenant id`. Whatever could
break out of its field is refused here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HA1 = re.compile(r"[0-9a-f]{32}")
GROUP_TRUNKS, GROUP_NODES = 1, 2

Rows = Mapping[str, str]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Unusable(ValueError):
    """An account or a trunk that cannot be written into a row; the message says which part, never a secret."""


def network(text: str) -> Network:
    """An address or CIDR. Raises Unusable."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Unusable(f"not an address or CIDR: {text!r}") from error


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who registers with digest credentials. `username` is unique in the whole installation."""

    username: str
    account_id: str
    tenant_id: str
    ha1: str = field(repr=False)
    """Lower-case hex of MD5(username:domain:password)."""
    allowed_from: tuple[str, ...] = ()
    """CIDRs it may come from; empty: from everywhere."""
    needs_tls: bool = False
    needs_srtp: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.username):
            raise Unusable("username")
        if not _ID.fullmatch(self.account_id) or not _ID.fullmatch(self.tenant_id):
            raise Unusable("account or tenant id")
        if not _HA1.fullmatch(self.ha1):
            raise Unusable("ha1")
        for text in self.allowed_from:
            network(text)

    @property
    def row(self) -> str:
        """Its value in the table `account`."""
        flags = ("t" if self.needs_tls else "") + ("s" if self.needs_srtp else "")
        return (
            f"{self.account_id};{self.tenant_id};{flags};{','.join(str(network(each)) for each in self.allowed_from)}"
        )


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier that may call without credentials, known by its addresses."""

    trunk_id: str
    tenant_id: str
    addresses: tuple[str, ...]
    """Addresses or CIDRs its requests come from."""
    port: int = 0
    """Source port; 0: any. Set it where an address is shared with devices."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.trunk_id) or not _ID.fullmatch(self.tenant_id):
            raise Unusable("trunk or tenant id")
        if not 0 <= self.port <= 65535:
            raise Unusable("port")
        for text in self.addresses:
            if network(text).prefixlen == 0:
                raise Unusable("a trunk cannot be everybody")

    @property
    def lines(self) -> list[str]:
        """Its lines in `address.list`."""
        tag = f"{self.trunk_id},{self.tenant_id}"
        return [address_line(GROUP_TRUNKS, network(each), self.port, tag) for each in self.addresses]


def address_line(group: int, where: Network, port: int, tag: str) -> str:
    """One line of `address.list`: group, address, prefix length, port, tag."""
    return f"{group} {where.network_address} {where.prefixlen} {port} {tag}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything Kamailio's tables are to hold."""

    ha1: Rows
    account: Rows
    addresses: tuple[str, ...]

    @staticmethod
    def of(accounts: Iterable[Account], trunks: Iterable[Trunk]) -> Wanted:
        """The rows of these accounts and trunks. Raises Unusable when two accounts share a name."""
        ha1: dict[str, str] = {}
        rows: dict[str, str] = {}
        for each in accounts:
            if each.username in rows:
                raise Unusable("two accounts share a username")
            ha1[each.username], rows[each.username] = each.ha1, each.row
        return Wanted(ha1, rows, tuple(sorted(line for trunk in trunks for line in trunk.lines)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What turns one table into another."""

    put: Rows
    remove: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.put or self.remove)


def changes(present: Rows, wanted: Rows) -> Changes:
    """What has to be put and removed so that `present` becomes `wanted`."""
    put = {key: value for key, value in wanted.items() if present.get(key) != value}
    return Changes(put, tuple(key for key in present if key not in wanted))


@dataclass(frozen=True, slots=True)
class Registration:
    """One contact of a registered user, as this node knows it."""

    user: str
    contact: str
    received: str
    expires_in: int
    user_agent: str
    node: str
    """Private address of the node that holds the flow."""
