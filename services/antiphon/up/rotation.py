"""`antiphon keys rotate`: a secret changes in three steps, and after each of them everything works.

    begin   the new one is made and trusted beside the old one      → restart who checks, one after the other
    switch  the new one is used                                     → restart who signs
    end     the old one is trusted no longer (when nothing of it lives any more: ten minutes) → restart who checks

What changes: `token:<service>` (the key that signs its tokens), `softphone` (browsers' ephemeral SIP credentials, which
live up to an hour: wait so long before the end), `sealing:channels` and `sealing:directory` (what seals providers'
tokens, second factors, passwords of telephones and trunks: after the switch the service seals all of it anew, at its
start and every ten minutes, and says so in its log; wait until it has nothing more to say), `turn` (the secret of
relays; coturn reads its secrets when it starts: node by node), `digests` (what do-not-call lists recognise erased
numbers by: there is no end, because digests cannot be made anew), `master` (what wraps data keys: there is no switch;
every service that keeps files must have started once between `begin` and `end`). The steps work on what `antiphon keys`
made: env files of compose, or the manifests of a cluster as `kubectl get … -o json` prints them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from antiphon.kit.tokens import new_private_key, public_of
from antiphon.up import keyring
from antiphon.up.keyring import Values
from antiphon.up.keys import Manifest, new_secret

_TOKEN, _TRUSTED = "ANTIPHON_TOKEN_KEY", "ANTIPHON_TOKEN_KEYS"
_SIGNS, _CHECKS = "ANTIPHON_MEDIA_BROWSER_SECRET", "ANTIPHON_EDGE_BROWSER_SECRETS"
_RELAYS, _RELAYED = "ANTIPHON_MEDIA_TURN_SECRET", "ANTIPHON_MEDIA_TURN_SECRETS"
_DIGESTS = "ANTIPHON_DIALER_DIGEST_KEYS"
_SEALING = {
    "channels": ("ANTIPHON_CHANNELS_SECRET_KEY", "ANTIPHON_CHANNELS_SECRET_KEYS"),
    "directory": ("ANTIPHON_DIRECTORY_SEALING_KEY", "ANTIPHON_DIRECTORY_SEALING_KEYS"),
}
"""By service: what seals, and all that open."""
_NEXT = "_NEXT"
"""Beside the secret in use waits its successor; services do not know the name and pass it over."""


KINDS = "token:<service>, sealing:<channels or directory>, softphone, turn, digests or master"


class Step(StrEnum):
    BEGIN = "begin"
    SWITCH = "switch"
    END = "end"


class OutOfOrder(ValueError):
    """The step does not come next. Nothing was changed."""


def rotated(values: Values, what: str, step: Step) -> Values:
    """The values after a step. Raises OutOfOrder, ValueError for what there is not."""
    after = {name: dict(given) for name, given in values.items()}
    kind, _, service = what.partition(":")
    match kind:
        case "token" if _TOKEN in after.get(service, {}) and _TRUSTED in after.get("public", {}):
            _token(after, service, step)
        case "softphone" if _SIGNS in after.get("media", {}) and _CHECKS in after.get("edge", {}):
            _softphone(after, step)
        case "turn" if _RELAYS in after.get("media", {}):
            _several(after["media"], (_RELAYS, _RELAYED), step, new_secret)
        case "sealing" if service in _SEALING and _SEALING[service][0] in after.get(service, {}):
            _several(after[service], _SEALING[service], step, new_private_key)
        case "digests" if _DIGESTS in after.get("dialer", {}):
            _digests(after["dialer"], step)
        case "master" if "keys.json" in after.get("master", {}):
            _master(after["master"], step)
        case _:
            raise ValueError(f"there is no {what!r} here: {KINDS}")
    return after


def _token(values: Values, service: str, step: Step) -> None:
    own, trusted = values[service], json.loads(values["public"][_TRUSTED])
    _turn(own, _TOKEN, step, new_private_key)
    keys = [own[_TOKEN], *filter(None, [own.get(_TOKEN + _NEXT)])] if step is not Step.SWITCH else []
    if keys:
        trusted[service] = " ".join(public_of(key) for key in keys)
    values["public"][_TRUSTED] = json.dumps(trusted)


def _softphone(values: Values, step: Step) -> None:
    own = values["media"]
    _turn(own, _SIGNS, step, new_secret)
    if step is not Step.SWITCH:
        values["edge"][_CHECKS] = json.dumps([own[_SIGNS], *filter(None, [own.get(_SIGNS + _NEXT)])])


def _several(own: dict[str, str], names: tuple[str, str], step: Step, make: Callable[[], str]) -> None:
    """One is used; all that are listed beside it are believed, or open what they sealed."""
    used, all_of_them = names
    _turn(own, used, step, make)
    if step is not Step.SWITCH:
        own[all_of_them] = json.dumps([own[used], *filter(None, [own.get(used + _NEXT)])])


def _digests(own: dict[str, str], step: Step) -> None:
    """The first makes new ones; a successor waits at the end until everybody recognises what it makes."""
    keys = json.loads(own[_DIGESTS])
    waits = own.get(_DIGESTS + _NEXT) == keys[-1]
    if step is Step.END or waits != (step is Step.SWITCH):
        raise OutOfOrder("begin comes before switch, and there is no end: old digests are recognised for ever")
    if step is Step.BEGIN:
        own[_DIGESTS + _NEXT] = new_secret()
        keys = [*keys, own[_DIGESTS + _NEXT]]
    else:
        keys = [own.pop(_DIGESTS + _NEXT), *keys[:-1]]
    own[_DIGESTS] = json.dumps(keys)


def _turn(own: dict[str, str], name: str, step: Step, make: Any) -> None:
    waits = name + _NEXT in own
    if waits != (step is Step.SWITCH):
        raise OutOfOrder("begin comes before switch, and switch before end")
    if step is Step.BEGIN:
        own[name + _NEXT] = make()
    elif step is Step.SWITCH:
        own[name] = own.pop(name + _NEXT)


def _master(own: dict[str, str], step: Step) -> None:
    """Here the new one wraps from the beginning: what only unwraps is the old one."""
    said = json.loads(own["keys.json"])
    several = len(said["keys"]) > 1
    if step is Step.SWITCH or several != (step is Step.END):
        raise OutOfOrder("a master key begins, every service is restarted, and it ends; there is no switch")
    if step is Step.BEGIN:
        made = new_private_key()
        name = f"key-{public_of(made)[:8]}"
        said = {"current": name, "keys": {**said["keys"], name: made}}
    elif step is Step.END:
        said["keys"] = {said["current"]: said["keys"][said["current"]]}
    own["keys.json"] = json.dumps(said)


def in_env_files(directory: Path, what: str, step: Step) -> list[Path]:
    """Takes a step in the files of `antiphon keys --env-files`. Returns those that changed."""
    return keyring.in_env_files(directory, lambda values: rotated(values, what, step))


def in_manifests(listed: Mapping[str, Any], name: str, what: str, step: Step) -> list[Manifest]:
    """Takes a step in a list of ConfigMaps and Secrets. Returns those that changed, to be applied."""
    return keyring.in_manifests(listed, name, lambda values: rotated(values, what, step))
