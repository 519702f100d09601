"""WebAuthn's two ceremonies by py_webauthn: what a browser is asked for, and whether its answer is good.

What strangers send makes the library raise all sorts of errors; here they are one "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from antiphon.directory.domain.passkeys import Passkey, Site

_NAME = "Antiphon"
_ERRORS = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Made:
    """What a device has made."""

    credential: bytes
    public_key: bytes
    sign_count: int
    synced: bool


def creation(site: Site, person: tuple[bytes, str, str], challenge: bytes, present: Sequence[bytes]) -> str:
    """Options for a new passkey of a person (id, sign-in name, name) who has these already."""
    handle, login, name = person
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name=_NAME, user_id=handle, user_name=login, user_display_name=name, challenge=challenge,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in present],
    )  # fmt: skip
    return webauthn.options_to_json(options)


def made(site: Site, credential: dict[str, Any], challenge: bytes) -> Made | None:
    """The new passkey, when the answer is good."""
    try:
        it = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.host,
            expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except _ERRORS:
        return None
    return Made(it.credential_id, it.credential_public_key, it.sign_count, it.credential_backed_up)


def request(site: Site, challenge: bytes) -> str:
    """Options for a sign-in by any passkey of this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def counted(site: Site, credential: dict[str, Any], challenge: bytes, known: Passkey) -> int | None:
    """The device's count of uses, when the answer is good and nobody is ahead of it."""
    try:
        handle = credential["response"].get("userHandle")
        if handle is not None and base64url_to_bytes(handle) != known.person_id.encode():
            return None
        it = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.host,
            expected_origin=site.origin, credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count, require_user_verification=True,
        )  # fmt: skip
    except _ERRORS:
        return None
    return it.new_sign_count
