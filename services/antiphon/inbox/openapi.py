"""OpenAPI 3.1, generated from the table of routes, the descriptors and their comments: it cannot say anything else than
the service does."""

from __future__ import annotations

import html
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from antiphon.inbox import wire
from antiphon.inbox.api import ROWS
from antiphon.inbox.comments import comment
from antiphon.inbox.rows import CONTRACT, DIALER, MEDIA, PREFIX, Row
from antiphon.inbox.sessions import COOKIE
from antiphon.kit.settings import package_version

_PLAIN: dict[int, dict[str, Any]] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.TYPE_INT64: {"type": "string", "pattern": r"^-?\d{1,19}$"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
}
_WELL_KNOWN: dict[str, dict[str, Any]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time", "examples": ["2026-01-05T09:00:00Z"]},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$", "examples": ["20s"]},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
}
_PROBLEMS = {
    "400": "The body is not well-formed.",
    "401": "A valid session, API key or access token is required.",
    "403": "The right is missing, or a browser sent the request from a foreign page.",
    "404": "There is no such thing in this tenant.",
    "409": "Somebody changed it meanwhile, or the moment has passed; `reason` says which.",
    "413": "The body is too large.",
    "415": "The body is of another media type.",
    "422": "A field is unknown, missing or of the wrong type; `facts.field` names it.",
    "429": "Too many requests; wait a little.",
    "503": "The service is not ready; try again.",
    "504": "No answer in time; the outcome is unknown: repeat with the same ids.",
}
_STYLE = """<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;
margin:2rem auto;padding:0 1rem}code{font:.9em ui-monospace,monospace}h2{margin-top:2.5rem}dt{margin-top:1rem}
dt b{display:inline-block;min-width:4.5rem}dd{margin:0 0 0 4.5rem}</style>"""
_INTRO = (
    "Everything the desk does. Times are RFC 3339 in UTC, durations are seconds as `20s`. A record carries `rev`: send "
    "it back as you read it, and STALE (409) means that somebody was faster. Refusals are RFC 9457 problems whose "
    "`reason` is a stable word. Creating calls take an `Idempotency-Key`: a repeat within a day returns the first "
    "answer. Follow what happens over the WebSocket `/rt` with a one-time ticket."
)


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for row in ROWS:
        paths.setdefault(row.address, {})[row.method.lower()] = _operation(row, schemas)
    paths |= _real_time()
    schemas["Problem"] = _problem_schema()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Antiphon", "version": package_version(), "description": _INTRO,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"cookie": []}, {"bearer": []}],
        "tags": _tags(),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {f"Problem{status}": _problem_response(text) for status, text in _PROBLEMS.items()},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by sign-in."},
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key (ak_…) or an access token."},
            },
        },
    }  # fmt: skip


def _tags() -> list[dict[str, str]]:
    services = {row.service: row.rpc_method.containing_service for row in ROWS}
    told = [{"name": name, "description": comment(service.full_name)} for name, service in services.items()]
    return [*told, {"name": "real time", "description": "What happens, as it happens."}]


def _operation(row: Row, schemas: dict[str, Any]) -> dict[str, Any]:
    text = comment(row.rpc_method.full_name)
    right = "" if row.requires in ("public", "person") else f" Needs the right `{row.requires}`."
    operation: dict[str, Any] = {
        "operationId": _operation_id(row),
        "tags": [row.service],
        "summary": text.partition(". ")[0].rstrip(".")[:120] or row.rpc,
        "description": text + right,
        "parameters": _parameters(row, schemas),
        "responses": {"200": _success(row, schemas), **_problem_references(row)},
    }
    if row.requires == "public":
        operation["security"] = []
    if row.stream == "up" and row.service in (DIALER, CONTRACT):
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif row.stream == "up":
        part = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": part}}}
    elif row.method != "GET" and (body := _body(row, schemas))["properties"]:
        required = row.method != "DELETE"
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return operation


def _operation_id(row: Row) -> str:
    """`putPerson`, and `createPerson` where the same rpc also has an address of a record."""
    name = f"Create{row.rpc[3:]}" if row.creates and row.rpc.startswith("Put") else row.rpc
    name = "SetMyState" if row.path == "/me/state" else name
    name = f"{row.rpc}Call" if row.service == MEDIA and row.rpc == "Transfer" else name  # work has its own
    return name[0].lower() + name[1:]


