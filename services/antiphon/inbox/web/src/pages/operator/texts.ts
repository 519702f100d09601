import { texts } from "../../i18n/texts";
import type en from "./texts.en.json";

export const useT = texts<keyof typeof en>("operator");
