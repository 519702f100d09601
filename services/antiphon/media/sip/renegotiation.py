"""Offers inside a call: re-INVITE and UPDATE, ours and theirs, and what happens when they cross (RFC 3261 14, 3311).

One offer at a time. Theirs during ours gets 491; theirs during theirs gets 500 with Retry-After. When ours gets 491, we
try again after 2.1 to 4 s if the Call-ID is ours, after 0 to 2 s if it is not, so the two sides do not meet again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from antiphon.media.sip import vetting
from antiphon.media.sip.ask import Ask
from antiphon.media.sip.confirmation import Confirmation
from antiphon.media.sip.dialog import Dialog
from antiphon.media.sip.events import Reoffered
from antiphon.media.sip.headers import tokens
from antiphon.media.sip.message import Headers, Request, Response
from antiphon.media.sip.session import SessionTimer
from antiphon.media.sip.timers import Timer
from antiphon.media.sip.transaction import ServerTransaction
from antiphon.media.sip.uri import Hop

if TYPE_CHECKING:
    from antiphon.media.sip.usage import Usage

PATIENCE = 10.0
TRIES = 6

Done = Callable[[int, bytes], None]


class OurOffer:
    """A re-INVITE or UPDATE of ours until its final answer."""

    def __init__(self, talks: Renegotiation, method: str, sdp: bytes, done: Done) -> None:
        self._talks = talks
        self._call = talks.call
        self._session = talks.session
        self.method = method
        self.sdp = sdp
        self.done = done
        self._tries = 0
        self._timer: Timer | None = None
        self._ask: Ask | None = None
        self._ack: tuple[bytes, Hop] | None = None

    def send(self) -> None:
        """Sends it, also again."""
        call = self._call
        self._tries += 1
        self._timer = None
        headers = [*self._session.offer(refresh=True), ("supported", vetting.SUPPORTED), ("allow", vetting.ALLOW)]
        self._ask = call.ask(self.method, self._heard, headers, self.sdp)
        if self._ask is None:
            self.finish(481)

    def later(self) -> None:
        """Another offer is in the way: after the window of RFC 3261 14.1."""
        if self._tries >= TRIES:
            self.finish(491)
            return
        core = self._call.core
        chance = core.chance()
        seconds = 2.1 + 1.9 * chance if self._call.is_outgoing else 2.0 * chance
        self._timer = core.timers.after(round(seconds, 2), self._talks.retry)

    def finish(self, code: int, sdp: bytes = b"") -> None:
        """Tells the result, once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        done, self.done = self.done, _nobody
        self._talks.ours_ended(self)
        done(code, sdp)

    @property
    def is_waiting(self) -> bool:
        """True between a 491 and the next try."""
        return self._timer is not None

    def _heard(self, response: Response) -> None:
        call = self._call
        if response.code < 200:
            return
        if response.code >= 300:
            self._refused(response)
            return
        if self._ack is not None:
            call.core.send(*self._ack)
            return
        dialog = call.dialog
        if dialog is not None:
            dialog.refresh(response)
            if self.method == "INVITE":
                self._acknowledge(dialog, response)
        if self.sdp:
            call.local_sdp, call.remote_sdp = self.sdp, response.sdp or call.remote_sdp
        self._session.agreed(response, we_are="uac")
        self.finish(response.code, response.sdp)

    def _acknowledge(self, dialog: Dialog, response: Response) -> None:
        request, hop = dialog.request("ACK", response.cseq), dialog.hop()
        self._call.core.stamp(request, hop)
        self._ack = (request.encode(), hop)
        self._call.core.send(*self._ack)

    def _refused(self, response: Response) -> None:
        if response.code == 491:
            self.later()
        elif response.code == 422 and self._tries < TRIES and self._session.raise_to(response):
            self.send()
        elif response.code == 500 and response.has("retry-after") and self._tries < TRIES:
            self.later()
        else:
            self.finish(response.code)


