"""Draft, publish, roll back: what changes, what never changes, who is refused."""

from dataclasses import replace

import pytest

from antiphon.kit.errors import Common
from antiphon.routing.domain.findings import Code
from antiphon.routing.domain.reasons import Reason, Refused
from antiphon.routing.domain.versions import History, Signature, publish, roll_back, save
from antiphon.routing.tests.examples import HOURS, KNOWN, MENU, NOON, OFFICE_SCHEME, swapped

pytestmark = pytest.mark.domain

EMPTY = History(scheme_id="main")
ANNA = Signature(by="anna", at=NOON)
BACK = Signature(by="anna", at=NOON, note="the new menu confused callers")
FIRST, SECOND = OFFICE_SCHEME, swapped(replace(MENU, timeout_s=9))
BROKEN = swapped(replace(MENU, on_no_input=None))


def published(*schemes: object) -> History:
    history = EMPTY
    for scheme in schemes:
        assert isinstance(scheme, type(OFFICE_SCHEME))
        history = publish(save(history, scheme, history.revisions), KNOWN, ANNA)
    return history


def refusal(act: object) -> object:
    assert callable(act)
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason


def test_versions_are_numbered_and_the_newest_is_live() -> None:
    history = published(FIRST, SECOND)

    assert [(version.number, version.scheme) for version in history.versions] == [(1, FIRST), (2, SECOND)]
    assert history.live.number == 2
    assert (history.draft, history.next_number) == (None, 3)
    assert (history.live.published_by, history.live.published_at) == ("anna", NOON)


def test_a_draft_is_not_live() -> None:
    assert refusal(lambda: save(EMPTY, FIRST, 0).live) is Reason.NOT_PUBLISHED
    assert save(published(FIRST), SECOND, 1).live.scheme == FIRST


def test_errors_block_publishing_and_keep_the_draft() -> None:
    with pytest.raises(Refused) as refused:
        publish(save(EMPTY, BROKEN, 0), KNOWN, ANNA)

    assert refused.value.reason is Reason.INVALID_SCHEME
    assert refused.value.facts["findings"] == f"{Code.MISSING_EXIT}@menu"


def test_an_interaction_keeps_the_version_it_started_with() -> None:
    history = published(FIRST)
    started_with = history.live.number

    assert published(FIRST, SECOND).version(started_with).scheme == FIRST
    assert refusal(lambda: history.version(2)) is Reason.UNKNOWN_VERSION
    assert refusal(lambda: history.version(0)) is Reason.UNKNOWN_VERSION


def test_rolling_back_publishes_older_content_again_with_a_reason() -> None:
    drafted = save(published(FIRST, SECOND), BROKEN, 2)
    history = roll_back(drafted, 1, KNOWN, BACK)

    assert (history.live.number, history.live.scheme, history.live.restores) == (3, FIRST, 1)
    assert history.live.note == "the new menu confused callers"
    assert history.versions[:2] == drafted.versions
    assert history.draft == drafted.draft


def test_rolling_back_is_refused_without_a_reason_a_version_or_sense() -> None:
    history = published(FIRST, SECOND)
    without_calendar = replace(KNOWN, calendars=frozenset())

    assert refusal(lambda: roll_back(history, 1, KNOWN, ANNA)) is Reason.NO_REASON_GIVEN
    assert refusal(lambda: roll_back(history, 7, KNOWN, BACK)) is Reason.UNKNOWN_VERSION
    assert refusal(lambda: roll_back(history, 1, without_calendar, BACK)) is Reason.INVALID_SCHEME


def test_two_editors_cannot_overwrite_each_other() -> None:
    history = save(EMPTY, FIRST, 0)

    assert refusal(lambda: save(history, SECOND, 0)) is Common.STALE
    assert save(history, SECOND, 1).draft != history.draft
    after = publish(history, KNOWN, ANNA)
    assert refusal(lambda: save(after, SECOND, 0)) is Common.STALE


def test_nothing_is_published_twice_or_under_another_name() -> None:
    assert refusal(lambda: publish(published(FIRST), KNOWN, ANNA)) is Reason.NO_DRAFT
    assert refusal(lambda: save(EMPTY, replace(FIRST, id="other"), 0)) is Reason.UNKNOWN_SCHEME
    assert HOURS in published(FIRST).live.scheme.nodes
