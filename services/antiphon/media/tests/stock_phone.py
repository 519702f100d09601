"""A telephone that is none of ours: baresip, as anybody may install it, told what to do over its control port."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

from antiphon.kit.procs import free_port
from antiphon.media.phone.sound import Tone, joined, save_wav

MODULES = Path("/usr/lib/baresip/modules")
HERTZ = 700
"""What it says all the time."""
_LONGEST = 120
"""Seconds of it."""
_CONFIG = """module_path {modules}
sip_listen {host}:{sip}
ctrl_tcp_listen 127.0.0.1:{control}
audio_source aufile,{folder}/tone.wav
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
"""


def installed() -> bool:
    return shutil.which("baresip") is not None and MODULES.is_dir()


class StockPhone:
    """One account; whoever calls is answered at once."""

    def __init__(self, folder: Path, host: str, account: str) -> None:
        self.control = free_port()
        text = _CONFIG.format(modules=MODULES, host=host, sip=free_port(), control=self.control, folder=folder)
        tone = Tone(HERTZ)
        save_wav(folder / "tone.wav", joined([tone.frame() for _ in range(50 * _LONGEST)]))
        (folder / "config").write_text(text)
        (folder / "accounts").write_text(account + "\n")
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [shutil.which("baresip") or "baresip", "-f", str(folder)], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def tell(self, command: str, about: str = "") -> bool:
        """A command as one would type it. False while it is not there yet."""
        text = json.dumps({"command": command, "params": about, "token": "t"}).encode()
        try:
            with socket.create_connection(("127.0.0.1", self.control), timeout=5) as control:
                control.sendall(b"%d:%s," % (len(text), text))
                heard = b""
                while b'"response"' not in heard and (more := control.recv(8192)):  # it tells of events too
                    heard += more
                return b'"ok":true' in heard.replace(b" ", b"")
        except OSError:
            return False

    def close(self) -> None:
        self._process.kill()
        self._process.wait(20)
        self._log.close()
