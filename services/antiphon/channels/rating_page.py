"""The page behind the link in a mail that asks how it went: five numbers, a few words, no script.

Programs open links in mails before people do, so opening the page stores nothing: a person presses.
"""

from __future__ import annotations

from html import escape

_WORDS = {
    "en": (
        "How did we do?", "5 is excellent, 1 is bad.", "A few words, if you like", "Send",
        "Thank you. Your answer is kept.", "This link is not valid any more.", "Choose a number.",
    ),
    "ru": (
        "Как мы справились?", "5 – отлично, 1 – плохо.", "Пара слов, если хотите", "Отправить",
        "Спасибо. Ответ сохранён.", "Ссылка больше не действует.", "Выберите оценку.",
    ),
    "uk": (
        "Як ми впоралися?", "5 – чудово, 1 – погано.", "Кілька слів, якщо хочете", "Надіслати",
        "Дякуємо. Відповідь збережено.", "Посилання більше не діє.", "Виберіть оцінку.",
    ),
}  # fmt: skip
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center;"
    "background:#f4f6f7;color:#1a1d21}main{background:#fff;padding:2rem;border-radius:.5rem;width:min(26rem,90vw)}"
    "h1{font-size:1.25rem;margin:0 0 .25rem}fieldset{border:0;padding:0;margin:1rem 0;display:flex;gap:.5rem}"
    "label.n{flex:1;text-align:center;border:1px solid #76808a;border-radius:.375rem;padding:.625rem 0}"
    "textarea{width:100%;box-sizing:border-box;font:inherit;min-height:5rem}"
    "button{margin-top:1rem;font:inherit;padding:.625rem 1.25rem;border:0;border-radius:.375rem;background:#0b5d6b;"
    "color:#fff}.bad{color:#b3261e}"
)


def form(language: str, chosen: int, comment: str = "", *, missing: bool = False) -> str:
    """The question; `missing`: nothing was chosen."""
    title, hint, words, send, _, _, choose = _of(language)
    numbers = "".join(
        f'<label class="n"><input type="radio" name="score" value="{score}"{" checked" if score == chosen else ""}> '
        f"{score}</label>"
        for score in (1, 2, 3, 4, 5)
    )
    alert = f'<p class="bad" role="alert">{escape(choose)}</p>' if missing else ""
    body = (
        f'<form method="post"><fieldset aria-describedby="hint"><legend class="n" hidden>{escape(title)}</legend>'
        f"{numbers}</fieldset>{alert}<label>{escape(words)}<br>"
        f'<textarea name="comment" maxlength="2000">{escape(comment)}</textarea></label>'
        f"<button>{escape(send)}</button></form>"
    )
    return _page(language, title, f'<p id="hint">{escape(hint)}</p>{body}')


def thanks(language: str) -> str:
    return _page(language, _of(language)[4], "")


def gone(language: str) -> str:
    return _page(language, _of(language)[5], "")


def _of(language: str) -> tuple[str, ...]:
    return _WORDS.get(language[:2], _WORDS["en"])


def _page(language: str, title: str, body: str) -> str:
    code = language[:2] if language[:2] in _WORDS else "en"
    return (
        f'<!doctype html><html lang="{code}"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )
