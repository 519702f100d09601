"""What can be wrong inside one node: its texts, the names it uses, what it refers to, its limits."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as of_dataclass
from typing import assert_never
from urllib.parse import urlsplit

from antiphon.routing.domain import expressions, templates
from antiphon.routing.domain.findings import Code, Finding, error, warning
from antiphon.routing.domain.interaction import ROOTS
from antiphon.routing.domain.nodes import (
    Callback,
    CallerList,
    CallNode,
    Close,
    Collect,
    Condition,
    Conference,
    Enqueue,
    Fax,
    Hours,
    Http,
    Menu,
    Node,
    Play,
    Record,
    Ring,
    Say,
    SetVariables,
    Voicemail,
)
from antiphon.routing.domain.texts import Text, missing

Field = str

HTTP_TIMEOUT = range(1, 6)  # seconds: a caller hears silence meanwhile
MENU_TIMEOUT = range(86_401)  # 0 is for ever: a chat may be answered tomorrow
MENU_REPEATS = range(11)
QUEUE_WAIT = range(86_401)
PLAY_REPEATS = range(1_001)
DIGITS = range(1, 33)
DIGITS_TIMEOUT = range(1, 61)
RING_TIMEOUT = range(5, 181)
RING_TARGETS = range(21)
MESSAGE_LENGTH = range(5, 901)

_VARIABLE = re.compile(r"[^\W\d]\w{0,63}")
_SOURCE = re.compile(r"(prompt|music|file):[A-Za-z0-9._-]{1,80}")
_EMAIL = re.compile(r"[^@\s<>,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists in the tenant, by id. A host is written `api.example.com` or `*.example.com`."""

    queues: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    answers_chats: bool = False
    """Whether a chat meets the scheme that is checked."""
    met_at: Mapping[str, str] = of_dataclass(default_factory=dict)
    """Number → the scheme that answers it."""
    rings: Mapping[str, frozenset[str]] = of_dataclass(default_factory=dict)
    """Scheme → the numbers that its live version rings."""


def check(node: Node, languages: tuple[str, ...], known: Known) -> Iterator[Finding]:
    """Findings of one node."""
    for field, text in _texts(node):
        yield from _languages(node, field, text, languages)
    for field, template in _templates(node):
        yield from _template(node, field, template)
    yield from _inside(node, known)


def _inside(node: Node, known: Known) -> Iterator[Finding]:
    match node:
        case Menu():
            yield from _menu(node)
        case Condition():
            yield from _conditions(node)
        case SetVariables():
            yield from _variables(node, "values", node.values)
        case Http():
            yield from _http(node, known)
        case Hours():
            yield from _refers(node, "calendar_id", node.calendar_id, known.calendars)
        case CallerList():
            yield from _refers(node, "list_id", node.list_id, known.lists)
        case Enqueue():
            yield from _refers(node, "queue_id", node.queue_id, known.queues)
            yield from _within(node, "max_wait_s", node.max_wait_s, QUEUE_WAIT)
        case Say() | Close():
            return
        case Play() | Collect() | Ring() | Voicemail() | Fax() | Record() | Conference() | Callback():
            yield from _of_call(node, known)
            yield from _in_a_chat(node, known)
        case _:
            assert_never(node)


def _in_a_chat(node: CallNode, known: Known) -> Iterator[Finding]:
    if known.answers_chats and not isinstance(node, Collect):
        message = "a chat meets this scheme too, and passes by what only a call can do"
        yield warning(node.id, Code.CALLS_ONLY, message, 'Lead chats elsewhere: channel == "voice".')


def _of_call(node: CallNode, known: Known) -> Iterator[Finding]:
    match node:
        case Play():
            yield from _play(node)
        case Collect():
            yield from _collect(node)
        case Ring():
            yield from _ring(node)
        case Voicemail():
            yield from _within(node, "max_length_s", node.max_length_s, MESSAGE_LENGTH)
        case Fax():
            yield from _fax(node)
        case Conference():
            if not node.room.strip():
                yield error(node.id, Code.NO_TEXT, "the room has no name", "Name the room.", "room")
        case Callback():
            yield from _refers(node, "queue_id", node.queue_id, known.queues)
        case Record():
            return
        case _:
            assert_never(node)


