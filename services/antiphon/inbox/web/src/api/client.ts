/** One way to the server: same origin, cookie session, problem errors, an Idempotency-Key on each write. */
import { proof } from "./bearer";
import { Problem, problemOf } from "./problem";

type Value = string | number | boolean;
/** A list is written as the same name several times. */
export type Query = Record<string, Value | readonly Value[] | undefined>;

export interface CallOptions {
  query?: Query | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Repeat with the same key until an answer comes: for what a person wrote. */
  keep?: boolean | undefined;
  /** Given by callers that repeat a write themselves; made here otherwise. */
  key?: string | undefined;
}

let signedOut: () => void = () => undefined;

/** The shell says what to do when the session is over. */
export function onSignedOut(action: () => void): void {
  signedOut = action;
}

export function address(path: string, query: Query = {}): string {
  const fields = Object.entries(query).flatMap(([key, value]) =>
    Array.isArray(value) ? value.map((one) => [key, String(one)]) : value === undefined || value === "" ? [] : [[key, String(value)]]);
  return `/api/v1${path}${fields.length ? `?${new URLSearchParams(fields)}` : ""}`;
}

async function once(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem(0, { reason: "OFFLINE" });
  }
}

function pause(attempt: number): Promise<void> {
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      done();
    };
    const timer = setTimeout(finish, Math.min(30_000, 1000 * 2 ** attempt) * (0.5 + Math.random() / 2));
    addEventListener("online", finish);
  });
}

export async function request(url: string, init: RequestInit, keep = false): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await once(url, init);
      if (response.ok) return response;
      if (!keep || ![502, 503, 504].includes(response.status)) throw await problemOf(response);
    } catch (error) {
      if (!keep || !(error instanceof Problem) || !error.offline) throw error;
    }
    await pause(attempt);
  }
}

/** Paths whose 401 is an answer about the form, not about the session. */
const PUBLIC = new Set(["/sign-in", "/sign-up", "/me/password", "/me/passkeys/begin", "/me/passkeys", "/sign-in/passkey", "/sign-in/passkey/begin"]);

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", ...proof() };
  if (method !== "GET") headers["Idempotency-Key"] = options.key ?? crypto.randomUUID();
  let body: BodyInit | null = null;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body instanceof Blob) {
    headers["Content-Type"] = "application/octet-stream";
    body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  const init: RequestInit = { method, headers, body, credentials: "same-origin", signal: options.signal ?? null };
  try {
    const response = await request(address(path, options.query), init, options.keep);
    const text = await response.text();
    return (text ? JSON.parse(text) : {}) as T;
  } catch (error) {
    if (error instanceof Problem && error.status === 401 && !PUBLIC.has(path)) signedOut();
    throw error;
  }
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>("GET", path, { query, signal });
export const post = <T>(path: string, body: unknown = {}, options: CallOptions = {}) => call<T>("POST", path, { ...options, body });
export const put = <T>(path: string, body: unknown, options: CallOptions = {}) => call<T>("PUT", path, { ...options, body });
export const del = <T>(path: string, body?: unknown) => call<T>("DELETE", path, { body });
