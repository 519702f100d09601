"""Tokens: who may speak for whom, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from antiphon.kit.clock import SettableClock
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import LIFETIME, SKEW, Caller, Signer, Verifier, new_private_key, public_of

pytestmark = pytest.mark.domain

KEYS = {name: new_private_key() for name in ("directory", "acd")}
PERSON = Caller("t1", "person:p1", frozenset({"people.read"}), ("pr1",), "s1")


def pair(clock: SettableClock) -> tuple[dict[str, Signer], Verifier]:
    signers = {name: Signer(name, key, clock) for name, key in KEYS.items()}
    return signers, Verifier({name: public_of(key) for name, key in KEYS.items()}, clock)


def refused(verifier: Verifier, token: str) -> bool:
    with pytest.raises(DomainError) as error:
        verifier.verify(token)
    return error.value.reason.name == "UNAUTHENTICATED"


def test_a_person_comes_back_as_signed() -> None:
    signers, verifier = pair(SettableClock())
    assert verifier.verify(signers["directory"].sign(PERSON)) == PERSON
    assert PERSON.person_id == "p1"
    assert PERSON.may("people.read")
    assert not PERSON.may("people.write")


def test_a_service_speaks_for_itself_only() -> None:
    signers, verifier = pair(SettableClock())
    service = verifier.verify(signers["acd"].for_tenant("t1"))
    assert (service.subject, service.is_service, service.person_id) == ("service:acd", True, "")
    for subject in ("person:p1", "service:directory", "key:k1"):
        assert refused(verifier, signers["acd"].sign(Caller("t1", subject)))


def test_a_token_ends_even_when_it_was_verified_before() -> None:
    clock = SettableClock()
    signers, verifier = pair(clock)
    token = signers["directory"].sign(PERSON)
    assert verifier.verify(token) == PERSON
    clock.at += LIFETIME + SKEW
    assert verifier.verify(token) == PERSON, "clocks of two machines may differ a little"
    clock.forward(seconds=1)
    assert refused(verifier, token)


def test_a_changed_or_foreign_token_is_refused() -> None:
    signers, verifier = pair(SettableClock())
    token = signers["directory"].sign(PERSON)
    head, body, signature = token.split(".")
    other = signers["directory"].sign(Caller("t2", "person:p1")).split(".")[1]
    forged = Signer("directory", new_private_key(), SettableClock()).sign(PERSON)
    for bad in ("", "x", f"{head}.{other}.{signature}", f"{head}.{body}.", f"{head}.{body}", forged):
        assert refused(verifier, bad)


def test_a_service_token_is_kept_and_renewed_before_it_ends() -> None:
    clock = SettableClock()
    signers, _ = pair(clock)
    first = signers["acd"].for_tenant("t1")
    clock.forward(seconds=10)
    assert signers["acd"].for_tenant("t1") == first
    clock.at += LIFETIME / 2 + timedelta(seconds=1)
    assert signers["acd"].for_tenant("t1") != first


def test_while_a_key_changes_tokens_of_the_old_and_of_the_new_one_are_good_and_no_others() -> None:
    clock, new, foreign = SettableClock(), new_private_key(), new_private_key()
    old, new_public = KEYS["directory"], public_of(new)
    tokens = {key: Signer("directory", key, clock).sign(PERSON) for key in (old, new, foreign)}
    overlap = Verifier({"directory": f"{public_of(old)} {new_public}"}, clock)
    assert overlap.verify(tokens[old]) == overlap.verify(tokens[new]) == PERSON
    assert refused(overlap, tokens[foreign])
    after = Verifier({"directory": new_public}, clock)
    assert after.verify(tokens[new]) == PERSON
    assert refused(after, tokens[old])
