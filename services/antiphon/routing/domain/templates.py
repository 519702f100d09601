"""Texts with `{{names}}`: "Good day, {{contact.name}}. We open at {{var.opens_at}}."

A name is the same as in conditions; one that is not set becomes nothing. There is no code in a template.
What is put into a URL, a JSON body or a header is escaped for that place, so that a customer's words cannot
become part of it.
"""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from antiphon.routing.domain.values import Facts, as_text

_PLACE = re.compile(r"\{\{\s*([^\W\d]\w*(?:\.\w+)*)\s*\}\}")

Escape = Callable[[str], str]


def plain(words: str) -> str:
    return words


def for_url(words: str) -> str:
    return quote(words, safe="")


def for_json(words: str) -> str:
    """For a place inside quotation marks of a JSON text."""
    return json.dumps(words, ensure_ascii=False)[1:-1]


def for_header(words: str) -> str:
    """One line of visible ASCII: anything else could start another header or break the client."""
    return "".join(c for c in words if " " <= c <= "~")


def render(template: str, facts: Facts, escape: Escape = plain) -> str:
    return _PLACE.sub(lambda place: escape(as_text(facts.get(place[1]))), template)


def names(template: str) -> Iterator[str]:
    """Every name the template asks for."""
    return (place[1] for place in _PLACE.finditer(template))


def mistake(template: str) -> int | None:
    """The position of the first brackets that do not form a place, None when the template is well formed.

    A `}}` counts only where a `{{` asks for it: JSON bodies close two objects at once.
    """
    rest = _PLACE.sub(lambda place: " " * len(place[0]), template)
    found = rest.find("{{")
    return None if found < 0 else found
