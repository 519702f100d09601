"""The second factor against the test vectors of RFC 6238, appendix B, and RFC 4226, appendix D."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from antiphon.directory.domain import totp

pytestmark = pytest.mark.domain
SECRET = b"12345678901234567890"
NOON = datetime(2026, 1, 5, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_rfc_6238(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(SECRET, totp.step_at(at), digits=8) == code
    assert totp.code_at(SECRET, totp.step_at(at)) == code[2:]


@pytest.mark.parametrize(("counter", "code"), [(0, "755224"), (1, "287082"), (9, "520489")])
def test_rfc_4226(counter: int, code: str) -> None:
    assert totp.code_at(SECRET, counter) == code


@pytest.mark.parametrize(("drift", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(drift: int, accepted: bool) -> None:
    code = totp.code_at(SECRET, totp.step_at(NOON + timedelta(seconds=drift)))
    assert (totp.accepted_step(SECRET, code, NOON, last=0) is not None) is accepted


def test_a_used_step_is_never_accepted_again_nor_an_earlier_one() -> None:
    now = totp.step_at(NOON)
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, now), NOON, last=now - 1) == now
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, now), NOON, last=now) is None
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, now - 1), NOON, last=now) is None
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, now + 1), NOON, last=now) == now + 1


@pytest.mark.parametrize("code", ["", "000000", "абвгде", "12345", "1234567", "²²²²²²"])
def test_anything_else_is_refused(code: str) -> None:
    assert totp.accepted_step(SECRET, code, NOON, last=0) is None


def test_the_address_for_the_qr_code() -> None:
    assert totp.uri(SECRET, "o@example.com") == (
        "otpauth://totp/Antiphon%3Ao%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Antiphon&algorithm=SHA1&digits=6&period=30"
    )


def test_a_recovery_code_is_the_same_however_it_is_typed() -> None:
    code = totp.recovery_code(bytes(range(10)))
    assert len(code) == 19
    assert totp.recovery_plain(f"  {code.upper().replace('-', ' ')} ") == code.replace("-", "")
    assert not totp.is_code(code)
    assert totp.is_code("012345")
