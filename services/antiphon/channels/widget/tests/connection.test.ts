import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Connection, delay } from "../src/connection";
import type { ServerFrame } from "../src/protocol";

class FakeSocket {
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  greet() {
    this.readyState = 1;
    this.onopen?.();
    this.onmessage?.({ data: JSON.stringify({ t: "hello", token: "T", now: 0, conversation: null, read: { them: 0 } }) });
  }
  end(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const last = () => FakeSocket.made.at(-1) as FakeSocket;

function make() {
  const seen = { frames: [] as ServerFrame[], states: [] as string[], forgot: 0, refused: 0 };
  const connection = new Connection(
    "ws://h/widget/socket",
    {
      hello: () => ({ t: "hello", key: "k", token: null, since: 0, language: "en", page: { url: "", title: "", referrer: "" } }),
      frame: (f) => seen.frames.push(f),
      state: (s) => seen.states.push(s),
      unknownToken: () => seen.forgot++,
      refused: () => seen.refused++,
    },
    { socket: (url) => new FakeSocket(url) as unknown as WebSocket, random: () => 1, now: () => Date.now() },
  );
  return { connection, seen };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe("connection", () => {
  test("waits 0.25 s to 30 s with full jitter", () => {
    expect([0, 1, 2, 7, 50].map((n) => delay(n, 1))).toEqual([250, 500, 1000, 30_000, 30_000]);
    expect(delay(5, 0)).toBe(0);
  });

  test("says hello first and is ready only after the answer", () => {
    const { connection } = make();
    connection.start();
    expect(connection.send({ t: "typing" })).toBe(false);
    last().greet();
    expect(JSON.parse(last().sent[0] as string).t).toBe("hello");
    expect(connection.send({ t: "typing" })).toBe(true);
  });

  test("comes back after a drop, waiting longer each time, and at once when woken", () => {
    const { connection } = make();
    connection.start();
    last().end(1006);
    vi.advanceTimersByTime(249);
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.made).toHaveLength(2);
    last().end(1006);
    vi.advanceTimersByTime(499);
    expect(FakeSocket.made).toHaveLength(2);
    connection.wake();
    expect(FakeSocket.made).toHaveLength(3);
    connection.wake();
    expect(FakeSocket.made).toHaveLength(3);
  });

  test("4401 forgets the token and goes on, 4403 stops for good", () => {
    const { connection, seen } = make();
    connection.start();
    last().end(4401);
    expect(seen.forgot).toBe(1);
    vi.advanceTimersByTime(250);
    last().end(4403);
    expect(seen.refused).toBe(1);
    vi.advanceTimersByTime(100_000);
    connection.wake();
    connection.restart();
    expect(FakeSocket.made).toHaveLength(2);
  });

  test("a silent line is dropped after a minute, a beating one is not", () => {
    const { connection } = make();
    connection.start();
    last().greet();
    for (let i = 0; i < 6; i++) {
      vi.advanceTimersByTime(25_000);
      last().onmessage?.({ data: '{"t":"hb"}' });
    }
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(70_000);
    expect(FakeSocket.made.length).toBeGreaterThan(1);
    connection.stop();
  });

  test("frames of a dropped socket are not heard", () => {
    const { connection, seen } = make();
    connection.start();
    last().greet();
    const old = last();
    connection.restart();
    old.onmessage?.({ data: '{"t":"hb"}' });
    expect(seen.frames.filter((f) => f.t === "hb")).toEqual([]);
  });
});
