"""Which facts a caller sees, case by case, and that nothing stays on a screen that its owner may no longer see."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.billing.v1 import events_pb2 as billing
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.directory.v1 import directory_pb2, telephony_pb2
from antiphon.directory.v1 import events_pb2 as directory
from antiphon.inbox.domain import visibility
from antiphon.inbox.domain.visibility import NOWHERE, Leave, Place, Places, Verdict, Verdicts, Viewer
from antiphon.media.v1 import events_pb2 as media
from antiphon.media.v1 import media_pb2
from antiphon.routing.v1 import events_pb2 as routing
from antiphon.team.v1 import events_pb2 as team
from antiphon.team.v1 import team_pb2
from antiphon.wfm.v1 import events_pb2 as wfm

pytestmark = pytest.mark.domain

AGENT_RIGHTS = frozenset({"directory.read", "contacts.read", "conversations.read", "conversations.write", "work.take"})
QUEUES = {"sales": "", "client": "p1"}
ANNA = Viewer("anna", "s1", AGENT_RIGHTS, queues=frozenset({"sales"}), queue_projects=QUEUES)
BOSS = Viewer("boss", "s2", AGENT_RIGHTS | {"work.watch", "schemes.read"}, queue_projects=QUEUES)
CLIENT = Viewer("eve", "s3", frozenset({"directory.read", "work.watch"}), ("p1",), queue_projects=QUEUES)
KEY = Viewer("", "", frozenset({"channels.write"}))


def told(viewer: Viewer, event: Any, before: Place | None = NOWHERE) -> str:
    kind = event.DESCRIPTOR.full_name
    return visibility.verdict(viewer, kind, event, visibility.place_in(kind, event), before).value


def conversation(
    assignee: str = "", queue: str = "", project: str = "", rev: int = 5, followers: list[str] | None = None
) -> channels.ConversationChanged:
    record = channels_pb2.Conversation(
        id="c", rev=rev, assignee_id=assignee, queue_id=queue, project_id=project, follower_ids=followers
    )
    return channels.ConversationChanged(conversation=record)


def mention(*people: str) -> channels.PersonMentioned:
    return channels.PersonMentioned(message=channels_pb2.Message(mention_ids=people))


def _sip(kind: Any, person: str) -> Any:
    return kind(account=telephony_pb2.SipAccount(id="sa", person_id=person))


def item(kind: Any, agent: str = "", queue: str = "sales") -> Any:
    return kind(item=acd_pb2.WorkItem(id="w", agent_id=agent, queue_id=queue, since=Timestamp(seconds=9)))


@pytest.mark.parametrize(
    ("event", "anna", "boss", "client", "key"),
    [
        (directory.TenantChanged(), "show", "show", "show", "show"),
        (directory.PersonChanged(), "show", "show", "show", "hide"),
        (directory.ContactChanged(), "show", "show", "hide", "hide"),
        (directory.DealChanged(deal_id="d"), "show", "show", "hide", "hide"),
        (directory.DealDeleted(deal_id="d"), "show", "show", "hide", "hide"),
        (directory.SessionEnded(session_id="s1"), "hide", "hide", "hide", "hide"),
        (directory.ProjectChanged(project=directory_pb2.Project(id="p2")), "show", "show", "hide", "hide"),
        (directory.GroupChanged(group=directory_pb2.Group(project_id="p1")), "show", "show", "show", "hide"),
        (_sip(directory.SipAccountChanged, "anna"), "show", "hide", "hide", "hide"),
        (_sip(directory.SipPasswordExpiring, "boss"), "hide", "show", "hide", "hide"),
        (_sip(directory.SipAccountChanged, ""), "hide", "hide", "hide", "hide"),
        (directory.SipAccountsBlocked(), "hide", "hide", "hide", "hide"),
        (directory.SimMoved(), "hide", "hide", "hide", "hide"),
        (directory.TrunkChanged(), "hide", "hide", "hide", "hide"),
        (directory.DialPlanChanged(), "show", "show", "show", "hide"),
        (acd.AgentChanged(), "show", "show", "show", "hide"),
        (acd.QueueChanged(queue=acd_pb2.Queue(id="q", project_id="p2")), "show", "show", "hide", "hide"),
        (acd.OfferEnded(agent_id="anna"), "show", "show", "hide", "hide"),
        (acd.OfferEnded(agent_id="boris"), "hide", "show", "hide", "hide"),
        (channels.ChannelChanged(channel=channels_pb2.Channel(project_id="")), "show", "show", "hide", "hide"),
        (routing.SchemePublished(), "hide", "show", "hide", "hide"),
        (routing.RouteDecided(), "hide", "hide", "hide", "hide"),
        (item(acd.WorkQueued), "show", "show", "hide", "hide"),
        (item(acd.WorkQueued, queue="client"), "hide", "show", "show", "hide"),
        (item(acd.WorkAccepted, "anna", "client"), "show", "show", "show", "hide"),
        (conversation("anna"), "show", "show", "hide", "hide"),
        (conversation("boris", "sales"), "show", "show", "hide", "hide"),
        (conversation("boris"), "hide", "show", "hide", "hide"),
        (conversation("", ""), "hide", "show", "hide", "hide"),
        (conversation("boris", followers=["anna"]), "show", "show", "hide", "hide"),
        (mention("anna"), "show", "hide", "hide", "hide"),
        (mention("boss", "boris"), "hide", "show", "hide", "hide"),
        (mention(""), "hide", "hide", "hide", "hide"),
        (
            channels.SlaBreached(conversation=channels_pb2.Conversation(queue_id="sales")),
            "show",
            "show",
            "hide",
            "hide",
        ),
        (channels.SlaWarned(conversation=channels_pb2.Conversation(queue_id="client")), "hide", "show", "hide", "hide"),
        (channels.WorkbenchChanged(what="tags"), "show", "show", "hide", "hide"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_who_sees_what(event: Any, anna: str, boss: str, client: str, key: str) -> None:
    assert [told(viewer, event) for viewer in (ANNA, BOSS, CLIENT, KEY)] == [anna, boss, client, key]


def test_phones_and_trunks_are_told_to_who_manages_them_and_never_past_a_project() -> None:
    rights = frozenset({"directory.read", "directory.write", "people.write"})
    events = [_sip(directory.SipAccountChanged, "anna"), directory.SipAccountsBlocked(), directory.TrunkDeleted()]
    assert [told(Viewer("ada", "s", rights), event) for event in events] == ["show"] * 3
    assert [told(Viewer("ada", "s", rights, ("p1",)), event) for event in events] == ["hide"] * 3


def call(kind: Any, *people: str, project: str = "") -> Any:
    return kind(
        call=media_pb2.Call(project_id=project, legs=[media_pb2.Leg(id=one, person_id=one) for one in ("", *people)])
    )


@pytest.mark.parametrize(
    ("event", "anna", "boss", "client", "key"),
    [
        (call(media.CallStarted), "hide", "show", "hide", "hide"),
        (call(media.CallChanged, "anna"), "show", "show", "hide", "hide"),
        (call(media.CallBridged, "boris", "anna"), "show", "show", "hide", "hide"),
        (call(media.CallEnded, "boris", project="p1"), "hide", "show", "show", "hide"),
        (media.CallChanged(call=media_pb2.Call(agent_id="anna", project_id="p2")), "show", "show", "hide", "hide"),
        (media.RecordingReady(recording=media_pb2.Recording(agent_id="anna")), "show", "hide", "hide", "hide"),
        (media.RecordingReady(recording=media_pb2.Recording(agent_id="")), "hide", "hide", "hide", "hide"),
        (media.RecordingDeleted(recording_id="r"), "show", "show", "hide", "hide"),
        (media.VoicemailLeft(voicemail=media_pb2.Voicemail(person_id="anna")), "show", "hide", "hide", "hide"),
        (media.VoicemailLeft(voicemail=media_pb2.Voicemail()), "hide", "hide", "hide", "hide"),
        (media.FaxChanged(fax=media_pb2.Fax(person_id="anna")), "show", "hide", "hide", "hide"),
        (media.VoiceAlarm(kind="engine"), "hide", "show", "hide", "hide"),
        (wfm.SchedulePublished(), "show", "show", "show", "hide"),
        (wfm.ChangeUpdated(person_id="anna", other_person_id="boris"), "show", "hide", "hide", "hide"),
        (wfm.ChangeUpdated(person_id="boris", other_person_id="carl"), "hide", "hide", "hide", "hide"),
        (wfm.ChangeUpdated(person_id="boris"), "show", "show", "hide", "hide"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_who_hears_of_calls(event: Any, anna: str, boss: str, client: str, key: str) -> None:
    assert [told(viewer, event) for viewer in (ANNA, BOSS, CLIENT, KEY)] == [anna, boss, client, key]


def test_what_is_telephoned_with_is_for_who_may_change_it_and_ones_own_account() -> None:
    admin = Viewer("ada", "", frozenset({"directory.read", "directory.write", "people.write"}))
    own = directory.SipAccountChanged(account=telephony_pb2.SipAccount(person_id="anna"))
    door = directory.SipAccountChanged(account=telephony_pb2.SipAccount())
    events = (own, door, directory.SipAccountsBlocked(), directory.TrunkChanged(), directory.DialPlanChanged())
    assert [told(ANNA, event) for event in events] == ["show", "hide", "hide", "hide", "show"]
    assert [told(KEY, event) for event in events] == ["hide"] * 5
    assert [told(admin, event) for event in (*events, directory.TrunkDeleted())] == ["show"] * 6


def test_recordings_of_all_are_for_the_right_and_of_ones_own_projects() -> None:
    listener = Viewer("lena", "", frozenset({"recordings.read"}), queue_projects=QUEUES)
    narrow = Viewer("nina", "", frozenset({"recordings.read"}), ("p1",), queue_projects=QUEUES)
    ours = media.RecordingReady(recording=media_pb2.Recording(agent_id="boris", queue_id="sales"))
    theirs = media.RecordingReady(recording=media_pb2.Recording(agent_id="boris", queue_id="client"))
    assert [told(one, event) for one in (listener, narrow) for event in (ours, theirs)] == [
        "show", "show", "hide", "show",
    ]  # fmt: skip


def test_a_groups_voicemail_is_for_its_members() -> None:
    member = Viewer("mila", "", AGENT_RIGHTS, groups=frozenset({"g1"}))
    assert told(member, media.VoicemailLeft(voicemail=media_pb2.Voicemail(group_id="g1"))) == "show"
    assert told(member, media.VoicemailLeft(voicemail=media_pb2.Voicemail(group_id="g2"))) == "hide"


def test_an_offer_is_told_to_the_agent_it_rings_and_to_who_watches() -> None:
    event = item(acd.WorkOffered)
    event.offer.agent_id = "boris"
    assert [told(viewer, event) for viewer in (ANNA, BOSS)] == ["hide", "show"]
    event.offer.agent_id = "anna"
    assert told(ANNA, event) == "show"


def test_what_is_transferred_away_is_removed_from_the_screen_and_only_where_it_was_seen() -> None:
    away = conversation("boris", "other")
    assert told(ANNA, away, before=Place("anna", "other")) == "remove"
    assert told(ANNA, away, before=Place("carl", "sales")) == "remove"
    assert told(ANNA, away, before=Place("carl", "other")) == "hide"
    assert told(ANNA, away, before=None) == "remove", "not known: told to be on the safe side"
    assert told(KEY, away, before=None) == "hide"
    assert told(ANNA, item(acd.WorkQueued, queue="other"), before=Place("anna", "sales")) == "remove"
    offered = item(acd.WorkOffered, queue="other")
    offered.offer.agent_id = "boris"
    assert told(ANNA, offered, before=Place("anna", "other")) == "remove"


def test_a_removal_never_crosses_a_project() -> None:
    insider = Viewer("ira", "s", AGENT_RIGHTS, ("p1",), frozenset({"client"}), QUEUES)
    assert told(insider, conversation("boris", "q", "p2"), before=None) == "hide"
    assert told(insider, conversation("ira", "client", "p2"), before=None) == "hide"
    assert told(insider, conversation("boris", "q", "p1"), before=None) == "remove"


def test_a_changed_message_is_seen_where_its_conversation_is() -> None:
    event = channels.MessageChanged(message=channels_pb2.Message(conversation_id="c"))
    kind = event.DESCRIPTOR.full_name
    assert visibility.subject_of(kind, event) == "c"
    assert visibility.verdict(ANNA, kind, event, Place("anna"), None) is Verdict.SHOW
    assert visibility.verdict(ANNA, kind, event, Place("boris"), None) is Verdict.HIDE
    assert visibility.verdict(BOSS, kind, event, None, None) is Verdict.HIDE


def test_an_ended_session_and_changed_rights_close_only_their_own_sockets() -> None:
    def leaves(viewer: Viewer, event: Any) -> Leave | None:
        return visibility.must_leave(viewer, event.DESCRIPTOR.full_name, event)

    ended = directory.SessionEnded(session_id="s1", person_id="anna")
    changed = directory.PersonChanged(person=directory_pb2.Person(id="anna"))
    assert [leaves(viewer, ended) for viewer in (ANNA, BOSS, KEY)] == [Leave.SESSION_ENDED, None, None]
    assert [leaves(viewer, changed) for viewer in (ANNA, BOSS, KEY)] == [Leave.RIGHTS_CHANGED, None, None]
    assert leaves(KEY, directory.SessionEnded()) is None
    assert leaves(KEY, directory.PersonChanged()) is None


def test_every_fact_of_the_protos_was_thought_about() -> None:
    known = {*visibility.RULES, *visibility.ITEM_FACTS, *visibility.CONVERSATION_FACTS, visibility.MESSAGE_CHANGED}
    hidden = {"antiphon.directory.v1.SessionEnded"} | {
        f"antiphon.routing.v1.{name}" for name in ("RouteDecided", "RulesChanged")
    }
    hidden |= {"antiphon.billing.v1.NumberOrderMoved"}
    hidden |= {f"antiphon.media.v1.{name}" for name in ("RecordsTallied", "TalliesComplete")}
    hidden |= {f"antiphon.directory.v1.{name}" for name in ("ContactErased", "RentBegan", "RentEnded")}
    modules = (acd, billing, channels, directory, routing, media, wfm, team)
    files = [module.DESCRIPTOR for module in modules]
    every = {message.full_name for file in files for message in file.message_types_by_name.values()}
    assert every == known | hidden, "a new fact is shown to nobody until a rule says to whom"


def test_a_room_is_heard_by_its_members_and_once_by_who_left() -> None:
    room = team_pb2.Room(id="rm_1", person_ids=["anna"])
    said, changed = team.LineSaid(room=room), team.RoomChanged(room=room, left_ids=["boss"])
    hears = {
        (viewer.person_id, type(event).__name__): visibility.verdict(
            viewer, event.DESCRIPTOR.full_name, event, None, None
        )
        for viewer in (ANNA, BOSS, KEY)
        for event in (said, changed)
    }
    shown = {who for who, verdict in hears.items() if verdict is Verdict.SHOW}
    assert shown == {("anna", "LineSaid"), ("anna", "RoomChanged"), ("boss", "RoomChanged")}


def test_the_board_of_a_client_has_only_his_projects() -> None:
    queues = [{"queue_id": "sales"}, {"queue_id": "client"}]
    agents = [{"agent_id": "a", "queue_ids": ["sales"]}, {"agent_id": "b", "queue_ids": ["client", "sales"]}]
    shown = visibility.shown_board(CLIENT, queues, agents)
    assert ([one["queue_id"] for one in shown["queues"]], [one["agent_id"] for one in shown["agents"]]) == (
        ["client"],
        ["b"],
    )
    assert visibility.shown_board(BOSS, queues, agents) == {"queues": queues, "agents": agents}


PEOPLE, WHERE, PROJECTS = ("", "anna", "boris"), ("", "sales", "client", "other"), ("", "p1", "p2")
PLACES = [Place(*parts) for parts in product(PEOPLE, WHERE, PROJECTS)]


@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=12), st.sampled_from([ANNA, BOSS, CLIENT]), st.booleans())
def test_a_screen_that_applies_every_verdict_shows_exactly_what_may_be_seen(
    walk: list[Place], viewer: Viewer, is_known: bool
) -> None:
    """Whatever way a conversation goes: after each fact it is on the screen just when the viewer may see it."""
    start = walk[0]
    walk = [Place(step.holder, step.queue, start.project) for step in walk]  # a conversation keeps its project
    places = Places()
    if is_known:
        places.put("t", "c", walk[0])
    on_screen = visibility.sees_conversation(viewer, walk[0])
    for step in walk[1:]:
        event = conversation(step.holder, step.queue, step.project)
        kind = event.DESCRIPTOR.full_name
        verdict = visibility.verdict(viewer, kind, event, step, places.get("t", "c"))
        places.put("t", "c", step)
        on_screen = verdict is Verdict.SHOW or (on_screen and verdict is Verdict.HIDE)
        assert on_screen == visibility.sees_conversation(viewer, step)


TWINS = [Viewer(name, "s", one.permissions, one.projects, one.queues, QUEUES) for name in ("anna", "boris", "dora", "")
         for one in (ANNA, BOSS, CLIENT, KEY)]  # fmt: skip


@given(
    st.sampled_from([acd.WorkQueued, acd.WorkOffered, acd.WorkAccepted, None]),
    st.sampled_from(PLACES), st.sampled_from([*PLACES, None, NOWHERE]), st.permutations(TWINS),
)  # fmt: skip
def test_viewers_of_the_same_sight_share_a_verdict_unless_they_are_named(
    kind: Any, now: Place, before: Place | None, viewers: list[Viewer]
) -> None:
    event: Any = conversation(now.holder, now.queue, now.project) if kind is None else item(kind, now.holder, now.queue)
    if kind is acd.WorkOffered:
        event.offer.agent_id = now.holder
    name = event.DESCRIPTOR.full_name
    verdicts = Verdicts(name, event, now, before)
    for viewer in viewers:
        assert verdicts.of(viewer) is visibility.verdict(viewer, name, event, now, before)


def test_money_is_shown_to_who_may_read_bills_and_is_bound_to_no_client() -> None:
    facts = (billing.BalanceChanged(), billing.CaseChanged(), billing.AlarmChanged(), billing.TariffActivated())
    accountant = Viewer("ada", "s", frozenset({"billing.read"}))
    assert [told(accountant, fact) for fact in facts] == ["show"] * 4
    assert [told(ANNA, fact) for fact in facts] == ["hide"] * 4
    assert told(Viewer("ada", "s", frozenset({"billing.read"}), ("p1",)), facts[0]) == "hide"
