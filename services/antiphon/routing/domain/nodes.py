"""What a reception scheme is made of: one dataclass per kind of node.

`Node` is the whole catalogue. A new kind is a dataclass here, its exits in `exits.py`, and its branch in
`walk.py`; mypy then names every `match` that forgot it. The stored kind is the class name in snake case.

A transition holds the id of the next node, or None while the author has not chosen one: a draft may be
incomplete, and `validation` says what is missing. Texts and the strings marked "template" may contain
`{{names}}`, see `templates.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from antiphon.routing.domain.texts import Text

NodeId = str
Goto = NodeId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every node has: an id unique in its scheme, and the name its author sees."""

    id: NodeId
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Named):
    text: Text
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer of a menu: pressed as `key` on a phone, shown as a button with `label` in a chat."""

    key: str
    label: Text
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Named):
    """Asks and waits `timeout_s`. Asked again up to `repeats` times before `on_no_input` or `on_no_match`.

    Without `on_no_match`, an answer that fits no option ends like silence. A time-out of 0 never comes.
    """

    text: Text
    options: tuple[Option, ...] = ()
    timeout_s: int = 5
    repeats: int = 2
    on_no_input: Goto = None
    on_no_match: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables(Named):
    """Sets `var.<name>` to a template. The name `language` sets the language of the interaction instead."""

    values: Mapping[str, str]
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """`when` is an expression, see `expressions.py`."""

    when: str
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Named):
    """Takes the first branch that is true."""

    branches: tuple[Branch, ...] = ()
    otherwise: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Named):
    """Asks a calendar. A holiday without its own transition counts as closed.

    Leaves `var.closes_at` ("20:00") when open; `var.opens_on` ("2026-03-02") and `var.opens_at` ("09:00")
    when closed, so that the greeting can say when to call back. Both are in the time zone of the calendar.
    """

    calendar_id: str
    open: Goto = None
    closed: Goto = None
    holiday: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerList(Named):
    list_id: str
    listed: Goto = None
    otherwise: Goto = None


Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Named):
    """Asks another system. `url`, `headers` and `body` are templates; the host must be on the tenant's
    allow-list.

    `save` maps a variable to a dotted path in the JSON answer: {"tier": "customer.plans.0.name"}.
    """

    method: Method = "GET"
    url: str
    headers: Mapping[str, str]
    body: str = ""
    timeout_s: int = 3
    save: Mapping[str, str]
    on_ok: Goto = None
    on_error: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue(Named):
    """Hands the interaction to the ACD. Without `on_closed`, a closed queue ends like a time-out.

    `skills` maps a skill to the least level that is needed; `max_wait_s` 0 is for ever.
    """

    queue_id: str
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    max_wait_s: int = 60
    on_timeout: Goto = None
    on_closed: Goto = None
    greeting: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Named):
    """Says the last words and ends; `outcome` is what reports count."""

    text: Text
    outcome: str = "closed"


# What only a call can do. A chat that comes to one of these asks in words (`Collect`), takes the way for nobody there
# (`Ring`), or passes on.


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Named):
    """Plays "prompt:closed", "music:default" or "file:<id>", `repeat` times more."""

    source: str
    repeat: int = 0
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Named):
    """Asks for digits and keeps them in `var.<save>`. Too few are asked for again, up to `repeats` times."""

    text: Text
    save: str
    min_digits: int = 1
    max_digits: int = 20
    terminator: str = "#"
    timeout_s: int = 7
    digit_timeout_s: int = 3
    repeats: int = 1
    next: Goto = None
    on_no_input: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RingTarget:
    """`value` is the id of a person, group or SIP account, or the template of an outside number."""

    who: Literal["person", "group", "number", "account"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Named):
    """Rings people outside the queues for `timeout_s`, each in turn or all together.

    An exit that is not chosen falls back to the next one that is, in the order of the fields and round again: with
    `on_no_answer` alone, whoever is busy, offline or declines ends there too. Without `on_answered` the call is over
    when the conversation is.
    """

    targets: tuple[RingTarget, ...] = ()
    mode: Literal["all", "sequential"] = "all"
    timeout_s: int = 25
    music: str = ""
    pass_caller: bool = True
    on_answered: Goto = None
    on_busy: Goto = None
    on_no_answer: Goto = None
    on_unreachable: Goto = None
    on_declined: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(Named):
    """Takes a message for a person or a group; `var.voicemail_id` is empty when nothing was said."""

    box: Literal["person", "group"]
    box_id: str
    text: Text
    max_length_s: int = 180
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fax(Named):
    """Takes a document as a fax machine does, for a person or a group, and mails it where `email` is set;
    `var.fax_id` is empty when not a page came."""

    box: Literal["person", "group"]
    box_id: str
    email: str = ""
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Named):
    """Turns the recording of this call on or off."""

    on: bool
    next: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference(Named):
    """Puts the caller into a room for the rest of the call. `room` and `pin`, which is asked for before unless it is
    empty, are templates."""

    room: str
    pin: str = ""
    on_error: Goto = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Named):
    """Promises to call back and keeps the caller's place in the queue. `number` is a template, empty for the number the
    caller came from."""

    queue_id: str
    number: str = ""
    text: Text
    next: Goto = None


CallNode = Play | Collect | Ring | Voicemail | Fax | Record | Conference | Callback
PlainNode = Say | Menu | SetVariables | Condition | Hours | CallerList | Http | Enqueue | Close
Node = PlainNode | CallNode


def kind_of(node_type: type) -> str:
    """`SetVariables` is stored and shown as `set_variables`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in node_type.__name__).lstrip("_")


KINDS: Mapping[str, type] = {kind_of(node_type): node_type for node_type in get_args(Node)}
