import { describe, expect, it } from "vitest";
import { phone, phoneMasked } from "./format";

describe("a phone number", () => {
  it("stands apart from the code of its country", () => {
    expect(["+380671234567", "+48223071820", "+442071234567", "+12125550123", "+70951234567"].map(phone)).toEqual(["+380 67 123-45-67", "+48 22 307-18-20", "+44 207 123-45-67", "+1 212 555-01-23", "+7 095 123-45-67"]);
  });
  it("comes back unchanged where its form is not known", () => {
    expect(["101", "+49151234567890", "", "+37061234567"].map(phone)).toEqual(["101", "+49151234567890", "", "+37061234567"]);
  });
  it("hides its middle", () => {
    expect(phoneMasked("+380671234567")).toBe("+380 67 •••-45-67");
  });
});
