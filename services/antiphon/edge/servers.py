"""Kamailio, rtpengine and coturn as children, for `antiphon up`, tests and e2e: like `kit/nodes.py`.

Each writes only under its directory, dies with its parent and is started again by the same call after a kill.
Start rtpengine before Kamailio.
"""

from __future__ import annotations

import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from antiphon.edge import certificate, render
from antiphon.edge.coturn import Coturn
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.settings import Settings
from antiphon.kit.procs import Process, ServerMissing

_MODULES = ("auth_ephemeral", "tls", "websocket", "xhttp_prom", "dmq_usrloc", "jsonrpcs")
_MODULE_FOLDERS = ("/usr/lib/*/kamailio/modules", "/usr/lib*/kamailio/modules", "/usr/local/lib*/kamailio/modules")
_PACKAGES = {
    "kamailio": "kamailio kamailio-tls-modules kamailio-websocket-modules kamailio-autheph-modules",
    "rtpengine": "rtpengine-daemon",
    "espeak-ng": "espeak-ng",
    "turnserver": "coturn",
}
_NEEDED = ("kamailio", "rtpengine", "espeak-ng")
_INSTALL = "run as root: apt-get install "


def find(program: str) -> str:
    """Path of a program. Raises ServerMissing, which says how to install it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServerMissing(f"{program} is missing: {_INSTALL}{_PACKAGES.get(program, program)}")
    return found


def missing() -> list[str]:
    """What voice needs and this machine lacks, one sentence each; empty when calls can be made."""
    lacks = []
    for program in _NEEDED:
        try:
            find(program)
        except ServerMissing as error:
            lacks.append(str(error))
    present = {file.stem for pattern in _MODULE_FOLDERS for file in Path("/").glob(f"{pattern[1:]}/*.so")}
    if present and (absent := [name for name in _MODULES if name not in present]):
        lacks.append(f"Kamailio lacks the modules {', '.join(absent)}: {_INSTALL}{_PACKAGES['kamailio']}")
    return lacks


def write_kamailio(settings: Settings) -> Path:
    """Writes everything Kamailio reads into `settings.directory`; returns the path of its configuration."""
    directory = settings.directory
    source = render.templates() / "kamailio"
    (directory / "routes").mkdir(parents=True, exist_ok=True)
    for file in (*source.glob("*.cfg"), *source.glob("routes/*.cfg")):
        shutil.copyfile(file, directory / file.relative_to(source))
    for name, content in render.kamailio(settings, known_trunks(directory)).items():
        path = directory / name
        path.touch(mode=0o600)
        path.write_text(content)
    if settings.certificate is None:
        certificate.ensure(directory / render.CERTIFICATE, directory / render.PRIVATE_KEY, settings.domain)
    (directory / "written").touch()  # for who waits for all of it (pbx/kamailio/start)
    return directory / "kamailio.cfg"


def known_trunks(directory: Path) -> list[str]:
    """Trunk lines of the last reconciliation: a restarted Kamailio knows its trunks at once."""
    kept = directory / render.TRUNKS
    return kept.read_text().splitlines() if kept.exists() else []


def write_trunks(settings: Settings, lines: Iterable[str]) -> None:
    """Writes the address list; Kamailio has to be told to read it."""
    kept = list(lines)
    for name, content in ((render.TRUNKS, "\n".join(kept)), ("address.list", render.addresses(settings, kept))):
        fresh = settings.directory / f"{name}.new"
        fresh.write_text(content)
        fresh.replace(settings.directory / name)


def kamailio(settings: Settings, name: str = "kamailio") -> Process:
    """One node of the edge, configured from its settings, in `settings.directory`."""
    directory, config = settings.directory, write_kamailio(settings)
    command = [
        find("kamailio"), "-f", str(config), "-DD", "-E", "-m", str(settings.shared_memory_mb), "-M", "16",
        "-w", str(directory), "-Y", str(directory),
    ]  # fmt: skip
    health = f"http://{settings.private_address}:{settings.private_port}/healthz"
    return Process(name, command, directory / "kamailio.log", lambda: answers(health), has_children=True)


def rtpengine(node: Rtpengine, name: str = "rtpengine") -> Process:
    """One media node, in `node.directory`."""
    for directory in (node.directory, node.recordings):
        directory.mkdir(parents=True, exist_ok=True)
    config = node.directory / "rtpengine.conf"
    config.write_text(node.config)
    command = [find("rtpengine"), f"--config-file={config}", "--config-section=rtpengine"]
    where = (node.control_address, node.ng_port)
    return Process(name, command, node.directory / "rtpengine.log", lambda: _pongs(where))


def coturn(relay: Coturn) -> Process:
    """One TURN relay, in `relay.directory`."""
    relay.directory.mkdir(parents=True, exist_ok=True)
    config = relay.directory / "turnserver.conf"
    config.touch(mode=0o600)
    config.write_text(relay.config)
    where = (relay.address, relay.port)
    return Process(
        "coturn", [find("turnserver"), "-c", str(config)], relay.directory / "coturn.log", lambda: _binds(where)
    )


def _pongs(where: tuple[str, int]) -> bool:
    """True when rtpengine answers an NG ping."""
    return b"pong" in _udp(where, b"ready d7:command4:pinge")


def _binds(where: tuple[str, int]) -> bool:
    """True when a STUN server answers a binding request."""
    return _udp(where, b"\x00\x01\x00\x00\x21\x12\xa4\x42antiphonprob")[:2] == b"\x01\x01"


def _udp(where: tuple[str, int], question: bytes) -> bytes:
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        try:
            asking.connect(where)
            asking.send(question)
            return asking.recv(2048)
        except OSError:
            return b""


def answers(address: str) -> bool:
    """True when an HTTP GET is answered with 200."""
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
