"""`antiphon media …`: an operator's verbs about the engines. They run where media does, in a pod of it, for they read
its environment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from antiphon.kit import show

if TYPE_CHECKING:
    from antiphon.media.operating import Desk

app = typer.Typer(help="The media engines: which there are, and taking one out of service.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]
Name = Annotated[str, typer.Argument(help="as `antiphon media engines` calls it, such as 10.0.0.5:2223")]
T = TypeVar("T")


@app.callback()
def media() -> None:
    """Verbs of media."""


@app.command()
def engines(as_json: Json = False) -> None:
    """List the engines: conversations that each carries, and whether it takes new ones."""
    found = _with(lambda desk: desk.engines())
    show.rows([{"engine": it.name, "sessions": it.sessions, "state": it.state} for it in found], as_json=as_json)


@app.command()
def drain(
    name: Name,
    wait: Annotated[float, typer.Option(help="seconds to wait until it carries nothing any more")] = 0.0,
) -> None:
    """Give an engine no new calls; those that it carries go on. It stays so, whatever restarts, until `undrain`. Exit 1
    when something is still there after --wait."""
    left = _with(lambda desk: desk.drain(name, wait))
    show.document(None, as_json=False, text=f"{name} takes no new calls; it carries {left}")
    if wait and left:
        raise typer.Exit(1)


@app.command()
def undrain(name: Name) -> None:
    """Give an engine new calls again."""
    _with(lambda desk: desk.undrain(name))
    show.document(None, as_json=False, text=f"{name} takes calls")


def _with(work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Exit 2 where it cannot be asked or is refused; the message says why."""
    from pydantic import ValidationError

    from antiphon.kit.errors import DomainError
    from antiphon.media.operating import at_the_desk

    try:
        return asyncio.run(at_the_desk(work))
    except ValidationError as error:
        missing = ", ".join(".".join(str(part) for part in each["loc"]) for each in error.errors())
        show.fail(f"this runs where media does; its environment lacks or has wrong: {missing}")
    except (DomainError, OSError, TimeoutError) as error:
        show.fail(str(error) or "NATS does not answer")
    raise typer.Exit(2)
