/** What the widget keeps between pages: localStorage under the channel's key, memory where storage is refused. */

export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  readonly length: number;
  key(index: number): string | null;
}

export class Store {
  readonly prefix: string;
  /** Holds what the shelf refused (private mode, quota, storage switched off). */
  private readonly memory = new Map<string, string>();

  constructor(
    channel: string,
    private readonly shelf: Shelf | null,
  ) {
    this.prefix = `antiphon:${channel}:`;
  }

  /** True when the last write to this name would survive a reload. */
  kept(name: string): boolean {
    return this.shelf !== null && !this.memory.has(name);
  }

  get(name: string): string | null {
    const held = this.memory.get(name);
    if (held !== undefined) return held;
    try {
      return this.shelf?.getItem(this.prefix + name) ?? null;
    } catch {
      return null;
    }
  }

  set(name: string, value: string): void {
    try {
      if (!this.shelf) throw new Error("no shelf");
      this.shelf.setItem(this.prefix + name, value);
      this.memory.delete(name);
    } catch {
      this.memory.set(name, value);
    }
  }

  remove(name: string): void {
    this.memory.delete(name);
    try {
      this.shelf?.removeItem(this.prefix + name);
    } catch {
      // nothing was kept there
    }
  }

  /** Names that begin so, of both the shelf and the memory. */
  names(start: string): string[] {
    const found = new Set<string>();
    for (const name of this.memory.keys()) if (name.startsWith(start)) found.add(name);
    try {
      const full = this.prefix + start;
      for (let i = 0; i < (this.shelf?.length ?? 0); i++) {
        const name = this.shelf?.key(i);
        if (name?.startsWith(full)) found.add(name.slice(this.prefix.length));
      }
    } catch {
      // storage was switched off after the page was opened
    }
    return [...found];
  }

  number(name: string): number {
    const n = Number(this.get(name));
    return Number.isFinite(n) ? n : 0;
  }
}

/** The browser's shelf, or null where even touching it throws. */
export function shelf(which: "localStorage" | "sessionStorage"): Shelf | null {
  try {
    const s = globalThis[which];
    s.getItem("antiphon");
    return s;
  } catch {
    return null;
  }
}
