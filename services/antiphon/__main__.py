"""The `antiphon` command. A service brings its own verbs in `<service>/cli.py`; they are found, not listed."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from antiphon.kit import show

app = typer.Typer(
    help="Antiphon: an open omnichannel contact centre and cloud PBX.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="JSON for programs")]
State = Annotated[Path | None, typer.Option("--dir", help="state directory [default: .antiphon]")]


@app.command()
def up(  # noqa: PLR0913 — options of a command
    directory: State = None,
    port: Annotated[int | None, typer.Option(help="port of the desk [default: 8080]")] = None,
    channels_port: Annotated[int | None, typer.Option(help="port of the chat widget [default: 8081]")] = None,
    processes: Annotated[bool, typer.Option("--processes", help="one process a service, not one for all")] = False,
    replicas: Annotated[str, typer.Option(help="how many of what, with --processes, as in acd=2,edge=2,nats=3")] = "",
    twin: Annotated[bool, typer.Option("--twin", help="as a cluster: 3 of NATS and MongoDB, 2 of all else")] = False,
    voice: Annotated[bool | None, typer.Option("--voice/--no-voice", help="telephony, where installed")] = None,
    demo_tenant: Annotated[bool, typer.Option("--demo/--no-demo", help="with a demo tenant")] = True,
) -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    from antiphon.kit.procs import ServerFailed, ServerMissing
    from antiphon.up import host
    from antiphon.up.settings import Settings

    given = {"directory": directory, "port": port, "channels_port": channels_port, "voice": voice}
    settings = Settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    try:
        host.run(host.Plan(settings, demo_tenant, processes or twin, replicas, twin))
    except (host.InTheWay, ServerMissing, ServerFailed, OSError) as error:
        show.fail(str(error))
        raise typer.Exit(1) from error


@app.command()
def demo(
    url: Annotated[str, typer.Argument(help="address of the desk")] = "http://localhost:8080",
    customers: Annotated[int, typer.Option(help="how many write at once", min=0, max=200)] = 5,
    calls: Annotated[int | None, typer.Option(help="how many telephone at once [default: 2]", min=0, max=50)] = None,
    minutes: Annotated[float, typer.Option(help="for how long", min=0.05, max=480)] = 10,
    directory: State = None,
) -> None:
    """Send lifelike customers through the chat widget and the telephone, so that the desk and the board live."""
    from antiphon.up import demo as customers_of
    from antiphon.up.settings import Settings

    plan = customers_of.Plan(customers, calls, minutes, directory or Settings().directory)
    customers_of.run(url, plan)


@app.command()
def smoke(
    url: Annotated[str, typer.Argument(help="address of the desk")] = "http://localhost:8080",
    as_json: Json = False,
) -> None:
    """Place a chat and a call through the running stack and time each hop; exit 1 names the hop that failed."""
    from antiphon.up import smoke as test

    raise typer.Exit(test.run(url, as_json=as_json))


@app.command()
def trace(
    call: Annotated[str, typer.Argument(help="id of a call, cl_…")],
    url: Annotated[str, typer.Argument(help="address of the desk")] = "http://localhost:8080",
    directory: State = None,
    as_json: Json = False,
) -> None:
    """A call's life from the edge to the ledger: SIP, reception, queue, agent, recording, record, charge, log lines.

    Signs in as ANTIPHON_TRACE_EMAIL and _PASSWORD, or with the API key ANTIPHON_TRACE_KEY; as the demo tenant's owner
    where nothing is said. Log lines are read where this machine has them."""
    from antiphon.up import trace as story
    from antiphon.up.settings import Settings

    raise typer.Exit(story.run(call, url, directory or Settings().directory, as_json=as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is present, what is missing and why it matters."""
    from antiphon.up import doctor as examination

    raise typer.Exit(examination.run(as_json=as_json))


