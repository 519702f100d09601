"""Why the edge itself refuses; every other reason comes from the service that was asked."""

from __future__ import annotations

from antiphon.kit import errors
from antiphon.kit.errors import Kind


class Reason(errors.Reason):
    """Reasons of the inbox."""

    FOREIGN_ORIGIN = (Kind.DENIED, "A browser may change things only from the desk's own pages.")
    IN_PROGRESS = (Kind.CONFLICT, "The same request is being worked on; repeat it in a moment.")
    KEY_REUSED = (Kind.CONFLICT, "The Idempotency-Key was used for another request.")
    ATTACHMENT_BROKEN = (Kind.INVALID, "The upload is not one file in a multipart form.")
