"""Which facts a caller sees. The only place that decides it; everything else carries facts about.

The tenant is checked before anything else (a socket only ever hears its own tenant). Then, by kind of fact:

- configuration and colleagues: whoever may read the directory; what belongs to a client project only with that project;
- SIP accounts: their owner, and whoever manages people; trunks: whoever configures; neither past a client project;
- an offer: the agent that it rings, and whoever watches;
- a work item: the agent that holds it, members of its queue, whoever watches;
- a conversation and its messages: the assignee, members of its queue, whoever watches; never past the project;
- a call: its agent, the people on its legs (also those that left it: what they saw was theirs), whoever watches; a
  recording: its agent, and whoever may listen to all; a voicemail: the owner or the group of the box; a fax: the
  same, and whoever may listen to all; an alarm of the plant: whoever watches everything;
- colleagues' rooms and lines: members, and who is none any more the change that says so;
- money: whoever may read the company's bills, and is not bound to a client project;
- what is telephoned with: whoever may change it, and the owner of a SIP account his own;
- a published schedule: whoever works by schedules or watches; a request: who asks, who is asked, who supervises;
- sessions, API keys, routing steps and everything that is not listed here: nobody.

What leaves a caller's sight must be told once, or it would stay on the screen for ever: the verdict is then REMOVE, and
the socket sends a `removal` in place of the fact: the record's id and revision with every other field blank. Where it
was before is remembered by `Places`; when that is not known (the process has just started) the removal is sent to be on
the safe side: an id and a number give nothing away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

ACD, CHANNELS, DIRECTORY, ROUTING, MEDIA, BILLING, WFM, TEAM = (
    f"antiphon.{name}.v1." for name in ("acd", "channels", "directory", "routing", "media", "billing", "wfm", "team")
)


Sight: TypeAlias = tuple[frozenset[str], tuple[str, ...], frozenset[str]]


class Verdict(Enum):
    SHOW = "show"
    HIDE = "hide"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A connected caller, as far as seeing is concerned."""

    person_id: str
    session: str = ""
    permissions: frozenset[str] = frozenset()
    projects: tuple[str, ...] = ()
    """Empty means all."""
    queues: frozenset[str] = frozenset()
    """The queues in which the person works."""
    queue_projects: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    """The groups to which the person belongs: their shared voicemail."""

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def sees_project(self, project: str) -> bool:
        return not self.projects or project in self.projects

    @property
    def sight(self) -> Sight:
        """What decides what is seen of conversations and work that name nobody; within one tenant."""
        return self.permissions, self.projects, self.queues

    @property
    def watches(self) -> bool:
        return "work.watch" in self.permissions


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation or a work item is: that decides who sees it."""

    holder: str = ""
    """The person that has it, or is rung for it."""
    queue: str = ""
    project: str = ""
    """Of a conversation; an item's is that of its queue."""
    followers: tuple[str, ...] = ()
    """Who was mentioned in the conversation."""


NOWHERE = Place()
"""Where something new comes from."""

Rule: TypeAlias = Callable[[Viewer, Any], bool]


def _everyone(_viewer: Viewer, _event: Any) -> bool:
    return True


def _directory(project: Callable[[Any], str] | None = None) -> Rule:
    def rule(viewer: Viewer, event: Any) -> bool:
        return viewer.may("directory.read") and (project is None or viewer.sees_project(project(event)))

    return rule


def _accounts(viewer: Viewer, _event: Any) -> bool:
    return viewer.may("people.write") and not viewer.projects


def _sip_account(viewer: Viewer, event: Any) -> bool:
    """Whose phone it is, and who manages phones."""
    return _accounts(viewer, event) or event.account.person_id == viewer.person_id != ""


def _trunks(viewer: Viewer, _event: Any) -> bool:
    return viewer.may("directory.write") and not viewer.projects


def _own_offer(viewer: Viewer, event: Any) -> bool:
    """OfferEnded names no queue, so a watcher of some projects only sees the board instead."""
    return event.agent_id == viewer.person_id != "" or (viewer.watches and not viewer.projects)


