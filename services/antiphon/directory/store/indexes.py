"""Every index, with what it is for. Uniqueness lives here: a race between two writers ends in TAKEN."""

from __future__ import annotations

from antiphon.kit import outbox
from antiphon.kit.mongo import Index

COLLECTIONS = (
    "tenants",
    "lockouts",
    "dial_plans",
    "trunk_secrets",
    "edge",
    "contact_fields",
    "deal_pipelines",
    "retention",
    "participants",
    "sign_on_links",
)
"""Collections without an index of their own."""

INDEXES: tuple[Index, ...] = (
    *outbox.INDEXES,
    Index("tenants", "of_tenant", (("tenant", 1),)),
    Index("projects", "name", (("tenant", 1), ("name_key", 1)), unique=True),
    Index("people", "email", (("email", 1),), unique=True),
    Index("people", "by_name", (("tenant", 1), ("name_key", 1), ("_id", 1))),
    Index(
        "people", "extension", (("tenant", 1), ("extension", 1)), unique=True,
        where={"extension": {"$gt": ""}, "disabled": False},
    ),
    Index("people", "caller_id", (("tenant", 1), ("caller_id", 1)), where={"caller_id": {"$gt": ""}}),
    Index("people", "owners", (("tenant", 1), ("roles", 1))),
    Index("groups", "name", (("tenant", 1), ("name_key", 1)), unique=True),
    Index("numbers", "e164", (("e164", 1),), unique=True),
    Index("numbers", "of_tenant", (("tenant", 1), ("e164", 1))),
    Index("contacts", "found", (("tenant", 1), ("name_key", 1), ("_id", 1), ("search", 1))),
    Index(
        "contacts", "identity",
        (("tenant", 1), ("identities.channel", 1), ("identities.namespace", 1), ("identities.value", 1)),
        unique=True, where={"identified": True},
    ),
    Index("contacts", "merged", (("tenant", 1), ("root_id", 1)), where={"root_id": {"$gt": ""}}),
    Index("contacts", "marks", (("tenant", 1), ("marks", 1))),
    Index("contact_notes", "of_contact", (("tenant", 1), ("contact_id", 1), ("at", -1), ("_id", -1))),
    Index("deals", "newest", (("tenant", 1), ("changed_at", -1), ("_id", -1))),
    Index("deals", "of_contact", (("tenant", 1), ("contact_id", 1))),
    Index("deals", "of_conversation", (("tenant", 1), ("conversation_ids", 1))),
    Index("deals", "in_stage", (("tenant", 1), ("pipeline_id", 1), ("stage", 1), ("changed_at", -1))),
    Index("deals", "of_owner", (("tenant", 1), ("owner_id", 1), ("changed_at", -1))),
    Index("deals", "origin", (("tenant", 1), ("origin", 1)), unique=True, where={"origin": {"$gt": ""}}),
    Index("unlike_contacts", "of_contact", (("tenant", 1), ("pair", 1))),
    Index("consents", "of_contact", (("tenant", 1), ("contact_id", 1), ("given_at", -1))),
    Index("erasures", "newest", (("tenant", 1), ("asked_at", -1))),
    Index("erasures", "of_card", (("tenant", 1), ("contact_ids", 1))),
    Index("erasures", "running", (("waiting_for", 1), ("asked_at", 1)), where={"state": "running"}),
    Index("credentials", "of_tenant", (("tenant", 1), ("_id", 1))),
    Index("sessions", "digest", (("digest", 1),), unique=True),
    Index("sessions", "of_person", (("tenant", 1), ("person_id", 1), ("_id", 1))),
    Index("sessions", "expired", (("expires_at", 1),), expires_after=86_400),
    Index("passkeys", "of_person", (("tenant", 1), ("person_id", 1), ("created_at", 1))),
    Index("passkey_challenges", "expired", (("expires_at", 1),), expires_after=0),
    Index("sign_ons", "word", (("word", 1),), unique=True),
    Index("sign_on_tries", "expired", (("expires_at", 1),), expires_after=0),
    Index("keys", "digest", (("digest", 1),), unique=True),
    Index("keys", "of_tenant", (("tenant", 1), ("_id", 1))),
    Index("sip_accounts", "username", (("username", 1),), unique=True),
    Index("sip_accounts", "of_tenant", (("tenant", 1), ("username", 1))),
    Index("sip_accounts", "of_person", (("tenant", 1), ("person_id", 1))),
    Index("sip_secrets", "by_age", (("tenant", 1), ("changed_at", 1))),
    Index("trunks", "name", (("tenant", 1), ("name_key", 1)), unique=True),
    Index("numbers", "over_trunk", (("tenant", 1), ("trunk_id", 1))),
    Index("tickets", "newest", (("tenant", 1), ("opened_at", -1), ("_id", -1))),
    Index("lockouts", "forgotten", (("last_at", 1),), expires_after=172_800),
    Index("audit", "newest", (("tenant", 1), ("at", -1), ("_id", -1))),
    Index("audit", "of_object", (("tenant", 1), ("object", 1), ("at", -1), ("_id", -1))),
)  # fmt: skip
