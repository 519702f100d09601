import { expect, test } from "vitest";
import type * as T from "../api/types.gen";
import { waysTo } from "./ways";

const channel = (id: string, writes_first_to: string, enabled = true) => ({ id, name: id, writes_first_to, enabled }) as T.Channel;
const channels = [channel("texts", "phone"), channel("box", "email"), channel("bot", ""), channel("off", "phone", false)];
const contact = { phones: ["+380501112233", "+380671112233"], emails: ["o@x.ua"], identities: [{ channel: "phone", value: "+380501112233" }, { channel: "phone", value: "+380441112233" }] as T.Identity[], blocked: false };

test("each address of each channel in which we may begin", () => {
  expect(waysTo(contact, channels).map((one) => `${one.channel.id} ${one.address}`)).toEqual(["box o@x.ua", "texts +380501112233", "texts +380671112233", "texts +380441112233"]);
});

test("nobody writes to whom is blocked, or to a card without addresses", () => {
  expect(waysTo({ ...contact, blocked: true }, channels)).toEqual([]);
  expect(waysTo({ phones: [], emails: [], identities: [], blocked: false }, channels)).toEqual([]);
});
