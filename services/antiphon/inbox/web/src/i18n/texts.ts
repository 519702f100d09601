/**
 * Texts by area. An area is a folder with texts.en.json (source), texts.ru.json and texts.uk.json: ICU messages
 * under short keys. An area's texts arrive with its page; a language switch loads every area in use first.
 */
import { i18n, type Messages } from "@lingui/core";
import { useLingui } from "@lingui/react";
import { useCallback } from "react";
import { isLanguage, type Language } from "./languages";

const files = import.meta.glob<Messages>("/src/**/texts.*.json", { import: "default" });
const used = new Set<string>();
const loaded = new Set<string>();

export type Values = Record<string, string | number | null | undefined>;

async function loadOne(area: string, language: Language): Promise<void> {
  const mark = `${area}.${language}`;
  if (loaded.has(mark)) return;
  const path = Object.keys(files).find((name) => name.endsWith(`/${area}/texts.${language}.json`));
  const messages = path ? await files[path]?.() : undefined;
  if (!messages) throw new Error(`no texts for ${mark}`);
  i18n.load(language, Object.fromEntries(Object.entries(messages).map(([key, text]) => [`${area}.${key}`, text])));
  loaded.add(mark);
}

/** Loads areas in the current language; pages do it through `page()` in shell/routes. */
export async function loadAreas(...areas: string[]): Promise<void> {
  areas.forEach((area) => used.add(area));
  let wanted: Language;
  do { // the language may be switched while texts are on their way
    wanted = language();
    const now = wanted;
    await Promise.all(areas.map((area) => loadOne(area, now)));
  } while (wanted !== language());
  i18n.activate(i18n.locale);
}

/** Switches the language; texts change at once, when all areas in use are here. */
export async function activate(next: Language): Promise<void> {
  // Pages that open meanwhile bring areas of their own.
  while ([...used].some((area) => !loaded.has(`${area}.${next}`))) await Promise.all([...used].map((area) => loadOne(area, next)));
  i18n.loadAndActivate({ locale: next, messages: i18n.locale === next ? i18n.messages : messagesOf(next) });
  document.documentElement.lang = next;
}

function messagesOf(next: Language): Messages {
  return (i18n as unknown as { _messages: Record<string, Messages> })._messages[next] ?? {};
}

export function language(): Language {
  return isLanguage(i18n.locale) ? i18n.locale : "en";
}

export interface AreaTexts<Key extends string> {
  /** The hook: `const t = useT(); t("title", { count: 3 })`. */
  (): (key: Key, values?: Values) => string;
  /** Outside React (toasts, titles): the text now. */
  now: (key: Key, values?: Values) => string;
}

/** `export const useT = texts<keyof typeof en>("board")`, one line in each area. */
export function texts<Key extends string>(area: string): AreaTexts<Key> {
  const hook = () => {
    const { i18n: current } = useLingui();
    const { locale } = current;
    // eslint-disable-next-line react-hooks/exhaustive-deps
    return useCallback((key: Key, values?: Values) => current._(`${area}.${key}`, values), [current, locale]);
  };
  return Object.assign(hook, { now: (key: Key, values?: Values) => i18n._(`${area}.${key}`, values) });
}
