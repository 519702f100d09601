"""Who sees which conversations.

With the right "work.watch" everything; an agent what they have or had, what they were mentioned in, and what belongs
to their queues. A caller that
is bound to client projects sees only these, whatever else holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.channels.domain.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Sight:
    everything: bool
    person_id: str
    queue_ids: frozenset[str]
    projects: tuple[str, ...]
    """Empty means all."""

    def sees(self, conversation: Conversation) -> bool:
        if self.projects and conversation.project_id not in self.projects:
            return False
        return (
            self.everything
            or (bool(self.person_id) and self.person_id in _people(conversation))
            or conversation.queue_id in self.queue_ids
        )


def _people(conversation: Conversation) -> tuple[str, ...]:
    return (conversation.assignee_id, *conversation.agents, *conversation.followers)