def _call(viewer: Viewer, event: Any) -> bool:
    call = event.call
    if viewer.person_id and viewer.person_id in {call.agent_id, *(leg.person_id for leg in call.legs)}:
        return True
    return viewer.watches and viewer.sees_project(call.project_id)


def _recording(viewer: Viewer, event: Any) -> bool:
    recording = event.recording
    if recording.agent_id and recording.agent_id == viewer.person_id:
        return True
    return viewer.may("recordings.read") and viewer.sees_project(viewer.queue_projects.get(recording.queue_id, ""))


def _mentioned(viewer: Viewer, event: Any) -> bool:
    named = viewer.person_id != "" and viewer.person_id in event.message.mention_ids
    return named and viewer.may("conversations.read") and viewer.sees_project(event.conversation.project_id)


def _voicemail(viewer: Viewer, event: Any) -> bool:
    box = event.voicemail
    return (box.person_id != "" and box.person_id == viewer.person_id) or box.group_id in viewer.groups


def _room(viewer: Viewer, event: Any) -> bool:
    """No right opens a room: not even an owner reads along."""
    return viewer.person_id != "" and viewer.person_id in (*event.room.person_ids, *getattr(event, "left_ids", ()))


def _fax(viewer: Viewer, event: Any) -> bool:
    fax = event.fax
    own = (fax.person_id != "" and fax.person_id == viewer.person_id) or fax.group_id in viewer.groups
    return own or (viewer.may("recordings.read") and not viewer.projects)


def _money(viewer: Viewer, _event: Any) -> bool:
    return viewer.may("billing.read") and not viewer.projects


def _schedule(viewer: Viewer, _event: Any) -> bool:
    return viewer.may("work.take") or viewer.watches


def _change(viewer: Viewer, event: Any) -> bool:
    """What is offered to all is seen by all who could take it."""
    is_named = viewer.person_id != "" and viewer.person_id in (event.person_id, event.other_person_id)
    return is_named or viewer.may("work.supervise") or (not event.other_person_id and viewer.may("work.take"))


RULES: Mapping[str, Rule] = {
    WFM + "SchedulePublished": _schedule,
    WFM + "ChangeUpdated": _change,
    DIRECTORY + "TenantChanged": _everyone,
    DIRECTORY + "ProjectChanged": _directory(lambda event: str(event.project.id)),
    DIRECTORY + "PersonChanged": _directory(),
    DIRECTORY + "GroupChanged": _directory(lambda event: str(event.group.project_id)),
    DIRECTORY + "GroupDeleted": _directory(),
    DIRECTORY + "NumberChanged": _directory(lambda event: str(event.number.project_id)),
    DIRECTORY + "NumberDeleted": _directory(),
    DIRECTORY + "PoolNumberChanged": lambda viewer, _event: viewer.may("offers.write"),
    DIRECTORY + "ContactChanged": lambda viewer, _event: viewer.may("contacts.read"),
    DIRECTORY + "DealChanged": lambda viewer, _event: viewer.may("contacts.read"),
    DIRECTORY + "DealDeleted": lambda viewer, _event: viewer.may("contacts.read"),
    DIRECTORY + "SipAccountChanged": _sip_account,
    DIRECTORY + "SipPasswordExpiring": _sip_account,
    DIRECTORY + "SipAccountDeleted": _accounts,
    DIRECTORY + "SipAccountsBlocked": _accounts,
    DIRECTORY + "TrunkChanged": _trunks,
    DIRECTORY + "TrunkDeleted": _trunks,
    DIRECTORY + "SimMoved": _trunks,
    DIRECTORY + "DialPlanChanged": _directory(),
    ROUTING + "SchemePublished": lambda viewer, _event: viewer.may("schemes.read"),
    ACD + "AgentChanged": _directory(),
    ACD + "QueueChanged": _directory(lambda event: str(event.queue.project_id)),
    ACD + "QueueDeleted": _directory(),
    ACD + "OfferEnded": _own_offer,
    CHANNELS + "WorkbenchChanged": lambda viewer, _event: viewer.may("conversations.read"),
    CHANNELS + "PersonMentioned": _mentioned,
    CHANNELS + "ChannelChanged": _directory(lambda event: str(event.channel.project_id)),
    MEDIA + "CallStarted": _call,
    MEDIA + "CallChanged": _call,
    MEDIA + "CallBridged": _call,
    MEDIA + "CallEnded": _call,
    MEDIA + "RecordingReady": _recording,
    MEDIA + "RecordingDeleted": lambda viewer, _event: viewer.may("work.take") or viewer.may("recordings.read"),
    MEDIA + "VoicemailLeft": _voicemail,
    TEAM + "LineSaid": _room,
    TEAM + "RoomChanged": _room,
    MEDIA + "FaxChanged": _fax,
    MEDIA + "StorageMeasured": _money,
    CHANNELS + "StorageMeasured": _money,
    MEDIA + "VoiceAlarm": lambda viewer, _event: viewer.watches and not viewer.projects,
    **{
        BILLING + name: _money
        for name in (
            "BalanceChanged",
            "AccountSuspended",
            "AccountRestored",
            "AccountTerminated",
            "CallsRated",
            "NoticeGiven",
            "OrderChanged",
            "CaseChanged",
            "AlarmChanged",
            "BlocksChanged",
            "TariffActivated",
        )
    },
}
"""Facts that need only themselves to be judged. Those about items and conversations also need places (`verdict`)."""

