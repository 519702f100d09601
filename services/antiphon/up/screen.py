"""What `antiphon up` shows: where things run, who may sign in, what to open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import rich.table
from rich.console import Console

from antiphon.kit import dev
from antiphon.up import voice
from antiphon.up.demo_tenant import DemoTenant
from antiphon.up.settings import Settings

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Table:
    """What runs where: the servers, the services' processes, and what is reached from outside, by name."""

    servers: dev.Servers
    pids: Mapping[str, int]
    places: Mapping[str, str]


def started(settings: Settings, tenant: DemoTenant | None, seconds: float, table: Table) -> None:
    """The table after the start."""
    servers = table.servers
    places = rich.table.Table(box=None, pad_edge=False, header_style="bold")
    for column in ("what", "where", "process"):
        places.add_column(column)
    for port, server in servers.by_port.items():
        places.add_row(server.name, f"127.0.0.1:{port}", str(server.pid))
    for server in servers.others:
        places.add_row(server.name, table.places.get(server.name, ""), str(server.pid))
    for name, pid in table.pids.items():
        places.add_row(name, table.places.get(name, ""), str(pid))
    console.print(f"\n[bold]Antiphon is ready[/bold] after {seconds:.1f} s\n")
    console.print(places)
    console.print(f"\nState and log: {settings.directory}/ (antiphon.log)")
    if tenant is not None:
        _people(settings, tenant)
    else:
        console.print(f"\nOpen http://localhost:{settings.port} and sign up.")
    _telephony(settings, tenant)
    console.print("\nCtrl-C stops everything.\n")


def _telephony(settings: Settings, tenant: DemoTenant | None) -> None:
    """How to call in, or why one cannot."""
    why = voice.why_not(settings)
    if why:
        console.print(f"\n[yellow]Without telephony:[/yellow] {why}")
    elif tenant is not None and tenant.number:
        address = f"{voice.address(settings)}:{settings.sip_port}"
        console.print(f"\nCall in from any SIP phone, no account needed: [bold]sip:{tenant.number}@{address}[/bold]")
        console.print("Agents answer in the desk's softphone; SIP accounts for phones: Settings, SIP accounts.")


def _people(settings: Settings, tenant: DemoTenant) -> None:
    people = rich.table.Table(box=None, pad_edge=False, header_style="bold")
    for column in ("sign in as", "e-mail", "password"):
        people.add_column(column)
    for person in tenant.people:
        people.add_row(f"{person.name}, {person.role}", person.email, person.password)
    console.print()
    console.print(people)
    desk, shop = f"http://localhost:{settings.port}", f"http://localhost:{settings.port}/demo"
    console.print(f"\n1. Open [bold]{desk}[/bold], sign in as an agent and set the state to Available.")
    console.print(f"2. Open [bold]{shop}[/bold] in another window and write in the chat.")
    console.print("3. The offer rings in the desk: accept it and answer.")
    console.print("Or let others write and call: `antiphon demo`.")


def restarting(name: str, status: int, pause: float) -> None:
    """A forked service ended by itself."""
    console.print(f"[yellow]{name} ended (status {status}); starting it again in {pause:.1f} s[/yellow]")


def revived(name: str) -> None:
    """A server ended by itself and was started again."""
    console.print(f"[yellow]{name} ended by itself; started it again[/yellow]")


def stopping() -> None:
    console.print("Stopping…")
