/**
 * The connection as a state machine with its edges injected (see connection.test.ts).
 *
 *   idle → loading (snapshot) → connecting (ticket, hello) → live
 *   live → waiting (backoff, full jitter; at once on online / visible) → connecting (resume) or loading (resync)
 *   any  → signedOut (401, 4401) · stopped
 */
import { Problem } from "../api/problem";
import type { DurableEvent, EphemeralEvent } from "./reduce";
import type { Snapshot } from "./state";

export type Link =
  | { is: "idle" | "loading" | "connecting" | "live" | "signedOut" | "stopped" }
  /** `since`: when the connection went; `nextTry`: local milliseconds. */
  | { is: "waiting"; since: number; nextTry: number };

export interface Socket {
  send(text: string): void;
  close(code?: number): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onopen: (() => void) | null;
  onerror: (() => void) | null;
}

export interface Edges {
  ticket(): Promise<string>;
  snapshot(): Promise<Snapshot>;
  socket(): Socket;
  now(): number;
  random(): number;
  after(ms: number, action: () => void): () => void;
}

export interface Sink {
  position(): { epoch: string; cursor: number };
  snapshot(snapshot: Snapshot): void;
  event(n: number, event: DurableEvent): void;
  /** The server has told everything up to n. */
  advance(n: number): void;
  ephemeral(event: EphemeralEvent): void;
  clock(serverNow: string | number): void;
  link(link: Link): void;
}

interface Frame {
  t?: "hello" | "eph" | "hb" | "resync";
  n?: number;
  e?: DurableEvent;
  now?: string | number;
}

const RESYNC = 4009;
const RESUME = 4008;
const SIGN_IN_AGAIN = 4401;
const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** More than two missed heartbeats: the line is dead even if TCP has not noticed. */
const SILENCE_MS = 60_000;

export class Connection {
  private link: Link = { is: "idle" };
  private socket: Socket | undefined;
  private attempt = 0;
  private generation = 0;
  private needSnapshot = true;
  private lostAt: number | undefined;
  private cancelTimer: (() => void) | undefined;
  private cancelWatchdog: (() => void) | undefined;
  private readonly topics = new Map<string, number>();

  constructor(private readonly edges: Edges, private readonly sink: Sink) {}

  start(): void {
    if (this.link.is === "idle" || this.link.is === "stopped" || this.link.is === "signedOut") {
      this.needSnapshot = true;
      void this.connect();
    }
  }

  stop(): void {
    this.drop();
    this.become({ is: "stopped" });
  }

  /** `online`, `visibilitychange`, "Try now": no waiting any more. */
  wake(): void {
    if (this.link.is !== "waiting") return;
    this.attempt = 0;
    void this.connect();
  }

  /** Counted: a topic is left when its last reader leaves. */
  subscribe(topic: string): () => void {
    this.topics.set(topic, (this.topics.get(topic) ?? 0) + 1);
    this.sendTopics();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.topics.get(topic) ?? 1) - 1;
      if (left > 0) this.topics.set(topic, left);
      else this.topics.delete(topic);
      this.sendTopics();
    };
  }

  presence(conversation_id: string, doing: string): void {
    this.send({ t: "presence", conversation_id, doing });
  }

  private become(link: Link): void {
    this.link = link;
    this.sink.link(link);
  }

  private send(frame: object): void {
    if (this.link.is === "live") this.socket?.send(JSON.stringify(frame));
  }

  private sendTopics(): void {
    this.send({ t: "sub", subs: [...this.topics.keys()] });
  }

  /** Forgets the present attempt: whatever it still says is not heard. */
  private drop(): void {
    this.generation += 1;
    this.cancelTimer?.();
    this.cancelWatchdog?.();
    const { socket } = this;
    this.socket = undefined;
    socket?.close(1000);
  }

  private async connect(): Promise<void> {
    this.drop();
    const { generation } = this;
    const current = () => generation === this.generation;
    try {
      if (this.needSnapshot) {
        this.become({ is: "loading" });
        const snapshot = await this.edges.snapshot();
        if (!current()) return;
        this.sink.snapshot(snapshot);
        this.needSnapshot = false;
      }
      this.become({ is: "connecting" });
      const ticket = await this.edges.ticket();
      if (current()) this.open(ticket, current);
    } catch (error) {
      if (!current()) return;
      if (error instanceof Problem && error.status === 401) this.leave();
      else this.retry();
    }
  }

  private open(ticket: string, current: () => boolean): void {
    const socket = this.edges.socket();
    this.socket = socket;
    this.watch();
    socket.onopen = () => {
      if (!current()) return;
      const { epoch, cursor } = this.sink.position();
      socket.send(JSON.stringify({ t: "hello", ticket, epoch, since: cursor, subs: [...this.topics.keys()] }));
    };
    socket.onmessage = ({ data }) => current() && this.hear(JSON.parse(String(data)) as Frame);
    socket.onerror = () => undefined;
    socket.onclose = ({ code }) => current() && this.closed(code);
  }

  private hear(frame: Frame): void {
    this.watch();
    if (frame.now !== undefined) this.sink.clock(frame.now);
    switch (frame.t) {
      case "hello":
        this.attempt = 0;
        this.lostAt = undefined;
        this.become({ is: "live" });
        // Topics that came or went while the hello was under way.
        this.sendTopics();
        break;
      case "resync":
        this.needSnapshot = true;
        void this.connect();
        break;
      case "eph":
        if (frame.e) this.sink.ephemeral(frame.e as unknown as EphemeralEvent);
        break;
      case "hb":
        // Frames come in order on one socket: whatever was numbered up to here has been heard.
        if (frame.n !== undefined) this.sink.advance(frame.n);
        break;
      default:
        if (frame.n !== undefined && frame.e) this.sink.event(frame.n, frame.e);
    }
  }

  private closed(code: number): void {
    if (code === SIGN_IN_AGAIN) return this.leave();
    if (code === RESYNC) this.needSnapshot = true;
    // Asked to come back: the first try is soon; jitter keeps a whole floor from coming at once.
    if (code === RESUME || code === RESYNC) this.attempt = 0;
    this.retry();
  }

  private leave(): void {
    this.drop();
    this.become({ is: "signedOut" });
  }

  private retry(): void {
    this.drop();
    this.lostAt ??= this.edges.now();
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.attempt);
    const wait = Math.round(ceiling * this.edges.random());
    this.attempt += 1;
    this.become({ is: "waiting", since: this.lostAt, nextTry: this.edges.now() + wait });
    this.cancelTimer = this.edges.after(wait, () => void this.connect());
  }

  private watch(): void {
    this.cancelWatchdog?.();
    this.cancelWatchdog = this.edges.after(SILENCE_MS, () => this.retry());
  }
}
