import { beforeEach, describe, expect, test } from "vitest";
import { Outbox } from "../src/outbox";
import { Store, type Shelf } from "../src/store";

function memoryShelf(): Shelf & { full: boolean } {
  const map = new Map<string, string>();
  return {
    full: false,
    getItem: (k) => map.get(k) ?? null,
    setItem(k, v) {
      if (this.full) throw new DOMException("full", "QuotaExceededError");
      map.set(k, v);
    },
    removeItem: (k) => void map.delete(k),
    get length() {
      return map.size;
    },
    key: (i) => [...map.keys()][i] ?? null,
  };
}

let now = 0;
const clock = () => now;
const box = (shelf: Shelf | null, key = "k") => new Outbox(new Store(key, shelf), clock);

beforeEach(() => {
  now = 1_000_000;
});

describe("outbox", () => {
  test("keeps order and ids over a reload", () => {
    const shelf = memoryShelf();
    const before = box(shelf);
    const a = before.add({ text: "a" });
    const b = before.add({ text: "b" });
    expect(box(shelf).due().map((m) => [m.client_id, m.text])).toEqual([[a.client_id, "a"], [b.client_id, "b"]]);
  });

  test("is sent again with the same id until acknowledged, with longer and longer waits", () => {
    const out = box(memoryShelf());
    const { client_id } = out.add({ text: "a", choice: "2" });
    expect(out.due()).toEqual([{ client_id, text: "a", choice: "2" }]);
    expect(out.due()).toEqual([]);
    now += 8000;
    expect(out.due()).toHaveLength(1);
    now += 8000;
    expect(out.due()).toHaveLength(0);
    now += 8000;
    expect(out.due()).toHaveLength(1);
    out.acknowledge(client_id);
    now += 1_000_000;
    expect(out.due()).toEqual([]);
  });

  test("a new connection sends everything at once", () => {
    const out = box(memoryShelf());
    out.add({ text: "a" });
    out.due();
    out.forgetSent();
    expect(out.due()).toHaveLength(1);
  });

  test("two tabs add and acknowledge without losing each other's messages", () => {
    const shelf = memoryShelf();
    const one = box(shelf);
    const two = box(shelf);
    const a = one.add({ text: "a" });
    two.add({ text: "b" });
    one.acknowledge(a.client_id);
    expect(two.all().map((p) => p.text)).toEqual(["b"]);
    expect(one.all().map((p) => p.text)).toEqual(["b"]);
  });

  test("a refused message waits for the visitor and keeps its id", () => {
    const shelf = memoryShelf();
    const out = box(shelf);
    const { client_id } = out.add({ text: "a" });
    out.fail(client_id, "BLOCKED", "");
    expect(out.due()).toEqual([]);
    expect(box(shelf).all()[0]?.failed?.reason).toBe("BLOCKED");
    out.retry(client_id);
    expect(out.due().map((m) => m.client_id)).toEqual([client_id]);
  });

  test("works from memory when storage is refused or full, and says that it is not kept", () => {
    const shelf = memoryShelf();
    shelf.full = true;
    for (const out of [box(null), box(shelf)]) {
      const { client_id } = out.add({ text: "a" });
      expect(out.kept(client_id)).toBe(false);
      expect(out.due()).toHaveLength(1);
      out.acknowledge(client_id);
      expect(out.all()).toEqual([]);
    }
  });

  test("channels do not see each other's messages, and broken records are skipped", () => {
    const shelf = memoryShelf();
    box(shelf, "k1").add({ text: "a" });
    expect(box(shelf, "k2").all()).toEqual([]);
    shelf.setItem("antiphon:k2:out:x", "{broken");
    expect(box(shelf, "k2").all()).toEqual([]);
  });

  test("attachments go by id", () => {
    const out = box(memoryShelf());
    out.add({ text: "", attachments: [{ id: "f1", name: "a.png", media_type: "image/png", size: 1, url: "" }] });
    expect(out.due()[0]?.attachment_ids).toEqual(["f1"]);
  });
});
