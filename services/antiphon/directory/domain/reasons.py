"""Why directory refuses. INVALID, NOT_FOUND, STALE and DENIED are the common ones of `kit.errors`."""

from __future__ import annotations

from antiphon.kit import errors
from antiphon.kit.errors import Kind


class Reason(errors.Reason):
    TAKEN = (Kind.CONFLICT, "Another record has this value already, and it must be unique.")
    UNKNOWN_NUMBER = (Kind.INVALID, "The caller ID is not one of the tenant's own numbers.")
    LAST_OWNER = (Kind.CONFLICT, "The tenant would stay without an owner.")
    IN_USE = (Kind.CONFLICT, "Something still refers to it.")
    RENTED = (Kind.CONFLICT, "The number is the operator's: its order says what it is, and ends it.")
    ORDER_ENDED = (Kind.CONFLICT, "What this order took was given back.")
    MERGED = (Kind.CONFLICT, "The card was merged into another one already; `into` names it.")
    FULL = (Kind.CONFLICT, "The tenant has as many of these as it may have.")
    WEAK_PASSWORD = (Kind.INVALID, "The password breaks a rule of the password policy; `rule` names it.")
    REUSED_PASSWORD = (Kind.INVALID, "This account had the password before.")
    NO_OWNER = (Kind.CONFLICT, "A device of nobody is no personal line.")
    NO_FULL_NAME = (Kind.CONFLICT, "A personal line needs its employee's full name: first name and surname.")
    NO_EXTENSION = (Kind.CONFLICT, "A personal line needs an extension of its employee.")
    LINE_ACTIVE = (
        Kind.CONFLICT,
        "An active personal line needs the person's full name and extension: close it first.",
    )
    SLOT_OCCUPIED = (Kind.CONFLICT, "Another SIM card sits in this slot.")
    SIM_PLACED = (Kind.CONFLICT, "The SIM card sits in another slot already; `gateway` and `slot` say where.")
    INBOUND_ONLY = (Kind.INVALID, "The number is only called: it is nobody's caller ID.")
    BAD_CREDENTIALS = (Kind.UNAUTHENTICATED, "E-mail, password, code or key is wrong.")
    TOTP_NEEDED = (Kind.UNAUTHENTICATED, "The second factor is on: a code is needed too.")
    BAD_CODE = (Kind.INVALID, "The code is wrong or too old.")
    TOTP_ON = (Kind.CONFLICT, "The second factor is on already; turn it off first.")
    LOCKED = (Kind.EXHAUSTED, "Too many failures in a row; wait for `retry_after` seconds.")
    DISABLED = (Kind.DENIED, "This person may no longer sign in.")
    SESSION_ENDED = (Kind.UNAUTHENTICATED, "The session has ended; sign in again.")
    BAD_PASSKEY = (Kind.UNAUTHENTICATED, "The passkey is unknown, its answer is wrong or too late, or it was copied.")
    FRESH_SIGN_IN_NEEDED = (Kind.DENIED, "This needs a session younger than ten minutes: sign in again.")
    SIGN_ON_FAILED = (Kind.UNAUTHENTICATED, "The company's sign-in was not completed or not believed; `why` names it.")
    SIGN_ON_ONLY = (Kind.UNAUTHENTICATED, "This company's people sign in by its own provider; `word` leads there.")
    NOT_INVITED = (Kind.DENIED, "The provider knows this person, but the company here has not invited them.")
    NO_ROLE = (Kind.DENIED, "None of what the provider says of this person gives a role here.")
    PROVIDER_UNUSABLE = (Kind.CONFLICT, "The identity provider does not answer as OpenID Connect asks; `why` names it.")
    PRIVATE_HOST = (Kind.INVALID, "The address is inside the network of this installation, where it must not lead.")
