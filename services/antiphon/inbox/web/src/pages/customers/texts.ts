import { texts } from "../../i18n/texts";
import type en from "./texts.en.json";

export type CustomersText = keyof typeof en;
export const useT = texts<CustomersText>("customers");
