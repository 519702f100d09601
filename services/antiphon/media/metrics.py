"""How trunks carry calls: what of it is answered, and how it sounds. A trunk is named by its id, not by its number."""

from __future__ import annotations

from prometheus_client import Counter

from antiphon.media.domain.call import Call, Role

_seized = Counter("antiphon_trunk_calls", "Calls that went out over a trunk, by how it answered", ["trunk", "answer"])
_sounded = Counter("antiphon_trunk_mos_sum", "Sum of the MOS of measured legs over a trunk", ["trunk"])
_measured = Counter("antiphon_trunk_mos_legs", "Legs over a trunk whose sound was measured", ["trunk"])


def ended(call: Call) -> None:
    """A call is over: each of its legs over a trunk counts once."""
    for leg in call.legs:
        if not leg.trunk_id:
            continue
        if leg.role is Role.OUTSIDE:
            answer = "answered" if leg.answered_at is not None else f"{leg.code // 100}xx" if leg.code else "none"
            _seized.labels(leg.trunk_id, answer).inc()
        if leg.quality is not None and leg.quality.mos:
            _sounded.labels(leg.trunk_id).inc(leg.quality.mos)
            _measured.labels(leg.trunk_id).inc()
