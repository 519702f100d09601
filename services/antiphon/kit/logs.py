"""Structured logs: one JSON object a line, a static message, bound context, and no personal data.

    log = logs.get("acd")
    with logs.bound(tenant=tenant_id, item_id=item.id):
        log.info("offer rang out", request=request)   # a protobuf message is redacted by its pii marks

Context travels with the task (contextvars), so whatever is called inside carries it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import IO, Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from antiphon.common.v1 import options_pb2

HIDDEN = "•••"
_always: dict[str, Callable[[], object]] = {}
_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=MappingProxyType({}))


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Adds fields to every line logged inside the block, in this task and those it starts."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def always(name: str, value: Callable[[], object]) -> None:
    """Adds a field to every line that is logged from now on; what is empty is left out. Costs nothing otherwise."""
    _always[name] = value


def redacted(message: Message) -> dict[str, Any]:
    """A protobuf message as a dict in which every field marked `pii` reads •••; the message itself is untouched."""
    copy = type(message)()
    copy.CopyFrom(message)
    _hide(copy)
    return MessageToDict(copy, preserving_proto_field_name=True)


def _hide(message: Message) -> None:
    for field, value in message.ListFields():
        if field.GetOptions().Extensions[options_pb2.pii]:
            _blank(message, field)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for child in value if field.is_repeated else [value]:
                _hide(child)


def _blank(message: Message, field: FieldDescriptor) -> None:
    is_text = field.type == FieldDescriptor.TYPE_STRING
    message.ClearField(field.name)
    if is_text and field.is_repeated:
        getattr(message, field.name).append(HIDDEN)
    elif is_text:
        setattr(message, field.name, HIDDEN)


class Log:
    """A logger whose keyword arguments become fields."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, message: str, **fields: object) -> None:
        self._write(logging.DEBUG, message, fields)

    def info(self, message: str, **fields: object) -> None:
        self._write(logging.INFO, message, fields)

    def warning(self, message: str, **fields: object) -> None:
        self._write(logging.WARNING, message, fields)

    def error(self, message: str, **fields: object) -> None:
        self._write(logging.ERROR, message, fields)

    def exception(self, message: str, **fields: object) -> None:
        """As error, with the traceback of the exception being handled."""
        self._write(logging.ERROR, message, fields, exc_info=True)

    def _write(self, level: int, message: str, fields: Mapping[str, object], exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            every = {name: found for name, value in _always.items() if (found := value())}
            extra = {**every, **_context.get(), **fields}
            self._logger.log(level, message, exc_info=exc_info, extra={"fields": extra})


def get(name: str) -> Log:
    """The logger of a service or module."""
    return Log(logging.getLogger(f"antiphon.{name}"))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "log": record.name.removeprefix("antiphon."),
            "message": record.getMessage(),
        }
        line.update({name: _plain(value) for name, value in getattr(record, "fields", {}).items()})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _plain(value: object) -> object:
    return redacted(value) if isinstance(value, Message) else value


def setup(level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Sends Antiphon's own lines at `level`, and other libraries' warnings, to `stream` (standard error)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("antiphon").setLevel(level.upper())
