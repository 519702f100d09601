"""Three who saw a call: signalling, media and billing. It is named once, by the first thing that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Finding(Enum):
    MISSING_IN_SIP = "missing_in_sip"
    """Media or money without a call: phantom."""
    MISSING_IN_BILLING = "missing_in_billing"
    """A call that nobody paid: leakage."""
    BILLED_MISMATCH = "billed_mismatch"
    NO_MEDIA = "no_media"
    MEDIA_MISMATCH = "media_mismatch"
    OK = "ok"


TOLERANCE_S = 1
"""How much sound may be longer or shorter than the call."""


def match(
    sip: Mapping[str, int], rtp: Mapping[str, int], billing: Mapping[str, int], tolerance_s: int = TOLERANCE_S
) -> dict[Finding, list[str]]:
    """Seconds by call id in each source → ids by finding, sorted."""
    found: dict[Finding, list[str]] = {finding: [] for finding in Finding}
    for call_id in sorted(sip.keys() | rtp.keys() | billing.keys()):
        found[_one(call_id, (sip, rtp, billing), tolerance_s)].append(call_id)
    return found


def _one(call_id: str, sources: tuple[Mapping[str, int], ...], tolerance_s: int) -> Finding:
    signalled, heard, billed = (source.get(call_id) for source in sources)
    if signalled is None:
        return Finding.MISSING_IN_SIP
    if billed is None:
        return Finding.MISSING_IN_BILLING
    if billed != signalled:
        return Finding.BILLED_MISMATCH
    if heard is None:
        return Finding.NO_MEDIA
    return Finding.MEDIA_MISMATCH if abs(heard - signalled) > tolerance_s else Finding.OK
