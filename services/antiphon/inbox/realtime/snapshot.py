"""The whole state of a desk at one position of the stream, asked with the caller's own token.

The cursor is read before the state: facts after it may already show in the state (clients apply them again without
harm), but none can be missing from both.
"""

from __future__ import annotations

import asyncio
from typing import Any

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.channels.v1 import channels_pb2 as channels
from antiphon.channels.v1 import channels_pb2_grpc, workbench_pb2, workbench_pb2_grpc
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc, identity_pb2, identity_pb2_grpc
from antiphon.inbox import wire
from antiphon.inbox.realtime.feed import Feed
from antiphon.inbox.sessions import Admission
from antiphon.kit import grpc_client, logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers
from antiphon.media.v1 import media_pb2, media_pb2_grpc
from antiphon.team.v1 import team_pb2, team_pb2_grpc

log = logs.get("inbox.snapshot")
_PAGE = 200
_PAGES = 5
_VOICE_WAITS = 2.0


class Snapshots:
    """Asks everybody at once."""

    def __init__(self, feed: Feed, peers: Peers) -> None:
        self._feed = feed
        self._identity = identity_pb2_grpc.IdentityServiceStub(peers.channel("directory"))
        self._directory = directory_pb2_grpc.DirectoryServiceStub(peers.channel("directory"))
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))
        self._channels = channels_pb2_grpc.ChannelsServiceStub(peers.channel("channels"))
        self._team = team_pb2_grpc.TeamServiceStub(peers.channel("team"))
        self._workbench = workbench_pb2_grpc.WorkbenchServiceStub(peers.channel("channels"))
        self._media = media_pb2_grpc.MediaServiceStub(peers.channel("media"))

    async def take(self, admission: Admission) -> dict[str, Any]:
        """{epoch, cursor, state}; what the caller has no right to is absent from the state."""
        epoch, cursor = await self._feed.cursor()
        may = admission.caller.may
        directory, acd = self._directory, self._acd
        people = directory_pb2.ListPeopleRequest(include_disabled=True)
        wanted: dict[str, tuple[bool, Any, Any, str]] = {
            "me": (True, self._identity.WhoAmI, identity_pb2.WhoAmIRequest(), ""),
            "work": (may("work.take"), acd.GetMyWork, acd_pb2.GetMyWorkRequest(), ""),
            "people": (may("directory.read"), directory.ListPeople, people, "people"),
            "groups": (may("directory.read"), directory.ListGroups, directory_pb2.ListGroupsRequest(), "groups"),
            "queues": (may("directory.read"), acd.ListQueues, acd_pb2.ListQueuesRequest(), "queues"),
            "channels": (
                may("directory.read"), self._channels.ListChannels, channels.ListChannelsRequest(), "channels",
            ),
            "projects": (
                may("directory.read"), directory.ListProjects, directory_pb2.ListProjectsRequest(), "projects",
            ),
            "tags": (may("directory.read"), self._workbench.ListTags, workbench_pb2.ListTagsRequest(), "tags"),
            "mentions": (
                may("conversations.read"), self._workbench.ListMentions,
                workbench_pb2.ListMentionsRequest(only_unseen=True), "mentions",
            ),
            "board": (may("work.watch"), acd.GetBoard, acd_pb2.GetBoardRequest(), ""),
        }  # fmt: skip
        if not admission.caller.person_id:
            wanted.pop("work")
            wanted.pop("mentions")
        parts = {name: self._part(admission, *how[1:]) for name, how in wanted.items() if how[0]}
        if may("conversations.read"):
            parts["conversations"] = self._conversations(admission)
        if may("work.take"):
            parts["calls"] = self._calls(admission)
        if may("directory.read") and admission.caller.person_id:
            parts["rooms"] = self._rooms(admission)
        answers = await asyncio.gather(*parts.values())
        state = {name: answer for name, answer in zip(parts, answers, strict=True) if answer is not None}
        return {"epoch": epoch, "cursor": cursor, "state": state}

    async def _part(self, admission: Admission, method: Any, request: Any, only: str) -> Any:
        answer = wire.render(await grpc_client.ask(method, request, grpc_client.metadata(admission.token)))
        return answer[only] if only else answer

    async def _calls(self, admission: Admission) -> list[dict[str, Any]] | None:
        """Live calls; None when nobody answers: a desk without voice, or with its telephony down, goes on with chat."""
        asked = media_pb2.ListLiveCallsRequest()
        headers = grpc_client.metadata(admission.token)
        try:
            answer = await grpc_client.ask(self._media.ListLiveCalls, asked, headers, within=_VOICE_WAITS)
        except DomainError as error:
            log.info("no live calls in this snapshot", reason=error.reason.name)
            return None
        calls: list[dict[str, Any]] = wire.render(answer)["calls"]
        return calls

    async def _rooms(self, admission: Admission) -> list[dict[str, Any]] | None:
        """Rooms of colleagues; a desk goes on without them."""
        headers = grpc_client.metadata(admission.token)
        try:
            answer = await grpc_client.ask(
                self._team.ListRooms, team_pb2.ListRoomsRequest(), headers, within=_VOICE_WAITS
            )
        except DomainError as error:
            log.info("no rooms in this snapshot", reason=error.reason.name)
            return None
        rooms: list[dict[str, Any]] = wire.render(answer)["rooms"]
        return rooms

    async def _conversations(self, admission: Admission) -> list[dict[str, Any]]:
        """The caller's own, and everything open that he may see: the same set that facts keep up to date."""
        views = [channels.CONVERSATION_VIEW_OPEN]
        if admission.caller.person_id:
            views.append(channels.CONVERSATION_VIEW_MINE)
        pages = await asyncio.gather(*(self._view(admission, view) for view in views))
        return list({one["id"]: one for page in pages for one in page}.values())

    async def _view(self, admission: Admission, view: channels.ConversationView.ValueType) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        for _ in range(_PAGES):
            asked = channels.ListConversationsRequest(view=view, limit=_PAGE, after=after)
            answer = await grpc_client.ask(
                self._channels.ListConversations, asked, grpc_client.metadata(admission.token)
            )
            found += wire.render(answer)["conversations"]
            after = answer.next
            if not after:
                break
        return found