_QUEUEING = ("WorkQueued", "WorkScheduled", "WorkOffered", "WorkAccepted", "WorkAbandoned", "WorkOverflowed")
ITEM_FACTS = frozenset(ACD + name for name in (*_QUEUEING, "WrapUpStarted", "WorkCompleted"))
CONVERSATION_FACTS = frozenset(
    CHANNELS + name for name in ("MessageAdded", "ConversationChanged", "SlaWarned", "SlaBreached")
)
OFFERED, MESSAGE_CHANGED = ACD + "WorkOffered", CHANNELS + "MessageChanged"
ITEM_REMOVAL, CONVERSATION_REMOVAL = ACD + "WorkQueued", CHANNELS + "ConversationChanged"


def subject_of(kind: str, event: Any) -> str:
    """The id of the item or conversation that a fact is about; empty when it is about neither."""
    if kind in ITEM_FACTS:
        return str(event.item.id)
    if kind in CONVERSATION_FACTS:
        return str(event.conversation.id)
    return str(event.message.conversation_id) if kind == MESSAGE_CHANGED else ""


def place_in(kind: str, event: Any) -> Place | None:
    """Where the fact says that its subject is; None when it does not say."""
    if kind in CONVERSATION_FACTS:
        return conversation_place(event.conversation)
    if kind == OFFERED:
        return Place(event.offer.agent_id, event.item.queue_id)
    return Place(event.item.agent_id, event.item.queue_id) if kind in ITEM_FACTS else None


def conversation_place(conversation: Any) -> Place:
    """Where a conversation record is."""
    followers = tuple(conversation.follower_ids)
    return Place(conversation.assignee_id, conversation.queue_id, conversation.project_id, followers)


def is_first(kind: str, event: Any) -> bool:
    """True when nobody can have seen the subject before this fact."""
    if kind in CONVERSATION_FACTS:
        return bool(event.conversation.rev <= 1)
    return kind == ACD + "WorkQueued" and bool(event.item.since == event.item.enqueued_at)


def sees_conversation(viewer: Viewer, place: Place) -> bool:
    if not viewer.may("conversations.read") or not viewer.sees_project(place.project):
        return False
    return _is_near(viewer, place)


def sees_item(viewer: Viewer, place: Place) -> bool:
    if place.holder and place.holder == viewer.person_id:
        return True
    return viewer.sees_project(viewer.queue_projects.get(place.queue, "")) and _is_near(viewer, place)


def _is_near(viewer: Viewer, place: Place) -> bool:
    if viewer.watches or place.queue in viewer.queues:
        return True
    return viewer.person_id != "" and (place.holder == viewer.person_id or viewer.person_id in place.followers)


