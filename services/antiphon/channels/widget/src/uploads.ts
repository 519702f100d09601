import { newId } from "./outbox";
import { readAttachment, type Attachment, type Reason } from "./protocol";

/** Files on their way to the server, before the message that carries them is sent. */

export const MAX_FILES = 10;

export interface Upload {
  id: string;
  name: string;
  size: number;
  file: File;
  state: "waiting" | "uploading" | "done" | "failed";
  /** 0…1 */
  progress: number;
  attachment: Attachment | null;
  reason: Reason | null;
}

export interface Limits {
  max_upload_mb: number;
  accept: string[];
}

/** Same meaning as the accept attribute: "image/*", "application/pdf", ".docx". */
export function accepted(name: string, type: string, accept: readonly string[]): boolean {
  if (accept.length === 0) return true;
  const lower = name.toLowerCase();
  return accept.some((a) => {
    const rule = a.trim().toLowerCase();
    if (rule === "*/*" || rule === "*") return true;
    if (rule.startsWith(".")) return lower.endsWith(rule);
    if (rule.endsWith("/*")) return type.toLowerCase().startsWith(rule.slice(0, -1));
    // Some systems give no type for a known extension: let the server decide then.
    return type ? type.toLowerCase() === rule : lower.endsWith(`.${rule.split("/")[1]}`);
  });
}

export function refuse(file: { name: string; size: number; type: string }, limits: Limits): Reason | null {
  if (file.size === 0) return "EMPTY";
  if (file.size > limits.max_upload_mb * 1_048_576) return "TOO_LARGE";
  if (!accepted(file.name, file.type, limits.accept)) return "TYPE_REFUSED";
  return null;
}

const KNOWN: readonly string[] = ["TYPE_REFUSED", "TOO_LARGE", "TOO_FAST", "BLOCKED", "EMPTY"];

/** Reads the server's problem JSON; falls back to the status code a proxy may have answered with. */
export function uploadReason(status: number, body: string): Reason {
  try {
    const reason = (JSON.parse(body) as { reason?: unknown }).reason;
    if (typeof reason === "string" && KNOWN.includes(reason)) return reason as Reason;
  } catch {
    // not JSON
  }
  if (status === 0) return "NETWORK";
  if (status === 413) return "TOO_LARGE";
  if (status === 415) return "TYPE_REFUSED";
  if (status === 429) return "TOO_FAST";
  return "FAILED";
}

export interface UploadPort {
  base: string;
  limits(): Limits;
  /** null while there is no connection. */
  token(): string | null;
  changed(): void;
  unauthorised(): void;
}

export class Uploads {
  items: Upload[] = [];
  private readonly requests = new Map<string, XMLHttpRequest>();

  constructor(private readonly port: UploadPort) {}

  get busy(): boolean {
    return this.items.some((u) => u.state === "waiting" || u.state === "uploading");
  }

  get ready(): Attachment[] {
    return this.items.flatMap((u) => (u.attachment ? [u.attachment] : []));
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      const reason = refuse(file, this.port.limits());
      this.items = [
        ...this.items,
        {
          id: newId(),
          name: file.name,
          size: file.size,
          file,
          state: reason ? "failed" : "waiting",
          progress: 0,
          attachment: null,
          reason,
        },
      ];
    }
    this.pump();
  }

  remove(id: string): void {
    this.requests.get(id)?.abort();
    this.requests.delete(id);
    this.items = this.items.filter((u) => u.id !== id);
    this.pump();
  }

  retry(id: string): void {
    this.change(id, { state: "waiting", reason: null, progress: 0 });
    this.pump();
  }

  /** Empties the tray: its files now belong to a message. */
  take(): Attachment[] {
    const ready = this.ready;
    this.items = this.items.filter((u) => u.state === "failed");
    this.port.changed();
    return ready;
  }

  /** Sends what waits, one file at a time: progress stays honest on a slow line. */
  pump(): void {
    this.port.changed();
    const token = this.port.token();
    const next = this.items.find((u) => u.state === "waiting");
    if (!token || !next || this.requests.size) return;
    const xhr = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", next.file, next.name);
    xhr.open("POST", `${this.port.base}/widget/attachments`);
    xhr.setRequestHeader("Authorization", `Bearer ${token}`);
    xhr.upload.onprogress = (e) => {
      if (e.lengthComputable) this.change(next.id, { progress: e.loaded / e.total });
    };
    xhr.onloadend = () => {
      if (this.requests.get(next.id) !== xhr) return;
      this.requests.delete(next.id);
      this.finish(next.id, xhr);
      this.pump();
    };
    this.requests.set(next.id, xhr);
    this.change(next.id, { state: "uploading", progress: 0 });
    xhr.send(form);
  }

  private finish(id: string, xhr: XMLHttpRequest): void {
    if (xhr.status >= 200 && xhr.status < 300) {
      let attachment: Attachment | null = null;
      try {
        attachment = readAttachment((JSON.parse(xhr.responseText) as { attachment?: unknown }).attachment, this.port.base);
      } catch {
        // answered with something that is not ours
      }
      if (attachment?.id) {
        this.change(id, { state: "done", progress: 1, attachment });
        return;
      }
    }
    if (xhr.status === 401) {
      this.change(id, { state: "failed", reason: "NETWORK" });
      this.port.unauthorised();
      return;
    }
    this.change(id, { state: "failed", reason: uploadReason(xhr.status, xhr.responseText) });
  }

  private change(id: string, patch: Partial<Upload>): void {
    this.items = this.items.map((u) => (u.id === id ? { ...u, ...patch } : u));
    this.port.changed();
  }
}
