"""What a line changes, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from antiphon.kit.errors import DomainError
from antiphon.team.domain.room import Kind, Room, folded

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROOM = Room("rm_1", Kind.SOME, ("ann", "bob", "eve"), NOW, "Shift")


def test_a_line_is_read_by_its_author_and_names_members_only() -> None:
    after, line = ROOM.say("ann", "k1", "  @bob, look  ", ["bob", "stranger", "ann"], NOW)
    assert (line.seq, line.text, line.mentions) == (1, "@bob, look", ("bob",))
    assert (after.rev, after.last_seq, dict(after.read), dict(after.mentioned)) == (2, 1, {"ann": 1}, {"bob": 1})


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_line_says_something_of_bearable_length(text: str) -> None:
    with pytest.raises(DomainError):
        ROOM.say("ann", "k1", text, [], NOW)


def test_reading_goes_forward_and_not_past_the_end() -> None:
    said, _ = ROOM.say("ann", "k1", "one", [], NOW)
    assert said.read_by("bob", 9).read["bob"] == 1
    assert said.read_by("ann", 1) is said


def test_who_joins_has_missed_nothing_and_who_leaves_is_forgotten() -> None:
    said, _ = ROOM.say("ann", "k1", "one", ["bob"], NOW)
    changed = said.with_people(["ann", "zoe"])
    assert (changed.people, dict(changed.read), dict(changed.mentioned)) == (("ann", "zoe"), {"ann": 1, "zoe": 1}, {})
    assert said.with_people(said.people, said.name) is said


def test_words_are_found_without_case_and_with_either_e() -> None:
    assert folded("ещЁ Їжак") == "еще їжак"
