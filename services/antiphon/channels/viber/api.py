"""Viber's REST API: every answer is a 200 with a status number in it."""

from __future__ import annotations

from typing import Any

from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.provider import Provider, object_of

_WORDS = {
    2: "Viber does not accept the token. Copy it from the Viber Admin Panel and save it again.",
    5: "The customer is no longer on Viber.",
    6: "The customer has left the bot: nothing can be sent until they write to it again.",
    7: "The bot is blocked by Viber.",
    8: "The bot is not the token's.",
    9: "Viber has suspended the bot.",
    10: "Viber could not reach our address: check that the public address works from outside with a good certificate.",
}
_LATER = frozenset({12, 13, 16})


class Viber(Provider):
    async def ask(self, channel: ChannelView, method: str, **body: Any) -> dict[str, Any]:
        """The answer with status 0. Raises SendRefused, SendLater, OutcomeUnknown."""
        token = channel.secrets.get("token", "")
        if not token:
            raise SendRefused("The token cannot be read with this installation's key: save the bot's token again.")
        answer = await self.call("POST", method, headers={"X-Viber-Auth-Token": token}, json=body)
        if answer.status_code >= 500:
            raise SendLater(f"Viber has trouble ({answer.status_code})")
        found = object_of(answer)
        if "status" not in found:
            raise OutcomeUnknown("Viber's answer could not be read")
        status = int(found["status"])
        if status == 0:
            return found
        if status in _LATER:
            raise SendLater("Viber asks to wait", retry_after=5.0 if status == 12 else None, whole_channel=status == 12)
        raise SendRefused(_WORDS.get(status, f"Viber refused it: {found.get('status_message', '')} ({status})"))