def verdict(viewer: Viewer, kind: str, event: Any, now: Place | None, before: Place | None) -> Verdict:
    """What to do with a fact of the viewer's tenant. `now` and `before` are places of its subject; None is unknown."""
    rule = RULES.get(kind)
    if rule is not None:
        return Verdict.SHOW if rule(viewer, event) else Verdict.HIDE
    if kind == MESSAGE_CHANGED:
        return Verdict.SHOW if now is not None and sees_conversation(viewer, now) else Verdict.HIDE
    if now is None:
        return Verdict.HIDE
    sees = sees_item if kind in ITEM_FACTS else sees_conversation
    if sees(viewer, now):
        return Verdict.SHOW if kind != OFFERED or _is_told_of_offer(viewer, event) else Verdict.HIDE
    if before is None:
        return Verdict.REMOVE if _may_have_seen(viewer, kind, now) else Verdict.HIDE
    return Verdict.REMOVE if sees(viewer, before) else Verdict.HIDE


class Verdicts:
    """The verdicts on one fact: one for all viewers of the same sight, one each for those whom it concerns by name."""

    def __init__(self, kind: str, event: Any, now: Place | None, before: Place | None) -> None:
        self._fact = kind, event, now, before
        self._by_sight: dict[Sight, Verdict] | None = None if kind in RULES else {}
        self._named = {name for place in (now, before) if place for name in (place.holder, *place.followers)}

    def of(self, viewer: Viewer) -> Verdict:
        if self._by_sight is None or viewer.person_id in self._named:
            return verdict(viewer, *self._fact)
        known = self._by_sight.get(viewer.sight)
        if known is None:
            known = self._by_sight[viewer.sight] = verdict(viewer, *self._fact)
        return known


def _is_told_of_offer(viewer: Viewer, event: Any) -> bool:
    return event.offer.agent_id == viewer.person_id or viewer.watches


def _may_have_seen(viewer: Viewer, kind: str, now: Place) -> bool:
    if kind in ITEM_FACTS:
        return viewer.may("work.take") or viewer.watches
    return viewer.may("conversations.read") and viewer.sees_project(now.project)


class Leave(Enum):
    """Why a socket must close because of a fact."""

    SESSION_ENDED = "session_ended"
    RIGHTS_CHANGED = "rights_changed"


def must_leave(viewer: Viewer, kind: str, event: Any) -> Leave | None:
    """SessionEnded closes the sockets of that session; a change of one's own record may have changed one's rights."""
    if kind == DIRECTORY + "SessionEnded" and viewer.session and event.session_id == viewer.session:
        return Leave.SESSION_ENDED
    if kind == DIRECTORY + "PersonChanged" and viewer.person_id and event.person.id == viewer.person_id:
        return Leave.RIGHTS_CHANGED
    return None


LEAVING_FACTS = frozenset({DIRECTORY + "SessionEnded", DIRECTORY + "PersonChanged"})
"""Facts because of which a socket may have to close (`must_leave`)."""
MEMBERSHIP_FACTS = frozenset(
    {ACD + "QueueChanged", ACD + "QueueDeleted", DIRECTORY + "GroupChanged", DIRECTORY + "GroupDeleted"}
)
"""Facts that may change which queues a person works in."""


def shown_board(
    viewer: Viewer, queues: Iterable[dict[str, Any]], agents: Iterable[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The part of a tenant's board that a viewer sees: queues of his projects, and agents of those queues."""
    seen = [one for one in queues if viewer.sees_project(viewer.queue_projects.get(one["queue_id"], ""))]
    ids = {one["queue_id"] for one in seen}
    theirs = [one for one in agents if not viewer.projects or not ids.isdisjoint(one["queue_ids"])]
    return {"queues": seen, "agents": theirs}


class Places:
    """Where every recently mentioned item and conversation is; the oldest are forgotten."""

    def __init__(self, limit: int = 200_000) -> None:
        self._limit = limit
        self._places: OrderedDict[tuple[str, str], Place] = OrderedDict()

    def get(self, tenant: str, subject: str) -> Place | None:
        return self._places.get((tenant, subject))

    def put(self, tenant: str, subject: str, place: Place) -> None:
        self._places[tenant, subject] = place
        self._places.move_to_end((tenant, subject))
        if len(self._places) > self._limit:
            self._places.popitem(last=False)

    def clear(self) -> None:
        self._places.clear()
