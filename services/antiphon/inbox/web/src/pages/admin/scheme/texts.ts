import { texts } from "../../../i18n/texts";
import type en from "./texts.en.json";

export type SchemeText = keyof typeof en;
export const useT = texts<SchemeText>("scheme");
