/** Canned answers while a person writes: what "/" finds, variables, and whom "@" names. Pure. The service fills macros the same way. */
import type * as T from "../../../api/types.gen";

export const VARIABLES = ["customer.name", "customer.first_name", "agent.name", "agent.first_name", "conversation.no", "conversation.subject"] as const;
export type Values = Partial<Record<string, string>>;

const GAP = /\{([a-z]+\.[a-z_]+)(?:\|([^{}|]*))?\}/g;
export const firstName = (name: string): string => name.trim().split(/\s+/)[0] ?? "";

/** Where nothing is known stands what follows the bar. */
export const fill = (text: string, values: Values): string => text.replace(GAP, (_, name: string, otherwise: string | undefined) => values[name] || otherwise || "");
export const unknownVariable = (text: string): string => [...text.matchAll(GAP)].map((found) => found[1] ?? "").find((name) => !(VARIABLES as readonly string[]).includes(name)) ?? "";

export const valuesOf = (conversation: Pick<T.Conversation, "contact_name" | "no" | "subject">, agent: string): Values => ({
  "customer.name": conversation.contact_name, "customer.first_name": firstName(conversation.contact_name), "agent.name": agent, "agent.first_name": firstName(agent),
  "conversation.no": String(conversation.no), "conversation.subject": conversation.subject,
});

/** What is being typed after a sign at the beginning of a word, up to the caret. */
export interface Typed { query: string; from: number; to: number }
const typed = (sign: RegExp) => (text: string, caret: number): Typed | undefined => {
  const found = sign.exec(text.slice(0, caret));
  return found ? { query: found[1] ?? "", from: caret - (found[1]?.length ?? 0) - 1, to: caret } : undefined;
};
export const slashAt = typed(/(?:^|\s)\/([\p{L}\p{N}_-]{0,40})$/u);
export const atSignAt = typed(/(?:^|\s)@([\p{L}\p{N}_.'’-]{0,40})$/u);

export const putIn = (text: string, at: Typed, words: string): { text: string; caret: number } => ({ text: text.slice(0, at.from) + words + text.slice(at.to), caret: at.from + words.length });

/** Those whose shortcut begins so, then names, then texts that contain it. */
export function search(answers: readonly T.CannedAnswer[], query: string): T.CannedAnswer[] {
  const wanted = query.toLocaleLowerCase();
  const rank = ({ shortcut, name, text }: T.CannedAnswer) =>
    shortcut.toLocaleLowerCase().startsWith(wanted) && shortcut ? 0 : name.toLocaleLowerCase().includes(wanted) ? 1 : text.toLocaleLowerCase().includes(wanted) ? 2 : 3;
  return answers.filter((one) => rank(one) < 3).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Colleagues who are chosen and still stand in the note. */
export const mentionsIn = (text: string, people: readonly Pick<T.Person, "id" | "name">[]): string[] => people.filter(({ name }) => name && text.includes(`@${name}`)).map(({ id }) => id);
