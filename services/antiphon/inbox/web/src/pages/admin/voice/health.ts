/** How the states of trunks look. */
import type { IconName } from "../../../design/Icon";

export type Mark = "ok" | "warn" | "crit" | "off";
export const TRUNK_ICONS: Record<Mark, IconName> = { ok: "st-available", warn: "st-wrapup", crit: "st-noresponse", off: "st-offline" };
export const TRUNK: Readonly<Record<string, readonly [Mark, "h_registered" | "h_refused" | "h_unreachable" | "h_static"]>> = { registered: ["ok", "h_registered"], refused: ["crit", "h_refused"], unreachable: ["crit", "h_unreachable"], static: ["ok", "h_static"] };
