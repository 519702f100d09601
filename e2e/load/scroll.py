"""Ten thousand conversations in the work list, scrolled from end to end in a real Chromium.

    python -m e2e.load.scroll --rows 10000

The desk gets a snapshot in which one real conversation stands ten thousand times; then the list is scrolled by a third
of its height every frame, at first from the top, then from the middle. Printed as one line of JSON: the frames (60 a
second are 16.7 ms apart), those that showed a gap where rows should be, and the CPU time of the page's main thread in
each. Beside it stands what this machine can do at all: a bare page of the same browser that scrolls as many plain divs,
recycled, by the same steps. On a machine that others use too, the ratio of the two says more than the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import quantiles
from typing import Any

from playwright.async_api import Page, Route, async_playwright

from antiphon.kit.testing import eventually
from antiphon.up.client import Agent, Visitor
from e2e.conftest import CHROMIUM, FLAGS
from e2e.people import at_the_desk
from e2e.stack import Stack

# A gap is looked for after the step of each frame, in what the frame will paint. The jump to the middle is not counted:
# no list knows where it will be sent, and the rows are there in the next frame.
_SCROLL = """async (frames) => {
  const list = [...document.querySelectorAll(".work *")].find((one) => one.scrollHeight > one.clientHeight * 50);
  const step = list.clientHeight / 3;
  const times = []; let last, gaps = 0;
  const covered = () => {
    const box = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[role=listitem]")].map((one) => one.getBoundingClientRect());
    const seen = rows.filter((one) => one.bottom > box.top && one.top < box.bottom).sort((a, b) => a.top - b.top);
    let to = box.top;
    for (const one of seen) if (one.top <= to + 1) to = one.bottom;
    return to >= box.bottom - 1;
  };
  list.scrollTop = 0;
  await new Promise((done) => {
    const frame = (now) => {
      if (last !== undefined) times.push(now - last);
      last = now;
      const jump = times.length === frames / 2;
      list.scrollTop = jump ? list.scrollHeight / 2 : list.scrollTop + step;
      if (!jump && times.length > 1 && !covered()) gaps += 1;
      if (times.length >= frames) done(); else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return { times, gaps, rows: list.querySelectorAll("[role=listitem]").length, height: list.scrollHeight };
}"""

# The bare page: as many divs as the desk shows, the same height of all, each moved to where it is needed next.
_BARE = """
<!doctype html><style>
  body { margin: 0; font: 14px sans-serif }
  .work > div { height: 560px; width: 320px; overflow: auto; position: relative }
  p { position: absolute; margin: 0; inset: 0 0 auto; height: 53px; border-bottom: 1px solid #ccc }
</style><div class="work"><div><div style="height: HEIGHTpx"></div></div></div><script>
  const list = document.querySelector(".work > div"), rows = [];
  for (let index = 0; index < 28; index += 1) {
    const row = document.createElement("p"); row.setAttribute("role", "listitem"); list.append(row); rows.push(row);
  }
  const place = () => {
    const first = Math.max(0, Math.floor(list.scrollTop / 53) - 8);
    for (let index = first; index < first + rows.length; index += 1) {
      const row = rows[index % rows.length];
      if (row.at === index) continue;
      row.at = index; row.style.transform = `translateY(${index * 53}px)`; row.textContent = `Guest ${index}`;
    }
  };
  list.addEventListener("scroll", place, { passive: true }); place();
</script>"""


async def measure(stack: Stack, rows: int, frames: int) -> dict[str, Any]:
    """The row to be printed."""
    async with Visitor(stack.widget, stack.tenant.widget_key, stack.desk, "en") as visitor:
        await visitor.say("A pattern for ten thousand")
    async with Agent(stack.desk) as agent:
        person = stack.person("supervisor")
        await agent.sign_in(person.email, person.password)

        async def there() -> Any:
            return (await agent.call("GET", "/conversations?view=CONVERSATION_VIEW_OPEN&limit=1"))["conversations"]

        pattern = (await eventually(there))[0]

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        clones = _Clones(pattern, rows)
        async with at_the_desk(browser, stack, stack.person("agent")) as page:
            await page.route("**/api/v1/rt/snapshot*", clones.answer)
            await page.reload()
            await page.locator(".work [role=listitem]").first.wait_for(timeout=120_000)
            answer = await _scroll(page, frames)
            bare = await page.context.new_page()
            await bare.set_content(_BARE.replace("HEIGHT", str(answer["height_px"])))
            limit = await _scroll(bare, frames)
        await browser.close()
    ratio = round(answer["frames_a_second"] / limit["frames_a_second"], 2)
    return {"rows": rows, **answer, "bare_page": limit, "of_the_bare_page": ratio}


class _Clones:
    """A snapshot with one conversation as many times as wanted, all of them the reader's own."""

    def __init__(self, pattern: dict[str, Any], count: int) -> None:
        self._pattern = pattern
        self._count = count

    async def answer(self, route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        mine = {"assignee_id": body["state"]["me"]["person"]["id"], "status": "CONVERSATION_STATUS_ASSIGNED"}
        body["state"]["conversations"] = [
            {
                **self._pattern,
                **mine,
                "id": f"cv_clone{number:06}",
                "no": str(number),
                "contact_name": f"Guest {number}",
            }
            for number in range(self._count)
        ]
        await route.fulfill(response=response, json=body)


async def _scroll(page: Page, frames: int) -> dict[str, Any]:
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.evaluate(_SCROLL, 60)  # fonts and code are warm
    before = await _worked(session)
    found = await page.evaluate(_SCROLL, frames)
    after = await _worked(session)
    times = sorted(found["times"])
    cuts = quantiles(times, n=100)
    return {
        "height_px": found["height"], "rows_in_the_page": found["rows"],
        "frames": len(times), "frames_with_a_gap": found["gaps"],
        "frame_ms": {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)},
        "frames_a_second": round(1000 * len(times) / sum(times), 1),
        "main_thread_cpu_ms_a_frame": {name: round(1000 * (after[name] - before[name]) / frames, 2) for name in after},
    }  # fmt: skip


async def _worked(session: Any) -> dict[str, float]:
    """Seconds of the page's main thread since it began."""
    named = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return {name: named[name] for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")}


def main() -> int:
    """Prints the figures; 1 when a frame's work does not fit into a sixtieth of a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=600)
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="antiphon-scroll-"))
    stack = Stack(directory)
    stack.start(within=180)
    try:
        row = asyncio.run(measure(stack, given.rows, given.frames))
    finally:
        stack.stop()
        shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(row), flush=True)
    return int(row["main_thread_cpu_ms_a_frame"]["TaskDuration"] > 1000 / 60)


if __name__ == "__main__":
    sys.exit(main())
