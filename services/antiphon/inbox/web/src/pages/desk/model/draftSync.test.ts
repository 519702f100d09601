import { describe, expect, it } from "vitest";
import type * as T from "../../../api/types.gen";
import { DraftSync } from "../draftSync";
import type { Draft } from "./drafts";

/** A server that keeps the newest, as channels does. */
class Server {
  kept: T.Draft | undefined;
  saves = 0;
  save = (draft: T.Draft) => {
    this.saves += 1;
    if (!this.kept || Date.parse(draft.typed_at ?? "") >= Date.parse(this.kept.typed_at ?? "")) this.kept = draft;
    return Promise.resolve({ draft: this.kept });
  };
  load = () => Promise.resolve({ ...(this.kept ? { draft: this.kept } : {}) });
}

function device(server: Server, name: string) {
  const own = { draft: { reply: "", note: "", tab: "reply", at: 0 } as Draft, writing: false, timer: undefined as (() => void) | undefined };
  const sync = new DraftSync({
    load: server.load, save: server.save, mine: () => own.draft, writing: () => own.writing, take: (draft) => { own.draft = draft; },
    after: (_, action) => { own.timer = action; return () => { own.timer = undefined; }; },
  }, name);
  const type = (reply: string, at: number) => { own.draft = { ...own.draft, reply, at }; sync.typed(); };
  const rest = async () => { own.timer?.(); await Promise.resolve(); await Promise.resolve(); };
  return { own, sync, type, rest };
}

describe("a draft on two devices", () => {
  it("goes over when the keys rest, once for many keys", async () => {
    const server = new Server(), desk = device(server, "desk"), phone = device(server, "phone");
    desk.type("Доб", 1000);
    desk.type("Добрий", 1100);
    await desk.rest();
    await phone.sync.look();
    expect([phone.own.draft.reply, phone.own.draft.at, server.saves]).toEqual(["Добрий", 1100, 1]);
  });
  it("never changes what is being typed, and the last typing wins", async () => {
    const server = new Server(), desk = device(server, "desk"), phone = device(server, "phone");
    phone.own.writing = true;
    phone.type("mine", 2000);
    desk.type("theirs", 3000);
    await desk.rest();
    await phone.sync.look();
    expect(phone.own.draft.reply).toBe("mine");
    phone.type("mine, longer", 4000);
    await phone.rest();
    await desk.sync.look();
    expect([desk.own.draft.reply, server.kept?.reply]).toEqual(["mine, longer", "mine, longer"]);
  });
  it("is given over when the conversation is left, and sent text does not come back", async () => {
    const server = new Server(), desk = device(server, "desk"), phone = device(server, "phone");
    desk.type("to be sent", 1000);
    desk.sync.stop();
    expect(server.kept?.reply).toBe("to be sent");
    await phone.sync.look();
    phone.type("", 2000);
    await phone.rest();
    const again = device(server, "desk");
    again.own.draft = { ...desk.own.draft };
    await again.sync.look();
    expect(again.own.draft.reply).toBe("");
  });
  it("sends what was written without a connection when it opens again", async () => {
    const server = new Server(), desk = device(server, "desk");
    desk.own.draft = { reply: "offline words", note: "", tab: "reply", at: 5000 };
    await desk.sync.look();
    expect(server.kept?.reply).toBe("offline words");
  });
});
