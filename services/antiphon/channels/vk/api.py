"""VK's API: answers are 200 with "response" or "error" in them."""

from __future__ import annotations

from typing import Any

from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.provider import Provider, object_of

VERSION = "5.199"
_LATER = frozenset({1, 6, 9, 10, 29, 603})
_WORDS = {
    5: "VK does not accept the access key. Make a new one under Manage, API usage, and save it here.",
    7: "The access key has not the right to messages.",
    15: "VK denies access: check the community's id and the rights of the key.",
    27: "The key is not a community's key.",
    901: "The customer does not allow messages from this community: they have to write first.",
    902: "The customer's privacy settings forbid it.",
    914: "The message is too long for VK.",
    917: "The community has no access to this chat.",
    936: "There is no such chat.",
}


class Vk(Provider):
    async def ask(self, channel: ChannelView, method: str, **fields: Any) -> Any:
        """The response. Raises SendRefused, SendLater, OutcomeUnknown."""
        token = channel.secrets.get("token", "")
        if not token:
            raise SendRefused("The access key cannot be read with this installation's key: save it again.")
        answer = await self.call("POST", f"method/{method}", data={**fields, "access_token": token, "v": VERSION})
        if answer.status_code >= 500:
            raise SendLater(f"VK has trouble ({answer.status_code})")
        body = object_of(answer)
        if "response" in body:
            return body["response"]
        error = body.get("error") or {}
        code = int(error.get("error_code") or 0)
        if not code:
            raise OutcomeUnknown("VK's answer could not be read")
        if code in _LATER:
            raise SendLater("VK asks to wait", retry_after=1.0 if code == 6 else None, whole_channel=code == 6)
        raise SendRefused(_WORDS.get(code, f"VK refused it: {error.get('error_msg', '')} ({code})"))
