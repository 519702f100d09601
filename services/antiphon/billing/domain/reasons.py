"""Why billing refuses. INVALID, NOT_FOUND, STALE and UNAVAILABLE are the common ones of `kit.errors`."""

from __future__ import annotations

from antiphon.kit import errors
from antiphon.kit.errors import Kind


class Reason(errors.Reason):
    INSUFFICIENT = (Kind.DENIED, "There is not enough money for one step of this call.")
    SUSPENDED = (Kind.DENIED, "The account is suspended; only emergency calls pass.")
    BLOCKED_DIRECTION = (Kind.DENIED, "This direction is never to be called.")
    NO_RATE = (Kind.DENIED, "No row of the tariff covers this number.")
    NO_PERIOD = (Kind.DENIED, "The tariff has no price at this hour.")
    NO_TARIFF = (Kind.DENIED, "The account's tariff has no version in force.")
    NO_ACCOUNT = (Kind.NOT_FOUND, "The tenant has no account yet.")
    NOT_OPEN = (Kind.CONFLICT, "The reservation was settled, given back, or ran out.")
    CONFLICT = (Kind.CONFLICT, "This id was used for something else.")
    CURRENCY = (Kind.INVALID, "An account has one currency for ever.")
    TAKEN = (Kind.CONFLICT, "The tenant has an account already.")
    SAME_PERSON = (Kind.DENIED, "Who wrote it may not approve it, who approved it may not confirm it.")
    ILLEGAL = (Kind.CONFLICT, "That step does not follow from its state.")
    LIMIT = (Kind.DENIED, "The account's own limit is reached.")
    NO_CONSENT = (Kind.DENIED, "This carrier needs the recorded consent that it learns who calls.")
    PRICE_CHANGED = (Kind.CONFLICT, "The price is not the one that was confirmed.")
    ENDS_WITH_USE = (Kind.CONFLICT, "It is ordered and ended with the line or slot itself.")
    OPEN_TRUST = (Kind.CONFLICT, "A trust credit is open already.")
    TERMINATED = (Kind.CONFLICT, "The account is terminated.")
    NO_CERTIFICATE = (Kind.DENIED, "Paying after use needs an approved certificate of budget funding.")
    OPEN_HOLDS = (Kind.CONFLICT, "Calls still hold money; ask again when they are over.")
    ABOVE_CAP = (Kind.DENIED, "A compensation above the monthly fee has to be asked for as an exception.")
    LATE_NOTICE = (Kind.DENIED, "Planned works are told at least seven days before.")
    TOO_MUCH_PLANNED = (Kind.DENIED, "More than four hours of planned works in one month.")
    NO_INCIDENT = (Kind.DENIED, "No outage is documented for this month.")
    TOPUP_DECLINED = (Kind.DENIED, "This payment by card is not taken.")
    NO_PROVIDER = (Kind.CONFLICT, "No payment provider is set up.")
    FORGED = (Kind.DENIED, "The signature is not the provider's.")
    PERIOD = (Kind.INVALID, "This period cannot be had.")
    NOT_CLOSED = (Kind.CONFLICT, "The period cannot be closed: the books are not complete.")
    NO_PLAN = (Kind.DENIED, "The company has no plan yet: activate one first.")
    PLAN_TAKEN = (Kind.CONFLICT, "Another plan has this name.")
    CARRIER_TAKEN = (Kind.CONFLICT, "Another carrier has this name.")
    NUMBER_TAKEN = (Kind.CONFLICT, "Somebody else was quicker, or it is not offered any more; nothing was charged.")
    OPERATORS_TERMS = (Kind.DENIED, "The operator's plan says this, not the company itself.")
    NOTICE_TOO_SHORT = (Kind.DENIED, "This has to be told earlier.")
    ENDING = (Kind.CONFLICT, "The contract ends already.")
    NO_SCAN = (Kind.INVALID, "A signed copy is a PDF, JPEG or PNG.")
    SCAN_TOO_LARGE = (Kind.INVALID, "A signed copy has at most 10 MB.")
