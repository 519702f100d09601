"""Contacts that are seen for the first time, by one identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from antiphon.directory.v1.directory_pb2 import AuditEntry, Contact, Identity
from antiphon.directory.v1.events_pb2 import ContactChanged

Place: TypeAlias = tuple[str, str, str, str]
"""An identity of a tenant: tenant, channel, namespace, value."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """The contact, what the audit log notes of it, and the fact that is told."""

    tenant: str
    contact: Contact
    entry: AuditEntry
    told: ContactChanged

    @property
    def place(self) -> Place:
        return place_of(self.tenant, self.contact.identities[0])


def place_of(tenant: str, identity: Identity) -> Place:
    """The key of an identity."""
    return tenant, identity.channel, identity.namespace, identity.value
