"""What a call may reach: phones, engines, the services below, the books. One object, made in `wiring`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from antiphon.media.anchor.listening import Room
from antiphon.media.app.measure import Pace

if TYPE_CHECKING:
    from antiphon.kit.clock import Clock
    from antiphon.media.anchor.anchor import Anchor
    from antiphon.media.app.traced import Past
    from antiphon.media.asks import Asks
    from antiphon.media.audio.files import Prompt
    from antiphon.media.domain.call import Call
    from antiphon.media.domain.capacity import Tally, Use
    from antiphon.media.domain.fax import Document, Result
    from antiphon.media.domain.promise import Promise
    from antiphon.media.domain.ringing import Line
    from antiphon.media.domain.scores import Score
    from antiphon.media.domain.verbs import Fax
    from antiphon.media.endpoint.leg import Leg as SipLeg
    from antiphon.media.fax.terminal import Terminal
    from antiphon.media.mixer.room import Mixer
    from antiphon.media.ng.cluster import Cluster
    from antiphon.media.recording.store import Wanted


@dataclass(frozen=True, slots=True)
class Wish:
    """An INVITE to be placed: to whom, with what sound, and who is shown as the caller."""

    line: Line
    sdp: bytes
    caller: str
    title: str = ""
    secret: tuple[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Edge(Protocol):
    """How phones and trunks are reached."""

    def place(self, wish: Wish) -> SipLeg:
        """Sends the INVITE."""

    def vouches(self, leg: SipLeg) -> bool:
        """True when an INVITE came from the edge itself, so that its X-Antiphon-Source counts."""


class Trunks(Protocol):
    """What is known of the operators."""

    def is_down(self, trunk_id: str) -> bool:
        """True for a trunk that would not carry a call."""


class Scores(Protocol):
    """How trunks have done lately."""

    def attempted(self, trunk_id: str, *, answered: bool, pdd_ms: int | None) -> None:
        """A call over it was answered, or came to nothing."""

    def heard(self, trunk_id: str, mos: float | None, loss: float | None) -> None:
        """A call over it was measured."""

    def of(self, trunk_id: str) -> Score:
        """What of it counts now."""


class Voice(Protocol):
    """Sounds: what the engine can play."""

    async def speak(self, text: str, language: str) -> Prompt | None:
        """A sound that says this text; None when it cannot be said."""

    async def find(self, source: str, language: str = "") -> Prompt | None:
        """A stored sound: "prompt:closed", "music:default", "tone:beep"; None when it is not there."""


class Ongoing(Protocol):
    """A live call, as far as those know it who serve it: the books, the meter, the player. The whole is `live.py`."""

    world: World
    call: Call
    anchor: Anchor
    first: str
    legs: dict[str, SipLeg]
    offered: set[str]
    items: dict[str, str]
    ending: dict[str, str]
    ports: dict[int, int]
    answering: bool
    over: bool

    def post(self, work: Callable[[], Awaitable[None]]) -> None:
        """Something to be done, after all that happened before."""

    def after(self, name: str, seconds: float) -> None:
        """A timer of what the call is doing."""

    def stop(self, *names: str) -> None:
        """These timers are not due any more."""

    def change(self, **changes: Any) -> None:
        """Facts of the call changed."""

    def answer_first(self) -> bool:
        """Picks the first leg up. False when it has just gone."""

    def left_by_will(self, tag: str) -> None:
        """Its person hangs up."""

    async def finish(self, wish: str = "", by: str = "system") -> None:
        """Everything ends."""

    async def settled(self) -> None:
        """Returns when the ACD has heard of everything that is over."""


class Books(Protocol):
    """What is told and kept of calls."""

    def changed(self, live: Ongoing, event: str) -> None:
        """Tells "started", "changed" or "bridged", in order, and keeps what a reaper would need ("kept": only that)."""

    async def secured(self, live: Ongoing) -> None:
        """Returns when another replica could end the call, or cannot be told for a moment."""

    async def close(self, live: Ongoing) -> None:
        """Writes the record of an ended call, exactly once. Returns when it is stored."""

    async def keep_recording(self, call: Call, wanted: Wanted) -> None:
        """Takes in what the engine recorded. Channels: the engine's port of each leg → 0 is the customer."""

    async def keep_voicemail(self, call: Call, voicemail_id: str, box: dict[str, str], left_at: datetime) -> None:
        """Takes in a message that was left."""

    async def alarm(self, kind: str, name: str, *, cleared: bool) -> None:
        """Tells that something of the plant is wrong, or right again."""

    def reserve(self, use: Use) -> None:
        """Counts a call that is just being made."""

    def release(self, call_id: str) -> None:
        """It came to nothing."""

    @property
    def tally(self) -> Tally:
        """The live calls of all replicas, for capacity."""


class Faxes(Protocol):
    """Fax machines, and what becomes of faxes."""

    def receiver(self, call: Call, fax_id: str, over: Callable[[Result], None]) -> Terminal | None:
        """A machine that takes a document; None where there are none. `over` is called in a thread of its own."""

    def sender(self, call: Call, document: Document, over: Callable[[Result], None]) -> Terminal | None:
        """A machine that sends this one."""

    async def received(self, call: Call, fax_id: str, verb: Fax, result: Result) -> str:
        """Keeps what came: its id, empty when not a page came. Twice is once."""

    async def sent(self, call: Call, document: Document, result: Result) -> bool:
        """Keeps what became of it: true when it was delivered. The first word counts."""


class Ladders(Protocol):
    """What SIP was said."""

    def over(self, call: Call, past: Past) -> None:
        """A call ended."""


class Callbacks(Protocol):
    """Whom we have promised to call back."""

    async def keep(self, promise: Promise, now: datetime) -> None:
        """Repeating it changes nothing."""

    async def find(self, tenant: str, item_id: str) -> Promise | None:
        """The promise of a work item."""

    async def drop(self, tenant: str, item_id: str) -> None:
        """Twice is harmless."""


class Place(Room, Protocol):
    """A call's seat in a room of several calls."""

    alone: bool
    """Nobody else was there."""

    async def speak(self) -> None:
        """The engine has the port: from now on the room hears the call, and the call the room."""


class Rooms(Protocol):
    """Meetings of several calls, over all replicas."""

    async def enter(self, room: str, call_id: str, met: Callable[[], None], moved: Callable[[], None]) -> Place:
        """A seat. `met` is called when somebody else is there too, perhaps more than once; `moved` when the seat is
        lost: enter again. Raises DomainError: ROOM_FULL, NO_ROOM."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside of a call."""

    asks: Asks
    edge: Edge
    engines: Cluster
    mixer: Mixer
    voice: Voice
    books: Books
    trunks: Trunks
    callbacks: Callbacks
    faxes: Faxes
    ladders: Ladders
    rooms: Rooms
    scores: Scores
    clock: Clock
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    paid: bool = False
    """Billing is asked before and while outside lines talk."""
    needs_account: bool = True
    """A company without an account cannot call outside lines."""
    can_record: bool = True
    opus: bool = False
    """Browsers are offered Opus."""
    rating_seconds: float = 7.0
    """How long a caller may think about his rating."""
    pace: Pace = field(default_factory=Pace)
