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
from antiphon.billing.v1 import (
    billing_pb2,
    cabinet_pb2,
    carriers_pb2,
    clients_pb2,
    contract_pb2,
    documents_pb2,
    live_pb2,
    office_pb2,
    operator_pb2,
    payments_pb2,
    plans_pb2,
    rentals_pb2,
)
from antiphon.channels.v1 import channels_pb2, leads_pb2, search_pb2, survey_pb2, workbench_pb2
from antiphon.common.v1 import options_pb2
from antiphon.dialer.v1 import dialer_pb2
from antiphon.directory.v1 import (
    crm_pb2,
    deals_pb2,
    directory_pb2,
    identity_pb2,
    passkeys_pb2,
    pool_pb2,
    privacy_pb2,
    signon_pb2,
    slots_pb2,
    support_pb2,
    telephony_pb2,
)
from antiphon.insight.v1 import insight_pb2, quality_pb2
from antiphon.kit.errors import invalid
from antiphon.kit.grpc_client import DEADLINE
from antiphon.media.v1 import media_pb2
from antiphon.routing.v1 import routing_pb2
from antiphon.team.v1 import team_pb2
from antiphon.wfm.v1 import wfm_pb2

PREFIX = "/api/v1"
IDENTITY, DIRECTORY, TELEPHONY, CRM, PRIVACY = "identity", "directory", "telephony", "crm", "privacy"
DEALS, SIGN_ON, PASSKEYS, SUPPORT, SLOTS = "deals", "signon", "passkeys", "support", "slots"
ACD, ROUTING, CHANNELS, MEDIA, DIALER = "acd", "routing", "channels", "media", "dialer"
WORKBENCH, SEARCH, SURVEY, WFM = "workbench", "search", "survey", "wfm"
INSIGHT, QUALITY, TEAM = "insight", "quality", "team"
BILLING, CABINET, PAYMENTS, DOCUMENTS, OFFICE = "billing", "cabinet", "payments", "documents", "office"
CLIENTS, LEADS, PLANS, POOL, RENTALS = "clients", "leads", "plans", "pool", "rentals"
CARRIERS, CONTRACT, LIVE, CUSTOMERS = "carriers", "contract", "live", "customers"
_SERVICES = {
    IDENTITY: identity_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    DIRECTORY: directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"],
    TELEPHONY: telephony_pb2.DESCRIPTOR.services_by_name["TelephonyService"],
    CRM: crm_pb2.DESCRIPTOR.services_by_name["CrmService"],
    DEALS: deals_pb2.DESCRIPTOR.services_by_name["DealService"],
    PASSKEYS: passkeys_pb2.DESCRIPTOR.services_by_name["PasskeyService"],
    SIGN_ON: signon_pb2.DESCRIPTOR.services_by_name["SignOnService"],
    SUPPORT: support_pb2.DESCRIPTOR.services_by_name["SupportService"],
    SLOTS: slots_pb2.DESCRIPTOR.services_by_name["SlotService"],
    PRIVACY: privacy_pb2.DESCRIPTOR.services_by_name["PrivacyService"],
    ACD: acd_pb2.DESCRIPTOR.services_by_name["AcdService"],
    ROUTING: routing_pb2.DESCRIPTOR.services_by_name["RoutingService"],
    CHANNELS: channels_pb2.DESCRIPTOR.services_by_name["ChannelsService"],
    WORKBENCH: workbench_pb2.DESCRIPTOR.services_by_name["WorkbenchService"],
    SEARCH: search_pb2.DESCRIPTOR.services_by_name["SearchService"],
    LEADS: leads_pb2.DESCRIPTOR.services_by_name["LeadService"],
    SURVEY: survey_pb2.DESCRIPTOR.services_by_name["SurveyService"],
    MEDIA: media_pb2.DESCRIPTOR.services_by_name["MediaService"],
    DIALER: dialer_pb2.DESCRIPTOR.services_by_name["DialerService"],
    WFM: wfm_pb2.DESCRIPTOR.services_by_name["WfmService"],
    INSIGHT: insight_pb2.DESCRIPTOR.services_by_name["InsightService"],
    QUALITY: quality_pb2.DESCRIPTOR.services_by_name["QualityService"],
    TEAM: team_pb2.DESCRIPTOR.services_by_name["TeamService"],
    BILLING: billing_pb2.DESCRIPTOR.services_by_name["BillingService"],
    CABINET: cabinet_pb2.DESCRIPTOR.services_by_name["CabinetService"],
    PAYMENTS: payments_pb2.DESCRIPTOR.services_by_name["PaymentsService"],
    DOCUMENTS: documents_pb2.DESCRIPTOR.services_by_name["DocumentsService"],
    OFFICE: office_pb2.DESCRIPTOR.services_by_name["OfficeService"],
    RENTALS: rentals_pb2.DESCRIPTOR.services_by_name["RentalsService"],
    LIVE: live_pb2.DESCRIPTOR.services_by_name["LiveService"],
    CLIENTS: clients_pb2.DESCRIPTOR.services_by_name["ClientsService"],
    CARRIERS: carriers_pb2.DESCRIPTOR.services_by_name["CarriersService"],
    CONTRACT: contract_pb2.DESCRIPTOR.services_by_name["ContractService"],
    PLANS: plans_pb2.DESCRIPTOR.services_by_name["PlansService"],
    CUSTOMERS: operator_pb2.DESCRIPTOR.services_by_name["OperatorService"],
    POOL: pool_pb2.DESCRIPTOR.services_by_name["NumberPoolService"],
}
_PEERS = dict.fromkeys((IDENTITY, TELEPHONY, CRM, DEALS, PRIVACY, SIGN_ON, PASSKEYS, SUPPORT, SLOTS, POOL), DIRECTORY)
_MONEY = (CABINET, PAYMENTS, DOCUMENTS, OFFICE, CLIENTS, RENTALS, PLANS, CARRIERS, CONTRACT, LIVE, CUSTOMERS)
_PEERS |= dict.fromkeys(_MONEY, BILLING)
_PEERS |= dict.fromkeys((LEADS, SEARCH, SURVEY, WORKBENCH), CHANNELS)
_PEERS[QUALITY] = INSIGHT
"""The process of a service that shares one."""
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
    file: str = ""
    """The name of a file that comes down from a service that does not name it."""
    room: int = 0
    """Bytes of a body that may be larger than others."""
    within: float = DEADLINE
    """Seconds the service may take; more where a provider is asked meanwhile."""

    @cached_property
    def rpc_method(self) -> MethodDescriptor:
        return _SERVICES[self.service].methods_by_name[self.rpc]

    @property
    def rpc_path(self) -> str:
        return f"/{self.rpc_method.containing_service.full_name}/{self.rpc}"

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


def record(path: str, service: str, one: str, many: str, field: str, gone: str = "") -> list[Row]:
    """List, create, replace: the three rows of every configured record; and delete, by the field `gone`."""
    rows = [
        Row("GET", path, service, f"List{many}"),
        Row("POST", path, service, f"Put{one}", creates=True),
        Row("PUT", f"{path}/{{{field}.id}}", service, f"Put{one}"),
    ]
    return [*rows, Row("DELETE", f"{path}/{{{gone}}}", service, f"Delete{one}")] if gone else rows


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
