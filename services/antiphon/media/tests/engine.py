"""A real rtpengine for the tests: userspace only, on loopback, on ports of its own, gone at the end."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from antiphon.kit import procs


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class Engine:
    """One rtpengine process. Kill it and start it again as you like."""

    def __init__(self, directory: Path, host: str) -> None:
        self.host = host
        self.port = free_udp_port(host)
        self.recordings = directory / "recordings"
        self.recordings.mkdir(parents=True, exist_ok=True)
        config = directory / "rtpengine.conf"
        config.write_text(
            "[rtpengine]\ntable = -1\nforeground = true\nlog-stderr = true\nlog-level = 5\n"
            f"interface = {host}\nlisten-ng = {host}:{self.port}\n"
            f"listen-tcp-ng = {host}:{self.port}\ndtmf-log-ng-tcp = true\nport-min = 30000\nport-max = 39998\n"
            "timeout = 60\nsilent-timeout = 3600\noffer-timeout = 3600\ndelete-delay = 0\n"
            "num-threads = 2\nmedia-num-threads = 2\nmos = CQ\n"
            f"recording-dir = {self.recordings}\nrecording-method = pcap\nrecording-format = eth\n"
        )
        without_core_dump = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh"]
        program = [shutil.which("rtpengine") or "rtpengine", f"--config-file={config}", "--config-section=rtpengine"]
        command = [*without_core_dump, *program]
        self.process = procs.Process("rtpengine", command, directory / "rtpengine.log", self._answers)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.connect((self.host, self.port))
                probe.send(b"1 d7:command4:pinge")
                return b"pong" in probe.recv(200)
            except OSError:
                return False

    def start(self) -> None:
        self.process.start()

    def stop(self) -> None:
        self.process.stop()


def installed() -> bool:
    return shutil.which("rtpengine") is not None
