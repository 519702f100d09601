import { describe, expect, it } from "vitest";
import { mapped, refusal, same } from "./keymap";

describe("the keymap", () => {
  it("moves keys by id and leaves the others", () => {
    const key = { id: "snooze", code: "KeyZ", alt: true, cap: "" };
    expect(mapped(key, {})).toBe(key);
    expect(mapped(key, { snooze: { code: "KeyB", ctrl: true } })).toEqual({ id: "snooze", code: "KeyB", alt: false, ctrl: true });
    expect(mapped({ code: "KeyZ", alt: true }, { snooze: { code: "KeyB" } })).toEqual({ code: "KeyZ", alt: true });
  });

  it("refuses what the browser or a text needs", () => {
    expect(refusal({ code: "KeyC", ctrl: true })).toBe("reserved");
    expect(refusal({ code: "Escape" })).toBe("reserved");
    expect(refusal({ code: "KeyB" })).toBe("needs_modifier");
    expect([refusal({ code: "KeyB", alt: true }), refusal({ code: "F8" }), refusal({ code: "KeyB", ctrl: true, shift: true })]).toEqual(["", "", ""]);
  });

  it("knows the same place however it is written", () => {
    expect(same({ code: "KeyA", alt: true }, { code: "KeyA", alt: true, ctrl: false, shift: false })).toBe(true);
    expect(same({ code: "KeyA", alt: true }, { code: "KeyA", ctrl: true })).toBe(false);
  });
});
