import { texts } from "../../i18n/texts";
import type en from "./texts.en.json";

export type Text = keyof typeof en;
export const useT = texts<Text>("quality");
