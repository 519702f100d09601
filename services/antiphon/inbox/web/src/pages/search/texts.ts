import { texts } from "../../i18n/texts";
import type en from "./texts.en.json";

export type SearchText = keyof typeof en;
export const useT = texts<SearchText>("search");
