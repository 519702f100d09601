"""What a queue record and an agent's profile may say. Each refusal names its field; nothing has changed then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from antiphon.acd.domain.channel import CLASSES
from antiphon.acd.domain.strategy import CATALOGUE
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.errors import invalid

_LONGEST = timedelta(hours=24)
DURATIONS = (
    "ring_time",
    "wrap_up_limit",
    "target_time",
    "announce_every",
    "busy_delay",
    "reject_delay",
    "no_answer_delay",
    "ring_more_every",
    "sticky_for",
    "max_wait",
)


def check_queue(queue: acd_pb2.Queue) -> None:
    """Refuses a queue record that makes no sense."""
    if not 1 <= len(queue.name.strip()) <= 80:
        raise invalid("name", "a name of 1 to 80 characters is needed")
    if queue.strategy not in CATALOGUE:
        raise invalid("strategy", f"one of {', '.join(CATALOGUE)} is needed")
    if abs(queue.weight) > 1_000_000:
        raise invalid("weight", "-1000000 to 1000000")
    if not 0 <= queue.max_waiting <= 100_000:
        raise invalid("max_waiting", "0 to 100000")
    if not 0 <= queue.target_share <= 1:
        raise invalid("target_share", "a share from 0 to 1 is needed")
    _check_times(queue)
    if len(queue.music) > 200:
        raise invalid("music", "at most 200 characters")
    _check_members(queue)
    _check_dispositions(queue)
    _check_skills(queue.skills)


def _check_times(queue: acd_pb2.Queue) -> None:
    for field in DURATIONS:
        if not timedelta(0) <= getattr(queue, field).ToTimedelta() <= _LONGEST:
            raise invalid(field, "a duration from 0 to 24 hours is needed")
    if any(not 2 <= level <= 9 or not 0 <= seconds <= 86_400 for level, seconds in queue.tier_delays.items()):
        raise invalid("tier_delays", "tiers 2 to 9, 0 to 86400 seconds")
    if queue.by_service_level and not queue.HasField("target_time"):
        raise invalid("target_time", "needed for routing by service level")


def _check_members(queue: acd_pb2.Queue) -> None:
    if len(queue.members) > 5000:
        raise invalid("members", "at most 5000")
    if any(not (member.person_id or member.group_id) or not 0 <= member.level <= 9 for member in queue.members):
        raise invalid("members", "each member is a person or a group on a level from 1 to 9")
    if any(not 0 <= member.penalty <= 100 for member in queue.members):
        raise invalid("members", "a penalty from 0 to 100")


def _check_dispositions(queue: acd_pb2.Queue) -> None:
    codes = [disposition.code for disposition in queue.dispositions]
    if len(codes) > 200 or len(set(codes)) != len(codes) or not all(codes):
        raise invalid("dispositions", "at most 200, each with a code of its own")
    if sum(disposition.default for disposition in queue.dispositions) > 1:
        raise invalid("dispositions", "only one can be the default")


def _check_skills(skills: Mapping[str, int]) -> None:
    if len(skills) > 100 or any(not 1 <= level <= 10 for level in skills.values()):
        raise invalid("skills", "at most 100 skills with levels 1 to 10")


def check_request(request: acd_pb2.EnqueueRequest) -> None:
    """Refuses work that says nothing, contradicts itself, or asks for what no agent can have."""
    if not (request.item_id and request.queue_id and request.channel):
        raise invalid("item_id", "item, queue and channel are needed")
    if request.preferred_agent_id and request.preferred_agent_id in request.excluded_agent_ids:
        raise invalid("preferred_agent_id", "the same agent is excluded")
    _check_wish("skills", request.skills, request.any_of)
    for step in request.steps:
        _check_wish("steps", step.skills, step.any_of)
        if step.only_agent_id and step.only_agent_id in request.excluded_agent_ids:
            raise invalid("steps", "a step waits for an agent who is excluded")


def _check_wish(field: str, skills: Mapping[str, int], any_of: Iterable[acd_pb2.SkillSet]) -> None:
    """Levels that can be had; an alternative that asks for nothing would make the others pointless."""
    alternatives = [one.skills for one in any_of]
    if not all(alternatives):
        raise invalid(field, "an alternative without any skill")
    if any(not 0 <= level <= 10 for one in (skills, *alternatives) for level in one.values()):
        raise invalid(field, "levels from 0 to 10")


def check_profile(profile: acd_pb2.AgentProfile) -> None:
    """Refuses a profile that makes no sense."""
    _check_skills(profile.skills)
    classes = {cls.name.lower() for cls in CLASSES}
    if any(name not in classes or not 0 <= most <= 50 for name, most in profile.capacity.items()):
        raise invalid("capacity", f"0 to 50 for each of {', '.join(sorted(classes))}")
