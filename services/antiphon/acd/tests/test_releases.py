"""What a release writes, the one before and the one after read: the forms of journal and snapshot only grow.

`forms.json` holds them as they were written so far. When this test says that something is new, and nothing else is
wrong, write the file anew: `python -m antiphon.acd.tests.test_releases`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from antiphon.acd.app import journal
from antiphon.acd.app.journal import Entry, Unreadable
from antiphon.acd.domain.agent import Agent
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Queue

pytestmark = pytest.mark.domain
FILE = Path(__file__).with_name("forms.json")
WRITTEN = (Entry, Agent, Item, Policy, Queue)
Forms = dict[str, Any]


def forms() -> Forms:
    """Each structure with its fields (true: it cannot be read without), each enumeration with its values."""
    found: Forms = {}
    for kind in WRITTEN:
        _note(msgspec.inspect.type_info(kind), found)
    return found


def _note(node: Any, found: Forms) -> None:
    if isinstance(node, msgspec.inspect.StructType | msgspec.inspect.DataclassType):
        if node.cls.__name__ in found:
            return
        found[node.cls.__name__] = {field.encode_name: field.required for field in node.fields}
        for field in node.fields:
            _note(field.type, found)
    elif isinstance(node, msgspec.inspect.EnumType):
        found[node.cls.__name__] = sorted(str(each.value) for each in node.cls)
    else:
        for name in ("types", "item_types"):
            for part in getattr(node, name, ()):
                _note(part, found)
        for name in ("item_type", "key_type", "value_type"):
            if (part := getattr(node, name, None)) is not None:
                _note(part, found)


def test_what_was_written_so_far_is_still_read() -> None:
    now = forms()
    for name, parts in json.loads(FILE.read_text()).items():
        assert name in now, f"{name} was written: it is read for as long as journals last"
        if isinstance(parts, list):
            assert set(parts) <= set(now[name]), f"values of {name} were written"
            continue
        for part, required in now[name].items():
            assert part in parts or not required, f"{name}.{part} is new: older entries have none, it needs a default"


def test_what_is_new_is_noted() -> None:
    """A new kind or value stops replicas of the release before: it is read first, and written by the next release."""
    assert forms() == json.loads(FILE.read_text())


def test_fields_of_a_newer_release_are_passed_over() -> None:
    line = b'{"id":"jn_1","at":5,"inputs":[{"kind":"TimePassed","hue":1}],"effects":[[]],"v":1,"mood":"calm"}'
    assert journal.decode(line) == Entry("jn_1", 5, journal.decode(line).inputs, ((),))
    assert "hue" not in journal.encode(journal.decode(line)).decode()


@pytest.mark.parametrize("line", [
    b'{"id":"jn_1","at":5,"inputs":[{"kind":"Unheard"}],"effects":[[]],"v":1}',
    b'{"id":"jn_1","at":5,"inputs":[],"effects":[],"v":2}',
    b'{"id":"jn_1","at":5,"inputs":[',
])  # fmt: skip
def test_what_only_a_newer_release_knows_is_unreadable(line: bytes) -> None:
    with pytest.raises(Unreadable):
        journal.decode(line)


if __name__ == "__main__":
    FILE.write_text(json.dumps(forms(), indent=1, sort_keys=True) + "\n")
