/**
 * A person's draft on all of their devices. What is typed here goes to the server when the keys rest; what was typed
 * elsewhere comes when the conversation is opened, when the other device tells, and when this field is left. The newest
 * typing wins, and nothing is put under the hands of somebody who writes.
 */
import type * as T from "../../api/types.gen";
import type { Draft } from "./model/drafts";

const REST_MS = 1_200;

export interface Hands {
  load: () => Promise<T.GetDraftResponse>;
  save: (draft: T.Draft) => Promise<T.PutDraftResponse>;
  /** What this device has, and when it was typed. */
  mine: () => Draft;
  /** True while somebody writes here: then nothing is taken over. */
  writing: () => boolean;
  take: (draft: Draft) => void;
  after: (ms: number, action: () => void) => () => void;
}

export class DraftSync {
  private stopTimer: (() => void) | undefined;
  private over = false;

  constructor(private readonly hands: Hands, private readonly device: string) {}

  /** Reads what other devices wrote; sends what only this one has. */
  async look(): Promise<void> {
    try {
      const { draft } = await this.hands.load();
      if (this.over) return;
      const theirs = Date.parse(draft?.typed_at ?? "") || 0;
      const mine = this.hands.mine();
      if (draft && theirs > mine.at) this.take(draft, theirs);
      else if (mine.at > theirs && (mine.reply || mine.note || draft?.reply || draft?.note)) await this.send();
    } catch {
      // Without an answer the text stays on this device.
    }
  }

  /** Something was typed here. */
  typed(): void {
    this.stopTimer?.();
    this.stopTimer = this.hands.after(REST_MS, () => {
      this.stopTimer = undefined;
      void this.send();
    });
  }

  /** The conversation is left: what rests goes at once. */
  stop(): void {
    const waits = this.stopTimer !== undefined;
    this.stopTimer?.();
    this.stopTimer = undefined;
    if (waits) void this.send();
    this.over = true;
  }

  private async send(): Promise<void> {
    const { reply, note, at } = this.hands.mine();
    try {
      const { draft } = await this.hands.save({ reply, note, typed_at: new Date(at).toISOString(), device: this.device });
      const theirs = Date.parse(draft?.typed_at ?? "") || 0;
      if (!this.over && draft && draft.device !== this.device && theirs > this.hands.mine().at) this.take(draft, theirs);
    } catch {
      // Said again with the next key, or when the conversation is opened.
    }
  }

  private take(draft: T.Draft, at: number): void {
    if (!this.hands.writing()) this.hands.take({ reply: draft.reply, note: draft.note, tab: this.hands.mine().tab, at });
  }
}
