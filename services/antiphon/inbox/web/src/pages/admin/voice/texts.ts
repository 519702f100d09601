import { texts } from "../../../i18n/texts";
import type en from "./texts.en.json";

export type VoiceText = keyof typeof en;
export const useT = texts<VoiceText>("voice");
