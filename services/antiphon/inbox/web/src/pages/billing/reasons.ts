/** Why a call costs what it does, in the reader's language. */
import type * as T from "../../api/types.gen";
import { duration, number } from "../../i18n/format";
import { has } from "./model";
import { useT } from "./texts";

const SERVICES = { sms: "u_sms", whatsapp_template: "u_whatsapp_template", whatsapp_message: "u_whatsapp_message", viber_message: "u_viber_message" } as const;
const KINDS = { emergency: "y_emergency", free: "y_free", seconds: "y_seconds", connect: "y_connect", steps: "y_steps", minimum: "y_minimum", most: "y_most", used: "y_used", prefix: "y_prefix", package: "y_package", beyond: "y_beyond" } as const;
/** Why a record waits for a price. */
const WAITS = {
  no_rate: "z_no_rate", no_period: "z_no_rate", no_tariff: "z_no_tariff", currency: "z_currency", bad_number: "z_bad_number", blocked_direction: "z_blocked_direction", no_account: "z_no_account", conflict: "z_conflict",
  end_before_answer: "z_end_before_answer", too_long: "z_too_long", too_old: "z_too_old", in_the_future: "z_in_the_future", no_end: "z_end_before_answer",
} as const;

/** An exact decimal of the contract as people write it, with all its digits. */
export function decimal(text: string): string {
  return number(Number(text), Math.max(2, text.split(".")[1]?.length ?? 0));
}

/** "0,60 / 60 s": what one step costs; the dearest where there are several. */
export function rateOf(call: T.RatedCall): { amount: string; length: number } | undefined {
  const steps = call.reasons.filter((one) => one.kind === "steps");
  const dearest = steps.sort((a, b) => Number(b.amount) / Number(b.length) - Number(a.amount) / Number(a.length))[0];
  return dearest && { amount: decimal(dearest.amount), length: Number(dearest.length) };
}

export function useReasons() {
  const t = useT();
  const service = (name: string) => (has(SERVICES, name) ? t(SERVICES[name]) : name);
  const reason = (one: T.PriceReason, said: string): string => {
    if (!has(KINDS, one.kind)) return said;
    const amount = one.amount && decimal(one.amount), length = Number(one.length), count = Number(one.count);
    return t(KINDS[one.kind], { what: one.kind === "used" ? service(one.what) : one.what, count, second: duration(Number(one.second)), length, amount, time: duration(count) });
  };
  return {
    service,
    /** A line each. What has no parts stays as the server said it. */
    why: (call: T.RatedCall): string[] => call.why.map((said, index) => { const one = call.reasons[index]; return one && call.reasons.length === call.why.length ? reason(one, said) : said; }),
    waits: (code: string): string => (has(WAITS, code) ? t(WAITS[code]) : code),
  };
}
