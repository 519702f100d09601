"""What media says by itself, in the languages of callers. A scheme's own words are routing's."""

from __future__ import annotations

from collections.abc import Mapping

_FALLBACK = "en"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "place": {
        "en": "You are number {place} in the queue.",
        "ru": "Ваш номер в очереди: {place}.",
        "uk": "Ваш номер у черзі: {place}.",
    },
    "minute": {
        "en": "The wait is about a minute.",
        "ru": "Ожидание около минуты.",
        "uk": "Очікування близько хвилини.",
    },
    "minutes": {
        "en": "The wait is {least} to {most} minutes.",
        "ru": "Ожидание от {least} до {most} минут.",
        "uk": "Очікування від {least} до {most} хвилин.",
    },
    "long": {
        "en": "The wait is longer than {least} minutes.",
        "ru": "Ожидание больше {least} минут.",
        "uk": "Очікування понад {least} хвилин.",
    },
    "callback": {
        "en": "We will call you back as soon as it is your turn. Your place is kept. Good-bye.",
        "ru": "Мы перезвоним вам, как только подойдёт ваша очередь. Ваше место сохранено. До свидания.",
        "uk": "Ми передзвонимо вам, щойно надійде ваша черга. Ваше місце збережено. До побачення.",
    },
    "no_callback": {
        "en": "Sorry, we cannot call you back. Please call again later.",
        "ru": "К сожалению, мы не сможем перезвонить. Пожалуйста, позвоните позже.",
        "uk": "На жаль, ми не зможемо передзвонити. Будь ласка, зателефонуйте пізніше.",
    },
    "unreached": {
        "en": "The customer does not answer. We will try again later.",
        "ru": "Клиент не отвечает. Мы попробуем ещё раз позже.",
        "uk": "Клієнт не відповідає. Ми спробуємо ще раз пізніше.",
    },
    "pin": {
        "en": "Please enter the PIN of the meeting.",
        "ru": "Пожалуйста, введите ПИН-код совещания.",
        "uk": "Будь ласка, введіть ПІН-код наради.",
    },
    "wrong_pin": {
        "en": "This PIN is wrong.",
        "ru": "Неверный ПИН-код.",
        "uk": "Хибний ПІН-код.",
    },
    "alone": {
        "en": "You are the first in the meeting.",
        "ru": "Вы первый участник совещания.",
        "uk": "Ви перший учасник наради.",
    },
    "interrupted": {
        "en": "The meeting was interrupted. You are being connected again.",
        "ru": "Совещание прервалось. Соединяем вас снова.",
        "uk": "Нараду перервано. З'єднуємо вас знову.",
    },
    "take": {
        "en": "A customer is calling. Press 1 to take the call.",
        "ru": "Звонок клиента. Нажмите 1, чтобы принять.",
        "uk": "Дзвінок клієнта. Натисніть 1, щоб прийняти.",
    },
    "rate": {
        "en": "Please rate the call from one to five.",
        "ru": "Пожалуйста, оцените разговор от одного до пяти.",
        "uk": "Будь ласка, оцініть розмову від одного до п'яти.",
    },
    "thanks": {"en": "Thank you.", "ru": "Спасибо.", "uk": "Дякуємо."},
    "no_money": {
        "en": "The account has no money left. This call ends now.",
        "ru": "На счёте закончились деньги. Звонок сейчас завершится.",
        "uk": "На рахунку закінчилися гроші. Дзвінок зараз завершиться.",
    },
    "message": {
        "en": "Nobody can take your call now. Please leave a message after the tone.",
        "ru": "Сейчас никто не может ответить. Пожалуйста, оставьте сообщение после сигнала.",
        "uk": "Зараз ніхто не може відповісти. Будь ласка, залиште повідомлення після сигналу.",
    },
}


_LONGEST = 30
"""Minutes: nobody believes a longer forecast."""


def place_in_queue(position: int, least: float, most: float, language: str) -> str:
    """What who waits is told: his place, and a range in whole minutes where one is known, which never promises too
    much. `least` and `most` in seconds; both 0 are not known."""
    said = words("place", language, place=position)
    if most <= 0:
        return said
    low, high = int(least // 60), -int(-most // 60)
    if high <= 1:
        return f"{said} {words('minute', language)}"
    if high > _LONGEST:
        return f"{said} {words('long', language, least=max(min(low, _LONGEST), 1))}"
    return f"{said} {words('minutes', language, least=max(low, 1), most=max(high, low + 1, 2))}"


def words(what: str, language: str, **facts: object) -> str:
    """The sentence in this language ("uk", "ru-RU"), or in English."""
    known = _WORDS[what]
    return known.get(language[:2].lower(), known[_FALLBACK]).format(**facts)
