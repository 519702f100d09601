"""What this is made of, as CycloneDX 1.6 JSON, from the two lock files and nothing else.

`make sbom` writes it. Every component carries the hashes that the lock pins, so the list and what is
installed cannot differ. Licences come from what is installed (Python: metadata; web: package-lock.json); `problems`
compares them with the allow list of `docs/security/licences.json`, and says which component has no hash.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
WEB = ("services/antiphon/inbox/web", "services/antiphon/channels/widget")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Component:
    kind: str
    """"pypi" or "npm"."""
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...] = ()
    licence: str = field(default="")

    @property
    def purl(self) -> str:
        name = self.name.replace("@", "%40") if self.kind == "npm" else self.name
        return f"pkg:{self.kind}/{name}@{self.version}"


def components(root: Path = ROOT) -> list[Component]:
    """Everything that is locked, in order of name."""
    found = {one.purl: one for one in _python(root / "requirements.lock")}
    for folder in WEB:
        found |= {one.purl: one for one in _web(root / folder / "package-lock.json")}
    return [found[purl] for purl in sorted(found)]


def document(parts: list[Component], version: str) -> dict[str, Any]:
    """The CycloneDX document. It holds no time and no random number: the same locks give the same bytes."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "antiphon", "version": version}},
        "components": [_described(one) for one in parts],
    }


def problems(parts: list[Component], root: Path = ROOT) -> list[str]:
    """What must not be: a component without a hash, or under a licence that nobody has allowed."""
    policy = json.loads((root / "docs/security/licences.json").read_text())
    allowed, judged = set(policy["allowed"]), policy["judged"]
    found = [f"{one.purl}: the lock has no hash" for one in parts if not one.hashes]
    for one in parts:
        if not one.licence:
            continue  # not installed on this machine: another platform's
        if one.name not in judged and not _is_allowed(one.licence, allowed):
            found.append(f"{one.purl}: {one.licence} is not on the allow list")
    return found


def _is_allowed(licence: str, allowed: set[str]) -> bool:
    """Of a choice one must be allowed, of a conjunction all."""
    return licence in allowed or any(
        all(part.strip() in allowed for part in re.split(r" AND |; ", choice)) for choice in licence.split(" OR ")
    )


def _python(lock: Path) -> Iterator[Component]:
    for block in re.split(r"\n(?=\S)", lock.read_text()):
        pinned = _PINNED.match(block)
        if pinned:
            name, version = pinned.groups()
            hashes = tuple(("SHA-256", one) for one in _HASH.findall(block))
            yield Component("pypi", name, version, hashes, _licence_of(name))


def _web(lock: Path) -> Iterator[Component]:
    for path, said in json.loads(lock.read_text())["packages"].items():
        if path and not said.get("link"):
            name = said.get("name") or path.rpartition("node_modules/")[2]
            algorithm, _, digest = str(said.get("integrity", "")).partition("-")
            hashes = ((algorithm.upper().replace("SHA", "SHA-"), _hex(digest)),) if digest else ()
            licence = said.get("license", "")
            yield Component("npm", name, said["version"], hashes, licence if isinstance(licence, str) else "")


def _licence_of(name: str) -> str:
    """As the installed package says: the expression, else classifiers, else a short text; empty when not installed."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if expressions := said.get_all("License-Expression"):
        return str(expressions[0])
    classified = [text.removeprefix(_CLASSIFIER) for text in said.get_all("Classifier") or () if _CLASSIFIER in text]
    return "; ".join(classified) or str((said.get_all("License") or ["unknown"])[0]).splitlines()[0][:80]


def _described(one: Component) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "library", "bom-ref": one.purl, "name": one.name, "version": one.version, "purl": one.purl,
        "hashes": [{"alg": algorithm, "content": digest} for algorithm, digest in one.hashes],
    }  # fmt: skip
    return described


def _hex(digest: str) -> str:
    return base64.b64decode(digest).hex()


if __name__ == "__main__":
    from antiphon.kit.settings import package_version

    print(json.dumps(document(components(), package_version()), indent=1))
