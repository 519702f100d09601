"""The demo tenant's receptions, of the chat and of the telephone: hours, a menu, two queues, what to do when closed."""

from __future__ import annotations

from typing import Any

CALENDAR = dict.fromkeys(range(1, 8), ("00:00", "24:00"))
"""A demo is open whenever somebody looks at it."""


def both(uk: str, en: str, ru: str) -> dict[str, str]:
    return {"uk": uk, "en": en, "ru": ru}


def reception(calendar_id: str, sales: str, support: str) -> dict[str, Any]:
    """The graph (see routing/domain/nodes.py)."""
    closed = both(
        "Зараз ми зачинені. Відповімо о {{var.opens_at}}.",
        "We are closed now. We will answer at {{var.opens_at}}.",
        "Сейчас мы закрыты. Ответим в {{var.opens_at}}.",
    )
    hello = both("Вітаємо! З чим допомогти?", "Hello! How can we help?", "Здравствуйте! Чем помочь?")
    wait = both("Кличемо фахівця.", "Calling a specialist.", "Зовём специалиста.")
    options = [
        {"key": "1", "label": both("Підібрати", "Choose", "Подобрать"), "next": "sales"},
        {"key": "2", "label": both("Монтаж і ціна", "Installation and price", "Монтаж и цена"), "next": "sales"},
        {"key": "3", "label": both("Ремонт", "Repair", "Ремонт"), "next": "support"},
        {"key": "4", "label": both("Де моє замовлення", "Where is my order", "Где мой заказ"), "next": "support"},
    ]
    queue = {"kind": "enqueue", "priority": 0, "max_wait_s": 0, "greeting": wait}
    return {
        "start": "hours",
        "languages": ["uk", "en", "ru"],
        "nodes": [
            {"id": "hours", "kind": "hours", "calendar_id": calendar_id, "open": "menu", "closed": "later"},
            {
                "id": "menu",
                "kind": "menu",
                "text": hello,
                "options": options,
                "timeout_s": 300,
                "repeats": 0,
                "on_no_input": "support",
                "on_no_match": "support",
            },
            {"id": "sales", "queue_id": sales, **queue, "on_timeout": "support"},
            {"id": "support", "queue_id": support, **queue, "on_timeout": "later"},
            {"id": "later", "kind": "close", "text": closed, "outcome": "closed"},
        ],
    }


def telephone(calendar_id: str, sales: str, support: str, group_id: str) -> dict[str, Any]:
    """What a caller meets: open, a greeting with a menu and a queue; closed, a voicemail for the first line."""
    hello = both(
        "Вітаємо в Клімат-центрі! Щоб обрати техніку, натисніть один. Якщо потрібен ремонт, натисніть два.",
        "Welcome to Climate Centre! To choose a device, press one. For repairs, press two.",
        "Здравствуйте! Это Климат-центр. Чтобы выбрать технику, нажмите один. Если нужен ремонт, нажмите два.",
    )
    wait = both("З’єднуємо з фахівцем.", "Connecting you.", "Соединяем со специалистом.")
    leave = both(
        "Зараз ніхто не може відповісти. Залиште повідомлення після сигналу.",
        "Nobody can answer now. Leave a message after the tone.",
        "Сейчас никто не может ответить. Оставьте сообщение после сигнала.",
    )
    thanks = both("Дякуємо, ми передзвонимо.", "Thank you, we will call back.", "Спасибо, мы перезвоним.")
    queue = {"kind": "enqueue", "priority": 0, "max_wait_s": 180, "greeting": wait}
    return {
        "start": "hours",
        "languages": ["uk", "en", "ru"],
        "nodes": [
            {"id": "hours", "kind": "hours", "calendar_id": calendar_id, "open": "menu", "closed": "mail"},
            {
                "id": "menu",
                "kind": "menu",
                "text": hello,
                "options": [
                    {"key": "1", "label": both("Продажі", "Sales", "Продажи"), "next": "sales"},
                    {"key": "2", "label": both("Ремонт", "Repair", "Ремонт"), "next": "support"},
                ],
                "timeout_s": 7,
                "repeats": 1,
                "on_no_input": "support",
                "on_no_match": "support",
            },
            {"id": "sales", "queue_id": sales, **queue, "on_timeout": "mail"},
            {"id": "support", "queue_id": support, **queue, "on_timeout": "mail"},
            {"id": "mail", "kind": "voicemail", "box": "group", "box_id": group_id, "text": leave, "next": "thanks"},
            {"id": "thanks", "kind": "close", "text": thanks, "outcome": "voicemail"},
        ],
    }
