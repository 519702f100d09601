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
from antiphon.billing.v1 import billing_pb2, cabinet_pb2, documents_pb2, office_pb2, payments_pb2
from antiphon.channels.v1 import channels_pb2, search_pb2, survey_pb2, workbench_pb2
from antiphon.common.v1 import options_pb2
from antiphon.dialer.v1 import dialer_pb2
from antiphon.directory.v1 import crm_pb2, directory_pb2, identity_pb2, privacy_pb2, telephony_pb2
from antiphon.inbox.money import MONEY
from antiphon.insight.v1 import insight_pb2
from antiphon.kit.errors import invalid
from antiphon.kit.grpc_client import DEADLINE
from antiphon.media.v1 import media_pb2
from antiphon.routing.v1 import routing_pb2
from antiphon.team.v1 import team_pb2
from antiphon.wfm.v1 import wfm_pb2

PREFIX = "/api/v1"
IDENTITY, DIRECTORY, TELEPHONY, CRM, PRIVACY = "identity", "directory", "telephony", "crm", "privacy"
ACD, ROUTING, CHANNELS, MEDIA, DIALER = "acd", "routing", "channels", "media", "dialer"
WORKBENCH, SEARCH, SURVEY, WFM = "workbench", "search", "survey", "wfm"
INSIGHT, TEAM = "insight", "team"
BILLING, CABINET, PAYMENTS, DOCUMENTS, OFFICE = "billing", "cabinet", "payments", "documents", "office"
_SERVICES = {
    IDENTITY: identity_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    DIRECTORY: directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"],
    TELEPHONY: telephony_pb2.DESCRIPTOR.services_by_name["TelephonyService"],
    CRM: crm_pb2.DESCRIPTOR.services_by_name["CrmService"],
    PRIVACY: privacy_pb2.DESCRIPTOR.services_by_name["PrivacyService"],
    ACD: acd_pb2.DESCRIPTOR.services_by_name["AcdService"],
    ROUTING: routing_pb2.DESCRIPTOR.services_by_name["RoutingService"],
    CHANNELS: channels_pb2.DESCRIPTOR.services_by_name["ChannelsService"],
    WORKBENCH: workbench_pb2.DESCRIPTOR.services_by_name["WorkbenchService"],
    SEARCH: search_pb2.DESCRIPTOR.services_by_name["SearchService"],
    SURVEY: survey_pb2.DESCRIPTOR.services_by_name["SurveyService"],
    MEDIA: media_pb2.DESCRIPTOR.services_by_name["MediaService"],
    DIALER: dialer_pb2.DESCRIPTOR.services_by_name["DialerService"],
    WFM: wfm_pb2.DESCRIPTOR.services_by_name["WfmService"],
    INSIGHT: insight_pb2.DESCRIPTOR.services_by_name["InsightService"],
    TEAM: team_pb2.DESCRIPTOR.services_by_name["TeamService"],
    BILLING: billing_pb2.DESCRIPTOR.services_by_name["BillingService"],
    CABINET: cabinet_pb2.DESCRIPTOR.services_by_name["CabinetService"],
    PAYMENTS: payments_pb2.DESCRIPTOR.services_by_name["PaymentsService"],
    DOCUMENTS: documents_pb2.DESCRIPTOR.services_by_name["DocumentsService"],
    OFFICE: office_pb2.DESCRIPTOR.services_by_name["OfficeService"],
}
_PEERS = dict.fromkeys((IDENTITY, TELEPHONY, CRM, PRIVACY), DIRECTORY)
_PEERS |= dict.fromkeys((CABINET, PAYMENTS, DOCUMENTS, OFFICE), BILLING)
_PEERS |= dict.fromkeys((SEARCH, SURVEY, WORKBENCH), CHANNELS)
"""The process of a service that shares one."""
_SET_UP = 15.0
"""Seconds for a command that is answered only when a phone rings."""
_DRAWN, _FAX_ROOM = 120.0, 4_200_000
"""Of a PDF of 3 MB in JSON: seconds to draw its pages, and bytes."""
_REPORT = 60.0
"""Seconds for a question that reads a long span."""
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
        return _PEERS.get(self.service, self.service)

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


