/** How the states of trunks look. */
import type { IconName } from "../../../design/Icon";

export type Mark = "ok" | "warn" | "crit" | "off";
export const TRUNK_ICONS: Record<Mark, IconName> = { ok: "st-available", warn: "st-wrapup", crit: "st-noresponse", off: "st-offline" };
export const TRUNK: Readonly<Record<string, readonly [Mark, "h_registered" | "h_reachable" | "h_refused" | "h_unreachable" | "h_static"]>> = { registered: ["ok", "h_registered"], reachable: ["ok", "h_reachable"], refused: ["crit", "h_refused"], unreachable: ["crit", "h_unreachable"], static: ["ok", "h_static"] };

/** What a refused registration says, by its code. */
export const REFUSED: Readonly<Record<number, "h_bad_password" | "h_bad_user">> = { 401: "h_bad_password", 403: "h_bad_password", 407: "h_bad_password", 404: "h_bad_user" };
