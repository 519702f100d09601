import { texts } from "../../../i18n/texts";
import type en from "./texts.en.json";

export type AccessText = keyof typeof en;
export const useT = texts<AccessText>("access");
