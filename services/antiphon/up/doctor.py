"""What is present on this machine, what is missing, why it matters and how to get it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from antiphon.kit import procs, show

OK, MISSING, OPTIONAL = "ok", "MISSING", "not here"
ROOT = Path(__file__).parents[1]


def run(*, as_json: bool) -> int:
    """Prints the findings; 1 when something needed is missing."""
    found = list(_examine())
    show.rows(found, as_json=as_json, title="Doctor")
    return int(any(row["state"] == MISSING for row in found))


def _examine() -> Iterator[dict[str, str]]:
    good = sys.version_info >= (3, 11)
    yield _row("python", OK if good else MISSING, platform.python_version(), "3.11 or newer runs Antiphon")
    yield _server("nats-server", procs.find_nats_server, "events, the ACD's journal, leases")
    yield _server("mongod", procs.find_mongod, "everything that is kept")
    yield _program("node", "builds the web desk (20 or newer)", needed=not (ROOT / "inbox/web/dist").exists())
    yield _built("desk", ROOT / "inbox/web/dist/index.html")
    yield _built("widget", ROOT / "channels/widget/dist/widget.js")
    yield _program("chromium", "the browser stories of `make test`", needed=False)
    for port, what in ((8080, "the desk"), (8081, "the widget")):
        busy = procs.is_listening(port)
        yield _row(f"port {port}", "in use" if busy else OK, "", f"{what}; `antiphon up --port` chooses another")


def _server(name: str, find: Callable[[], str], why: str) -> dict[str, str]:
    try:
        return _row(name, OK, find(), why)
    except procs.ServerMissing as error:
        return _row(name, MISSING, str(error), why)


def _program(name: str, why: str, *, needed: bool) -> dict[str, str]:
    path = shutil.which(name)
    return _row(name, OK if path else (MISSING if needed else OPTIONAL), path or "", why)


def _built(name: str, file: Path) -> dict[str, str]:
    there = file.exists()
    return _row(f"{name} (built)", OK if there else MISSING, "" if there else "make setup", "what browsers load")


def _row(what: str, state: str, where: str, why: str) -> dict[str, str]:
    return {"what": what, "state": state, "where": where, "why": why}
