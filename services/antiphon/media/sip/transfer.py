"""Transfers: REFER, the implicit subscription and its NOTIFY with a sipfrag (RFC 3515), with Replaces (RFC 3891)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from antiphon.media.sip.events import Referred
from antiphon.media.sip.headers import refer_target, refer_to
from antiphon.media.sip.message import Response
from antiphon.media.sip.reasons import PHRASES
from antiphon.media.sip.timers import Timer
from antiphon.media.sip.transaction import ServerTransaction

if TYPE_CHECKING:
    from antiphon.media.sip.usage import Usage

PATIENCE = 10.0
SUBSCRIPTION = 180.0
SIPFRAG = "message/sipfrag"
_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")

Told = Callable[[int, bool], None]


class Transfer:
    """The transfers of one call: one that we asked for, one that we were asked for."""

    def __init__(self, call: Usage) -> None:
        self._call = call
        self._done: Told | None = None
        self._timer: Timer | None = None
        self._asked: ServerTransaction | None = None
        self._guard: Timer | None = None
        self._reports_to: int | None = None

    # -- we ask

    def refer(self, to: str, replaces: str, done: Told, referred_by: str = "") -> None:
        """Asks the other side to call `to`; `done(code, tried)` gets the final code of that call, or of
        the refusal (`tried` is False)."""
        if self._done is not None:
            done(491, False)
            return
        self._done = done
        headers = [("refer-to", refer_to(to, replaces))]
        if referred_by:
            headers.append(("referred-by", referred_by))
        if self._call.ask("REFER", self._answered, headers) is None:
            self._finish(481, tried=False)

    def _answered(self, response: Response) -> None:
        if response.code >= 300:
            self._finish(response.code, tried=False)
        elif response.code >= 200 and self._done is not None and self._timer is None:
            self._timer = self._call.core.timers.after(SUBSCRIPTION, lambda: self._finish(408))

    def notified(self, transaction: ServerTransaction) -> None:
        """A NOTIFY: of our REFER, or of nothing we know."""
        request = transaction.request
        if request.get("event").partition(";")[0].strip().lower() != "refer":
            transaction.answer(489, [("allow-events", "refer")])
            return
        if self._done is None:
            transaction.answer(481)
            return
        transaction.answer(200)
        match = _STATUS.match(request.body.lstrip())
        code = int(match.group(1)) if match else 0
        over = request.get("subscription-state").strip().lower().startswith("terminated")
        if code >= 200 or over:
            self._finish(code or 408)

    def _finish(self, code: int, *, tried: bool = True) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        done, self._done = self._done, None
        if done is not None:
            done(code, tried)

    # -- we are asked

    def referred(self, transaction: ServerTransaction) -> None:
        """A REFER inside the dialog."""
        request = transaction.request
        values = request.all("refer-to")
        if len(values) != 1:
            transaction.answer(400)
            return
        to, replaces = refer_target(values[0])
        if self._asked is not None or self._reports_to is not None:
            transaction.answer(491)
            return
        self._asked = transaction
        self._guard = self._call.core.timers.after(PATIENCE, lambda: self._reply(transaction, 603))
        self._call.tell(Referred(to, replaces, request.get("referred-by"), lambda code: self._reply(transaction, code)))

    def _reply(self, transaction: ServerTransaction, code: int) -> None:
        if self._asked is not transaction:
            return
        self._asked = None
        if self._guard is not None:
            self._guard.cancel()
        accepted = 200 <= code < 300
        core = self._call.core
        transaction.answer(202 if accepted else code, [("contact", core.contact(transaction.hop.transport))])
        if accepted:
            self._reports_to = transaction.request.cseq
            self.notify(100)

    def notify(self, code: int) -> bool:
        """Reports how the call we were sent to fares; a final code ends the subscription."""
        if self._reports_to is None:
            return False
        over = code >= 200
        state = "terminated;reason=noresource" if over else f"active;expires={int(SUBSCRIPTION)}"
        headers = [
            ("event", f"refer;id={self._reports_to}"),
            ("subscription-state", state),
            ("content-type", f"{SIPFRAG};version=2.0"),
        ]
        if over:
            self._reports_to = None
        body = f"SIP/2.0 {code} {PHRASES.get(code, 'Unknown')}\r\n".encode()
        return self._call.ask("NOTIFY", _ignore, headers, body) is not None

    def close(self) -> None:
        """The call is over: whoever waits hears that the outcome is unknown."""
        if self._asked is not None:
            self._asked.answer(487)
            self._asked = None
        if self._guard is not None:
            self._guard.cancel()
        self._reports_to = None
        self._finish(487)


def _ignore(_: Response) -> None:
    """A report is sent once; whether it is wanted is the other side's affair."""
