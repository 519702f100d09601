"""A call to us: ringing (also reliably), answering, refusing, and the CANCEL (RFC 3261 13.3, 9.2; RFC 3262)."""

from __future__ import annotations

from antiphon.media.sip import vetting
from antiphon.media.sip.call import Call, CallState, Home
from antiphon.media.sip.confirmation import Confirmation
from antiphon.media.sip.dialog import Dialog
from antiphon.media.sip.events import Acked, Ended
from antiphon.media.sip.headers import parse_rack, tokens
from antiphon.media.sip.message import SDP, Headers, Request, respond
from antiphon.media.sip.timers import Timer
from antiphon.media.sip.transaction import ServerTransaction

REMIND = 60.0


class IncomingCall(Call):
    """A call that came in; it has a dialog from the start."""

    def __init__(self, core: Home, transaction: ServerTransaction) -> None:
        request = transaction.request
        dialog = Dialog.of_callee(request, transaction.to_tag, 1 + int(core.chance() * 10_000))
        super().__init__(core, request.call_id, transaction.to_tag)
        self.begin(CallState.OFFERED)
        self.invite = request
        self.remote_sdp = request.sdp
        self.remote_allows = tokens(request.all("allow"))
        self.dialog = dialog
        self._transaction = transaction
        self._confirmation: Confirmation | None = None
        self._reliable: Confirmation | None = None
        self._rseq = 1 + int(core.chance() * 10_000)
        self._waiting: list[tuple[int, bytes, Headers]] = []
        self._reminder: Timer | None = None
        self._pulse: Timer | None = None
        transaction.on_cancel = self._cancelled
        transaction.soon_trying()
        self._beat()

    # -- verbs

    def ring(
        self, code: int = 180, sdp: bytes = b"", *, reliable: bool = False, headers: Headers | None = None
    ) -> bool:
        """A provisional answer; reliably (with PRACK) if wished and the caller can, or if the caller demands it."""
        if self.state not in {CallState.OFFERED, CallState.ALERTING} or self._is_answer_waiting():
            return False
        if self.state is CallState.OFFERED:
            self.move(CallState.ALERTING)
        if sdp:
            self.local_sdp = sdp
        if self._reminder is None:
            self._reminder = self.core.timers.after(REMIND, self._remind)
        required = "100rel" in tokens(self.invite.all("require"))
        if required or (reliable and "100rel" in tokens(self.invite.all("supported"))):
            self._queue(code, sdp, headers or [])
        else:
            self._transaction.answer(code, [*self._about_us(), *(headers or [])], sdp)
        return True

    def answer(self, sdp: bytes, headers: Headers | None = None) -> bool:
        """200 OK. It waits for the PRACK of a provisional that is under way."""
        if self.state not in {CallState.OFFERED, CallState.ALERTING} or self._is_answer_waiting():
            return False
        self.local_sdp = sdp
        self._queue(200, sdp, headers or [])
        return True

    def reject(self, code: int, reason: str = "", headers: Headers | None = None) -> bool:
        """Refuses the call."""
        if self.state not in {CallState.OFFERED, CallState.ALERTING}:
            return False
        self._stop_reliable()
        self._transaction.answer(code, headers, reason=reason)
        self.end(Ended(by_remote=False, cause=f"SIP;cause={code}"))
        return True

    def hang_up(self, cause: str = "") -> bool:
        """480 before the answer; BYE after it, as soon as the ACK allows (RFC 3261 15)."""
        if self.state is CallState.ANSWERED:
            self.move(CallState.LEAVING)
            self._cause = cause
            return True
        if self.state in {CallState.OFFERED, CallState.ALERTING}:
            return self.reject(480, headers=[("reason", cause)] if cause else None)
        return super().hang_up(cause)

    _cause = ""

    def _remind(self) -> None:
        """Proxies on the way give up on a call that is silent for three minutes (RFC 3261 13.3.1.1)."""
        self._transaction.resend()
        self._reminder = self.core.timers.after(REMIND, self._remind)

    def _beat(self) -> None:
        """A proxy before us that hears nothing for a while gives the call to somebody else: we are still at it."""
        if not self.core.limits.reassure:
            return
        if self._pulse is not None:
            self._transaction.reassure()
        self._pulse = self.core.timers.after(self.core.limits.reassure, self._beat)

    def move(self, state: CallState) -> None:
        if self._reminder is not None and state is not CallState.ALERTING:
            self._reminder.cancel()
        if self._pulse is not None and state not in {CallState.OFFERED, CallState.ALERTING}:
            self._pulse.cancel()
        super().move(state)

    # -- provisional answers, one reliable one at a time

    def _is_answer_waiting(self) -> bool:
        return any(code >= 200 for code, _, _ in self._waiting)

    def _queue(self, code: int, sdp: bytes, headers: Headers) -> None:
        self._waiting.append((code, sdp, headers))
        if self._reliable is None:
            self._next()

    def _next(self) -> None:
        code, sdp, headers = self._waiting.pop(0)
        if code >= 200:
            self._accept(sdp, headers)
            return
        self._rseq += 1
        response = respond(self.invite, code, self.tag, [*self._about_us(), *headers])
        response.headers += [("require", "100rel"), ("rseq", str(self._rseq))]
        if sdp:
            response.headers.append(("content-type", SDP))
            response.body = sdp

        def send() -> None:
            self._transaction.send(response)

        self._reliable = Confirmation(self.core.timers, send, self._unpracked, slowest=float("inf"))
        send()

    def _unpracked(self) -> None:
        self._reliable = None
        self.reject(504)

    def _stop_reliable(self) -> None:
        if self._reliable is not None:
            self._reliable.done()
            self._reliable = None

    def pracked(self, transaction: ServerTransaction, dialog: Dialog) -> None:
        rseq, cseq, method = parse_rack(transaction.request.get("rack"))
        if self._reliable is None or (rseq, cseq, method) != (self._rseq, self.invite.cseq, "INVITE"):
            transaction.answer(481)
            return
        self._stop_reliable()
        transaction.answer(200)
        if self._waiting:
            self._next()

    # -- the answer

    def _about_us(self) -> Headers:
        return [("contact", self.core.contact(self._transaction.hop.transport)), ("allow", vetting.ALLOW)]

    def _accept(self, sdp: bytes, headers: Headers) -> None:
        session = self.session.answer(self.invite)
        extra = [*self._about_us(), ("supported", vetting.SUPPORTED), *session, *headers]
        self.move(CallState.ANSWERED)
        response = self._transaction.answer(200, extra, sdp)
        if response is None:
            return
        data, hop = response.encode(), self._transaction.hop
        self._confirmation = Confirmation(self.core.timers, lambda: self.core.send(data, hop), self._unacked)
        replaced = self.replaced
        if replaced is not None:
            replaced.hang_up()

    def acked(self, request: Request) -> None:
        if self._confirmation is None or request.cseq != self.invite.cseq:
            super().acked(request)
            return
        self._confirmation.done()
        self._confirmation = None
        if self.state is CallState.LEAVING:
            self._leave(self._cause)
        elif self.state is CallState.ANSWERED:
            self.move(CallState.UP)
            self.remote_sdp = request.sdp or self.remote_sdp
            self.tell(Acked(request.sdp))

    def _unacked(self) -> None:
        """No ACK for 64*T1: the session is ended (RFC 3261 13.3.1.4)."""
        self._confirmation = None
        if self.state in {CallState.ANSWERED, CallState.LEAVING}:
            self._leave('SIP;cause=408;text="No ACK"')

    def _leave(self, cause: str) -> None:
        self.send_bye(cause)
        self.end(Ended(by_remote=False, cause=cause))

    def lost(self, cause: str) -> None:
        if self.state is CallState.ANSWERED:
            self._leave(cause)
        else:
            super().lost(cause)

    # -- the caller goes away

    def _cancelled(self, request: Request) -> None:
        if self.state in {CallState.OFFERED, CallState.ALERTING}:
            self._transaction.answer(487)
            self.end(Ended(by_remote=True, cause=request.get("reason") or "cancelled"))

    def ended_by_remote(self, cause: str) -> None:
        """A BYE, perhaps before the answer or before the ACK."""
        self._transaction.answer(487)
        super().ended_by_remote(cause)

    def end(self, event: Ended) -> None:  # type: ignore[override]
        self._stop_reliable()
        self._waiting.clear()
        if self._confirmation is not None:
            self._confirmation.done()
            self._confirmation = None
        super().end(event)
