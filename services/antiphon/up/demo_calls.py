"""Lifelike callers: they telephone from numbers of their own, hear the menu, press a digit, wait with patience, talk
when an agent answers and hang up. Real SIP calls of our own phone; what they say is spoken by espeak-ng, where it is
installed, and beeped where it is not.

That somebody answered they learn at the supervisor's desk: to ear, music ends and a voice begins.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np

from antiphon.edge import servers, sounds
from antiphon.kit import tasks
from antiphon.kit.procs import ServerMissing
from antiphon.media.phone.phone import NotUp, PhoneCall
from antiphon.media.phone.sound import RATE, Recording, Samples, Tone, joined
from antiphon.up import telephones
from antiphon.up.client import Agent
from antiphon.up.demo_tenant import DemoPerson, DemoTenant
from antiphon.up.telephones import Exchange

PATIENCE = (25.0, 90.0)
"""Seconds."""
_BEEP = 1.5


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, the digit that he presses, and what he says."""

    language: str
    digit: str
    lines: tuple[str, ...]


CALLERS = (
    Caller("uk", "1", ("Добрий день! Потрібен кондиціонер на дві кімнати.", "Так, двадцять метрів.", "Дякую!")),
    Caller("uk", "2", ("Вітаю, кондиціонер шумить вночі.", "Купували торік у вас.", "Домовились, чекаю на майстра.")),
    Caller("ru", "2", ("Здравствуйте, мастер вчера не приехал.", "Гарантия ещё действует?", "Хорошо, жду звонка.")),
    Caller("en", "1", ("Hello, which unit suits a bedroom?", "It should be quiet at night.", "Thank you.")),
)


@dataclass(slots=True)
class Callers:
    """What the callers share."""

    exchange: Exchange
    watcher: Agent
    """A supervisor's desk."""
    say: Callable[[str, str], None]
    """Shows a line: who, what."""
    chance: random.Random = field(default_factory=random.Random)

    async def chair(self, number: int) -> None:
        """A caller after the other, each from another number."""
        await asyncio.sleep(self.chance.uniform(0, 2 + number))
        while True:
            caller = self.chance.choice(CALLERS)
            try:
                await self._one(caller, f"+38050{self.chance.randrange(10_000_000):07}")
            except (NotUp, TimeoutError) as error:
                self.say(caller.language, f"could not get through ({str(error) or 'no answer'})")
            await asyncio.sleep(self.chance.uniform(3, 15))

    async def _one(self, caller: Caller, number: str) -> None:
        async with telephones.customers_phone(self.exchange, number) as phone:
            self.say(caller.language, f"{number} dials {self.exchange.number}")
            call = await telephones.dial(phone, self.exchange)
            async with asyncio.timeout(telephones.GREETED_WITHIN):
                await telephones.hears_something(call)
            await asyncio.sleep(self.chance.uniform(1, 4))
            await call.press(caller.digit)
            self.say(caller.language, f"{number} presses {caller.digit} and waits")
            patience = self.chance.uniform(*PATIENCE)
            if await self._answered(call, number, patience):
                await self._talk(call, caller, number)
            elif call in phone.calls:
                self.say(caller.language, f"{number} hangs up: nobody answered in {patience:.0f} s")
            else:
                self.say(caller.language, f"{number} was hung up on")

    async def _answered(self, call: PhoneCall, number: str, patience: float) -> bool:
        """True when somebody answers in time; False when he does not, or the company hangs up."""
        waits = [
            asyncio.ensure_future(
                self.watcher.event("CallBridged", lambda e: bool(e["call"]["caller"] == number), patience)
            ),
            asyncio.ensure_future(call.over(patience)),
        ]
        try:
            done, _ = await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            return waits[0] in done and waits[0].exception() is None
        finally:
            for each in waits:
                await tasks.end(each)

    async def _talk(self, call: PhoneCall, caller: Caller, number: str) -> None:
        for text in caller.lines:
            await asyncio.sleep(self.chance.uniform(1, 4))
            if call not in call.phone.calls:
                self.say(caller.language, f"{number} was hung up on")
                return
            speech = await asyncio.to_thread(spoken, caller.language, text)
            call.line.sound = Recording(speech)
            self.say(caller.language, f"{number}: {text}")
            await asyncio.sleep(len(speech) / RATE)
        await asyncio.sleep(self.chance.uniform(1, 3))
        self.say(caller.language, f"{number} hangs up")
        call.hang_up()


@lru_cache(maxsize=64)
def spoken(language: str, text: str) -> Samples:
    """A sentence at the telephone's rate; a tone where nothing can speak."""
    try:
        voice = sounds.speak(servers.find("espeak-ng"), language, text)
    except ServerMissing:
        beep = Tone(330, level=0.2)
        return joined([beep.frame() for _ in range(int(_BEEP / 0.02))])
    return np.asarray(voice * 32767, np.int16)


def exchange(url: str, tenant: DemoTenant | None) -> Exchange | None:
    """Where the demo tenant of this desk is called; None without voice, or when it is another desk's."""
    if tenant is None or not (tenant.sip and tenant.number) or urlsplit(url).port != tenant.port:
        return None
    return Exchange(tenant.sip, tenant.number)


def supervisor(people: Iterable[DemoPerson]) -> DemoPerson:
    """Who sees which calls were answered."""
    return next(person for person in people if person.role == "supervisor")
