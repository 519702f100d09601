import { texts } from "../i18n/texts";
import type en from "./texts.en.json";

export type DealsText = keyof typeof en;
export const useT = texts<DealsText>("deals");
