/** The company's rules of distribution as the form holds them, with every default written out. Pure. */
import type { Break, Policy } from "../../../api/types.gen";
import { codeOf, toDuration, toSeconds } from "../queue";

export const CLASSES = ["voice", "chat", "email", "task"] as const;
export type WorkClass = (typeof CLASSES)[number];
type PerClass<V> = Record<WorkClass, V>;

/** What the ACD takes where nothing is set. */
export const USUAL_CAPACITY: PerClass<number> = { voice: 1, chat: 3, email: 5, task: 5 };
const USUAL_BLOCKING: PerClass<readonly WorkClass[]> = { voice: ["voice", "chat"], chat: ["voice"], email: ["voice"], task: ["voice"] };
const USUAL = { busy: 30, reject: 0, missed: 0, tries: 3, retry: 600, aging: 1000 };

export interface PolicyForm {
  rev: number;
  capacity: PerClass<number>;
  /** Class that wants in → classes that keep it out. */
  blocking: PerClass<readonly WorkClass[]>;
  busy_delay: number;
  reject_delay: number;
  no_answer_delay: number;
  breaks: readonly Break[];
  profiles: readonly { name: string; queue_ids: readonly string[] }[];
  callback_tries: number;
  callback_retry: number;
  /** Points a second of waiting is worth, in thousandths. */
  aging_millipoints: number;
}

const perClass = <V>(of: (name: WorkClass) => V): PerClass<V> => ({ voice: of("voice"), chat: of("chat"), email: of("email"), task: of("task") });

export function formOf(policy: Policy): PolicyForm {
  const rows = new Map(policy.blocking.map((row) => [row.wants, row.waits_for]));
  const span = (text: string | undefined, usual: number) => (text === undefined ? usual : toSeconds(text));
  return {
    rev: policy.rev,
    capacity: perClass((name) => policy.capacity[name] ?? USUAL_CAPACITY[name]),
    blocking: perClass((name) => {
      const row = rows.get(name);
      return row ? CLASSES.filter((one) => row.includes(one)) : USUAL_BLOCKING[name];
    }),
    busy_delay: span(policy.busy_delay, USUAL.busy), reject_delay: span(policy.reject_delay, USUAL.reject), no_answer_delay: span(policy.no_answer_delay, USUAL.missed),
    breaks: policy.breaks, profiles: policy.profiles,
    callback_tries: policy.callback_tries || USUAL.tries, callback_retry: toSeconds(policy.callback_retry) || USUAL.retry,
    aging_millipoints: policy.aging_millipoints ?? USUAL.aging,
  };
}

export function policyOf(form: PolicyForm): Policy {
  return {
    rev: form.rev, capacity: form.capacity, aging_millipoints: form.aging_millipoints,
    blocking: CLASSES.map((wants) => ({ wants, waits_for: [...form.blocking[wants]] })),
    busy_delay: toDuration(form.busy_delay), reject_delay: toDuration(form.reject_delay), no_answer_delay: toDuration(form.no_answer_delay),
    breaks: [...form.breaks], profiles: form.profiles.map((one) => ({ name: one.name.trim(), queue_ids: [...one.queue_ids] })),
    callback_tries: form.callback_tries, callback_retry: toDuration(form.callback_retry),
  };
}

export type PolicyFault = "f_breaks" | "f_profiles" | "f_profile_queues" | "f_capacity";

/** What is wrong, by field; live, before anything is saved. */
export function faultsOf(form: PolicyForm): Partial<Record<keyof PolicyForm, PolicyFault>> {
  const twice = (names: readonly string[]) => new Set(names).size !== names.length || names.some((one) => !one.trim());
  const profiles = form.profiles.map((one) => one.name.trim());
  return {
    ...(twice(form.breaks.map((one) => one.code)) || twice(form.breaks.map((one) => one.title)) ? { breaks: "f_breaks" as const } : {}),
    ...(twice(profiles) ? { profiles: "f_profiles" as const } : form.profiles.some((one) => one.queue_ids.length === 0) ? { profiles: "f_profile_queues" as const } : {}),
    ...(CLASSES.every((name) => form.capacity[name] === 0) ? { capacity: "f_capacity" as const } : {}),
  };
}

export const addBreak = (list: readonly Break[], title: string): Break[] => [...list, { code: codeOf(title, list.map((one) => one.code)), title: title.trim(), paid: false }];

/** A class never keeps itself out of the table: how many of it is its capacity. */
export const toggled = (row: readonly WorkClass[], name: WorkClass, on: boolean): WorkClass[] => CLASSES.filter((one) => (one === name ? on : row.includes(one)));
