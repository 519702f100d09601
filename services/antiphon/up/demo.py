"""Lifelike customers: they open the widget, choose a topic, tell what they need, wait, answer, thank and leave.

They speak the widget's protocol, so that everything behind it works as with people. Those who telephone are in
`demo_calls.py`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from antiphon.kit import show
from antiphon.up import demo_calls, demo_tenant
from antiphon.up.client import Agent, Visitor, widget_of
from antiphon.up.demo_calls import Callers
from antiphon.up.demo_tenant import DemoTenant
from antiphon.up.telephones import Exchange

console = Console(highlight=False)
CALLS = 2


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody and what he says, line after line."""

    language: str
    topic: int
    lines: tuple[str, ...]


CHARACTERS = (
    Character("uk", 1, ("Добрий день!", "Скільки коштує монтаж на дві кімнати?", "А на суботу є час?", "Дякую, чекаю")),
    Character("uk", 3, ("Вітаю, замовлення 2214 ще не приїхало", "Так, Київ, Оболонь", "Зрозуміло, дякую")),
    Character(
        "uk", 2, ("Кондиціонер шумить вночі", "Купували торік у вас", "Другий поверх, фасад без ліпнини", "Домовились")
    ),
    Character(
        "ru", 1, ("Здравствуйте", "Нужен расчёт на офис 60 м²", "Три комнаты, потолки 3 метра", "Спасибо, посмотрю")
    ),
    Character("ru", 2, ("Мастер вчера не приехал", "Гарантия ещё действует?", "Хорошо, жду звонка")),
    Character(
        "en", 0, ("Hello, which unit suits a 20 m² bedroom?", "It should be quiet at night", "Sounds good, thank you")
    ),
    Character("en", 3, ("Hi, where is my order 2231?", "No hurry, just checking", "Thanks!")),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many come, and for how long."""

    customers: int
    calls: int | None
    """None: two where there is voice."""
    minutes: float
    directory: Path = Path(".antiphon")
    """Where the demo tenant is remembered: who is called, and who sees it."""


def run(url: str, plan: Plan) -> None:
    """Sends customers until the time is over or Ctrl-C."""
    origin = url.rstrip("/")
    try:
        address, key = widget_of(f"{origin}/demo")
    except ValueError as error:
        show.fail(f"{error}; start the stack with `antiphon up`")
        raise SystemExit(1) from error
    tenant = demo_tenant.kept(plan.directory)
    exchange = demo_calls.exchange(origin, tenant)
    calls = _calls(plan, exchange)
    console.print(f"{plan.customers} customers write through {address}, {calls} telephone; Ctrl-C ends it")
    chance = random.Random()  # noqa: S311 - small talk
    chairs = [_one(origin, address, key, number, chance) for number in range(plan.customers)]
    if exchange is not None and tenant is not None and calls:
        chairs.append(_telephone(origin, tenant, exchange, calls))
    try:
        asyncio.run(_all(chairs, plan.minutes * 60))
    except KeyboardInterrupt:
        console.print("Stopped")


def _calls(plan: Plan, exchange: Exchange | None) -> int:
    """How many telephone; says so when they were asked for and cannot."""
    if exchange is not None:
        return CALLS if plan.calls is None else plan.calls
    if plan.calls:
        show.fail(f"nobody can telephone: {plan.directory}/demo.json knows no telephony of this desk (--dir)")
        raise SystemExit(1)
    return 0


async def _all(chairs: list[Coroutine[Any, Any, None]], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*chairs)
    except TimeoutError:
        return


async def _telephone(origin: str, tenant: DemoTenant, exchange: Exchange, calls: int) -> None:
    """Chairs of callers, watched from a supervisor's desk."""
    person = demo_calls.supervisor(tenant.people)
    async with Agent(origin) as watcher:
        await watcher.sign_in(person.email, person.password)
        await watcher.listen()
        callers = Callers(exchange, watcher, lambda language, text: _show(language, f"☎ {text}"))
        await asyncio.gather(*(callers.chair(number) for number in range(calls)))


def _show(language: str, text: str) -> None:
    console.print(f"[dim]{language}[/dim] {text}")


async def _one(origin: str, address: str, key: str, number: int, chance: random.Random) -> None:
    """One chair: a customer after the other."""
    await asyncio.sleep(chance.uniform(0, 2 + number))
    while True:
        character = chance.choice(CHARACTERS)
        try:
            async with Visitor(address, key, origin, character.language) as visitor:
                await _talk(visitor, character, chance)
        except TimeoutError:
            console.print("a customer gave up: no answer")
        await asyncio.sleep(chance.uniform(2, 15))


async def _talk(visitor: Visitor, character: Character, chance: random.Random) -> None:
    lines = iter(character.lines)
    first = next(lines)
    await visitor.say(first)
    _show(character.language, first)
    await visitor.until(lambda: bool(_menu(visitor)) or visitor.status.get("status") == "waiting")
    menu = _menu(visitor)
    if menu is not None:
        option = menu["options"][min(character.topic, len(menu["options"]) - 1)]
        await asyncio.sleep(chance.uniform(0.5, 3))
        await visitor.say(option["label"], option["key"])
    answered = 0
    for line in lines:
        await asyncio.sleep(chance.uniform(1, 6))
        await visitor.say(line)
        _show(character.language, line)
        answered = await visitor.until(_more_answers(visitor, answered), within=300)
    await asyncio.sleep(chance.uniform(1, 5))


def _menu(visitor: Visitor) -> dict[str, Any] | None:
    return next((message for message in reversed(visitor.shown) if message["kind"] == "menu"), None)


def _more_answers(visitor: Visitor, than: int) -> Callable[[], int | None]:
    """A probe: how many answers there are, once there are more."""
    return lambda: _answers(visitor) if _answers(visitor) > than else None


def _answers(visitor: Visitor) -> int:
    """How many messages of an agent are shown."""
    return sum(not m["mine"] and m["kind"] == "text" and bool(m.get("author_name")) for m in visitor.shown)
