"""One node on this machine, nothing configured: settings with secrets made once, for `antiphon up`, tests, a first try.

    edge = dev.settings(directory / "edge", media=("sip:127.0.0.1:5170",), origins=("http://localhost:8080",))
    kamailio = servers.kamailio(edge)

Start it from the main thread (kit/procs.py).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from antiphon.edge.settings import Settings
from antiphon.kit.procs import free_port

PORTS = ("sip_port", "tls_port", "ws_port", "wss_port", "private_port", "rpc_port")


def settings(directory: Path, ports: Mapping[str, int] | None = None, **more: object) -> Settings:
    """Settings of one node that keeps everything under `directory`. `ports`: any of PORTS, the rest are free ones.
    `more`: any other setting. Secrets are made at the first call and kept, readable for this user only."""
    chosen = {name: (ports or {}).get(name) or free_port() for name in PORTS}
    given = {"workers": 2, "shared_memory_mb": 64, **_secrets(directory), **chosen, **more, "directory": directory}
    return Settings.model_validate(given)


def _secrets(directory: Path) -> dict[str, object]:
    kept = directory / "secrets.json"
    if not kept.exists():
        directory.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_urlsafe(24) for name in ("rpc_key", "nonce_secret", "browser_secret")}
        fresh = directory / "secrets.json.new"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(made))
        fresh.replace(kept)
    made = json.loads(kept.read_text())
    return {"browser_secrets": (made.pop("browser_secret"),), **made}
