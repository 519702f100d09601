"""The built desk and the demo shop: files of ours, served with the right cache and security headers."""

from __future__ import annotations

import html
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from antiphon.inbox.settings import Settings

_DEMO = Path(__file__).parent / "demo_page"
_KEY = re.compile(r"^[A-Za-z0-9_-]{1,80}$")
_PRECOMPRESSED = (("br", ".br"), ("gzip", ".gz"))
_IMMUTABLE = "public, max-age=31536000, immutable"
_TRIAL = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;
margin:4rem auto;padding:0 1rem}}</style><main><h1>{title}</h1><p>{text}</p></main>
<script src="{widget}" data-channel="{key}" async></script></html>"""
_TRIAL_TEXTS = {
    "en": ("Test page", "This is how a customer meets your chat. Open it in the corner and write something."),
    "ru": ("Проверочная страница", "Так клиент видит ваш чат. Откройте его в углу и напишите что-нибудь."),
    "uk": ("Перевірна сторінка", "Так клієнт бачить ваш чат. Відкрийте його в кутку й напишіть що-небудь."),
}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Antiphon: the desk is not built</title>
<style>:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}
pre{padding:.75rem 1rem;border:1px solid;overflow:auto}</style><h1>The desk is not built yet</h1>
<p>The service is running; its web pages are missing. Build them once, then load this page again:</p>
<pre>npm --prefix services/antiphon/inbox/web ci
npm --prefix services/antiphon/inbox/web run build</pre>
<p><code>make run</code> does it by itself. The API works without: <a href="/api/docs">/api/docs</a>.</p></html>"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Pages for people."""

    settings: Settings

    async def serve(self, request: Request) -> Response:
        """A file of the build, or index.html for the desk's own addresses."""
        root = self.settings.web_dist.resolve()
        index = root / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
        path = request.path_params.get("path", "")
        try:
            file = (root / path).resolve()
            is_file = file.is_relative_to(root) and file.is_file() and not _is_private(path)
        except (ValueError, OSError):  # a null byte, a name too long
            is_file = False
        if is_file:
            return _file(request, file, _IMMUTABLE if path.startswith("assets/") else "no-cache")
        if "." in path.rpartition("/")[2]:
            return PlainTextResponse("There is no such file.", status_code=404)
        return _file(request, index, "no-cache")

    async def demo(self, request: Request) -> Response:
        """The demo shop in one of three languages, with the widget of the demo tenant."""
        texts = _demo_texts()
        language = request.query_params.get("lang", "") or _preferred(request.headers.get("accept-language", ""))
        language = language if language in texts else "en"
        asked = request.query_params.get("key", "")
        key = asked if _KEY.match(asked) else self.settings.demo_widget_key
        values = {
            **texts[language],
            "lang": language,
            "widget": f"{self.settings.channels_public_url.rstrip('/')}/widget.js",
            "key": key,
            "keep": f"&key={key}" if asked else "",
        }
        page = re.sub(r"\{\{(\w+)\}\}", lambda match: html.escape(values[match.group(1)]), _demo_page())
        return HTMLResponse(page, headers={"Cache-Control": "no-store", "Content-Security-Policy": self._demo_policy()})

    async def trial(self, request: Request) -> Response:
        """An empty page with the widget of a channel: where a company tries its own chat before its site has it."""
        language = _preferred(request.query_params.get("lang", "") or request.headers.get("accept-language", ""))
        language = language if language in _TRIAL_TEXTS else "en"
        key = request.query_params.get("key", "")
        if not _KEY.match(key):
            return PlainTextResponse("The address names no channel.", status_code=404)
        title, text = _TRIAL_TEXTS[language]
        widget = html.escape(f"{self.settings.channels_public_url.rstrip('/')}/widget.js")
        page = _TRIAL.format(lang=language, title=title, text=text, widget=widget, key=html.escape(key))
        return HTMLResponse(page, headers={"Cache-Control": "no-store", "Content-Security-Policy": self._demo_policy()})

    async def demo_style(self, request: Request) -> Response:
        return _file(request, _DEMO / "style.css", "no-cache")

    def _demo_policy(self) -> str:
        parts = urlsplit(self.settings.channels_public_url)
        there = f"{parts.scheme}://{parts.netloc}"
        socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
        return (
            f"default-src 'self'; script-src {there}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob: {there}; "
            f"media-src 'self' data: blob: {there}; connect-src 'self' {there} {socket}; frame-ancestors 'none'; "
            "base-uri 'none'; form-action 'none'; object-src 'none'"
        )


def _is_private(path: str) -> bool:
    """Vite's manifest and other dot files are not for browsers."""
    return any(part.startswith(".") for part in path.split("/"))


def _file(request: Request, file: Path, cache_control: str) -> Response:
    """A file, as one of its precompressed twins where the browser takes it."""
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, suffix in _PRECOMPRESSED:
        twin = file.with_name(file.name + suffix)
        if encoding in accepted and twin.is_file():
            return FileResponse(twin, headers={**headers, "Content-Encoding": encoding}, media_type=media_type)
    return FileResponse(file, headers=headers, media_type=media_type)


def _preferred(accept_language: str) -> str:
    """The first language of a browser, "uk" of "uk-UA,uk;q=0.9"."""
    return accept_language.partition(",")[0].partition(";")[0].partition("-")[0].strip().lower()


@cache
def _demo_page() -> str:
    return (_DEMO / "index.html").read_text(encoding="utf-8")


@cache
def _demo_texts() -> dict[str, dict[str, str]]:
    return msgspec.json.decode((_DEMO / "texts.json").read_bytes(), type=dict[str, dict[str, str]])
