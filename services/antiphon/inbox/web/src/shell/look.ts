/** Theme, density, language: classes on <html>, saved on this device per person (and for the next sign-in). */
import { useSyncExternalStore } from "react";
import { browserLanguage, isLanguage, type Language } from "../i18n/languages";
import { activate } from "../i18n/texts";

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";
export interface Look {
  theme: Theme;
  density: Density;
  language: Language;
}

const KEY = "antiphon.look";
let person = "";
const listeners = new Set<() => void>();

function saved(key: string): Partial<Look> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Look>;
  } catch {
    return {};
  }
}

function clean(raw: Partial<Look>, language: Language): Look {
  return {
    theme: raw.theme === "light" || raw.theme === "dark" ? raw.theme : "system",
    density: raw.density === "compact" ? "compact" : "comfortable",
    language: isLanguage(raw.language) ? raw.language : language,
  };
}

let look = clean(typeof localStorage === "undefined" ? {} : saved(KEY), typeof navigator === "undefined" ? "en" : browserLanguage());

function show(): void {
  const { classList } = document.documentElement;
  classList.toggle("light", look.theme === "light");
  classList.toggle("dark", look.theme === "dark");
  classList.toggle("compact", look.density === "compact");
  listeners.forEach((listener) => listener());
}

export const currentLook = () => look;

export async function setLook(change: Partial<Look>): Promise<void> {
  const before = look.language;
  look = { ...look, ...change };
  try {
    const text = JSON.stringify(look);
    localStorage.setItem(KEY, text);
    if (person) localStorage.setItem(`${KEY}.${person}`, text);
  } catch {
    // Storage is closed: the choice lives as long as the page.
  }
  show();
  if (look.language !== before) await activate(look.language);
}

/** After sign-in: the person's own look; without one, the language of the profile. */
export function adoptPerson(id: string, language: string): void {
  if (person === id) return;
  person = id;
  const own = saved(`${KEY}.${id}`);
  void setLook(clean(own.theme ? own : { ...look, ...(isLanguage(language) ? { language } : {}) }, look.language));
}

export function useLook(): Look {
  return useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, () => look);
}
