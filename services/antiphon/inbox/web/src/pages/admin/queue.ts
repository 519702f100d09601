/** Members and dispositions of a queue: the changes a person makes to them. Pure. */
import type { Disposition, Member } from "../../api/types.gen";

const levelOf = (member: Member) => member.level || 1;

/** Sorted by level, positions counted from 1 within each level. */
export function ranked(members: readonly Member[]): Member[] {
  const sorted = members.map((member, index) => ({ member, index })).toSorted((a, b) => levelOf(a.member) - levelOf(b.member) || (a.member.position || a.index + 1) - (b.member.position || b.index + 1) || a.index - b.index).map((one) => one.member);
  return renumbered(sorted);
}

function renumbered(sorted: readonly Member[]): Member[] {
  const last = new Map<number, number>();
  return sorted.map((member) => {
    const level = levelOf(member);
    last.set(level, (last.get(level) ?? 0) + 1);
    return { ...member, level, position: last.get(level) ?? 1 };
  });
}

/** One place up or down. Over the edge of its level a member changes the level. */
export function moveMember(members: readonly Member[], index: number, step: -1 | 1): Member[] {
  const list = ranked(members);
  const [one, other] = [list[index], list[index + step]];
  if (!one) return list;
  if (!other || other.level !== one.level) {
    const level = one.level + step;
    const alone = !list.some((member, place) => place !== index && member.level === one.level);
    if (level < 1 || level > 9 || (!other && step === 1 && alone)) return list;
    return renumbered(list.with(index, { ...one, level }));
  }
  const swapped = list.with(index, other).with(index + step, one);
  return renumbered(swapped);
}

export function addMember(members: readonly Member[], who: { person_id: string } | { group_id: string }): Member[] {
  const level = Math.max(1, ...members.map(levelOf));
  return ranked([...members, { ...who, level: members.length ? level : 1, position: 100_000, penalty: 0 }]);
}

/** Seconds before a line is asked; none when zero. */
export function withDelay(delays: Readonly<Record<string, number>>, level: number, seconds: number): Record<string, number> {
  const { [level]: _old, ...rest } = delays;
  return seconds > 0 ? { ...rest, [level]: Math.round(seconds) } : rest;
}

export const removeMember = (members: readonly Member[], index: number): Member[] => renumbered(ranked(members).toSpliced(index, 1));
export const memberKey = (member: Member): string => (member.person_id ? `person:${member.person_id}` : `group:${member.group_id ?? ""}`);

/** A code for the reports from the title: "Перезвонить завтра" → perezvonit_zavtra. */
const LETTERS: Record<string, string> = Object.fromEntries([..."абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя"].map((letter, index) => [letter,
  ["a", "b", "v", "g", "g", "d", "e", "ie", "e", "zh", "z", "i", "i", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "iu", "ia"][index] ?? ""]));
export function codeOf(title: string, taken: readonly string[]): string {
  const plain = [...title.toLocaleLowerCase()].map((letter) => LETTERS[letter] ?? letter).join("").replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "").slice(0, 32) || "result";
  for (let number = 1; ; number += 1) {
    const code = number === 1 ? plain : `${plain}_${number}`;
    if (!taken.includes(code)) return code;
  }
}

export const addDisposition = (list: readonly Disposition[], title: string): Disposition[] =>
  title.trim() ? [...list, { code: codeOf(title, list.map((one) => one.code)), title: title.trim(), default: list.length === 0 }] : [...list];
export const setDefault = (list: readonly Disposition[], code: string): Disposition[] => list.map((one) => ({ ...one, default: one.code === code }));
export const moveDisposition = (list: readonly Disposition[], index: number, step: -1 | 1): Disposition[] => {
  const [one, other] = [list[index], list[index + step]];
  return one && other ? list.with(index, other).with(index + step, one) : [...list];
};
/** The default moves to the first when it is removed: a timed wrap-up needs one. */
export function removeDisposition(list: readonly Disposition[], code: string): Disposition[] {
  const rest = list.filter((one) => one.code !== code);
  return rest.length && !rest.some((one) => one.default) ? rest.map((one, index) => ({ ...one, default: index === 0 })) : rest;
}

export type DispositionFault = "no_title" | "no_code" | "twice";
export function dispositionFault(list: readonly Disposition[], index: number): DispositionFault | undefined {
  const one = list[index];
  if (!one) return undefined;
  if (!one.title.trim()) return "no_title";
  if (!one.code.trim()) return "no_code";
  return list.some((other, place) => place < index && other.code === one.code) ? "twice" : undefined;
}

/** "30s" ↔ 30. */
export const toSeconds = (text: string | undefined): number => Number((text ?? "0s").replace(/s$/, "")) || 0;
export const toDuration = (seconds: number): string => `${Math.max(0, Math.round(seconds))}s`;
