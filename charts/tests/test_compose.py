"""The compose file: one container a service, each with its own secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from antiphon.up.host import SERVICES

pytestmark = pytest.mark.service

COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text())["services"]
ALIEN = {"keys", "mongodb", "nats"}


def test_each_service_runs_with_its_own_keys_and_without_rights() -> None:
    assert set(COMPOSE) - ALIEN == set(SERVICES) - {"edge"}
    for name in set(COMPOSE) - ALIEN:
        service = COMPOSE[name]
        assert service["command"] == ["python", "-m", f"antiphon.{name}"]
        assert service["env_file"] == ["keys/public.env", f"keys/{name}.env"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_those_that_keep_words_seal_them() -> None:
    sealing = {name for name, service in COMPOSE.items() if "ANTIPHON_SEAL_TEXTS" in service.get("environment", {})}
    assert sealing == {"directory", "channels", "team"}
    for name in sealing:
        assert COMPOSE[name]["environment"]["ANTIPHON_MASTER_KEYS"] == "/etc/antiphon/master/keys.json"
        assert COMPOSE[name]["volumes"] == ["./keys/master:/etc/antiphon/master:ro"]
        assert COMPOSE[name]["user"] == COMPOSE["keys"]["user"], "the files are their owner's only"


def test_only_the_ways_in_are_open() -> None:
    assert {name for name, service in COMPOSE.items() if service.get("ports")} == {"inbox", "channels"}
