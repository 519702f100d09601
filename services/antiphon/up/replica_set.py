"""`antiphon replica-set`: the members that MongoDB's address names become a replica set, or join theirs.

Any member that answers will do: where one knows a set, the set's primary is told of members that it lacks, so the
first of them may be away, or may have come back empty. A new set is only made when every member answers and none knows
of one: a member that is silent could be the one that does. The first makes it: in a cluster the user is there alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

Client: TypeAlias = MongoClient[dict[str, Any]]
_WAITS: dict[str, Any] = {"serverSelectionTimeoutMS": 3_000, "connectTimeoutMS": 5_000}
_SETTINGS = {"electionTimeoutMillis": 4_000}
"""Callers at a menu are patient for about as long as four seconds without a primary, and not for ten."""


class NotYet(RuntimeError):
    """It has to be tried again; the message says why."""


def form(url: str) -> list[str]:
    """Makes the set or completes it. Returns the members that are new. Raises NotYet."""
    said = parse_uri(url)
    hosts = [f"{host}:{port}" for host, port in said["nodelist"]]
    name = said["options"].get("replicaset", "rs0")
    user: dict[str, Any] = {"username": said["username"], "password": said["password"]} if said["username"] else {}
    known = {host: _set_of(host) for host in hosts}
    if joined := [host for host in hosts if known[host]]:
        return _complete(joined, name, user, hosts)
    if silent := [host for host in hosts if known[host] is None]:
        raise NotYet(f"no set is known, and these do not answer: {', '.join(silent)}")
    members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
    try:
        with _client(hosts[0], directConnection=True, **user) as client:
            client.admin.command({"replSetInitiate": {"_id": name, "settings": _SETTINGS, "members": members}})
    except PyMongoError as error:
        raise NotYet(str(error)) from error
    return hosts


def _set_of(host: str) -> str | None:
    """The set that a member knows, "" for none; None when it does not answer."""
    try:
        with _client(host, directConnection=True) as client:
            return str(client.admin.command("hello").get("setName", ""))
    except PyMongoError:
        return None


def _complete(joined: Sequence[str], name: str, user: dict[str, Any], hosts: Sequence[str]) -> list[str]:
    """One member after another: MongoDB takes one voter at a time."""
    added: list[str] = []
    try:
        with _client(list(joined), replicaSet=name, **user) as client:
            for host in hosts:
                config = client.admin.command("replSetGetConfig")["config"]
                if host in {member["host"] for member in config["members"]}:
                    continue
                number = max(member["_id"] for member in config["members"]) + 1
                config["members"].append({"_id": number, "host": host})
                client.admin.command({"replSetReconfig": {**config, "version": config["version"] + 1}})
                added.append(host)
    except PyMongoError as error:
        raise NotYet(str(error)) from error
    return added


def _client(host: str | list[str], **options: Any) -> Client:
    return MongoClient(host, **_WAITS, **options)
