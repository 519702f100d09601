import { CLOSE, readFrame, type ClientFrame, type ServerFrame } from "./protocol";

/**
 * One socket to the server that comes back by itself: 0.25 → 30 s with full jitter, at once when the network or the
 * tab returns. It knows frames and close codes, nothing of messages.
 */

const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** The server beats every 25 s; a minute of silence is a dead line. */
const SILENCE_MS = 60_000;
/** A hidden tab's timers sleep: on return, a line silent this long is not trusted. */
const STALE_MS = 30_000;
const OPENING_MS = 15_000;
/** A line that held this long was a good one: the next wait starts from the shortest. */
const STEADY_MS = 5000;

export type ConnectionState = "idle" | "connecting" | "ready" | "offline" | "refused";

export interface ConnectionEvents {
  /** The first frame; asked again for each connection. */
  hello(): ClientFrame;
  frame(frame: ServerFrame): void;
  state(state: ConnectionState): void;
  /** The server does not know the token (4401). */
  unknownToken(): void;
  /** This site may not use the channel (4403). */
  refused(): void;
}

export interface Surroundings {
  socket(url: string): WebSocket;
  random(): number;
  now(): number;
}

const browser: Surroundings = {
  socket: (url) => new WebSocket(url),
  random: Math.random,
  now: Date.now,
};

export function delay(attempt: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}

export class Connection {
  state: ConnectionState = "idle";
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private heard = 0;
  private readySince = 0;

  constructor(
    private readonly url: string,
    private readonly events: ConnectionEvents,
    private readonly around: Surroundings = browser,
  ) {}

  get ready(): boolean {
    return this.state === "ready";
  }

  start(): void {
    if (this.state === "idle") this.open();
  }

  stop(): void {
    this.drop();
    this.set("idle");
  }

  /** A new hello is needed (who the visitor is has changed, another tab got another token). */
  restart(): void {
    if (this.state === "refused") return;
    this.drop();
    this.attempt = 0;
    this.open();
  }

  /** The network or the tab came back: do not wait for the timer. */
  wake(): void {
    if (this.state === "offline") this.restart();
    else if (this.ready && this.around.now() - this.heard > STALE_MS) this.restart();
  }

  send(frame: ClientFrame): boolean {
    if (!this.ready || this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private set(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.events.state(state);
  }

  private drop(): void {
    clearTimeout(this.timer);
    clearInterval(this.watch);
    const s = this.socket;
    this.socket = null;
    if (s) {
      s.onopen = s.onmessage = s.onclose = s.onerror = null;
      try {
        s.close();
      } catch {
        // it was not open
      }
    }
  }

  private open(): void {
    clearTimeout(this.timer);
    this.set("connecting");
    let s: WebSocket;
    try {
      s = this.around.socket(this.url);
    } catch {
      this.again();
      return;
    }
    this.socket = s;
    this.heard = this.around.now();
    s.onopen = () => {
      this.heard = this.around.now();
      s.send(JSON.stringify(this.events.hello()));
    };
    s.onmessage = (e: MessageEvent) => {
      this.heard = this.around.now();
      const frame = typeof e.data === "string" ? readFrame(e.data, this.url.replace(/^ws/, "http")) : null;
      if (!frame) return;
      if (frame.t === "hello") {
        this.readySince = this.heard;
        this.events.frame(frame);
        // The hello may have shown that a new one is needed.
        if (this.socket === s) this.set("ready");
      } else if (this.ready) {
        this.events.frame(frame);
      }
    };
    s.onclose = (e: CloseEvent) => this.closed(e.code);
    clearInterval(this.watch);
    this.watch = setInterval(() => {
      const silent = this.around.now() - this.heard;
      if (silent > (this.ready ? SILENCE_MS : OPENING_MS)) {
        this.drop();
        this.again();
      }
    }, 5000);
  }

  private closed(code: number): void {
    // A server that greets and hangs up at once must not be hammered.
    if (this.ready && this.around.now() - this.readySince > STEADY_MS) this.attempt = 0;
    // A draining server sends everybody away in the same moment: spread them over a second.
    if (code === CLOSE.DRAIN) this.attempt = Math.max(this.attempt, 2);
    this.drop();
    if (code === CLOSE.ORIGIN) {
      this.set("refused");
      this.events.refused();
      return;
    }
    if (code === CLOSE.TOKEN) this.events.unknownToken();
    this.again();
  }

  private again(): void {
    this.set("offline");
    const wait = delay(this.attempt, this.around.random());
    this.attempt = Math.min(this.attempt + 1, 10);
    this.timer = setTimeout(() => this.open(), wait);
  }
}
