"""How many of each part run: `--replicas acd=2,media=2,rtpengine=2,edge=2,nats=3,mongo=3`, the same shape as in a
cluster; `--twin` is three of what keeps and two of all else.

The first replica of a part has the part's name, the next are called `media-2`, `media-3` … Each is a process of its own
and listens on ports of its own; who asks a service with replicas asks them in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from antiphon.kit.procs import free_port
from antiphon.kit.settings import Platform

MOST = 9
SERVERS = ("nats", "mongo")
"""What may run several times beside services and telephony."""
TWIN = {"nats": 3, "mongo": 3}
"""How many of what the twin of a cluster has; two of what is not named."""


class Unknown(ValueError):
    """Not a list of parts and numbers; the message says what is wrong."""


def parse(text: str, parts: Iterable[str]) -> dict[str, int]:
    """How many replicas of which part; parts that are not named have one. Raises Unknown."""
    known, wanted = set(parts), {}
    for each in filter(None, (word.strip() for word in text.split(","))):
        name, _, number = each.partition("=")
        if name not in known:
            raise Unknown(f"{name!r} has no replicas; these have: {', '.join(sorted(known))}")
        if not number.isdigit() or not 1 <= int(number) <= MOST:
            raise Unknown(f"{each!r}: say how many, from 1 to {MOST}, as in {name}=2")
        wanted[name] = int(number)
    return wanted


def twin(parts: Iterable[str]) -> dict[str, int]:
    """How many of each the twin of a cluster has."""
    return {part: TWIN.get(part, 2) for part in parts}


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of a service."""

    service: str
    number: int
    """From 1."""
    platform: Platform

    @property
    def name(self) -> str:
        return named(self.service, self.number)

    @property
    def port(self) -> int:
        """Where it answers gRPC."""
        return int(self.platform.address_of(self.service).rpartition(":")[2])


def named(part: str, number: int) -> str:
    """What the replica is called."""
    return part if number == 1 else f"{part}-{number}"


def spread(platforms: Mapping[str, Platform], counts: Mapping[str, int]) -> dict[str, Platform]:
    """The platforms of all replicas, by name: each listens at its own address and knows all of the others'."""
    own = {name: _addresses(name, platform, counts.get(name, 1)) for name, platform in platforms.items()}
    shared = {name: all_of(addresses) for name, addresses in own.items()}
    found = {}
    for name, platform in platforms.items():
        for number, address in enumerate(own[name], 1):
            found[named(name, number)] = platform.model_copy(update={"endpoints": {**shared, name: address}})
    return found


def all_of(addresses: Sequence[str]) -> str:
    """The address under which replicas are asked together."""
    return addresses[0] if len(addresses) == 1 else "ipv4:" + ",".join(addresses)


def _addresses(name: str, platform: Platform, count: int) -> list[str]:
    first = platform.address_of(name)
    return [first, *(f"{first.rpartition(':')[0]}:{free_port()}" for _ in range(count - 1))]
