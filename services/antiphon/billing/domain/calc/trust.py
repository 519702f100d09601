"""Cases about controls: what may be asked for, what is missing, what does not agree, what looks like fraud."""

from __future__ import annotations

from typing import Any

from antiphon.billing.domain import completeness as numbering
from antiphon.billing.domain import detail, reconciliation
from antiphon.billing.domain import fraud as suspicion
from antiphon.billing.domain.reading import BadInput, Form

HIGH_COST = {"high", "high_cost", "premium", "h"}
KNOWN = {"seq", "id", "seconds"}


def itemised(form: Form) -> dict[str, Any]:
    """{today, frm, to, months} → {ok, days} or {ok, reason, earliest}."""
    first = form.day("frm" if form.has("frm") or not form.has("from") else "from")
    asked = detail.period(form.day("today"), first, form.day("to"), form.whole("months", detail.MONTHS, most=120))
    if asked.refused is None:
        return {"ok": True, "days": asked.days}
    earliest = {"earliest": asked.earliest.isoformat()} if asked.refused is detail.Refused.TOO_OLD else {}
    return {"ok": False, "reason": asked.refused.value} | earliest


def completeness(form: Form) -> dict[str, Any]:
    """{sources: [{name, header, records: [{seq, id, seconds}]}]} → by name {accepted, gaps, …}."""
    answer = {}
    for source in form.forms("sources", needed=True):
        header = source.form("header") if source.has("header") else Form({}, source.field("header"))
        try:
            found = numbering.examine(_header(header), [_record(each) for each in source.forms("records")])
        except numbering.TooManyGaps as error:
            raise BadInput(source.field("header"), str(error)) from error
        answer[source.text("name")] = {
            "accepted": len(found.accepted),
            "gaps": found.gaps,
            "duplicates": found.duplicates,
            "conflicts": found.conflicts,
            "control_ok": found.control_ok,
        }
    return answer


def reconcile(form: Form) -> dict[str, Any]:
    """{sip, rtp, billing: [{id, seconds}], tolerance_s} → ids by finding."""
    sip, rtp, billing = (
        {each.text("id"): each.whole("seconds") for each in form.forms(name)} for name in ("sip", "rtp", "billing")
    )
    tolerance = form.whole("tolerance_s", reconciliation.TOLERANCE_S)
    return {finding.value: ids for finding, ids in reconciliation.match(sip, rtp, billing, tolerance).items()}


def fraud(form: Form) -> dict[str, Any]:
    """{limits, calls: [{t, seconds, cls, cost}]} → {verdicts}."""
    asked = form.form("limits")
    concurrent, cpm, high = (
        asked.whole(name) if asked.has(name) else None for name in ("concurrent", "cpm", "high_per_hour")
    )
    per_day = asked.amount("cost_per_day") if asked.has("cost_per_day") else None
    limits = suspicion.Limits(concurrent, cpm, high, per_day)
    attempts = [_attempt(each) for each in form.forms("calls", needed=True)]
    return {"verdicts": [verdict.value for verdict in suspicion.judge(limits, attempts)]}


def _header(form: Form) -> numbering.Header:
    names = ("count", "seconds", "first_seq", "last_seq", "prev_last")
    return numbering.Header(*(form.whole(name) if form.has(name) else None for name in names))


def _record(form: Form) -> numbering.Record:
    rest = sorted((name, str(value)) for name, value in form.data.items() if name not in KNOWN)
    return numbering.Record(form.whole("seq"), form.text("id"), form.whole("seconds", 0), rest)


def _attempt(form: Form) -> suspicion.Attempt:
    name = form.text("cls", "n")
    cls = suspicion.Class.NORMAL
    if name in HIGH_COST:
        cls = suspicion.Class.HIGH_COST
    elif name == suspicion.Class.BLOCKED.value:
        cls = suspicion.Class.BLOCKED
    return suspicion.Attempt(form.amount("t"), form.amount("seconds", least=0), cls, form.amount("cost", least=0))
