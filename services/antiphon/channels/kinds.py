"""Every kind of channel, by name. A new one: its folder's `kind.py`, listed here, and its adapter in `wiring.py`."""

from __future__ import annotations

from antiphon.channels.domain.kind import Kind
from antiphon.channels.email.kind import KIND as EMAIL
from antiphon.channels.messenger.kind import KIND as MESSENGER
from antiphon.channels.sms.kind import KIND as SMS
from antiphon.channels.telegram.kind import KIND as TELEGRAM
from antiphon.channels.viber.kind import KIND as VIBER
from antiphon.channels.vk.kind import KIND as VK
from antiphon.channels.webchat.kind import KIND as WEBCHAT
from antiphon.channels.whatsapp.kind import KIND as WHATSAPP

KINDS: dict[str, Kind] = {kind.name: kind for kind in (WEBCHAT, EMAIL, TELEGRAM, WHATSAPP, MESSENGER, VIBER, VK, SMS)}
