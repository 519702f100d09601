"""Ports for local servers: no two processes that ask at the same time are given the same one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from antiphon.kit.procs import free_port

pytestmark = pytest.mark.service

ASK = "from antiphon.kit.procs import free_port; print(*(free_port() for _ in range(100))); input()"


def test_no_port_is_given_to_two_processes() -> None:
    others = [
        subprocess.Popen([sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    given = [free_port() for _ in range(100)]
    for other in others:
        assert other.stdout is not None
        given += map(int, other.stdout.readline().split())
    assert len(given) == len(set(given)) == 400
    for other in others:
        other.communicate("\n")
