"""Writes the configuration of a node's relay: `python -m antiphon.edge.node rtpengine|coturn`, before it starts.

In a cluster an init container does so; what it writes is what `antiphon up` runs with, of the same code.
"""

from __future__ import annotations

import sys
from pathlib import Path

from antiphon.edge.coturn import Coturn
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.settings import NodeSettings


def write(relay: str, node: NodeSettings) -> Path:
    """Writes the file and returns its path. Raises ValueError for what no configuration can hold."""
    name, config = ("rtpengine.conf", _rtpengine(node)) if relay == "rtpengine" else ("turnserver.conf", _coturn(node))
    node.directory.mkdir(parents=True, exist_ok=True)
    path = node.directory / name
    path.touch(mode=0o600)
    path.write_text(config)
    return path


def _rtpengine(node: NodeSettings) -> str:
    engine = Rtpengine(
        node.directory, node.ng_port, node.cli_port, node.metrics_port, node.address, node.address,
        node.advertised_address, node.address, node.port_min, node.port_max, node.recordings, node.workers,
    )  # fmt: skip
    return engine.config


def _coturn(node: NodeSettings) -> str:
    if node.turn_secret is None:
        raise ValueError("coturn needs ANTIPHON_NODE_TURN_SECRET")
    peers = tuple(dict.fromkeys([*node.turn_peers, *filter(None, map(node.advertised_addresses.get, node.turn_peers))]))
    secrets = tuple(dict.fromkeys([node.turn_secret, *node.turn_secrets]))
    relay = Coturn(
        node.directory, node.turn_port, node.turn_realm, secrets, node.address, node.advertised_address, peers
    )
    return relay.config


if __name__ == "__main__":
    if sys.argv[1:] not in (["rtpengine"], ["coturn"]):
        sys.exit("which relay: rtpengine or coturn?")
    sys.stdout.write(f"{write(sys.argv[1], NodeSettings())}\n")
