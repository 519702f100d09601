"""Credentials of a browser's softphone: a user name that says until when and whose, and a password nobody has to store.

user name  <seconds since 1970>:<tenant>.<person>
password   base64(HMAC-SHA256(secret, user name)); of a TURN server HMAC-SHA1, as its REST API wants it
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from antiphon.kit.protos import timestamp
from antiphon.media.settings import Settings
from antiphon.media.v1 import media_pb2 as pb


@dataclass(frozen=True, slots=True)
class Secret:
    """A shared secret and its hash function."""

    key: str
    digest: str = "sha256"

    def password(self, username: str) -> str:
        made = hmac.new(self.key.encode(), username.encode(), getattr(hashlib, self.digest)).digest()
        return base64.b64encode(made).decode()


def softphone(settings: Settings, tenant: str, person_id: str, now: datetime) -> pb.GetSoftphoneResponse:
    """What the desk needs to telephone, or why it cannot."""
    if not settings.enabled or settings.browser_secret is None or not settings.websocket_url:
        return pb.GetSoftphoneResponse(available=False, why=settings.why_disabled or "voice is not set up")
    until = now + timedelta(hours=settings.credential_hours)
    name = f"{tenant}.{person_id}"
    username = f"{int(until.timestamp())}:{name}"
    return pb.GetSoftphoneResponse(
        uri=f"sip:{name}@{settings.domain}", websocket_url=settings.websocket_url, username=username,
        password=Secret(settings.browser_secret.get_secret_value()).password(username), expires_at=timestamp(until),
        ice_servers=_ice(settings, username), available=True,
    )  # fmt: skip


def _ice(settings: Settings, username: str) -> list[pb.IceServer]:
    servers = [pb.IceServer(urls=settings.stun_urls)] if settings.stun_urls else []
    if settings.turn_urls and settings.turn_secret is not None:
        password = Secret(settings.turn_secret.get_secret_value(), "sha1").password(username)
        servers.append(pb.IceServer(urls=settings.turn_urls, username=username, credential=password))
    return servers
