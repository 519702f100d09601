"""Where a device says that it listens."""

from __future__ import annotations

import re

_CONTACT = re.compile(r"^sips?:(?:[^@>]*@)?(\[[0-9A-Fa-f:.]+\]|[^:;>?\s]+)(?::([0-9]{1,5}))?(?:[;?].*)?$")
USUAL_PORT = 5060


def listens_at(contact: str) -> tuple[str, int] | None:
    """Host and port of a Contact address; None for what is no SIP address. Without a port it is the usual one."""
    found = _CONTACT.match(contact.strip().strip("<>"))
    return (found[1].strip("[]"), int(found[2] or USUAL_PORT)) if found else None
