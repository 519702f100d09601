/** The languages of the desk, each by its own name. */
export const LANGUAGES = { en: "English", ru: "Русский", uk: "Українська" } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as Language[];

export function isLanguage(code: string | undefined | null): code is Language {
  return code != null && Object.hasOwn(LANGUAGES, code);
}

/** The first language of the browser that the desk speaks, else English. */
export function browserLanguage(): Language {
  for (const tag of navigator.languages) {
    const code = tag.slice(0, 2).toLowerCase();
    if (isLanguage(code)) return code;
  }
  return "en";
}