def _record(path: str, service: str, one: str, many: str, field: str, gone: str = "") -> list[Row]:
    """List, create, replace: the three rows of every configured record; and delete, by the field `gone`."""
    rows = [
        Row("GET", path, service, f"List{many}"),
        Row("POST", path, service, f"Put{one}", creates=True),
        Row("PUT", f"{path}/{{{field}.id}}", service, f"Put{one}"),
    ]
    return [*rows, Row("DELETE", f"{path}/{{{gone}}}", service, f"Delete{one}")] if gone else rows


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
    *_record("/groups", DIRECTORY, "Group", "Groups", "group", "group_id"),
    *_record("/numbers", DIRECTORY, "Number", "Numbers", "number", "number_id"),
    *_record("/contacts", DIRECTORY, "Contact", "Contacts", "contact"),
    Row("GET", "/contacts/{contact_id}", DIRECTORY, "GetContact"),
    Row("GET", "/contact-matches", CRM, "MatchContacts"),
    Row("POST", "/contacts/{contact_id}/merge", CRM, "MergeContacts"),
    Row("POST", "/contacts/{contact_id}/unmerge", CRM, "UnmergeContact"),
    Row("GET", "/contacts/{contact_id}/family", CRM, "GetFamily"),
    Row("GET", "/contacts/{contact_id}/notes", CRM, "ListContactNotes"),
    Row("POST", "/contact-notes", CRM, "PutContactNote", creates=True),
    Row("PUT", "/contact-notes/{note.id}", CRM, "PutContactNote"),
    Row("DELETE", "/contact-notes/{note_id}", CRM, "DeleteContactNote"),
    Row("GET", "/merge-suggestions", CRM, "ListMergeSuggestions"),
    Row("POST", "/contacts/{contact_id}/unlike", CRM, "DismissMergeSuggestion"),
    Row("POST", "/contacts/{contact_id}/erase", PRIVACY, "EraseContact"),
    Row("GET", "/erasures", PRIVACY, "ListErasures"),
    Row("GET", "/contacts/{contact_id}/consents", PRIVACY, "ListConsents"),
    Row("POST", "/contacts/{contact_id}/consents", PRIVACY, "GiveConsent"),
    Row("POST", "/contacts/{contact_id}/consents/withdraw", PRIVACY, "WithdrawConsent"),
    Row("GET", "/retention", PRIVACY, "GetRetention"),
    Row("PUT", "/retention", PRIVACY, "PutRetention"),
    Row("GET", "/contact-fields", CRM, "GetContactFields"),
    Row("PUT", "/contact-fields", CRM, "PutContactFields"),
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
    *_record("/trunks", TELEPHONY, "Trunk", "Trunks", "trunk", "trunk_id"),
    Row("GET", "/dial-plan", TELEPHONY, "GetDialPlan"),
    Row("PUT", "/dial-plan", TELEPHONY, "PutDialPlan"),
    # Queues and work
    *_record("/queues", ACD, "Queue", "Queues", "queue", "queue_id"),
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
    *_record("/calendars", ROUTING, "Calendar", "Calendars", "calendar", "calendar_id"),
    *_record("/caller-lists", ROUTING, "CallerList", "CallerLists", "list", "list_id"),
    # Channels and conversations
    *_record("/channels", CHANNELS, "Channel", "Channels", "channel", "channel_id"),
    Row("POST", "/channels/{channel_id}/test", CHANNELS, "TestChannel", within=25),
    Row("GET", "/conversations", CHANNELS, "ListConversations"),
    Row("GET", "/survey-policy", SURVEY, "GetSurveyPolicy"),
    Row("PUT", "/survey-policy", SURVEY, "PutSurveyPolicy"),
    Row("GET", "/ratings", SURVEY, "ListRatings"),
    Row("GET", "/search/messages", SEARCH, "SearchMessages"),
    Row("GET", "/contacts/{contact_id}/messages", CHANNELS, "ListCustomerMessages"),
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
    # Working with conversations
    Row("POST", "/conversation-actions", WORKBENCH, "Act", within=30),
    *_record("/tags", WORKBENCH, "Tag", "Tags", "tag", "tag_id"),
    *_record("/canned-answers", WORKBENCH, "Canned", "Canned", "answer", "answer_id"),
    *_record("/macros", WORKBENCH, "Macro", "Macros", "macro", "macro_id"),
    Row("GET", "/me/mentions", WORKBENCH, "ListMentions"),
    Row("POST", "/me/mentions/seen", WORKBENCH, "SeeMentions"),
    Row("PUT", "/conversations/{conversation_id}/scheduled", WORKBENCH, "PutScheduled"),
    Row("POST", "/conversations/{conversation_id}/scheduled/cancel", WORKBENCH, "CancelScheduled"),
    *_record("/sla-policies", WORKBENCH, "SlaPolicy", "SlaPolicies", "policy", "policy_id"),
    Row("GET", "/channels/{channel_id}/templates", WORKBENCH, "ListTemplates", within=25),
    Row("GET", "/blocks", WORKBENCH, "ListBlocks"),
    Row("DELETE", "/blocks/{block_id}", WORKBENCH, "DeleteBlock"),
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
    # What happened
    Row("GET", "/interactions", INSIGHT, "ListInteractions", within=_REPORT),
    Row("GET", "/interactions/export", INSIGHT, "ExportInteractions", stream="down"),
    Row("POST", "/interactions/rebuild", INSIGHT, "RebuildHistory", within=_REPORT),
    Row("GET", "/interactions/{interaction_id}", INSIGHT, "GetInteraction"),
    Row("GET", "/reports", INSIGHT, "GetReport", within=_REPORT),
    Row("GET", "/reports/export", INSIGHT, "ExportReport", stream="down"),
    # Colleagues
    *_record("/rooms", TEAM, "Room", "Rooms", "room"),
    Row("POST", "/rooms/direct", TEAM, "OpenDirect"),
    Row("GET", "/rooms/{room_id}/lines", TEAM, "ListLines"),
    Row("POST", "/rooms/{room_id}/lines", TEAM, "Say"),
    Row("POST", "/rooms/{room_id}/read", TEAM, "MarkRoomRead"),
    Row("POST", "/rooms/{room_id}/leave", TEAM, "LeaveRoom"),
    Row("GET", "/lines", TEAM, "SearchLines"),
    # Workforce
    Row("GET", "/history", WFM, "GetHistory"),
    Row("GET", "/forecasts", WFM, "ListForecasts"),
    Row("POST", "/forecasts", WFM, "MakeForecast", creates=True, within=30),
    Row("GET", "/forecasts/{forecast_id}", WFM, "GetForecast"),
    Row("POST", "/forecasts/{forecast_id}/adjust", WFM, "AdjustForecast"),
    Row("POST", "/forecasts/{forecast_id}/undo", WFM, "UndoAdjustment"),
    Row("POST", "/staffing", WFM, "GetStaffing", within=30),
    *_record("/plans", WFM, "Plan", "Plans", "plan"),
    Row("GET", "/schedules", WFM, "ListSchedules"),
    Row("POST", "/schedules", WFM, "StartSchedule", within=15),
    Row("GET", "/schedules/{schedule_id}", WFM, "GetSchedule"),
    Row("POST", "/schedules/{schedule_id}/stop", WFM, "StopSchedule"),
    Row("POST", "/schedules/{schedule_id}/edit", WFM, "EditSchedule", within=15),
    Row("POST", "/schedules/{schedule_id}/copy", WFM, "CopySchedule"),
    Row("DELETE", "/schedules/{schedule_id}", WFM, "DeleteSchedule"),
    Row("POST", "/schedules/{schedule_id}/publish", WFM, "PublishSchedule", within=15),
    Row("GET", "/me/schedule", WFM, "GetMySchedule"),
    Row("GET", "/me/preferences", WFM, "GetMyPreferences"),
    Row("PUT", "/me/preferences", WFM, "PutMyPreferences"),
    Row("GET", "/me/calendar", WFM, "GetCalendarLink"),
    Row("POST", "/me/calendar", WFM, "MakeCalendarLink"),
    Row("DELETE", "/me/calendar", WFM, "RevokeCalendarLink"),
    Row("GET", "/schedule-changes", WFM, "ListChanges"),
    Row("POST", "/schedule-changes", WFM, "RequestChange"),
    Row("POST", "/schedule-changes/{change_id}/answer", WFM, "AnswerChange", within=15),
    Row("POST", "/schedule-changes/{change_id}/decide", WFM, "DecideChange", within=15),
    Row("POST", "/schedule-changes/propose", WFM, "ProposeChanges", within=15),
    Row("GET", "/adherence", WFM, "GetAdherence"),
    # Money
    *(Row(method, path, service, rpc, **more) for method, path, service, rpc, more in MONEY),
    # Campaigns
    *_record("/campaigns", DIALER, "Campaign", "Campaigns", "campaign"),
    Row("POST", "/campaigns/{campaign_id}/state", DIALER, "SetCampaignState"),
    Row("GET", "/campaigns/{campaign_id}/status", DIALER, "GetStatus"),
    Row("GET", "/campaigns/{campaign_id}/report", DIALER, "GetCampaignReport"),
    Row("GET", "/campaigns/{campaign_id}/attempts", DIALER, "ListAttempts"),
    Row("GET", "/campaigns/{campaign_id}/results", DIALER, "ExportResults", stream="down"),
    Row("GET", "/campaigns/{campaign_id}/evidence", DIALER, "GetEvidence", stream="down"),
    Row("GET", "/campaigns/{campaign_id}/lists", DIALER, "ListLists"),
    Row("POST", "/campaigns/{list.campaign_id}/lists", DIALER, "ImportList", stream="up"),
    Row("POST", "/campaigns/{list.campaign_id}/lists/preview", DIALER, "PreviewList", stream="up"),
    Row("POST", "/campaigns/{campaign_id}/preview", DIALER, "TakePreview"),
    Row("PUT", "/contact-lists/{list.id}", DIALER, "PutList"),
    Row("POST", "/contact-lists/{list_id}/recycle", DIALER, "RecycleList"),
    Row("GET", "/contact-lists/{list_id}/bad-rows", DIALER, "ListBadRows"),
    Row("GET", "/do-not-call", DIALER, "ListDoNotCall"),
    Row("POST", "/do-not-call", DIALER, "AddDoNotCall"),
    Row("POST", "/do-not-call/remove", DIALER, "RemoveDoNotCall"),
    Row("POST", "/do-not-call/import", DIALER, "ImportDoNotCall", stream="up"),
    Row("GET", "/policy-packs", DIALER, "ListPacks"),
    Row("GET", "/me/campaigns", DIALER, "ListMyCampaigns"),
    Row("POST", "/previews/{preview_id}/dial", DIALER, "DialPreview", within=_SET_UP),
    Row("POST", "/previews/{preview_id}/skip", DIALER, "SkipPreview"),
    Row("GET", "/calls/{call_id}/card", DIALER, "GetCard"),
    Row("POST", "/calls/{call_id}/result", DIALER, "RecordResult", hidden=("attempt_id",)),
    Row("GET", "/intraday", WFM, "GetIntraday", within=15),
    Row("GET", "/productivity", WFM, "GetProductivity", within=15),
    Row("GET", "/shrinkage", WFM, "GetShrinkage", within=15),
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
