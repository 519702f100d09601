"""The whole REST API as one table: method, path, what is asked, and what is special about the row.

A path has at most one parameter; `{person.id}` fills that field of the request message and reads `{id}` in the
address. The body is the request message without it; a GET takes the scalar fields as query parameters. Who may call
what stands beside the rpc in the proto and is checked by the service that is asked, with the caller's own token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.common.v1 import options_pb2
from antiphon.directory.v1 import directory_pb2, identity_pb2, telephony_pb2
from antiphon.kit.errors import invalid
from antiphon.kit.grpc_client import DEADLINE
from antiphon.media.v1 import media_pb2
from antiphon.routing.v1 import routing_pb2
from antiphon.wfm.v1 import wfm_pb2

PREFIX = "/api/v1"
IDENTITY, DIRECTORY, TELEPHONY = "identity", "directory", "telephony"
ACD, ROUTING, CHANNELS, MEDIA = "acd", "routing", "channels", "media"
WFM = "wfm"
_SERVICES = {
    IDENTITY: identity_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    DIRECTORY: directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"],
    TELEPHONY: telephony_pb2.DESCRIPTOR.services_by_name["TelephonyService"],
    ACD: acd_pb2.DESCRIPTOR.services_by_name["AcdService"],
    ROUTING: routing_pb2.DESCRIPTOR.services_by_name["RoutingService"],
    CHANNELS: channels_pb2.DESCRIPTOR.services_by_name["ChannelsService"],
    MEDIA: media_pb2.DESCRIPTOR.services_by_name["MediaService"],
    WFM: wfm_pb2.DESCRIPTOR.services_by_name["WfmService"],
}
_SET_UP = 15.0
"""Seconds for a command that is answered only when a phone rings."""
_DRAWN = 120.0
"""Seconds for a document whose pages are drawn first."""
_FAX_ROOM = 4_200_000
"""Bytes of JSON with a PDF of 3 MB in it."""
_PARAMETER = re.compile(r"\{([a-z_.]+)\}")


@dataclass(frozen=True)
class Row:
    """One operation."""

    method: str
    path: str
    service: str
    rpc: str
    creates: bool = False
    """A repeat with the same Idempotency-Key gets the first answer."""
    once: bool = False
    """The answer holds what nobody may read a second time, so it is not remembered for repeats."""
    cookie: str = ""
    """"set": the answer's session goes into the cookie; "clear": the request's session comes from it."""
    hidden: tuple[str, ...] = ()
    """Fields of the request message that the edge fills or that are not offered here."""
    stream: str = ""
    """"up" or "down": a file instead of JSON."""
    room: int = 0
    """Bytes of a body that may be larger than others."""
    within: float = DEADLINE
    """Seconds the service may take; more where a provider is asked meanwhile."""

    @cached_property
    def rpc_method(self) -> MethodDescriptor:
        return _SERVICES[self.service].methods_by_name[self.rpc]

    @cached_property
    def request(self) -> type[Message]:
        return message_factory.GetMessageClass(self.rpc_method.input_type)

    @cached_property
    def response(self) -> type[Message]:
        return message_factory.GetMessageClass(self.rpc_method.output_type)

    @cached_property
    def requires(self) -> str:
        """The right that the service will ask for; "public" needs no token."""
        return str(self.rpc_method.GetOptions().Extensions[options_pb2.requires])

    @property
    def remembers(self) -> bool:
        return self.creates and not self.once

    @property
    def peer(self) -> str:
        """The process that serves it."""
        return DIRECTORY if self.service in (IDENTITY, TELEPHONY) else self.service

    @cached_property
    def target(self) -> str:
        """The field that the path parameter fills, "person.id"; empty when the path has none."""
        found = _PARAMETER.search(self.path)
        return found.group(1) if found else ""

    @cached_property
    def address(self) -> str:
        """The path as clients know it."""
        return PREFIX + _PARAMETER.sub("{id}", self.path)

    @cached_property
    def record(self) -> str:
        """The field with the record that is put; empty when the request has none with an id."""
        for field in self.rpc_method.input_type.fields:
            if field.message_type is not None and "id" in field.message_type.fields_by_name:
                return str(field.name)
        return ""


def _record(path: str, service: str, one: str, many: str, field: str) -> list[Row]:
    """List, create, replace: the three rows of every configured record."""
    return [
        Row("GET", path, service, f"List{many}"),
        Row("POST", path, service, f"Put{one}", creates=True),
        Row("PUT", f"{path}/{{{field}.id}}", service, f"Put{one}"),
    ]


ROWS: tuple[Row, ...] = (
    # Who I am
    Row("POST", "/sign-up", IDENTITY, "SignUp", cookie="set"),
    Row("POST", "/sign-in", IDENTITY, "SignIn", cookie="set"),
    Row("POST", "/sign-out", IDENTITY, "SignOut", cookie="clear", hidden=("session",)),
    Row("GET", "/me", IDENTITY, "WhoAmI"),
    Row("POST", "/me/password", IDENTITY, "ChangePassword"),
    Row("POST", "/me/totp", IDENTITY, "BeginTotp"),
    Row("POST", "/me/totp/confirm", IDENTITY, "ConfirmTotp"),
    Row("DELETE", "/me/totp", IDENTITY, "DisableTotp"),
    Row("GET", "/me/sessions", IDENTITY, "ListSessions"),
    Row("DELETE", "/me/sessions/{session_id}", IDENTITY, "EndSession"),
    Row("PUT", "/me/state", ACD, "SetAgentState", hidden=("agent_id",)),
    Row("GET", "/me/work", ACD, "GetMyWork"),
    # The company
    Row("GET", "/tenant", DIRECTORY, "GetTenant"),
    Row("PUT", "/tenant", DIRECTORY, "PutTenant"),
    *_record("/projects", DIRECTORY, "Project", "Projects", "project"),
    *_record("/people", DIRECTORY, "Person", "People", "person"),
    Row("GET", "/people/{person_id}", DIRECTORY, "GetPerson"),
    *_record("/groups", DIRECTORY, "Group", "Groups", "group"),
    Row("DELETE", "/groups/{group_id}", DIRECTORY, "DeleteGroup"),
    *_record("/numbers", DIRECTORY, "Number", "Numbers", "number"),
    Row("DELETE", "/numbers/{number_id}", DIRECTORY, "DeleteNumber"),
    *_record("/contacts", DIRECTORY, "Contact", "Contacts", "contact"),
    Row("GET", "/contacts/{contact_id}", DIRECTORY, "GetContact"),
    Row("GET", "/api-keys", DIRECTORY, "ListApiKeys"),
    Row("POST", "/api-keys", DIRECTORY, "CreateApiKey", creates=True),
    Row("DELETE", "/api-keys/{key_id}", DIRECTORY, "RevokeApiKey"),
    Row("GET", "/audit", DIRECTORY, "ListAudit"),
    # Telephony
    Row("GET", "/sip-accounts", TELEPHONY, "ListSipAccounts"),
    Row("POST", "/sip-accounts", TELEPHONY, "PutSipAccount", creates=True, once=True),
    Row("PUT", "/sip-accounts/{account.id}", TELEPHONY, "PutSipAccount"),
    Row("DELETE", "/sip-accounts/{account_id}", TELEPHONY, "DeleteSipAccount"),
    Row("POST", "/sip-accounts/{account_id}/password", TELEPHONY, "ChangeSipPassword"),
    Row("GET", "/sip-accounts/{account_id}/provisioning", TELEPHONY, "GetProvisioning"),
    Row("POST", "/sip-accounts/block", TELEPHONY, "BlockSipAccounts"),
    Row("GET", "/security-tickets", TELEPHONY, "ListSecurityTickets"),
    Row("POST", "/security-tickets/{ticket_id}/evidence", TELEPHONY, "AddEvidence"),
    *_record("/trunks", TELEPHONY, "Trunk", "Trunks", "trunk"),
    Row("DELETE", "/trunks/{trunk_id}", TELEPHONY, "DeleteTrunk"),
    Row("GET", "/dial-plan", TELEPHONY, "GetDialPlan"),
    Row("PUT", "/dial-plan", TELEPHONY, "PutDialPlan"),
    # Queues and work
    *_record("/queues", ACD, "Queue", "Queues", "queue"),
    Row("DELETE", "/queues/{queue_id}", ACD, "DeleteQueue"),
    Row("GET", "/queues/{queue_id}/waiting", ACD, "ListWaiting"),
    Row("GET", "/strategies", ACD, "ListStrategies"),
    Row("PUT", "/agents/{profile.agent_id}", ACD, "PutAgent"),
    Row("PUT", "/agents/{agent_id}/state", ACD, "SetAgentState"),
    Row("GET", "/board", ACD, "GetBoard"),
    Row("POST", "/work/{item_id}/accept", ACD, "Accept"),
    Row("POST", "/work/{item_id}/decline", ACD, "Decline"),
    Row("POST", "/work/{item_id}/pull", ACD, "Pull"),
    Row("POST", "/work/{item_id}/release", ACD, "Release"),
    Row("POST", "/work/{item_id}/wrap-up", ACD, "EndWrapUp"),
    Row("POST", "/work/{item_id}/transfer", ACD, "Transfer"),
    Row("POST", "/work/{item_id}/assign", ACD, "Assign"),
    Row("GET", "/work/{item_id}/explain", ACD, "Explain"),
    Row("GET", "/waits/{name}", ACD, "TellWait", within=30),
    Row("GET", "/callbacks", ACD, "ListCallbacks"),
    Row("POST", "/callbacks", ACD, "PlanCallback"),
    Row("PUT", "/callbacks/{item_id}", ACD, "MoveCallback"),
    Row("POST", "/callbacks/{item_id}/drop", ACD, "DropCallback"),
    Row("POST", "/queues/{queue_id}/empty", ACD, "EmptyQueue"),
    Row("PUT", "/me/queues", ACD, "ChooseQueues"),
    Row("GET", "/work-policy", ACD, "GetPolicy"),
    Row("PUT", "/work-policy", ACD, "PutPolicy"),
    # Reception
    *_record("/schemes", ROUTING, "Scheme", "Schemes", "scheme"),
    Row("GET", "/schemes/{scheme_id}", ROUTING, "GetScheme"),
    Row("POST", "/schemes/{scheme_id}/publish", ROUTING, "PublishScheme"),
    Row("POST", "/schemes/{scheme_id}/rollback", ROUTING, "RollbackScheme"),
    Row("POST", "/schemes/{scheme_id}/simulate", ROUTING, "SimulateScheme"),
    Row("GET", "/bindings", ROUTING, "ListBindings"),
    Row("PUT", "/bindings", ROUTING, "PutBinding"),
    *_record("/calendars", ROUTING, "Calendar", "Calendars", "calendar"),
    Row("DELETE", "/calendars/{calendar_id}", ROUTING, "DeleteCalendar"),
    *_record("/caller-lists", ROUTING, "CallerList", "CallerLists", "list"),
    Row("DELETE", "/caller-lists/{list_id}", ROUTING, "DeleteCallerList"),
    # Channels and conversations
    *_record("/channels", CHANNELS, "Channel", "Channels", "channel"),
    Row("DELETE", "/channels/{channel_id}", CHANNELS, "DeleteChannel"),
    Row("POST", "/channels/{channel_id}/test", CHANNELS, "TestChannel", within=25),
    Row("GET", "/conversations", CHANNELS, "ListConversations"),
    Row("GET", "/conversations/{conversation_id}", CHANNELS, "GetConversation"),
    Row("GET", "/conversations/{conversation_id}/messages", CHANNELS, "ListMessages"),
    Row("POST", "/conversations/{conversation_id}/messages", CHANNELS, "SendMessage"),
    Row("POST", "/conversations/{conversation_id}/read", CHANNELS, "MarkRead"),
    Row("POST", "/conversations/{conversation_id}/close", CHANNELS, "CloseConversation"),
    Row("POST", "/conversations/{conversation_id}/transfer", CHANNELS, "TransferConversation"),
    Row("POST", "/conversations/{conversation_id}/take", CHANNELS, "TakeConversation"),
    Row("POST", "/conversations/{conversation_id}/typing", CHANNELS, "ShowTyping"),
    Row("POST", "/attachments", CHANNELS, "UploadAttachment", stream="up"),
    Row("GET", "/attachments/{attachment_id}", CHANNELS, "DownloadAttachment", stream="down"),
    # Calls; an installation without voice answers UNAVAILABLE here and goes on with everything else
    Row("GET", "/softphone", MEDIA, "GetSoftphone"),
    Row("GET", "/calls", MEDIA, "ListCalls"),
    Row("POST", "/calls", MEDIA, "Dial", within=_SET_UP),
    Row("GET", "/calls/live", MEDIA, "ListLiveCalls"),
    Row("GET", "/calls/{call_id}", MEDIA, "GetCall"),
    Row("POST", "/calls/{call_id}/hold", MEDIA, "Hold"),
    Row("POST", "/calls/{call_id}/hang-up", MEDIA, "HangUp"),
    Row("POST", "/calls/{call_id}/digits", MEDIA, "SendDigits"),
    Row("POST", "/calls/{call_id}/transfer", MEDIA, "Transfer", within=_SET_UP),
    Row("POST", "/calls/{call_id}/transfer/complete", MEDIA, "CompleteTransfer"),
    Row("POST", "/calls/{call_id}/transfer/cancel", MEDIA, "CancelTransfer"),
    Row("POST", "/calls/{call_id}/parties", MEDIA, "AddParty", within=_SET_UP),
    Row("POST", "/calls/{call_id}/recording", MEDIA, "PauseRecording"),
    Row("POST", "/calls/{call_id}/monitor", MEDIA, "Monitor", within=_SET_UP),
    Row("GET", "/recordings", MEDIA, "ListRecordings"),
    Row("GET", "/recordings/{recording_id}/file", MEDIA, "DownloadRecording", stream="down"),
    Row("DELETE", "/recordings/{recording_id}", MEDIA, "DeleteRecording"),
    Row("GET", "/voicemails", MEDIA, "ListVoicemails"),
    Row("GET", "/voicemails/{voicemail_id}/file", MEDIA, "DownloadVoicemail", stream="down"),
    Row("DELETE", "/voicemails/{voicemail_id}", MEDIA, "DeleteVoicemail"),
    Row("GET", "/faxes", MEDIA, "ListFaxes"),
    Row("POST", "/faxes", MEDIA, "SendFax", creates=True, within=_DRAWN, room=_FAX_ROOM),
    Row("GET", "/faxes/{fax_id}/file", MEDIA, "DownloadFax", stream="down"),
    Row("DELETE", "/faxes/{fax_id}", MEDIA, "DeleteFax"),
    Row("GET", "/voice/links", MEDIA, "ListLinkTests"),
    Row("GET", "/voice/health", MEDIA, "GetVoiceHealth"),
    # Workforce
    Row("GET", "/history", WFM, "GetHistory"),
    Row("GET", "/forecasts", WFM, "ListForecasts"),
    Row("POST", "/forecasts", WFM, "MakeForecast", creates=True, within=30),
    Row("GET", "/forecasts/{forecast_id}", WFM, "GetForecast"),
    Row("POST", "/forecasts/{forecast_id}/adjust", WFM, "AdjustForecast"),
    *_record("/plans", WFM, "Plan", "Plans", "plan"),
    Row("GET", "/schedules", WFM, "ListSchedules"),
    Row("POST", "/schedules", WFM, "StartSchedule", within=15),
    Row("GET", "/schedules/{schedule_id}", WFM, "GetSchedule"),
    Row("POST", "/schedules/{schedule_id}/stop", WFM, "StopSchedule"),
    Row("POST", "/schedules/{schedule_id}/publish", WFM, "PublishSchedule", within=15),
    Row("GET", "/me/schedule", WFM, "GetMySchedule"),
    Row("GET", "/schedule-changes", WFM, "ListChanges"),
    Row("POST", "/schedule-changes", WFM, "RequestChange"),
    Row("POST", "/schedule-changes/{change_id}/answer", WFM, "AnswerChange"),
    Row("POST", "/schedule-changes/{change_id}/decide", WFM, "DecideChange", within=15),
    Row("GET", "/adherence", WFM, "GetAdherence"),
)


def fill_path(row: Row, data: dict[str, Any], given: str) -> None:
    """Puts the path parameter into the request data. Raises INVALID where the body names another one."""
    *parents, last = row.target.split(".")
    place: Any = data
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            return  # a wrong type is refused when the whole is checked
    if place.get(last, "" if parents else given) not in ("", given) or (not parents and last in place):
        raise invalid(row.target, f"{row.target} is given by the address")
    place[last] = given
