"""What is known of an operator: his registrations and answers, and when that means that he is down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.media.domain.trunks import Health, Standing, probed, refused, registered

pytestmark = pytest.mark.domain
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_whoever_never_answered_is_not_called_down() -> None:
    health = Health()
    for _ in range(5):
        health = probed(health, 408, NOW)
    assert (health.standing, health.is_down) == (Standing.STATIC, False)


def test_silence_counts_from_the_second_time_of_one_who_answered() -> None:
    health = probed(Health(), 405, NOW)  # any answer is a sign of life
    assert (health.standing, health.since) == (Standing.REACHABLE, NOW)
    health = probed(health, 408, NOW)
    assert not health.is_down
    health = probed(health, 408, LATER)
    assert (health.standing, health.code, health.since) == (Standing.UNREACHABLE, 408, LATER)
    assert "does not answer" in health.why
    assert probed(health, 408, LATER + timedelta(hours=1)).since == LATER
    back = probed(health, 200, LATER)
    assert (back.standing, back.why, back.silent) == (Standing.REACHABLE, "", 0)


@pytest.mark.parametrize(
    ("code", "standing", "words"),
    [
        (403, Standing.REFUSED, "password"),
        (404, Standing.REFUSED, "user name"),
        (408, Standing.UNREACHABLE, "does not answer"),
        (478, Standing.UNREACHABLE, "not found"),
        (503, Standing.UNREACHABLE, "out of order"),
        (480, Standing.REFUSED, "480"),
    ],
)
def test_a_registration_says_why_it_failed(code: int, standing: Standing, words: str) -> None:
    health = refused(Health(), code, NOW)
    assert (health.standing, health.code, health.is_down) == (standing, code, True)
    assert words in health.why
    assert not registered(health, LATER).is_down


def test_a_registered_operator_who_falls_silent_is_down_until_he_answers() -> None:
    health = probed(registered(Health(), NOW), 200, NOW, registers=True)
    assert health.standing is Standing.REGISTERED
    for _ in range(2):
        health = probed(health, 408, LATER, registers=True)
    assert health.standing is Standing.UNREACHABLE
    assert probed(health, 200, LATER, registers=True).standing is Standing.REGISTERED
    wrong = probed(refused(health, 403, LATER), 200, LATER, registers=True)
    assert wrong.standing is Standing.REFUSED  # he lives, but does not let us in
