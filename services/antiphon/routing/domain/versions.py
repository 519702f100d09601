"""The life of a scheme: a draft that people edit, and the published versions that customers meet.

    draft ─publish→ version 1, 2, 3 … (immutable)
    version n ─roll_back→ the same content as a new version, with a reason

The newest version is the live one, always. Rolling back publishes older content again instead of moving a
pointer: so the list of versions is the full story of what customers met and when, read from top to bottom.
An interaction asks for the version it started with and is never moved to another.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from antiphon.kit.errors import Common
from antiphon.routing.domain.findings import Finding
from antiphon.routing.domain.node_checks import Known
from antiphon.routing.domain.reasons import Reason, Refused
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.validation import publishable, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`restores` is the number of the version whose content was published again."""

    number: int
    scheme: Scheme
    published_at: datetime
    published_by: str
    note: str = ""
    restores: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`revision` grows with every saving, so that two editors cannot overwrite each other unseen."""

    scheme: Scheme
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Versions are numbered from 1 without gaps; `revisions` counts the savings of all drafts."""

    scheme_id: str
    draft: Draft | None = None
    versions: tuple[Version, ...] = ()
    revisions: int = 0

    @property
    def live(self) -> Version:
        """The version new interactions start with; Refused NOT_PUBLISHED when there is none."""
        if not self.versions:
            raise Refused(Reason.NOT_PUBLISHED, "the scheme was never published", scheme_id=self.scheme_id)
        return self.versions[-1]

    def version(self, number: int) -> Version:
        """The version an interaction started with; Refused UNKNOWN_VERSION when there is no such number."""
        if not 1 <= number <= len(self.versions):
            message = f"there is no version {number}"
            raise Refused(Reason.UNKNOWN_VERSION, message, scheme_id=self.scheme_id, number=number)
        return self.versions[number - 1]

    @property
    def next_number(self) -> int:
        return len(self.versions) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who does it, when, and what they say about it."""

    by: str
    at: datetime
    note: str = ""


def save(history: History, scheme: Scheme, based_on: int) -> History:
    """Replaces the draft. `based_on` is the revision the editor saw, 0 for the first draft."""
    present = history.revisions
    if scheme.id != history.scheme_id:
        raise Refused(Reason.UNKNOWN_SCHEME, "this is another scheme", scheme_id=scheme.id)
    if based_on != present:
        message = "somebody else saved this draft meanwhile"
        raise Refused(Common.STALE, message, revision=present, based_on=based_on)
    return replace(history, draft=Draft(scheme=scheme, revision=present + 1), revisions=present + 1)


def publish(history: History, known: Known, signature: Signature) -> History:
    """Makes the draft the next version and the live one; the draft is gone. Errors of validation refuse it."""
    if history.draft is None:
        raise Refused(Reason.NO_DRAFT, "there is no draft to publish", scheme_id=history.scheme_id)
    return replace(_published(history, history.draft.scheme, known, signature), draft=None)


def roll_back(history: History, number: int, known: Known, signature: Signature) -> History:
    """Publishes the content of an older version again; the draft stays. `signature.note` must say why.

    Validated once more: what the old content refers to may have been deleted since.
    """
    if not signature.note.strip():
        raise Refused(Reason.NO_REASON_GIVEN, "say why the older version comes back", number=number)
    return _published(history, history.version(number).scheme, known, signature, restores=number)


def _published(
    history: History, scheme: Scheme, known: Known, signature: Signature, restores: int | None = None
) -> History:
    findings: list[Finding] = validate(scheme, known)
    if not publishable(findings):
        errors = " ".join(f"{finding.code}@{finding.node_id or ''}" for finding in findings if finding.is_error)
        raise Refused(Reason.INVALID_SCHEME, "the scheme has errors", findings=errors)
    version = Version(
        number=history.next_number,
        scheme=scheme,
        published_at=signature.at,
        published_by=signature.by,
        note=signature.note,
        restores=restores,
    )
    return replace(history, versions=(*history.versions, version))