def _fax(node: Fax) -> Iterator[Finding]:
    if not node.box_id:
        yield error(node.id, Code.NOBODY_TO_RING, "the fax is for nobody", "Choose whose box it is.", "box_id")
    if node.email and not _EMAIL.fullmatch(node.email):
        yield error(
            node.id, Code.BAD_EMAIL, f"{node.email!r} is no address", "Write it as office@example.com.", "email"
        )


def _play(node: Play) -> Iterator[Finding]:
    if not _SOURCE.fullmatch(node.source):
        message = f"{node.source!r} is nothing that can be played"
        yield error(node.id, Code.BAD_SOURCE, message, "Choose prompt:…, music:… or file:….", "source")
    yield from _within(node, "repeat", node.repeat, PLAY_REPEATS)


def _collect(node: Collect) -> Iterator[Finding]:
    yield from _variables(node, "save", [node.save])
    yield from _within(node, "timeout_s", node.timeout_s, DIGITS_TIMEOUT)
    yield from _within(node, "digit_timeout_s", node.digit_timeout_s, DIGITS_TIMEOUT)
    yield from _within(node, "max_digits", node.max_digits, DIGITS)
    yield from _within(node, "min_digits", node.min_digits, range(1, max(2, node.max_digits + 1)))
    yield from _within(node, "repeats", node.repeats, MENU_REPEATS)
    if node.terminator not in ("#", "*", ""):
        yield error(node.id, Code.BAD_KEY, "the last key is # or * or none", "Choose one of them.", "terminator")


def _ring(node: Ring) -> Iterator[Finding]:
    if not node.targets:
        yield error(node.id, Code.NOBODY_TO_RING, "nobody is rung", "Add a person, a group or a number.", "targets")
    yield from _within(node, "timeout_s", node.timeout_s, RING_TIMEOUT)
    yield from _within(node, "targets", len(node.targets), RING_TARGETS)
    for place, target in enumerate(node.targets):
        where = f"targets {place + 1}"
        if target.who == "number" and "{{" not in target.value and not _E164.fullmatch(target.value):
            message = f"{where}: {target.value!r} is no international number"
            yield error(node.id, Code.NOT_A_NUMBER, message, "Write it as +380441234567.", where)
        elif not target.value.strip():
            yield error(node.id, Code.NOBODY_TO_RING, f"{where} is nobody", "Choose somebody.", where)


def _texts(node: Node) -> Iterator[tuple[Field, Text]]:
    match node:
        case Say() | Close() | Collect() | Voicemail() | Callback():
            yield "text", node.text
        case Menu():
            yield "text", node.text
            yield from ((f"label {option.key}", option.label) for option in node.options)
        case Enqueue():
            yield "greeting", node.greeting
        case _:
            return


def _languages(node: Node, field: Field, text: Text, languages: tuple[str, ...]) -> Iterator[Finding]:
    """Last words and greetings may be left out altogether, questions and announcements may not."""
    if not any(words.strip() for words in text.values()):
        if isinstance(node, Say | Menu | Collect):
            yield error(node.id, Code.NO_TEXT, f"{field} says nothing", "Write the words.", field)
        return
    for language in missing(text, languages):
        message = f"{field} is not written in {language}"
        yield warning(node.id, Code.MISSING_LANGUAGE, message, "Translate it.", field)


def _templates(node: Node) -> Iterator[tuple[Field, str]]:
    for field, text in _texts(node):
        yield from ((field, words) for words in text.values())
    match node:
        case SetVariables():
            yield from (("values", value) for value in node.values.values())
        case Http():
            yield "url", node.url
            yield "body", node.body
            yield from (("headers", value) for value in node.headers.values())
        case Ring():
            yield from (("targets", target.value) for target in node.targets if target.who == "number")
        case Conference():
            yield from (("room", node.room), ("pin", node.pin))
        case Callback():
            yield "number", node.number
        case _:
            return