def _parameters(row: Row, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if row.target:
        text = {"type": "string", "minLength": 1, "maxLength": 200}
        found.append({"name": "id", "in": "path", "required": True, "schema": text})
    if row.remembers:
        key = {"type": "string", "minLength": 1, "maxLength": 200}
        about = "A repeat with the same key returns the first answer for a day."
        found.append({"name": "Idempotency-Key", "in": "header", "description": about, "schema": key})
    if row.method == "GET" or (row.stream == "up" and row.service in (DIALER, CONTRACT)):
        asked: Any = row.rpc_method.input_type
        if row.method != "GET":  # the body is the file; what is said about it stands in the query
            asked = next(field.message_type for field in asked.fields if field.message_type is not None)
        for field in asked.fields:
            if wire.as_parameter(field) and field.name != row.target.rpartition(".")[2]:
                schema = _field(field, schemas)
                found.append(
                    {"name": field.name, "in": "query", "description": comment(field.full_name), "schema": schema}
                )
    return found


def _body(row: Row, schemas: dict[str, Any]) -> dict[str, Any]:
    left_out = {row.target, *row.hidden}
    fields = [field for field in row.rpc_method.input_type.fields if field.name not in left_out]
    return {
        "type": "object",
        "properties": {field.name: _described(field, schemas) for field in fields},
        "additionalProperties": False,
    }


def _success(row: Row, schemas: dict[str, Any]) -> dict[str, Any]:
    if row.stream == "down":
        return {"description": "The file.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    return {"description": "Done.", "content": {"application/json": {"schema": _reference(
        row.rpc_method.output_type, schemas)}}}  # fmt: skip


def _problem_references(row: Row) -> dict[str, Any]:
    wanted = {"401", "403", "404", "409", "422", "429", "503", "504"}
    if row.method == "GET":
        wanted.discard("409")
    else:
        wanted |= {"400", "413", "415"}
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(wanted)}


def _reference(kind: Descriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    if kind.full_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[kind.full_name])
    name = _schema_name(kind)
    if name not in schemas:
        schemas[name] = {}  # there already when the message refers to itself
        schemas[name] = {
            "type": "object",
            **_description(kind.full_name),
            "properties": {field.name: _described(field, schemas) for field in kind.fields},
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _described(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    return {**_field(field, schemas), **_description(field.full_name)}


def _field(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _single(entry.fields_by_name["value"], schemas)}
    single = _single(field, schemas)
    return {"type": "array", "items": single} if field.is_repeated else single


def _single(field: FieldDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    if field.message_type is not None:
        return _reference(field.message_type, schemas)
    if field.enum_type is not None:
        return _enum(field.enum_type, schemas)
    return dict(_PLAIN[field.type])


def _enum(kind: EnumDescriptor, schemas: dict[str, Any]) -> dict[str, Any]:
    words = [value.name for value in kind.values]
    name = _schema_name(kind)
    told = [f"`{word}`: {text}" for word in words if (text := comment(f"{kind.full_name}.{word}"))]
    about = " ".join([comment(kind.full_name), *told]).strip()
    schemas[name] = {"type": "string", "enum": words, **({"description": about} if about else {})}
    return {"$ref": f"#/components/schemas/{name}"}


def _schema_name(kind: Descriptor | EnumDescriptor) -> str:
    """`acd.Queue`, `routing.Event.Started`."""
    return kind.full_name.removeprefix("antiphon.").replace(".v1.", ".", 1)


def _description(full_name: str) -> dict[str, str]:
    text = comment(full_name)
    return {"description": text} if text else {}


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "RFC 9457.",
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text,
            "reason": {"type": "string", "description": "A stable word to react to."},
            "retry": {"type": "boolean", "description": "True when the same request may succeed later."},
            "facts": {"type": "object", "additionalProperties": text},
        },
        "required": ["type", "title", "status", "reason"],
    }  # fmt: skip


def _problem_response(text: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


def _real_time() -> dict[str, Any]:
    problems = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in ("401", "403", "503")}
    ticket = {"type": "object", "properties": {"ticket": {"type": "string"}}, "required": ["ticket"]}
    state = {
        "type": "object",
        "properties": {"epoch": {"type": "string"}, "cursor": {"type": "integer"}, "state": {"type": "object"}},
        "required": ["epoch", "cursor", "state"],
    }
    return {
        f"{PREFIX}/rt/ticket": {"post": _plain_operation(
            "rtTicket", "A one-time ticket for the WebSocket /rt, good for 30 seconds", ticket, problems)},
        f"{PREFIX}/rt/snapshot": {"get": _plain_operation(
            "rtSnapshot", "All that the desk shows, and the position in the stream of facts to follow from", state,
            problems)},
    }  # fmt: skip


def _plain_operation(name: str, text: str, schema: dict[str, Any], problems: dict[str, Any]) -> dict[str, Any]:
    done = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "tags": ["real time"], "summary": text, "responses": {"200": done, **problems}}


@cache
def page() -> str:
    """The description as one page without scripts."""
    lines = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        "<title>Antiphon API</title>",
        _STYLE,
        f"<h1>Antiphon API</h1><p>{_marked(_INTRO)}</p><p>For machines: <a href=/api/openapi.json>openapi.json</a></p>",
    ]
    for tag in document()["tags"]:
        lines.append(f"<h2>{html.escape(tag['name'])}</h2><p>{_marked(tag['description'])}</p><dl>")
        for path, operations in document()["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    text = operation.get("description") or operation["summary"]
                    lines.append(f"<dt><b>{method.upper()}</b> <code>{html.escape(path)}</code></dt>")
                    lines.append(f"<dd>{_marked(text)}</dd>")
        lines.append("</dl>")
    return "".join(lines) + "</html>"


def _marked(text: str) -> str:
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
