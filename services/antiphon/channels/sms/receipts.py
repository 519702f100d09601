"""Delivery receipts: the id, and what became of the message, from the parameters or from the text of SMPP 3.4's
appendix B ("id:… stat:… err:…")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from antiphon.channels.domain.message import Delivery
from antiphon.channels.sms.pdu import MESSAGE_STATE, RECEIPTED_ID, ShortMessage

_ID = re.compile(r"\bid:\s*([^\s]{1,65})", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Za-z]{2,10})", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w{1,10})", re.IGNORECASE)
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
_WORDS = {
    "EXPIRED": "The operator gave up: the telephone was not reachable in time.",
    "DELETED": "The operator deleted the message before it arrived.",
    "UNDELIV": "The operator could not deliver the message.",
    "REJECTD": "The operator refused the message.",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    delivery: Delivery
    """NONE while it is still on its way."""
    failure: str = ""


def receipt(message: ShortMessage) -> Receipt:
    """Raises ValueError when it names no message."""
    text = message.data.decode("latin-1")
    given = message.tlvs.get(RECEIPTED_ID, b"").split(b"\0", 1)[0].decode("latin-1")
    found = given or (match[1] if (match := _ID.search(text)) else "")
    if not found:
        raise ValueError("a receipt without an id")
    state = _STATES.get(message.tlvs.get(MESSAGE_STATE, b"\0")[-1], "") if message.tlvs.get(MESSAGE_STATE) else ""
    if not state and (match := _STATE.search(text)):
        state = match[1].upper()[:7]
    if state == "DELIVRD":
        return Receipt(found, Delivery.DELIVERED)
    if state not in _WORDS:
        return Receipt(found, Delivery.NONE)
    error = _ERROR.search(text)
    code = f" (error {error[1]})" if error and error[1].strip("0") else ""
    return Receipt(found, Delivery.FAILED, _WORDS[state] + code)


def plain(message_id: str) -> str:
    """An id as it is kept. What looks like a number: in small letters, without leading zeros; anything else as it is,
    because its letters may matter."""
    given = exact(message_id)
    return (given.lower().lstrip("0") or "0") if re.fullmatch(r"[0-9A-Fa-f]+", given) else given


def exact(message_id: str) -> str:
    """An id without the sign that separates ids in our store."""
    return message_id.strip().replace(",", ";")


def other_forms(message_id: str) -> tuple[str, ...]:
    """The same number otherwise: many SMSCs give hexadecimal ids and report decimal ones, some the reverse."""
    kept, forms = plain(message_id), []
    if kept.isascii() and kept.isdigit():
        forms.append(format(int(kept), "x"))
    if re.fullmatch(r"[0-9a-f]{1,32}", kept):
        forms.append(str(int(kept, 16)))
    return tuple(form for form in dict.fromkeys(forms) if form != kept)
