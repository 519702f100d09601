"""What is present on this machine, what is missing, why it matters and how to get it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from antiphon.edge import servers
from antiphon.kit import nodes, procs, show

OK, MISSING, OPTIONAL = "ok", "MISSING", "not here"
ROOT = Path(__file__).parents[1]
_VOICE = (
    ("kamailio", "the SIP edge: phones, trunks and browsers' telephones register and call through it"),
    ("rtpengine", "the sound of calls: relays, plays, records"),
    ("espeak-ng", "says greetings and prompts in three languages"),
)
_TURN = "relays sound for browsers behind strict firewalls; on one machine nobody needs it"
_PORTS = (
    (8080, "the desk; `antiphon up --port` chooses another"),
    (8081, "the widget; `antiphon up --channels-port` chooses another"),
    (5060, "phones and trunks; ANTIPHON_UP_SIP_PORT chooses another"),
    (5080, "softphones of browsers; ANTIPHON_UP_SIP_WS_PORT chooses another"),
)


def run(*, as_json: bool) -> int:
    """Prints the findings; 1 when something needed is missing."""
    found = list(_examine())
    show.rows(found, as_json=as_json, title="Doctor")
    return int(any(row["state"] == MISSING for row in found))


def _examine() -> Iterator[dict[str, str]]:
    good = sys.version_info >= (3, 11)
    yield _row("python", OK if good else MISSING, platform.python_version(), "3.11 or newer runs Antiphon")
    yield _server("nats-server", nodes.find_nats_server, "events, the ACD's journal, leases")
    yield _server("mongod", nodes.find_mongod, "everything that is kept")
    yield _program("node", "builds the web desk (20 or newer)", needed=not (ROOT / "inbox/web/dist").exists())
    yield _built("desk", ROOT / "inbox/web/dist/index.html")
    yield _built("widget", ROOT / "channels/widget/dist/widget.js")
    yield _program("chromium", "the browser stories of `make test`", needed=False)
    yield from _voice()
    for port, what in _PORTS:
        yield _row(f"port {port}", "in use" if procs.is_listening(port) else OK, "", what)


def _voice() -> Iterator[dict[str, str]]:
    """Everything else runs without telephony, so nothing of it is needed."""
    lacks = servers.missing()
    for name, why in _VOICE:
        yield _server(name, partial(servers.find, name), why, absent=OPTIONAL)
    modules = next((sentence for sentence in lacks if "modules" in sentence.split(":")[0]), "")
    if modules:
        yield _row("kamailio's modules", OPTIONAL, modules, "TLS, WebSocket and browsers' credentials")
    yield _server("coturn", partial(servers.find, "turnserver"), _TURN, absent=OPTIONAL)
    without = "`antiphon up` runs without telephony" if lacks else ""
    yield _row("telephony", OPTIONAL if lacks else OK, without, "calls in and out, the desk's softphone, SIP phones")


def _server(name: str, find: Callable[[], str], why: str, absent: str = MISSING) -> dict[str, str]:
    try:
        return _row(name, OK, find(), why)
    except procs.ServerMissing as error:
        return _row(name, absent, str(error), why)


def _program(name: str, why: str, *, needed: bool) -> dict[str, str]:
    path = shutil.which(name)
    return _row(name, OK if path else (MISSING if needed else OPTIONAL), path or "", why)


def _built(name: str, file: Path) -> dict[str, str]:
    there = file.exists()
    return _row(f"{name} (built)", OK if there else MISSING, "" if there else "make setup", "what browsers load")


def _row(what: str, state: str, where: str, why: str) -> dict[str, str]:
    return {"what": what, "state": state, "where": where, "why": why}