class _MakesByDefault(TyperGroup):
    """`antiphon keys NAME` makes keys, `complete` adds what is missing, `rotate …` changes one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "--help"}
        return super().parse_args(ctx, args if args and args[0] in known else ["make", *args])


keyring = typer.Typer(cls=_MakesByDefault, help="The secrets of an installation: make, complete, change them.")
app.add_typer(keyring, name="keys")


@keyring.command("make")
def keys(
    name: Annotated[str, typer.Argument(help="the chart's keys.name")] = "antiphon-keys",
    nats_values: Annotated[
        Path | None, typer.Option(help="also write chart values that let services into NATS")
    ] = None,
    env_files: Annotated[
        Path | None, typer.Option(help="write <service>.env files into this directory instead")
    ] = None,
) -> None:
    """Make the secrets of a new installation and print them as manifests: pipe them into `kubectl apply -f -`."""
    from antiphon.up import keys as made_of
    from antiphon.up.host import SERVICES

    made = list(made_of.manifests(name, SERVICES))
    if env_files is not None:
        try:
            made_of.write_env_files(env_files, name, made)
        except FileExistsError as error:
            show.fail(str(error))
            raise typer.Exit(1) from error
        return
    typer.echo("".join(made_of.sealed(each) for each in made), nl=False)
    if nats_values is not None:
        nats_values.write_text(made_of.sealed(made_of.nats_values(made[0]["data"], SERVICES)))


@keyring.command("complete")
def complete(
    name: Annotated[str, typer.Argument(help="the chart's keys.name")] = "antiphon-keys",
    nats_values: Annotated[Path | None, typer.Option(help="also write chart values that let all into NATS")] = None,
    env_files: Annotated[Path | None, typer.Option(help="the directory of <service>.env files")] = None,
) -> None:
    """Add what this release wants and an older one did not make, and change nothing else: in env files, or to the
    manifests on standard input (`kubectl get configmap,secret -o json | antiphon keys complete > missing.yaml`)."""
    from antiphon.up import keys as made_of
    from antiphon.up.completion import completed
    from antiphon.up.host import SERVICES
    from antiphon.up.keyring import Values, in_env_files, in_manifests

    public: dict[str, str] = {}

    def change(values: Values) -> Values:
        after = completed(values, SERVICES)
        public.update(after["public"])
        return after

    try:
        if env_files is not None:
            for file in in_env_files(env_files, change):
                typer.echo(f"completed {file}: restart who reads it")
            return
        changed = in_manifests(json.loads(sys.stdin.read()), name, change)
    except (ValueError, KeyError) as error:
        show.fail(str(error))
        raise typer.Exit(1) from error
    typer.echo("".join(made_of.sealed(each) for each in changed), nl=False)
    if nats_values is not None:
        nats_values.write_text(made_of.sealed(made_of.nats_values(public, SERVICES)))


@keyring.command("rotate")
def rotate(
    what: Annotated[str, typer.Argument(help="token:<service>, softphone, turn, digests or master")],
    step: Annotated[str, typer.Argument(help="begin, switch, end")],
    name: Annotated[str, typer.Option(help="the chart's keys.name")] = "antiphon-keys",
    env_files: Annotated[Path | None, typer.Option(help="the directory of <service>.env files")] = None,
) -> None:
    """Change a secret without downtime, one step at a time: in env files, or in the manifests on standard input
    (`kubectl get configmap,secret -o json | antiphon keys rotate token:directory begin | kubectl apply -f -`)."""
    from antiphon.up import rotation

    try:
        if env_files is not None:
            for file in rotation.in_env_files(env_files, what, rotation.Step(step)):
                typer.echo(f"changed {file}: restart who reads it")
            return
        listed = json.loads(sys.stdin.read())
        changed = rotation.in_manifests(listed, name, what, rotation.Step(step))
    except (ValueError, KeyError) as error:
        show.fail(str(error))
        raise typer.Exit(1) from error
    from antiphon.up.keys import sealed

    typer.echo("".join(sealed(each) for each in changed), nl=False)


@keyring.command("destroy")
def destroy(
    tenant: Annotated[str, typer.Argument(help="id of the tenant, tn_…")],
    yes: Annotated[bool, typer.Option("--yes", help="do it: nothing brings back what these keys sealed")] = False,
) -> None:
    """Destroy a tenant's data keys: its sealed texts, files and recordings are unreadable for ever, here at once (in
    running services within five minutes), in backups as soon as none holds the keys."""
    import asyncio

    from antiphon.kit.settings import Platform
    from antiphon.up import sealing

    if not yes:
        show.fail(f"this makes everything sealed of {tenant} unreadable for ever; say --yes to do it")
        raise typer.Exit(2)
    gone = asyncio.run(sealing.destroy(Platform(), tenant))
    show.rows([{"service": name, "keys destroyed": count} for name, count in gone.items()], as_json=False)


@app.command()
def seal(
    again: Annotated[bool, typer.Option("--again", help="look at everything once more")] = False,
    service: Annotated[
        list[str] | None, typer.Option(help="only these services [default: all that keep texts]")
    ] = None,
) -> None:
    """Seal the texts that were stored before ANTIPHON_SEAL_TEXTS was on. Interrupted, it goes on where it was; runs
    beside the services."""
    import asyncio

    from antiphon.kit.errors import DomainError
    from antiphon.kit.settings import Platform
    from antiphon.up import sealing

    def told(name: str, it: Any) -> None:
        typer.echo(f"{name}.{it.collection}: {it.looked_at} of {it.of} looked at, {it.sealed} sealed", err=True)

    try:
        done = asyncio.run(sealing.seal(Platform(), service or sealing.KEEP_TEXTS, told, again=again))
    except (ValueError, DomainError) as error:
        show.fail(str(error))
        raise typer.Exit(1) from error
    typer.echo(f"{done} documents sealed")


@app.command("replica-set")
def replica_set(
    url: Annotated[str, typer.Argument(envvar="ANTIPHON_MONGO_URL", help="address that names every member")],
) -> None:
    """Make the members of MongoDB a replica set, or add those that are new; any member that answers will do."""
    from antiphon.up import replica_set as members

    try:
        added = members.form(url)
    except members.NotYet as error:
        show.fail(str(error))
        raise typer.Exit(1) from error
    typer.echo(f"new members: {', '.join(added)}" if added else "every member is in the set")


@app.command()
def checksums(
    against: Annotated[Path | None, typer.Option(help="what this printed before: say what differs")] = None,
) -> None:
    """One SHA-256 for each collection, files and recordings included: print them before a backup, compare after a
    restore. Uses ANTIPHON_MONGO_URL."""
    from antiphon.kit.settings import Platform
    from antiphon.up import checksums as sums

    platform = Platform()
    found = sums.of(platform.mongo_url, platform.mongo_prefix)
    if against is None:
        typer.echo(json.dumps(found, indent=1))
        return
    if different := sums.differences(json.loads(against.read_text()), found):
        show.fail(f"not as it was: {', '.join(different)}")
        raise typer.Exit(1)
    typer.echo(f"{len(found)} collections are as they were")


@app.command()
def clauses(as_json: Json = False) -> None:
    """Which numbered requirements have a test that proves them."""
    from antiphon.up import clauses as coverage

    coverage.run(as_json=as_json)


@app.command()
def bench(as_json: Json = False) -> None:
    """Message → screen, messages a second, start-up time and memory, sizes of the web."""
    from antiphon.up import bench as figures

    figures.run(as_json=as_json)


def main() -> None:
    """Adds the services' verbs, each under its service's name unless it asks for the top (`TOP_LEVEL`), and runs."""
    for file in sorted(Path(__file__).parent.glob("*/cli.py")):
        name = file.parent.name
        module = importlib.import_module(f"antiphon.{name}.cli")
        app.add_typer(module.app, name=None if getattr(module, "TOP_LEVEL", False) else name)
    app()


if __name__ == "__main__":
    main()
