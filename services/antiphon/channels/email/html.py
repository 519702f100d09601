"""HTML mail as plain text. A real HTML5 parser (nh3) first makes it well-formed and takes out whatever could act; the
standard library's own parser alone needs minutes for what some strangers send. Links keep their address, quotes are
marked as in plain mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tr", "ul",
})  # fmt: skip
_APART = frozenset({"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "table", "ul"})
_MARKS = {"class", "id"}
_ATTRIBUTES = {"a": {"href", *_MARKS}, "img": {"alt"}, **dict.fromkeys(("div", "span", "blockquote", "table"), _MARKS)}
_QUOTES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessageHeader|appendonsend|divRplyFwdMsg")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._quoted = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "blockquote":
            self._quoted += 1
        self._break(tag)
        if tag == "li":
            self.parts.append("• ")
        if tag in ("td", "th"):
            self.parts.append(" ")
        if tag == "a":
            self._link = given.get("href", "")
        if tag == "img" and given.get("alt", "").strip():
            self.parts.append(f"[{given['alt'].strip()[:200]}]")
        if _QUOTES.search(given.get("class", "") + given.get("id", "")):
            self.parts.append(QUOTE_BEGINS)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        self._break(tag)
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _APART else "\n")
            if self._quoted:
                self.parts.append("> " * min(self._quoted, 5))

    def _end_link(self) -> None:
        shown = self.parts[-1].strip() if self.parts else ""
        if self._link.startswith(("https://", "http://")) and self._link.rstrip("/") != shown:
            self.parts.append(f" ({self._link[:500]})")
        self._link = ""


QUOTE_BEGINS = "\x1e"
"""Stands where a mail program said that the quoted mail begins."""


def to_text(html: str) -> str:
    """What a person would read."""
    clean = nh3.clean(
        html, tags={*_BLOCKS, "a", "img", "td", "th", "tbody", "thead", "span", "b", "i"}, attributes=_ATTRIBUTES,
        clean_content_tags={"script", "style", "title", "head", "object", "svg", "math", "template"},
        url_schemes={"http", "https", "mailto", "tel"}, link_rel=None, strip_comments=True,
    )  # fmt: skip
    parser = _Text()
    parser.feed(clean)
    parser.close()
    lines = [re.sub(r" {2,}", " ", line).strip() for line in "".join(parser.parts).replace("\xa0", " ").split("\n")]
    kept: list[str] = []
    for line in lines:
        bare = line.strip("> ")
        if bare or (kept and kept[-1].strip("> ")):
            kept.append(line if bare else "")
    return "\n".join(kept).strip()
