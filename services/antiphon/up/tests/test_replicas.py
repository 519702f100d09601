"""How many of what: what may be asked for, and who then asks whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from antiphon.kit.settings import Platform
from antiphon.up import beside, host, voice
from antiphon.up.replicas import MOST, Replica, Unknown, parse, spread, twin
from antiphon.up.settings import Settings

pytestmark = pytest.mark.domain
PARTS = ("acd", "media", "edge", "rtpengine")


def test_parts_and_numbers() -> None:
    assert parse("", PARTS) == {}
    assert parse("acd=2, media=3,rtpengine=1", PARTS) == {"acd": 2, "media": 3, "rtpengine": 1}


def test_a_twin_has_three_of_what_keeps_and_two_of_all_else() -> None:
    assert twin((*PARTS, "nats", "mongo")) == {**dict.fromkeys(PARTS, 2), "nats": 3, "mongo": 3}


@pytest.mark.parametrize("text", ["mongod=2", "acd", "acd=0", "acd=two", f"acd={MOST + 1}", "=2", "acd=2,x=1"])
def test_what_is_no_number_of_a_part_is_refused(text: str) -> None:
    with pytest.raises(Unknown):
        parse(text, PARTS)


def test_replicas_need_processes(tmp_path: Path) -> None:
    for plan in (
        host.Plan(Settings(directory=tmp_path), demo=False, processes=False, replicas="acd=2"),
        host.Plan(Settings(directory=tmp_path), demo=False, processes=True, replicas="nobody=2"),
    ):
        with pytest.raises(host.InTheWay, match="--replicas"):
            host.run(plan)


def test_each_replica_listens_alone_and_is_asked_with_the_others() -> None:
    endpoints = {"acd": "127.0.0.1:7001", "media": "127.0.0.1:7002"}
    platform = Platform(endpoints=endpoints, token_key=SecretStr("k"), token_keys={})
    found = spread({"acd": platform, "media": platform}, {"media": 2})
    assert list(found) == ["acd", "media", "media-2"]
    first, second = Replica("media", 1, found["media"]), Replica("media", 2, found["media-2"])
    assert (first.name, second.name, first.port) == ("media", "media-2", 7002)
    assert second.port not in (7001, 7002)
    assert found["acd"].address_of("media") == f"ipv4:127.0.0.1:7002,127.0.0.1:{second.port}"
    assert {each.address_of("acd") for each in found.values()} == {"127.0.0.1:7001"}


def test_voice_is_planned_with_its_replicas(tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, rtp_port_min=20_000, rtp_port_max=20_599)
    plant = voice.plan(settings, {"edge": 2, "media": 2, "rtpengine": 2})
    first, second = plant.edges
    assert (first.sip_port, first.nodes) == (settings.sip_port, (f"127.0.0.1:{second.private_port}",))
    assert second.nodes == (f"127.0.0.1:{first.private_port}",)
    assert len({*first.media}) == len(plant.media_ports) == 2
    assert first.nonce_secret == second.nonce_secret
    assert [(each.port_min, each.port_max) for each in plant.engines] == [(20_000, 20_299), (20_300, 20_599)]
    assert plant.engines[0].recordings == plant.engines[1].recordings
    assert sorted(plant.places()) == ["kamailio", "kamailio-2", "rtpengine", "rtpengine-2"]
    assert plant.own("media", 1) == {} == plant.own("acd", 2)
    assert plant.own("media", 2) == {"ANTIPHON_MEDIA_SIP_PORT": str(plant.media_ports[1])}
    assert plant.own("edge", 2)["ANTIPHON_EDGE_SIP_PORT"] == str(second.sip_port)


def test_what_runs_beside_is_chosen_and_checked() -> None:
    assert set(beside.USUAL) < set(host.BEFORE_PEOPLE)
    assert host.services_beside(Settings()) == beside.usual()
    assert host.services_beside(Settings(beside="")) == ()
    assert host.services_beside(Settings(beside="insight, wfm")) == ("insight", "wfm")
    for wrong in ("inbox", "mongod", "insight,edge"):
        with pytest.raises(host.InTheWay, match="cannot run beside"):
            host.services_beside(Settings(beside=wrong))
