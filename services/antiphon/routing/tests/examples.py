"""The reception of a small company, used by most tests: hours, a menu in two languages, two teams, last words.

         ┌ open ─ menu ┬ 1 sales ─(60 s)─ busy
start ─ hours          ├ 2 support ─(90 s)─ sales
         │             └ silence ─ sales
         ├ closed ─ later
         └ holiday ─ feast
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from antiphon.routing.domain import calendars, verbs
from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.events import Event, Started
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.node_checks import Known
from antiphon.routing.domain.nodes import Close, Enqueue, Hours, Menu, Node, Option, Say
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.world import World

KYIV = ZoneInfo("Europe/Kyiv")

OFFICE = calendars.parse(
    "office",
    """
    zone Europe/Kyiv
    mon-fri 09:00-20:00
    sat     10:00-13:00, 14:00-16:00
    12-25      closed Christmas
    2026-12-31 10:00-15:00 Short day
    """,
)

WORLD = World(calendars={"office": OFFICE})
KNOWN = Known(
    queues=frozenset({"sales", "support"}),
    calendars=frozenset({"office"}),
    lists=frozenset({"vip"}),
    hosts=frozenset({"crm.example.com", "*.partner.example"}),
)


def kyiv(text: str) -> datetime:
    """`2026-03-04 19:59:59` on the wall in Kyiv, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=KYIV).astimezone(UTC)


NOON = kyiv("2026-03-04 12:00:00")  # a Wednesday


def both(english: str, ukrainian: str) -> Mapping[str, str]:
    return {"en": english, "uk": ukrainian}


HOURS = Hours(id="hours", name="Working hours", calendar_id="office", open="menu", closed="later", holiday="feast")
MENU = Menu(
    id="menu",
    name="Menu",
    text=both("Hello {{contact.name}}! Sales 1, support 2.", "Вітаємо, {{contact.name}}! Продажі 1, підтримка 2."),
    options=(
        Option(key="1", label=both("Sales", "Продажі"), next="sales"),
        Option(key="2", label=both("Support", "Підтримка"), next="support"),
    ),
    on_no_input="sales",
)
SALES = Enqueue(
    id="sales",
    name="Sales",
    queue_id="sales",
    skills={"uk": 1},
    greeting=both("One moment", "Хвилинку"),
    on_timeout="busy",
)
SUPPORT = Enqueue(id="support", name="Support", queue_id="support", max_wait_s=90, on_timeout="sales", greeting={})
LATER = Close(
    id="later",
    text=both("Closed. Call at {{var.opens_at}}.", "Зачинено. Телефонуйте о {{var.opens_at}}."),
    outcome="closed",
)
FEAST = Close(id="feast", text=both("Merry Christmas", "З Різдвом"), outcome="holiday")
BUSY = Close(id="busy", text=both("We will call back", "Ми передзвонимо"), outcome="callback")

OFFICE_SCHEME = Scheme(
    id="main",
    name="Main number",
    start="hours",
    languages=("en", "uk"),
    nodes=(HOURS, MENU, SALES, SUPPORT, LATER, FEAST, BUSY),
)


def scheme(*nodes: Node, languages: tuple[str, ...] = ("en",)) -> Scheme:
    """A scheme that starts with the first of these nodes."""
    return Scheme(id="main", name="Main", start=nodes[0].id, languages=languages, nodes=nodes)


def swapped(node: Node, into: Scheme = OFFICE_SCHEME) -> Scheme:
    """The scheme with one node replaced by another of the same id."""
    return replace(into, nodes=tuple(node if old.id == node.id else old for old in into.nodes))


def say(node_id: str, to: str | None, words: str = "Hi") -> Say:
    return Say(id=node_id, text={"en": words}, next=to)


def close(node_id: str = "end", words: str = "Bye") -> Close:
    return Close(id=node_id, text={"en": words})


def caller(number: str = "+380671234567", **changes: object) -> Interaction:
    """A call to the main number at noon; `changes` are fields of Interaction."""
    fresh = Interaction(
        id="c1",
        channel="voice",
        address="+380443902020",
        caller=number,
        contact={"name": "Olena", "language": "uk"},
        language="en",
        started_at=NOON,
        scheme_id="main",
        version=1,
    )
    return replace(fresh, **changes)  # type: ignore[arg-type]


def play(
    graph: Scheme, *events: Event, who: Interaction | None = None, world: World = WORLD, at: str = "2026-03-04 12:00:00"
) -> Step:
    """The last step after these events; `Started` comes first by itself."""
    done = step(graph, who or caller(), Started(), world, kyiv(at))
    for event in events:
        done = step(graph, done.interaction, event, world, kyiv(at))
    return done


def spoken(done: Step) -> list[str]:
    """The words of a step, whatever verb carries them."""
    words = []
    for verb in done.verbs:
        match verb:
            case verbs.Say(text) | verbs.Menu(text) | verbs.Close(text):
                words.append(text)
            case verbs.Enqueue():
                words.append(verb.greeting)
    return words


def queue(done: Step) -> str:
    last = done.verbs[-1]
    assert isinstance(last, verbs.Enqueue)
    return last.queue_id