def _template(node: Node, field: Field, template: str) -> Iterator[Finding]:
    position = templates.mistake(template)
    if position is not None:
        message = f"{field}: the brackets at {position} hold no name"
        yield error(node.id, Code.BAD_TEMPLATE, message, "Write a name such as {{contact.name}}.", field)
    yield from _names(node, field, templates.names(template))


def _conditions(node: Condition) -> Iterator[Finding]:
    for branch in node.branches:
        field = f"when {branch.when}"
        try:
            yield from _names(node, field, expressions.names(expressions.parse(branch.when)))
        except expressions.ExpressionError as mistake:
            remedy = 'Write a condition such as contact.language == "uk".'
            yield error(node.id, Code.BAD_EXPRESSION, str(mistake), remedy, field)


def _names(node: Node, field: Field, names: Iterable[str]) -> Iterator[Finding]:
    """A name nobody sets is always empty: most likely a slip of the pen."""
    for name in dict.fromkeys(names):
        root, _, rest = name.partition(".")
        if root not in ROOTS or bool(rest) != (root in ("contact", "var")):
            message = f"{field}: nothing is called {name}"
            yield warning(node.id, Code.UNKNOWN_NAME, message, f"Names begin with {', '.join(ROOTS)}.", field)


def _variables(node: Node, field: Field, names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if not _VARIABLE.fullmatch(name):
            message = f"{name!r} cannot be the name of a variable"
            yield error(node.id, Code.BAD_VARIABLE, message, "Use letters, digits and _.", field)


def _menu(menu: Menu) -> Iterator[Finding]:
    if not menu.options:
        yield error(menu.id, Code.NO_OPTIONS, "the menu has no options", "Add what can be chosen.", "options")
    for key, times in Counter(option.key for option in menu.options).items():
        field = f"option {key}"
        if times > 1:
            message = f"{times} options have the key {key!r}"
            yield error(menu.id, Code.DUPLICATE_KEY, message, "Give each option its own key.", field)
        if not key.strip():
            yield error(menu.id, Code.BAD_KEY, "an option has no key", "Give it a key.", field)
    yield from _within(menu, "timeout_s", menu.timeout_s, MENU_TIMEOUT)
    yield from _within(menu, "repeats", menu.repeats, MENU_REPEATS)


def _http(node: Http, known: Known) -> Iterator[Finding]:
    yield from _within(node, "timeout_s", node.timeout_s, HTTP_TIMEOUT)
    yield from _variables(node, "save", node.save)
    scheme, authority = _address(node.url)
    host = authority.partition(":")[0].lower()
    if scheme not in ("http", "https") or not _HOST_AND_PORT.fullmatch(authority):
        message = "the address must be https:// and a fixed host"
        yield error(node.id, Code.BAD_URL, message, "Use names only after the host.", "url")
    elif not _allowed(host, known.hosts):
        remedy = "Ask the owner to allow this host, or use another."
        yield error(node.id, Code.HOST_NOT_ALLOWED, f"{host} is not on the allow-list", remedy, "url")
    elif scheme == "http":
        message = "the request is sent unencrypted"
        yield warning(node.id, Code.NOT_ENCRYPTED, message, "Use https://.", "url")


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc


def _allowed(host: str, allowed: frozenset[str]) -> bool:
    """`*.example.com` allows every host below example.com, and not example.com itself."""
    return host in allowed or any(host.endswith(entry[1:]) for entry in allowed if entry.startswith("*."))


def _within(node: Node, field: Field, value: int, limits: range) -> Iterator[Finding]:
    if value not in limits:
        message = f"{field} is {value}, allowed is {limits.start} to {limits.stop - 1}"
        yield error(node.id, Code.OUT_OF_RANGE, message, "Choose a value within the limits.", field)


def _refers(node: Node, field: Field, value: str, existing: frozenset[str]) -> Iterator[Finding]:
    if value not in existing:
        what = field.removesuffix("_id")
        message = f"there is no {what} {value!r}"
        yield error(node.id, Code(f"unknown_{what}"), message, f"Choose an existing {what}.", field)
