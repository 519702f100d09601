import { texts } from "../../i18n/texts";
import type en from "./texts.en.json";

export type SipText = keyof typeof en;
export const useT = texts<SipText>("sip");
