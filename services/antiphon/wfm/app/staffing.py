"""`antiphon wfm staff`: reference cases and single calculations from JSON, one result a case."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from antiphon.wfm.app.fields import Fields, told
from antiphon.wfm.domain import blend
from antiphon.wfm.domain.chat import Chats, chat, handling_times
from antiphon.wfm.domain.queueing import Queue, erlang_a, erlang_b, erlang_c
from antiphon.wfm.domain.reasons import Reason, Refusal, refuse
from antiphon.wfm.domain.redial import Lines, erlang_x
from antiphon.wfm.domain.required import Target, at_occupancy, required_agents, scheduled, with_patience

Result = dict[str, Any]


def results(document: object) -> Iterator[Result]:
    """One `{"id", "result"}` a case, or `{"id", "error"}` where a case makes no sense; the others go on."""
    cases = document.get("cases") if isinstance(document, Mapping) else document
    if not isinstance(cases, list):
        raise Refusal(Reason.NOT_READABLE, 'cases: a list, or {"cases": [{"id", "kind", "input"}]} is needed')
    for number, case in enumerate(cases, start=1):
        case_id = case.get("id", number) if isinstance(case, Mapping) else number
        try:
            yield {"id": case_id, "result": _solve(case)}
        except Refusal as error:
            yield {"id": case_id, "error": told(error)}


def read(text: str) -> Iterator[Result]:
    """The same from the text of a file."""
    try:
        return results(json.loads(text))
    except ValueError as error:
        raise Refusal(Reason.NOT_READABLE, f"not JSON: {error}") from None


def _solve(case: object) -> Result:
    if not isinstance(case, Mapping) or not isinstance(case.get("input"), Mapping):
        raise refuse("input", "a case is an object with `kind` and `input`")
    kind = KINDS.get(str(case.get("kind")))
    if kind is None:
        raise Refusal(Reason.UNKNOWN_KIND, f"kind: one of {', '.join(KINDS)}", kind=case.get("kind"))
    return kind(Fields(case["input"]))


def _arrivals(case: Fields) -> float:
    return case.number("contacts", least=0) / case.number("interval_s", above=0)


def _blocking(case: Fields) -> Result:
    agents = case.number("agents", least=0)
    if "erlangs" not in case.values:
        return {"blocking": float(erlang_b(agents, _arrivals(case) * case.number("aht_s", above=0)))}
    return {"blocking": float(erlang_b(agents, case.number("erlangs", least=0)))}


def _waiting(case: Fields) -> Result:
    aht = case.number("aht_s", above=0)
    target = case.number("target_s", least=0, default=0)
    found = erlang_c(case.number("agents", least=0), _arrivals(case) * aht, aht, target)
    return _named(found, "p_wait", "service_level", "asa_s")


def _impatient(case: Fields) -> Result:
    aht = case.number("aht_s", above=0)
    target = case.number("target_s", least=0, default=0)
    agents = case.number("agents", least=0)
    found = erlang_a(agents, _arrivals(case) * aht, aht, case.patience("patience_s"), target)
    return _named(found, "p_wait", "p_abandon", "service_level")


def _named(found: Queue, *names: str) -> Result:
    """Infinite is null: JSON has no word for it."""
    values = {name: float(found._asdict()[name].reshape(-1)[0]) for name in names}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def target_of(case: Fields) -> Target:
    """Service level, seconds and the cap on occupancy of a case or a row."""
    return Target(
        case.number("service_level", default=0.8),
        case.number("target_s", default=20.0, least=0),
        case.number("max_occupancy", default=1.0),
    )


def _required(case: Fields) -> Result:
    aht = case.number("aht_s", above=0)
    load = _arrivals(case) * aht
    target, patience = target_of(case), case.patience("patience_s")
    if math.isinf(patience):
        agents = int(required_agents(load, aht, target.service_level, target.within_s)[0])
    else:
        agents = with_patience(load, aht, patience, target)
    if target.max_occupancy < 1:
        agents = max(agents, int(at_occupancy(load, target.max_occupancy)))
    if "shrinkage" in case.values:
        return {"agents": agents, "scheduled": int(scheduled(agents, case.number("shrinkage", least=0)))}
    return {"agents": agents}


def _redialled(case: Fields) -> Result:
    lines = Lines(
        case.whole("agents"),
        case.whole("lines"),
        _arrivals(case),
        case.number("aht_s", above=0),
        case.patience("patience_s"),
        case.number("target_s", least=0, default=0),
        case.number("redial_after_abandon", least=0, default=0),
        case.number("redial_after_block", least=0, default=0),
    )
    found = erlang_x(lines)
    return {
        "contacts_per_hour": found.arrivals * 3600,
        "p_abandon": found.p_abandon,
        "service_level": found.service_level,
    }


def _chat(case: Fields) -> Result:
    raw = case.raw("aht_s")
    if isinstance(raw, list):
        times = [Fields({"aht_s": value}).number("aht_s", above=0) for value in raw]
        most = case.whole("max_chats", least=1, default=len(times))
        aht = handling_times(times, most)
    else:
        aht = handling_times(case.number("aht_s", above=0), case.whole("max_chats", least=1))
    patience, target = case.patience("patience_s"), case.number("target_s", least=0, default=0)
    return _named(chat(case.whole("agents"), Chats(_arrivals(case), aht, patience, target)), "service_level")


def streams_of(case: Fields) -> list[blend.Stream]:
    """The kinds of work of a case."""
    listed = case.raw("streams")
    if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
        raise refuse("streams", "a list of objects is needed")
    return [_stream(Fields(item), number) for number, item in enumerate(listed, start=1)]


def _stream(item: Fields, number: int) -> blend.Stream:
    return blend.Stream(
        str(item.values.get("name", f"stream {number}")),
        _arrivals(item),
        item.number("aht_s", above=0),
        target_of(item),
        item.whole("at_once", least=1, default=1),
        bool(item.values.get("deferrable", False)),
    )


def _blended(case: Fields) -> Result:
    return {"agents": blend.blended(streams_of(case), target_of(case).max_occupancy)}


def groups_of(case: Fields) -> dict[str, list[str]]:
    """Which streams each group can do. A group without any is refused."""
    groups = case.raw("groups")
    if not isinstance(groups, Mapping) or not all(isinstance(skills, list) and skills for skills in groups.values()):
        raise refuse("groups", "an object of group → list of streams is needed")
    return {str(name): [str(skill) for skill in skills] for name, skills in groups.items()}


def _multi_skill(case: Fields) -> Result:
    split = blend.multi_skill(streams_of(case), groups_of(case))
    return {"agents": sum(split.values()), "groups": split}


KINDS: dict[str, Callable[[Fields], Result]] = {
    "erlang_b": _blocking,
    "erlang_c": _waiting,
    "erlang_a": _impatient,
    "erlang_x": _redialled,
    "required_agents": _required,
    "chat": _chat,
    "blended": _blended,
    "multi_skill": _multi_skill,
}
