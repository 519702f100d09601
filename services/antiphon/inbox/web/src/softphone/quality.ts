/** How a connection sounds, from two samples of getStats. Pure: the browser's reports go in, figures and warnings come out. */
export interface Sample {
  at: number;
  received: number;
  lost: number;
  /** Seconds. */
  jitter: number;
  /** Seconds; undefined while nothing was measured. */
  roundTrip: number | undefined;
  sent: number;
}

export interface Figures {
  /** 0…1 over the time between the samples; undefined while no packets came. */
  loss: number | undefined;
  jitterMs: number;
  roundTripMs: number | undefined;
  mos: number | undefined;
  /** No packet came between the samples. */
  silent: boolean;
}

type Report = { type: string; kind?: string; [key: string]: unknown };
const num = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

export function sampleOf(reports: Iterable<Report>, at: number): Sample {
  const sample: Sample = { at, received: 0, lost: 0, jitter: 0, roundTrip: undefined, sent: 0 };
  for (const one of reports) {
    if (one.type === "inbound-rtp" && one.kind === "audio") {
      sample.received += num(one["packetsReceived"]);
      sample.lost += Math.max(0, num(one["packetsLost"]));
      sample.jitter = Math.max(sample.jitter, num(one["jitter"]));
    } else if (one.type === "outbound-rtp" && one.kind === "audio") sample.sent += num(one["packetsSent"]);
    else if (one.type === "remote-inbound-rtp" && typeof one["roundTripTime"] === "number") sample.roundTrip = one["roundTripTime"];
    else if (one.type === "candidate-pair" && one["nominated"] === true && sample.roundTrip === undefined && typeof one["currentRoundTripTime"] === "number") sample.roundTrip = one["currentRoundTripTime"];
  }
  return sample;
}

/** Mean opinion score after the E-model (G.107) with its usual simplification for G.711: R = 93.2 − delay − loss. */
export function mosOf(loss: number, jitterMs: number, roundTripMs: number): number {
  const delay = roundTripMs / 2 + jitterMs * 2 + 10;
  const late = delay < 160 ? delay / 40 : (delay - 120) / 10;
  const rating = Math.max(0, Math.min(100, 93.2 - late - (95 * loss) / (loss + 0.043)));
  return Math.max(1, Math.min(4.5, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6));
}

export function figuresOf(before: Sample, now: Sample): Figures {
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const loss = received + lost > 0 ? lost / (received + lost) : undefined;
  const jitterMs = now.jitter * 1000;
  const roundTripMs = now.roundTrip === undefined ? undefined : now.roundTrip * 1000;
  return { loss, jitterMs, roundTripMs, silent: received === 0, mos: loss === undefined ? undefined : mosOf(loss, jitterMs, roundTripMs ?? 0) };
}

export type Warning = { is: "loss"; share: number } | { is: "delay"; ms: number } | { is: "jitter"; ms: number } | { is: "silent" };
const LOSS = 0.03, DELAY_MS = 400, JITTER_MS = 50;

/** What a person should know, the worst first; at most one, so that the bar stays calm. */
export function warningOf(figures: Figures | undefined): Warning | undefined {
  if (!figures) return undefined;
  if (figures.silent) return { is: "silent" };
  if (figures.loss !== undefined && figures.loss >= LOSS) return { is: "loss", share: figures.loss };
  if (figures.roundTripMs !== undefined && figures.roundTripMs >= DELAY_MS) return { is: "delay", ms: Math.round(figures.roundTripMs) };
  return figures.jitterMs >= JITTER_MS ? { is: "jitter", ms: Math.round(figures.jitterMs) } : undefined;
}

/** 4 good … 1 bad, 0 not measured: the bars of the signal. */
export const barsOf = (mos: number | undefined): 0 | 1 | 2 | 3 | 4 => (mos === undefined ? 0 : mos >= 4 ? 4 : mos >= 3.6 ? 3 : mos >= 3.1 ? 2 : 1);
