"""The secrets of an installation where they are kept: env files of compose, or the manifests of a cluster as `kubectl
get … -o json` prints them. Both are read as the same values, changed by a function of values, and only what changed is
written."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from antiphon.up.keys import MASTER, MASTER_FILE, Manifest, file_of, text_of

Values: TypeAlias = dict[str, dict[str, str]]
"""By service, or "public", or "master": the variables that it is given."""
Change: TypeAlias = Callable[[Values], Values]


def in_env_files(directory: Path, change: Change) -> list[Path]:
    """Changes the files of `antiphon keys --env-files`. Returns those that changed."""
    before = {file.stem: _read(file) for file in directory.glob("*.env")}
    master = file_of(directory, MASTER)
    if master.exists():
        before[MASTER] = {MASTER_FILE: master.read_text()}
    changed = []
    for name, values in change(before).items():
        known = before.get(name, {})
        text = text_of(name, values, known)
        if text != text_of(name, known, known):
            changed.append(_written(file_of(directory, name), text))
    return changed


def in_manifests(listed: Mapping[str, Any], name: str, change: Change) -> list[Manifest]:
    """Changes a list of ConfigMaps and Secrets. Returns those that changed or are new, to be applied."""
    items = {_short(one, name): one for one in listed["items"] if _short(one, name)}
    before = {short: _values(one) for short, one in items.items()}
    after = change(before)
    return [_with(items, f"{name}-", short, after[short]) for short in after if after[short] != before.get(short)]


def _short(manifest: Manifest, name: str) -> str:
    full = str(manifest["metadata"]["name"])
    return full.removeprefix(f"{name}-") if full.startswith(f"{name}-") else ""


def _values(manifest: Manifest) -> dict[str, str]:
    data = manifest.get("data") or {}
    if manifest["kind"] == "Secret":
        data = {key: base64.b64decode(value).decode() for key, value in data.items()}
    return {**data, **(manifest.get("stringData") or {})}


def _with(items: Mapping[str, Manifest], prefix: str, short: str, values: dict[str, str]) -> Manifest:
    """A new one lives where the others do."""
    like = items.get(short) or next(iter(items.values()))
    space = {key: like["metadata"][key] for key in ("namespace",) if key in like["metadata"]}
    metadata = {"name": prefix + short, **space}
    if short not in items:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": values}
    made = {"apiVersion": "v1", "kind": like["kind"], "metadata": metadata}
    return made | ({"stringData": values} if like["kind"] == "Secret" else {"data": values})


def _read(file: Path) -> dict[str, str]:
    pairs: Iterable[tuple[str, str, str]] = (line.partition("=") for line in file.read_text().splitlines() if line)
    return {key: value for key, _, value in pairs}


def _written(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as new:
        new.write(text)
    fresh.replace(file)
    return file
