"""What the softphone of a desk in a browser really hears: asked of its connection, not of the page."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from antiphon.kit.testing import eventually

KEPT = """
const Real = window.RTCPeerConnection;
window.connections = [];
window.RTCPeerConnection = class extends Real {
  constructor(configuration) {
    super({...configuration, ...window.demanded});
    window.connections.push(this);
  }
};
"""
"""Runs before the page's own scripts (`at_the_desk(script=…)`)."""
_LISTEN = """async () => {
  const connection = window.connections.at(-1);
  const track = connection && connection.getReceivers().map(one => one.track).find(one => one.kind === "audio");
  if (!track) return null;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, {fftSize: 8192});
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise(done => setTimeout(done, 500));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  const found = {hertz: loudest * context.sampleRate / analyser.fftSize, decibels: levels[loudest]};
  await context.close();
  const all = [...(await connection.getStats()).values()];
  const heard = all.find(one => one.type === "inbound-rtp" && one.kind === "audio");
  const codec = heard && all.find(one => one.id === heard.codecId);
  return {...found, codec: codec ? codec.mimeType : ""};
}"""


async def browser_hears(desk: Page, hertz: float) -> str:
    """Until this tone is the loudest of what the browser plays: by which codec it comes."""

    async def heard() -> Any:
        found = await desk.evaluate(_LISTEN)
        near = found and abs(found["hertz"] - hertz) < 15 and found["decibels"] > -50
        return found["codec"] if near else ""

    codec: str = await eventually(heard)
    return codec
