/** A failed request: RFC 9457, with the reason the desk reacts to. */
export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  reason?: string;
  retry?: unknown;
  facts?: Record<string, unknown>;
}

export class Problem extends Error {
  readonly status: number;
  /** OFFLINE when no answer came; else the reason of the service, e.g. BAD_CREDENTIALS. */
  readonly reason: string;
  readonly title: string;
  readonly detail: string;
  readonly retry: unknown;
  readonly facts: Readonly<Record<string, string>>;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.reason = (body.reason ?? (status === 0 ? "OFFLINE" : `HTTP_${status}`)).toUpperCase();
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.retry = body.retry;
    this.facts = Object.fromEntries(Object.entries(body.facts ?? {}).map(([key, value]) => [key, String(value)]));
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    return new Problem(response.status, (await response.json()) as ProblemBody);
  } catch {
    return new Problem(response.status, { title: response.statusText });
  }
}
