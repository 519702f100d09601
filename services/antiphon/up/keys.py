"""`antiphon keys NAME`: every secret that an installation in a cluster begins with, made once, printed as manifests.

A Secret for each service, `NAME-<service>`, whose keys are environment variables, and a ConfigMap `NAME-public` with
the halves that all may know; the master keys are a file, `NAME-master`; NATS has `NAME-stream`. Nothing is kept here:
apply the output, and seal or store it. A second run makes other keys, with which old sessions, links and encrypted
fields are lost: never apply it over the first. What a newer release wants beside them, `antiphon keys complete` adds
(completion.py); `antiphon keys rotate` changes one (rotation.py).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nkeys

from antiphon.kit.tokens import new_private_key, public_of

Manifest = Mapping[str, Any]
MASTER, MASTER_FILE = "master", "keys.json"


def manifests(name: str, services: Sequence[str]) -> Iterator[Manifest]:
    """The ConfigMap, and a Secret for each service and for the edge."""
    tokens = {each: new_private_key() for each in services}
    seeds = {each: _new_seed() for each in services}
    own = _own()
    trusted = {each: public_of(key) for each, key in tokens.items()}
    public = {"ANTIPHON_TOKEN_KEYS": json.dumps(trusted)}
    public |= {nats_name(each): nats_public(seed.decode()) for each, seed in seeds.items()}
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-public"}, "data": public}
    for each in services:
        kept = {"ANTIPHON_TOKEN_KEY": tokens[each], "ANTIPHON_NATS_SEED": seeds[each].decode(), **own.get(each, {})}
        metadata = {"name": f"{name}-{each}"}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": kept}
    for short, kept in ((MASTER, _master()), ("stream", _stream())):
        metadata = {"name": f"{name}-{short}"}
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": kept}


def _master() -> dict[str, str]:
    """What data keys are wrapped by (kit/vault.py), as a file."""
    made = {"current": "first", "keys": {"first": new_private_key()}}
    return {MASTER_FILE: json.dumps(made)}


def _stream() -> dict[str, str]:
    """What NATS seals its files by, where it is told to. It begins with a letter: NATS reads what begins with a digit
    as a number, also from the environment."""
    return {"ANTIPHON_STREAM_KEY": f"k{new_secret()}"}


def nats_values(public: Mapping[str, str], services: Sequence[str]) -> Manifest:
    """Chart values by which NATS lets these services in, and lets none tell facts in another's name. `public`: data of
    the ConfigMap."""
    users = [
        {
            "nkey": public[nats_name(each)],
            "permissions": {
                "publish": {"allow": [">"], "deny": [f"antiphon.{other}.v1.>" for other in services if other != each]}
            },
        }
        for each in services
    ]
    return {"nats": {"config": {"merge": {"authorization": {"users": users}}}}}


def nats_name(service: str) -> str:
    """Under which the ConfigMap has a service's NATS user."""
    return f"NATS_{service.upper()}"


def nats_public(seed: str) -> str:
    """The NATS user of a seed."""
    return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())


def _own() -> dict[str, dict[str, str]]:
    """What single services need beside their tokens; some is shared by two of them."""
    phones, turn = new_secret(), new_secret()
    return {
        "directory": {"ANTIPHON_DIRECTORY_SEALING_KEY": new_private_key()},
        "channels": {"ANTIPHON_CHANNELS_SECRET_KEY": new_private_key()},
        "dialer": {
            "ANTIPHON_DIALER_EVIDENCE_KEY": new_private_key(),
            "ANTIPHON_DIALER_DIGEST_KEYS": json.dumps([new_secret()]),
        },
        "media": {"ANTIPHON_MEDIA_BROWSER_SECRET": phones, "ANTIPHON_MEDIA_TURN_SECRET": turn},
        "edge": {
            "ANTIPHON_EDGE_RPC_KEY": new_secret(),
            "ANTIPHON_EDGE_NONCE_SECRET": new_secret(),
            "ANTIPHON_EDGE_BROWSER_SECRETS": json.dumps([phones]),
        },
    }


def new_secret() -> str:
    """256 bits as text."""
    return secrets.token_urlsafe(32)


def _new_seed() -> bytes:
    """An nkey seed of a NATS user (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth)."""
    return bytes(nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER))


def write_env_files(directory: Path, name: str, made: Iterable[Manifest]) -> None:
    """The same as files for `docker compose`, readable for their owner only. Raises FileExistsError, and then nothing
    was overwritten."""
    values = {
        each["metadata"]["name"].removeprefix(f"{name}-"): each.get("stringData") or each["data"] for each in made
    }
    files = {file_of(directory, short): text_of(short, kept) for short, kept in values.items()}
    for file in files:
        if file.exists():
            raise FileExistsError(f"{file} is there already: other keys would lose what the first ones sealed")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
            fresh.write(text)


def file_of(directory: Path, short: str) -> Path:
    """Where compose finds what a cluster has in `NAME-<short>`."""
    return directory / MASTER / MASTER_FILE if short == MASTER else directory / f"{short}.env"


def text_of(short: str, values: Mapping[str, str], known: Collection[str] = ()) -> str:
    """What such a file says: our variables and those that somebody added. `NATS_*` are for the chart."""
    if short == MASTER:
        return values.get(MASTER_FILE, "")
    return "".join(f"{key}={value}\n" for key, value in values.items() if key in known or key.startswith("ANTIPHON_"))


def sealed(manifest: Manifest) -> str:
    """A manifest as a document of YAML, which JSON is."""
    return "---\n" + json.dumps(manifest, indent=2) + "\n"
