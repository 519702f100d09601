"""Draws a PDF as pages of a fax.

A process of its own, with bounds: the document is a stranger's, and drawing one that was made to be expensive must cost
nobody else anything. `drawn` starts it and waits.
"""

from __future__ import annotations

import asyncio
import re
import resource
import sys
from pathlib import Path

import numpy as np

from antiphon.kit.errors import DomainError
from antiphon.media.domain.reasons import Reason
from antiphon.media.fax import png, tiff
from antiphon.media.fax.tiff import DOTS, LINES, WIDTH, Page

MOST_PAGES = 50
WITHIN = 90.0
"""Seconds."""
_MEMORY = 2 << 30
_WIDE, _HIGH = WIDTH / DOTS * 72, 11.69 * 72
_HEIGHT = round(11.69 * LINES)
_PAGE = """#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: white)
#align(center + horizon, image("{name}", page: {number}, width: 100%, height: 100%, fit: "contain"))"""
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
_DARK, _LIGHT = 96, 224
"""Below is black, above is white, between are dots."""
_START = f"import sys; sys.path.insert(0, sys.argv.pop(1)); from {__name__} import main; sys.exit(main())"
_NO_SUCH_PAGE = re.compile(r"page|does not exist|out of bounds", re.IGNORECASE)


async def drawn(document: Path, target: Path) -> int:
    """How many pages there are in the TIFF now. Raises BAD_DOCUMENT."""
    here = str(Path(__file__).parents[3])  # the same code, wherever the interpreter finds another
    command = (sys.executable, "-c", _START, here, str(document), str(target))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(WITHIN):
            out, _ = await process.communicate()
    except TimeoutError:
        raise DomainError(Reason.BAD_DOCUMENT, "drawing its pages takes too long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise DomainError(Reason.BAD_DOCUMENT, out.decode(errors="replace").strip() or "it cannot be drawn")
    return int(out)


def draw(document: Path) -> list[Page]:
    """Raises ValueError in words."""
    plan = document.with_suffix(".typ")
    pages: list[Page] = []
    try:
        while len(pages) <= MOST_PAGES:
            plan.write_text(_PAGE.format(width=_WIDE, height=_HIGH, name=document.name, number=len(pages) + 1))
            if (page := _page(plan, after=bool(pages))) is None:
                return pages
            pages.append(page)
    finally:
        plan.unlink(missing_ok=True)
    raise ValueError(f"it has more than {MOST_PAGES} pages")


def _page(plan: Path, *, after: bool) -> Page | None:
    """None after the last one."""
    import typst

    try:
        return _dithered(typst.compile(plan, root=plan.parent, format="png", ppi=DOTS))
    except RuntimeError as error:
        if after and _NO_SUCH_PAGE.search(str(error)):
            return None
        raise ValueError("it is no PDF that can be drawn") from error


def _dithered(image: bytes) -> Page:
    """Exactly as wide as a line, as many lines as the paper has, letters sharp and pictures in dots."""
    grey = png.grey(image)
    lines = np.arange(_HEIGHT) * grey.shape[0] // _HEIGHT
    paper = np.full((_HEIGHT, WIDTH), 255, dtype=np.uint8)
    wide = min(WIDTH, grey.shape[1])
    paper[:, :wide] = grey[lines, :wide]
    limits = _DARK + (_LIGHT - _DARK) * (np.tile(_BAYER, (_HEIGHT // 4 + 1, WIDTH // 4 + 1)) + 0.5) / 16
    return np.asarray(paper < limits[:_HEIGHT, :WIDTH])


def main() -> int:
    """Zero, or a message for the sender on standard output."""
    source, target = (Path(text) for text in sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(WITHIN), int(WITHIN)))
    try:
        pages = draw(source)
    except ValueError as error:
        print(error)
        return 1
    target.write_bytes(tiff.written(pages))
    print(len(pages))
    return 0
