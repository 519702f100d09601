/** Unsent texts, kept per person and conversation on this device, each for a month. */
export interface Draft {
  reply: string;
  note: string;
  tab: "reply" | "note";
  at: number;
}

/** Just what is needed of localStorage. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  key(index: number): string | null;
  readonly length: number;
}

const PREFIX = "antiphon.draft.";
const KEEP_MS = 30 * 86_400_000;
const keyOf = (person: string, conversation: string) => `${PREFIX}${person}.${conversation}`;

function parse(text: string | null): Draft | undefined {
  try {
    const raw = JSON.parse(text ?? "null") as Partial<Draft> | null;
    if (!raw || typeof raw.reply !== "string" || typeof raw.note !== "string") return undefined;
    return { reply: raw.reply, note: raw.note, tab: raw.tab === "note" ? "note" : "reply", at: Number(raw.at) || 0 };
  } catch {
    return undefined;
  }
}

export class Drafts {
  constructor(private readonly shelf: Shelf, private readonly now: () => number = Date.now) {}

  load(person: string, conversation: string): Draft {
    return parse(this.shelf.getItem(keyOf(person, conversation))) ?? { reply: "", note: "", tab: "reply", at: 0 };
  }

  /**
   * An empty draft keeps only its moment, so that what was sent from here does not come back from another device. A full
   * shelf is no reason to lose the typing itself.
   */
  save(person: string, conversation: string, draft: Omit<Draft, "at">, at?: number): void {
    try {
      const key = keyOf(person, conversation);
      if (draft.reply !== "" || draft.note !== "" || this.shelf.getItem(key) !== null) this.shelf.setItem(key, JSON.stringify({ ...draft, at: at ?? this.now() }));
    } catch {
      // The text stays in the field.
    }
  }

  /** What another tab wrote for this conversation; `key` is that of the storage event (null: everything was cleared). */
  told(person: string, conversation: string, key: string | null): Draft | undefined {
    return key === null || key === keyOf(person, conversation) ? this.load(person, conversation) : undefined;
  }

  has(person: string, conversation: string): boolean {
    const { reply, note } = this.load(person, conversation);
    return reply.trim() !== "" || note.trim() !== "";
  }

  /** Forgets what is older than a month, whoever wrote it. */
  sweep(): void {
    const keys = Array.from({ length: this.shelf.length }, (_, index) => this.shelf.key(index) ?? "").filter((key) => key.startsWith(PREFIX));
    for (const key of keys) if (this.now() - (parse(this.shelf.getItem(key))?.at ?? 0) > KEEP_MS) this.shelf.removeItem(key);
  }
}
