"""Registering at a trunk's registrar and staying registered (RFC 3261 10.2, 5626 4.5 for the back-off).

    IDLE -> TRYING -> REGISTERED -> TRYING (refresh) …      TRYING -> WAITING (failed) -> TRYING …      any -> STOPPED

A refresh goes out when a tenth of the time, at least five seconds, is left. After the n-th failure in a row it waits
between half and all of min(5 s * 2^n, 5 min); what will not get better soon (403, 404, wrong password) waits 5 min.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from antiphon.media.sip.ask import Ask
from antiphon.media.sip.digest import Authenticator, Credentials
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.message import Headers, Request, Response
from antiphon.media.sip.syntax import ParseError, number, param
from antiphon.media.sip.timers import Timer
from antiphon.media.sip.uri import Hop, Uri

if TYPE_CHECKING:
    from antiphon.media.sip.usage import Ground

BASE, LONGEST_WAIT = 5.0, 300.0
HOPELESS = frozenset({401, 403, 404, 405, 407, 416, 501, 604})
LONGEST = 86_400


class RegistrationState(Enum):
    """How a registration stands."""

    IDLE = "idle"
    TRYING = "trying"
    REGISTERED = "registered"
    WAITING = "waiting"
    STOPPED = "stopped"


_R = RegistrationState
NEXT = {
    _R.IDLE: {_R.TRYING, _R.STOPPED},
    _R.TRYING: {_R.REGISTERED, _R.WAITING, _R.STOPPED},
    _R.REGISTERED: {_R.TRYING, _R.STOPPED},
    _R.WAITING: {_R.TRYING, _R.STOPPED},
    _R.STOPPED: set(),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where to register whom: `registrar` "sip:trunk.example", `address` "sip:380441234567@trunk.example".

    `contact` is where calls shall come to; empty: our own Contact. One's own contact has a user of its own, by which
    it is known even where the edge puts its own address in. `hop` overrules where requests go; `headers` go with each.
    """

    registrar: str
    address: str
    credentials: Credentials | None = None
    contact: str = ""
    expires: int = 600
    hop: Hop | None = None
    headers: tuple[tuple[str, str], ...] = ()


Changed = Callable[[RegistrationState, int], None]


class RegistrationClient:
    """One registration. `changed(state, code)` is called at every change of state, with the last status code."""

    def __init__(self, core: Ground, account: Account, changed: Changed) -> None:
        Uri.parse(account.registrar)
        self._core = core
        self._account = account
        self._changed = changed
        core.route(account.registrar)  # raises where it leads nowhere
        known = account.credentials
        self._authenticator = Authenticator(known, core.new_id) if known is not None else None
        self._call_id, self._tag = core.new_call_id(), core.new_id()
        self._cseq = 0
        self._expires = account.expires
        self._timer: Timer | None = None
        self.state = RegistrationState.IDLE
        self.code = 0
        self.failures = 0

    @property
    def _hop(self) -> Hop:
        """Where requests go now: the next hop may be another one than the last time."""
        return self._account.hop or self._core.route(self._account.registrar)

    def start(self) -> None:
        """Registers now, and again for as long as it is not stopped."""
        if self.state in {RegistrationState.IDLE, RegistrationState.WAITING, RegistrationState.REGISTERED}:
            self._set_timer(None)
            self._move(RegistrationState.TRYING)
            self._send(self._expires)

    def stop(self) -> None:
        """Takes the registration back."""
        was, self._timer = self.state, self._set_timer(None)
        if was is not RegistrationState.STOPPED:
            self._move(RegistrationState.STOPPED)
            if was in {RegistrationState.REGISTERED, RegistrationState.TRYING}:
                self._send(0)

    def abandon(self) -> None:
        """Looks after it no more, and leaves it as it is: another replica goes on with it."""
        self._set_timer(None)
        if self.state is not RegistrationState.STOPPED:
            self._move(RegistrationState.STOPPED)

    def _move(self, state: RegistrationState) -> None:
        if state not in NEXT[self.state]:
            raise RuntimeError(f"{self.state.name} -> {state.name}")
        self.state = state
        self._changed(state, self.code)

    def _set_timer(self, seconds: float | None) -> Timer | None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._core.timers.after(seconds, self.start)
        return self._timer

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    def _send(self, expires: int) -> None:
        account, cseq = self._account, self._next_cseq()
        address = NameAddr(account.address)
        contact = f"<{account.contact}>" if account.contact else self._core.contact(self._hop.transport)
        headers: Headers = [("max-forwards", "70"), ("from", str(address.tagged(self._tag))), ("to", str(address))]
        headers += [("call-id", self._call_id), ("cseq", f"{cseq} REGISTER"), ("contact", contact)]
        headers.append(("expires", str(expires)))
        headers += [(name.lower(), value) for name, value in account.headers]
        request = Request(headers, uri=account.registrar, method="REGISTER", cseq=cseq)
        request.sender, request.recipient = address.tagged(self._tag), address
        Ask(
            self._core,
            request,
            self._hop,
            self._heard,
            authenticator=self._authenticator,
            next_cseq=self._next_cseq,
        )

    def _heard(self, response: Response) -> None:
        if self.state is not RegistrationState.TRYING or response.code < 200:
            return
        self.code = response.code
        if response.code < 300:
            self._registered(response)
        elif response.code == 423 and self._longer(response):
            self._send(self._expires)
        else:
            self._failed(response)

    def _registered(self, response: Response) -> None:
        self.failures = 0
        seconds = self._granted(response)
        self._set_timer(max(1.0, seconds - max(5.0, seconds / 10)))
        self._move(RegistrationState.REGISTERED)

    def _granted(self, response: Response) -> int:
        """The seconds the registrar gave our contact (RFC 3261 10.2.4)."""
        ours = Uri.parse(self._account.contact or NameAddr.parse(self._core.contact(self._hop.transport)).uri)
        for value in response.all("contact"):
            given = NameAddr.parse(value)
            there = given.address()
            expires = param(given.params, "expires")
            same = (there.user, there.host, there.port) == (ours.user, ours.host, ours.port)
            if expires and (same or (self._account.contact and there.user == ours.user)):
                return number(expires, 2**32 - 1, "expires")
        try:
            return number(response.get("expires", str(self._expires)), 2**32 - 1, "Expires")
        except ParseError:
            return self._expires

    def _longer(self, response: Response) -> bool:
        least = number(response.get("min-expires", "0"), 2**32 - 1, "Min-Expires")
        if not self._expires < least <= LONGEST:
            return False
        self._expires = least
        return True

    def _failed(self, response: Response) -> None:
        longest = min(BASE * 2**self.failures, LONGEST_WAIT)
        self.failures = min(self.failures + 1, 16)
        wait = LONGEST_WAIT if response.code in HOPELESS else longest * (0.5 + 0.5 * self._core.chance())
        asked = response.get("retry-after").partition(";")[0].partition("(")[0].strip()
        if asked.isdigit() and len(asked) < 6:
            wait = max(wait, float(asked))
        self._set_timer(wait)
        self._move(RegistrationState.WAITING)
