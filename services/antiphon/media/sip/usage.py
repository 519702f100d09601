"""A call as its parts know it: the session timer, the offers, the transfers. And the core as all of them know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from antiphon.media.sip.ask import Ask, Sender
from antiphon.media.sip.dialog import Dialog
from antiphon.media.sip.events import Event
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.message import Headers, Response
from antiphon.media.sip.uri import Hop


class Ground(Sender, Protocol):
    """What calls and registrations need of the core."""

    limits: Limits
    new_id: Callable[[], str]
    chance: Callable[[], float]

    def new_call_id(self) -> str:
        """A Call-ID."""

    def contact(self, transport: str) -> str:
        """Our Contact for the other side of this transport."""

    def route(self, uri: str) -> Hop:
        """Where a request outside a dialog goes. Raises ParseError where it leads nowhere."""


class Usage(Protocol):
    """The use of a dialog by an INVITE. The whole is `call.py`."""

    @property
    def core(self) -> Ground:
        """What it stands on."""

    is_outgoing: bool
    dialog: Dialog | None
    local_sdp: bytes
    remote_sdp: bytes
    remote_allows: set[str]

    def ask(
        self, method: str, done: Callable[[Response], None], headers: Headers | None = None, body: bytes = b""
    ) -> Ask | None:
        """Sends a request inside the dialog; None without a dialog."""

    def reoffer(self, sdp: bytes, done: Callable[[int, bytes], None], *, by_update: bool = False) -> None:
        """Offers another session; `done(code, sdp)` is called exactly once."""

    def may_offer(self) -> bool:
        """False while the ACK of the first answer is outstanding."""

    def tell(self, event: Event) -> None:
        """Lets the application know."""

    def lost(self, cause: str) -> None:
        """The other side is not there any more."""
