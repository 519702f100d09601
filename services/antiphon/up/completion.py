"""`antiphon keys complete`: what a new release wants and an older installation has not is made, beside what is there.

A service that came later has its Secret and its place among the trusted; a variable that came later is added; master
keys are made where there were none. Nothing that is there changes, so sessions, links and what was sealed go on, and a
second run makes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from antiphon.kit.tokens import public_of
from antiphon.up.keyring import Values
from antiphon.up.keys import manifests, nats_name, nats_public

_TOKEN, _TRUSTED, _SEED = "ANTIPHON_TOKEN_KEY", "ANTIPHON_TOKEN_KEYS", "ANTIPHON_NATS_SEED"
_SIGNS, _CHECKS = "ANTIPHON_MEDIA_BROWSER_SECRET", "ANTIPHON_EDGE_BROWSER_SECRETS"

_EVIDENCE, _DIGESTS = "ANTIPHON_DIALER_EVIDENCE_KEY", "ANTIPHON_DIALER_DIGEST_KEYS"


class Lost(ValueError):
    """Something that was made once is not among what was given: another in its place would be believed by nobody."""


def completed(values: Values, services: Sequence[str]) -> Values:
    """The values with what was missing. Raises Lost, and then nothing was made."""
    if _TRUSTED not in values.get("public", {}):
        raise Lost("there are no keys of this name here: `antiphon keys make` makes the first ones")
    for service in services:
        _must_have_what_others_believe(values, service)
    fresh = {str(each["metadata"]["name"]).removeprefix("a-"): each for each in manifests("a", services)}
    after = {name: dict(given) for name, given in values.items()}
    for short, made in fresh.items():
        if short != "public":
            after[short] = made["stringData"] | after.get(short, {})
    _share_softphones(values, after)
    _keep_digests(values, after)
    _publish(after, services)
    return after


def _must_have_what_others_believe(values: Values, service: str) -> None:
    public, own = values["public"], values.get(service, {})
    believed = service in json.loads(public[_TRUSTED])
    if (believed and _TOKEN not in own) or (nats_name(service) in public and _SEED not in own):
        raise Lost(f"{service}: its public key is here and its secret is not; give all of them, or restore it")


def _share_softphones(before: Values, after: Values) -> None:
    """Media signs what the edge checks."""
    signs, checks = before.get("media", {}).get(_SIGNS), before.get("edge", {}).get(_CHECKS)
    if signs is not None and checks is None:
        after["edge"][_CHECKS] = json.dumps([signs])
    elif checks is not None and signs is None:
        after["media"][_SIGNS] = json.loads(checks)[-1]


def _keep_digests(before: Values, after: Values) -> None:
    """Digests on do-not-call lists were made with the key of evidence, and are recognised by it."""
    evidence = before.get("dialer", {}).get(_EVIDENCE)
    if evidence is not None and _DIGESTS not in before["dialer"]:
        after["dialer"][_DIGESTS] = json.dumps([*json.loads(after["dialer"][_DIGESTS]), evidence])


def _publish(after: Values, services: Sequence[str]) -> None:
    public = after["public"]
    trusted = json.loads(public[_TRUSTED])
    missing = {service: public_of(after[service][_TOKEN]) for service in services if service not in trusted}
    if missing:
        public[_TRUSTED] = json.dumps(trusted | missing)
    for service in services:
        public.setdefault(nats_name(service), nats_public(after[service][_SEED]))
