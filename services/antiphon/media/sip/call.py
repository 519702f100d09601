"""One call: the use of a dialog by an INVITE, from either side, until the BYE.

This is what both sides have in common once there is a dialog; how it begins is in outgoing.py and incoming.py. A call
tells exactly one last event: `Failed` (an INVITE of ours that was not answered) or `Ended`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from antiphon.media.sip import vetting
from antiphon.media.sip.ask import Ask
from antiphon.media.sip.dialog import Dialog
from antiphon.media.sip.digest import Authenticator
from antiphon.media.sip.dtmf import read_digit
from antiphon.media.sip.events import Acked, Dtmf, Ended, Event, Failed
from antiphon.media.sip.message import SDP, Headers, Request, Response
from antiphon.media.sip.renegotiation import Renegotiation
from antiphon.media.sip.session import SessionTimer
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.timers import Timer
from antiphon.media.sip.transaction import ServerTransaction
from antiphon.media.sip.transfer import Transfer
from antiphon.media.sip.usage import Ground

if TYPE_CHECKING:
    from collections.abc import Callable


class CallState(Enum):
    """Where a call is. See `NEXT` for the moves."""

    CALLING = "calling"  # our INVITE is out, nothing came back but 100
    RINGING = "ringing"  # our INVITE got a provisional answer
    CANCELLING = "cancelling"  # hung up before the answer; a final response is awaited
    OFFERED = "offered"  # their INVITE is here, nothing sent but 100
    ALERTING = "alerting"  # their INVITE got a provisional answer of ours
    ANSWERED = "answered"  # our 2xx is out, its ACK is awaited
    LEAVING = "leaving"  # hung up in ANSWERED: BYE goes out with the ACK
    UP = "up"
    ENDED = "ended"


_S = CallState
NEXT = {
    _S.CALLING: {_S.RINGING, _S.UP, _S.CANCELLING, _S.ENDED},
    _S.RINGING: {_S.UP, _S.CANCELLING, _S.ENDED},
    _S.CANCELLING: {_S.ENDED},
    _S.OFFERED: {_S.ALERTING, _S.ANSWERED, _S.ENDED},
    _S.ALERTING: {_S.ANSWERED, _S.ENDED},
    _S.ANSWERED: {_S.UP, _S.LEAVING, _S.ENDED},
    _S.LEAVING: {_S.ENDED},
    _S.UP: {_S.ENDED},
    _S.ENDED: set(),
}


UNANSWERED = frozenset({_S.CALLING, _S.RINGING, _S.OFFERED, _S.ALERTING})


class IllegalMove(RuntimeError):
    """A call cannot go from one state to the other."""


class Home(Ground, Protocol):
    """What a call needs of the core: it is found there, and tells there what happens."""

    calls: dict[tuple[str, str], Call]

    def told(self, call: Call, event: Event) -> None:
        """A call has something to tell."""


class Call:
    """A call with a dialog. Verbs may be used in any state; where they make no sense they do nothing and say False."""

    is_outgoing = False

    def __init__(self, core: Home, call_id: str, tag: str, authenticator: Authenticator | None = None) -> None:
        self.core = core
        self.call_id = call_id
        self.tag = tag
        self.authenticator = authenticator
        self.state = CallState.UP
        self.dialog: Dialog | None = None
        self.local_sdp = b""
        self.remote_sdp = b""
        self.remote_allows: set[str] = set()
        self.session = SessionTimer(self)
        self.talks = Renegotiation(self, self.session)
        self.transfer = Transfer(self)
        self.replaced: Call | None = None  # the call this one takes the place of
        self._patience: Timer | None = None
        core.calls[(call_id, tag)] = self

    # -- what the application may do

    def hang_up(self, cause: str = "") -> bool:
        """Ends the call; `cause` goes out as a Reason header. False if it is over already."""
        if self.state is CallState.UP:
            self.send_bye(cause)
            self.end(Ended(by_remote=False, cause=cause))
            return True
        return False

    def reoffer(self, sdp: bytes, done: Callable[[int, bytes], None], *, by_update: bool = False) -> None:
        """Offers another session; `done(code, sdp)` is called exactly once."""
        self.talks.offer("UPDATE" if by_update else "INVITE", sdp, done)

    def info(self, content_type: str, body: bytes, done: Callable[[Response], None]) -> None:
        """Sends INFO."""
        self.ask("INFO", done, [("content-type", content_type)], body)

    # -- inside the package

    def move(self, state: CallState) -> None:
        """The only way a call changes its state."""
        if state not in NEXT[self.state]:
            raise IllegalMove(f"{self.state.name} -> {state.name}")
        self.state = state
        if self._patience is not None and state not in UNANSWERED:
            self._patience.cancel()
            self._patience = None

    def begin(self, state: CallState) -> None:
        """A call that is not answered yet; it does not ring for ever, whoever forgets it."""
        self.state = state
        self._patience = self.core.timers.after(self.core.limits.unanswered, self._rang_out)

    def _rang_out(self) -> None:
        self.hang_up('SIP;cause=408;text="Not answered"')

    def tell(self, event: Event) -> None:
        """Lets the application know."""
        self.core.told(self, event)

    def end(self, event: Ended | Failed) -> None:
        """Leaves nothing behind but running transactions."""
        if self.state is CallState.ENDED:
            return
        self.move(CallState.ENDED)
        self.session.close()
        self.core.calls.pop((self.call_id, self.tag), None)
        self.talks.close()
        self.transfer.close()
        self.tell(event)

    def ask(
        self, method: str, done: Callable[[Response], None], headers: Headers | None = None, body: bytes = b""
    ) -> Ask | None:
        """Sends a request inside the dialog; None without a dialog. 408 and 481 may end the call (RFC 5057)."""
        dialog = self.dialog
        if dialog is None:
            return None
        request = dialog.request(method)
        hop = dialog.hop()
        request.headers.append(("contact", self.core.contact(hop.transport)))
        request.headers += headers or []
        if body and not request.has("content-type"):
            request.headers.append(("content-type", SDP))
        request.body = body

        def heard(response: Response) -> None:
            if response.code in {408, 481} and method in {"INVITE", "UPDATE", "INFO"}:
                self.lost(f"SIP;cause={response.code}")
            done(response)

        def next_cseq() -> int:
            dialog.local_cseq += 1
            return dialog.local_cseq

        return Ask(self.core, request, hop, heard, authenticator=self.authenticator, next_cseq=next_cseq)

    def send_bye(self, cause: str = "", dialog: Dialog | None = None) -> None:
        """Says good-bye in the call's dialog, or in another one that a fork made."""
        keep = self.dialog
        self.dialog = dialog or keep
        self.ask("BYE", _ignore, [("reason", cause)] if cause else [])
        self.dialog = keep

    def lost(self, cause: str) -> None:
        """The other side is not there any more: BYE anyway, then over."""
        if self.state is CallState.UP:
            self.send_bye(cause)
            self.end(Ended(by_remote=False, cause=cause))

    def dialog_of(self, request: Request) -> Dialog | None:
        """The dialog a request belongs to."""
        dialog = self.dialog
        return dialog if dialog is not None and dialog.remote_tag == request.sender.tag else None

    def receive(self, transaction: ServerTransaction) -> None:
        """A request inside the dialog (not ACK, not CANCEL)."""
        request = transaction.request
        dialog = self.dialog_of(request)
        if dialog is None:
            transaction.answer(481)
        elif not dialog.in_order(request):
            transaction.answer(500, [("retry-after", "1")])
        else:
            self._ROOMS[request.method](self, transaction, dialog)

    def may_offer(self) -> bool:
        """False while the ACK of the first answer is outstanding (RFC 3261 14.1)."""
        return self.state is not CallState.ANSWERED

    def acked(self, request: Request) -> None:
        """An ACK for a 2xx of ours."""
        if self.talks.acked(request.cseq):
            self.tell(Acked(request.sdp))

    def _bye(self, transaction: ServerTransaction, _: Dialog) -> None:
        transaction.answer(200)
        self.ended_by_remote(transaction.request.get("reason"))

    def ended_by_remote(self, cause: str) -> None:
        """A BYE came."""
        self.end(Ended(by_remote=True, cause=cause))

    def _options(self, transaction: ServerTransaction, _: Dialog) -> None:
        transaction.answer(200, [("allow", vetting.ALLOW), ("accept", SDP), ("supported", vetting.SUPPORTED)])

    def _info(self, transaction: ServerTransaction, _: Dialog) -> None:
        request = transaction.request
        digit = read_digit(request.content_type, request.body)
        if digit is None and request.body:
            transaction.answer(415, [("accept", "application/dtmf-relay, application/dtmf")])
            return
        transaction.answer(200)
        if digit is not None:
            self.tell(Dtmf(*digit))

    def _offer(self, transaction: ServerTransaction, dialog: Dialog) -> None:
        self.talks.receive(transaction, dialog)

    def _prack(self, transaction: ServerTransaction, dialog: Dialog) -> None:
        self.pracked(transaction, dialog)

    def pracked(self, transaction: ServerTransaction, dialog: Dialog) -> None:
        """A PRACK: only a call that is being answered awaits one."""
        transaction.answer(481)

    def _refer(self, transaction: ServerTransaction, _: Dialog) -> None:
        self.transfer.referred(transaction)

    def _notify(self, transaction: ServerTransaction, _: Dialog) -> None:
        self.transfer.notified(transaction)

    _ROOMS: ClassVar = {
        "BYE": _bye, "OPTIONS": _options, "INFO": _info, "INVITE": _offer, "UPDATE": _offer, "PRACK": _prack,
        "REFER": _refer, "NOTIFY": _notify,
    }  # fmt: skip

    # -- survival

    def dump(self, *, early: bool = False) -> dict[str, Any]:
        """What another replica needs to speak in this dialog; ParseError while there is none. `early`: of a caller who
        is about to be answered, too."""
        if self.dialog is None or not (early or self.state is CallState.UP):
            raise ParseError("there is no dialog yet")
        return {
            "dialog": self.dialog.dump(),
            "outgoing": self.is_outgoing,
            "local_sdp": self.local_sdp.decode("utf-8", "surrogateescape"),
            "remote_sdp": self.remote_sdp.decode("utf-8", "surrogateescape"),
            "session": self.session.dump(),
        }


def _ignore(_: Response) -> None:
    """A BYE is sent whatever becomes of it."""


def adopt(core: Home, data: dict[str, Any], authenticator: Authenticator | None = None) -> Call:
    """A call out of `dump`; raises KeyError or ParseError. Twice gives the same call."""
    dialog = Dialog.load(data["dialog"])
    known = core.calls.get((dialog.call_id, dialog.local_tag))
    if known is not None:
        return known
    call = Call(core, dialog.call_id, dialog.local_tag, authenticator)
    call.dialog = dialog
    call.is_outgoing = data["outgoing"]
    call.local_sdp = data["local_sdp"].encode("utf-8", "surrogateescape")
    call.remote_sdp = data["remote_sdp"].encode("utf-8", "surrogateescape")
    call.session.load(data["session"])
    return call
