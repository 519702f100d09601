"""A call of ours: INVITE, forks, early dialogs, PRACK, CANCEL and its race with the 200 (RFC 3261 13.2, 3262)."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.media.sip import transaction, vetting
from antiphon.media.sip.ask import Ask
from antiphon.media.sip.call import Call, CallState, Home
from antiphon.media.sip.dialog import Dialog
from antiphon.media.sip.digest import Authenticator, Credentials
from antiphon.media.sip.events import Answered, Ended, Failed, Progress
from antiphon.media.sip.headers import HIGHEST_CSEQ, NameAddr, tokens
from antiphon.media.sip.message import SDP, Headers, Request, Response
from antiphon.media.sip.syntax import number
from antiphon.media.sip.timers import GIVE_UP
from antiphon.media.sip.uri import Hop


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an outgoing call wants: the Request-URI, who calls, the offer (empty: they offer) and the rest."""

    target: str
    sender: NameAddr
    sdp: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Credentials | None = None
    call_id: str = ""
    hop: Hop | None = None


class OutgoingCall(Call):
    """A call we place."""

    is_outgoing = True

    def __init__(self, core: Home, wish: Invitation) -> None:
        known = wish.credentials
        authenticator = Authenticator(known, core.new_id) if known is not None else None
        super().__init__(core, wish.call_id or core.new_call_id(), core.new_id(), authenticator)
        self.begin(CallState.CALLING)
        self.local_sdp = wish.sdp
        self.early: dict[str, Dialog] = {}
        self._acks: dict[str, tuple[bytes, Hop]] = {}
        self._rseq: dict[str, int] = {}
        self._cause = ""
        self._unconfirmed: int | None = None
        request, hop = self._invite(wish)
        self.invite = request
        self._ask = Ask(core, request, hop, self._heard, authenticator=authenticator)

    def _invite(self, wish: Invitation) -> tuple[Request, Hop]:
        sender = wish.sender.tagged(self.tag)
        recipient = NameAddr(wish.target)
        hop = wish.hop or self.core.route(wish.target)
        own = {name.lower() for name, _ in wish.headers}
        headers: Headers = [] if "max-forwards" in own else [("max-forwards", "70")]
        headers += [("from", str(sender)), ("to", str(recipient)), ("call-id", self.call_id), ("cseq", "1 INVITE")]
        headers += [("contact", self.core.contact(hop.transport)), ("allow", vetting.ALLOW)]
        headers.append(("supported", vetting.SUPPORTED if wish.sdp else "timer, replaces"))
        headers += self.session.offer()
        if wish.sdp:
            headers.append(("content-type", SDP))
        headers += [(name.lower(), value) for name, value in wish.headers]
        request = Request(headers, wish.sdp, uri=wish.target, method="INVITE", cseq=1)
        request.sender, request.recipient = sender, recipient
        return request, hop

    # -- verbs

    def hang_up(self, cause: str = "") -> bool:
        """CANCEL before the answer, BYE after it."""
        if self.state in {CallState.CALLING, CallState.RINGING}:
            self._cause = cause
            self._ask.give_up()
            heard_something = self._ask.transaction.state is transaction.State.PROCEEDING
            self.move(CallState.CANCELLING)
            if heard_something:
                self._cancel()
            return True
        if self._unconfirmed is not None:
            self.confirm(b"")  # no BYE before the ACK
        return super().hang_up(cause)

    def confirm(self, sdp: bytes) -> bool:
        """The answer to the offer that came with the 2xx, when our INVITE had none: goes out with the ACK."""
        if self._unconfirmed is None or self.dialog is None:
            return False
        cseq, self._unconfirmed = self._unconfirmed, None
        self.local_sdp = sdp
        self._ack(self.dialog, cseq, sdp)
        return True

    # -- responses

    def _heard(self, response: Response) -> None:
        self.invite = self._ask.request
        if response.code < 200:
            self._provisional(response)
        elif response.code < 300:
            self._accepted(response)
        elif response.code == 422 and self.state is not CallState.CANCELLING and self.session.raise_to(response):
            self._ask.again(*self.session.offer())
        elif self.state is not CallState.ENDED and self.state is not CallState.UP:
            code = 487 if self.state is CallState.CANCELLING and response.code == 408 else response.code
            self.end(Failed(code, response.reason, response.contact))

    def _provisional(self, response: Response) -> None:
        if self.state is CallState.CANCELLING:
            self._cancel()
            return
        if response.code == 100 or self.state not in {CallState.CALLING, CallState.RINGING}:
            return
        dialog = self._early(response)
        if (
            dialog is not None
            and "100rel" in tokens(response.all("require"))
            and not self._acknowledges(dialog, response)
        ):
            return
        if self.state is CallState.CALLING:
            self.move(CallState.RINGING)
        self.tell(Progress(response.code, response.sdp))

    def _early(self, response: Response) -> Dialog | None:
        tag = response.recipient.tag
        if not tag:
            return None
        dialog = self.early.get(tag)
        if dialog is None:
            if len(self.early) >= self.core.limits.forks:
                return None
            dialog = self.early[tag] = Dialog.of_caller(self.invite, response)
            self.remote_allows = tokens(response.all("allow"))
            self.dialog = self.dialog or dialog
        else:
            dialog.refresh(response)
        return dialog

    def _acknowledges(self, dialog: Dialog, response: Response) -> bool:
        """Acknowledges a reliable provisional; False for one that came before or too early (RFC 3262 4)."""
        rseq = number(response.get("rseq"), HIGHEST_CSEQ, "RSeq")
        last = self._rseq.get(dialog.remote_tag)
        if last is not None and rseq != last + 1:
            return False
        self._rseq[dialog.remote_tag] = rseq
        keep, self.dialog = self.dialog, dialog
        self.ask("PRACK", _nothing, [("rack", f"{rseq} {response.cseq} INVITE")])
        self.dialog = keep
        return True

    def _accepted(self, response: Response) -> None:
        tag = response.recipient.tag
        known = self._acks.get(tag)
        if known is not None:
            self.core.send(*known)
            return
        if tag in self._acks or (self._unconfirmed is not None and self.dialog and tag == self.dialog.remote_tag):
            return
        dialog = self._confirmed(response)
        if self.state in {CallState.CALLING, CallState.RINGING}:
            self.dialog = dialog
            self.early.clear()
            self.remote_sdp = response.sdp
            self.remote_allows = tokens(response.all("allow")) or self.remote_allows
            self.move(CallState.UP)
            if self.local_sdp or not response.sdp:
                self._ack(dialog, response.cseq)
            else:
                self._unconfirmed = response.cseq
            self.session.agreed(response, we_are="uac")
            self.tell(Answered(response.sdp))
            return
        self._ack(dialog, response.cseq)
        self.send_bye(self._cause, dialog)
        if self.state is CallState.CANCELLING:
            self.end(Failed(487, "Request Terminated"))

    def _confirmed(self, response: Response) -> Dialog:
        dialog = Dialog.of_caller(self.invite, response)
        early = self.early.get(dialog.remote_tag)
        if early is not None:
            dialog.local_cseq, dialog.remote_cseq = max(early.local_cseq, dialog.local_cseq), early.remote_cseq
        return dialog

    def _ack(self, dialog: Dialog, cseq: int, sdp: bytes = b"") -> None:
        request = dialog.request("ACK", cseq)
        hop = dialog.hop()
        proofs = {"authorization", "proxy-authorization"}
        request.headers += [pair for pair in self.invite.headers if pair[0] in proofs]
        if sdp:
            request.headers.append(("content-type", SDP))
            request.body = sdp
        self.core.stamp(request, hop)
        self._acks[dialog.remote_tag] = (request.encode(), hop)
        self.core.send(*self._acks[dialog.remote_tag])

    def _cancel(self) -> None:
        asked = self._ask.transaction
        if asked.state is not transaction.State.PROCEEDING or self._cancelled is asked:
            return
        self._cancelled = asked
        request = transaction.cancel(asked.request)
        if self._cause:
            request.headers.append(("reason", self._cause))
        transaction.ClientTransaction(self.core, request, asked.hop, _nothing)
        asked.expire_after(GIVE_UP)

    _cancelled: transaction.ClientTransaction | None = None

    def dialog_of(self, request: Request) -> Dialog | None:
        return self.early.get(request.sender.tag) or super().dialog_of(request)

    def ended_by_remote(self, cause: str) -> None:
        """A BYE; inside an early dialog the INVITE's own answer decides (RFC 3261 15.1.2)."""
        if self.state is CallState.UP:
            self.end(Ended(by_remote=True, cause=cause))


def _nothing(_: Response) -> None:
    """PRACK and CANCEL: what matters comes with the INVITE."""
