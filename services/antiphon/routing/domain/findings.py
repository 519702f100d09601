"""What validation reports: one finding per problem, each with the place to look at and the usual remedy.

Errors block publishing, warnings do not. Screens translate by `code`; `message` and `remedy` are the
English words.
"""

from dataclasses import dataclass
from enum import StrEnum

from antiphon.routing.domain.nodes import NodeId


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    MISSING_START = "missing_start"
    TOO_MANY_NODES = "too_many_nodes"
    DUPLICATE_ID = "duplicate_id"
    UNREACHABLE = "unreachable"
    UNKNOWN_TARGET = "unknown_target"
    MISSING_EXIT = "missing_exit"
    NO_OPTIONS = "no_options"
    DUPLICATE_KEY = "duplicate_key"
    BAD_KEY = "bad_key"
    ENDLESS_LOOP = "endless_loop"
    FORWARDING_LOOP = "forwarding_loop"
    SILENT_LOOP = "silent_loop"
    NO_TEXT = "no_text"
    MISSING_LANGUAGE = "missing_language"
    BAD_TEMPLATE = "bad_template"
    BAD_EXPRESSION = "bad_expression"
    UNKNOWN_NAME = "unknown_name"
    BAD_VARIABLE = "bad_variable"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_CALENDAR = "unknown_calendar"
    UNKNOWN_LIST = "unknown_list"
    BAD_URL = "bad_url"
    HOST_NOT_ALLOWED = "host_not_allowed"
    NOT_ENCRYPTED = "not_encrypted"
    OUT_OF_RANGE = "out_of_range"
    BAD_SOURCE = "bad_source"
    BAD_EMAIL = "bad_email"
    NOBODY_TO_RING = "nobody_to_ring"
    NOT_A_NUMBER = "not_a_number"
    CALLS_ONLY = "calls_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`node_id` is None when the scheme as a whole is meant; `field` names the exit or the field of the node."""

    severity: Severity
    code: Code
    message: str
    remedy: str
    node_id: NodeId | None = None
    field: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def error(node_id: NodeId | None, code: Code, message: str, remedy: str, field: str = "") -> Finding:
    return Finding(severity=Severity.ERROR, code=code, message=message, remedy=remedy, node_id=node_id, field=field)


def warning(node_id: NodeId | None, code: Code, message: str, remedy: str, field: str = "") -> Finding:
    return Finding(severity=Severity.WARNING, code=code, message=message, remedy=remedy, node_id=node_id, field=field)