class Renegotiation:
    """The offers of one call, in both directions."""

    def __init__(self, call: Usage, session: SessionTimer) -> None:
        self.call = call
        self.session = session
        self._ours: OurOffer | None = None
        self._theirs: ServerTransaction | None = None
        self._guard: Timer | None = None
        self._confirmation: tuple[int, Confirmation] | None = None

    def offer(self, method: str, sdp: bytes, done: Done) -> None:
        """Makes an offer of ours. A second one while one is under way is refused with 491."""
        if self._ours is not None or self.call.dialog is None:
            done(491 if self._ours is not None else 481, b"")
            return
        self._ours = OurOffer(self, method, sdp, done)
        self.retry()

    def retry(self) -> None:
        """Sends our offer, unless theirs is in the way."""
        if self._ours is None:
            return
        if self._theirs is not None or self._confirmation is not None or not self.call.may_offer():
            self._ours.later()
        else:
            self._ours.send()

    def ours_ended(self, offer: OurOffer) -> None:
        """Our offer got its final answer."""
        if self._ours is offer:
            self._ours = None

    @property
    def is_busy(self) -> bool:
        """True while an offer is under way in either direction."""
        return self._ours is not None or self._theirs is not None

    # -- theirs

    def receive(self, transaction: ServerTransaction, dialog: Dialog) -> None:
        """A re-INVITE or an UPDATE."""
        request = transaction.request
        if self._ours is not None and not self._ours.is_waiting:
            transaction.answer(491)
            return
        if self._theirs is not None:
            transaction.answer(500, [("retry-after", str(int(self.call.core.chance() * 10)))])
            return
        dialog.refresh(request)
        self.call.remote_allows = tokens(request.all("allow")) or self.call.remote_allows
        if request.method == "UPDATE" and not request.sdp:
            self._refreshed(transaction)
            return
        self._theirs = transaction
        if request.method == "INVITE":
            transaction.soon_trying()
            transaction.on_cancel = self._cancelled
        if request.sdp and request.sdp == self.call.remote_sdp and self.call.local_sdp:
            self._reply(transaction, self.call.local_sdp)
            return
        self._guard = self.call.core.timers.after(PATIENCE, lambda: self._unanswered(transaction))
        self.call.tell(Reoffered(request.sdp, lambda answer: self._reply(transaction, answer)))

    def _refreshed(self, transaction: ServerTransaction) -> None:
        transaction.answer(200, self._about_us(transaction))

    def _about_us(self, transaction: ServerTransaction) -> Headers:
        call = self.call
        headers: Headers = [("contact", call.core.contact(transaction.hop.transport)), ("allow", vetting.ALLOW)]
        return [*headers, ("supported", vetting.SUPPORTED), *self.session.answer(transaction.request)]

    def _reply(self, transaction: ServerTransaction, answer: bytes | int) -> bool:
        if self._theirs is not transaction:
            return False
        self._release()
        call = self.call
        if isinstance(answer, int):
            transaction.answer(answer)
            return True
        call.local_sdp = answer
        call.remote_sdp = transaction.request.sdp or call.remote_sdp
        response = transaction.answer(200, self._about_us(transaction), answer)
        if response is None or transaction.request.method != "INVITE":
            return response is not None
        data, hop = response.encode(), transaction.hop
        if self._confirmation is not None:
            self._confirmation[1].done()
        loop = Confirmation(call.core.timers, lambda: call.core.send(data, hop), self._unacked)
        self._confirmation = (transaction.request.cseq, loop)
        return True

    def _unanswered(self, transaction: ServerTransaction) -> None:
        self._reply(transaction, 488)

    def acked(self, cseq: int) -> bool:
        """An ACK; True if it is the one for our answer to their re-INVITE."""
        if self._confirmation is None or self._confirmation[0] != cseq:
            return False
        self._confirmation[1].done()
        self._confirmation = None
        return True

    def _unacked(self) -> None:
        self._confirmation = None
        self.call.lost('SIP;cause=408;text="No ACK"')

    def _cancelled(self, _: Request) -> None:
        if self._theirs is not None:
            self._theirs.answer(487)
            self._release()

    def _release(self) -> None:
        self._theirs = None
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None

    def close(self) -> None:
        """The call is over."""
        if self._theirs is not None:
            self._theirs.answer(487)
        self._release()
        if self._confirmation is not None:
            self._confirmation[1].done()
            self._confirmation = None
        if self._ours is not None:
            self._ours.finish(487)


def _nobody(_code: int, _sdp: bytes) -> None:
    """The result was told already."""
