"""The chart as Helm renders it, for the tests. `python -m charts.tests.rendering` writes the golden files anew: look at
the difference before you commit it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import helm_python as helm
import yaml

CHART = Path(__file__).parents[1] / "antiphon"
GOLDEN = Path(__file__).parent / "golden"
CASES = ("default", "minimal", "dev", "ha", "external", "sealed")
_CHANCE = re.compile(r"(password|keyfile|uri): \S+|root:[A-Za-z0-9]{32}@")
Manifest = dict[str, Any]


def values(case: str) -> dict[str, Any]:
    """What a person gives; nothing for `default`."""
    given: dict[str, Any] = {} if case == "default" else yaml.safe_load((CHART / "values" / f"{case}.yaml").read_text())
    return given


def render(given: dict[str, Any], at: Path = CHART) -> dict[str, str]:
    """Template → text."""
    helm.disable_logging()
    with helm.Chart.load(str(at)) as chart:
        chart.validate_schema(given)
        made: dict[str, str] = chart.render(given, name="antiphon", namespace="phones", is_install=True)
    return {name: text for name, text in made.items() if text.strip()}


@cache
def rendered(case: str) -> dict[str, str]:
    return render(values(case))


def manifests(texts: dict[str, str]) -> Iterator[Manifest]:
    for name, text in texts.items():
        if not name.endswith(".txt"):
            yield from filter(None, yaml.safe_load_all(text))


def golden(case: str) -> str:
    """Our own templates in one text, without what is drawn by chance."""
    own = {name: text for name, text in rendered(case).items() if "/charts/" not in name}
    whole = "\n".join(f"# {name}\n{text.strip()}\n" for name, text in sorted(own.items()))
    return _CHANCE.sub("(by chance)", whole)


def pods(texts: dict[str, str]) -> Iterator[tuple[str, Manifest]]:
    """(who, pod spec) of everything of ours that runs pods."""
    for manifest in manifests({name: text for name, text in texts.items() if "/charts/" not in name}):
        spec = manifest.get("spec", {})
        who = f"{manifest['kind']}/{manifest['metadata']['name']}"
        if manifest["kind"] == "Pod":
            yield who, spec
        elif manifest["kind"] == "CronJob":
            yield who, spec["jobTemplate"]["spec"]["template"]["spec"]
        elif "template" in spec:
            yield who, spec["template"]["spec"]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(golden(case))
        sys.stdout.write(f"{case}\n")
