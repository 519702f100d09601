"""The Graph API: calls with the channel's token, and Meta's error codes in our words.
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes"""

from __future__ import annotations

from typing import Any

from antiphon.channels.contract import ChannelView, SendLater, SendRefused
from antiphon.channels.provider import Provider, object_of

_LATER = frozenset({1, 2, 4, 17, 32, 341, 613, 80007, 130429, 131000, 131016, 131048, 131056, 133004, 133016})
_WORDS = {
    0: "Meta does not accept the access token any more. Make a new one in Meta's settings and save it here.",
    10: "The token has not the right to send messages: give it the messaging permissions in Meta's settings.",
    190: "The access token has ended or was withdrawn. Make a new one in Meta's settings and save it here.",
    200: "The token has not the right to send messages: give it the messaging permissions in Meta's settings.",
    368: "Meta has blocked this account for a while because of its rules; its Business Manager says until when.",
    551: "The customer cannot be written to now. Try another channel.",
    130472: "WhatsApp did not deliver it because of an experiment of Meta's with this customer.",
    131021: "A number cannot write to itself.",
    131026: "The customer cannot receive it: not on WhatsApp, an old app, or the terms are not accepted.",
    131030: "In Meta's test mode only listed numbers may be written to: add this one there.",
    131031: "Meta has locked the account; its Business Manager says why.",
    131047: "More than 24 hours have passed since the customer wrote: send a template.",
    131051: "WhatsApp does not take this kind of message.",
    131052: "WhatsApp could not take the customer's file.",
    131053: "WhatsApp does not take this file.",
    132000: "The template has another number of variables.",
    132001: "There is no such template in this language, or it is not approved yet.",
    132015: "Meta paused the template because of its quality.",
    132016: "Meta switched the template off because of its quality.",
    133010: "The number is not registered with the Cloud API.",
}


class Graph(Provider):
    """Graph API calls of one channel kind."""

    async def ask(self, channel: ChannelView, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The answer. Raises SendRefused, SendLater, OutcomeUnknown."""
        token = channel.secrets.get("token", "")
        if not token:
            raise SendRefused("The access token cannot be read with this installation's key: save it again.")
        answer = await self.call(method, path, headers={"Authorization": f"Bearer {token}"}, **request)
        body = object_of(answer)
        if answer.status_code >= 400 or "error" in body:
            raise refusal(self.name, answer.status_code, body.get("error") or {})
        return body


def refusal(name: str, status: int, error: dict[str, Any]) -> Exception:
    """Meta's error as one of the contract's failures."""
    code = int(error.get("code") or 0)
    if code in _LATER or status >= 500:
        return SendLater(f"{name} has trouble or is asked too much ({code})", whole_channel=code in (4, 80007, 130429))
    return SendRefused(words(code, error))


def words(code: int, error: dict[str, Any]) -> str:
    """What a person can do about it; Meta's own sentence where we know no better."""
    details = (error.get("error_data") or {}).get("details") or error.get("message") or error.get("title") or ""
    if code in _WORDS and (code or "token" in str(details).lower()):
        return _WORDS[code]
    return f"Meta refused it: {details or 'no reason given'} ({code})"
