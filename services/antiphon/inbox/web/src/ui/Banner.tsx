import type { ReactNode } from "react";
import { Icon, type IconName } from "../design/Icon";

/** A lasting state of the whole page: what is so, what is kept, what comes next. */
export function Banner({ kind = "warn", icon, children, action }: { kind?: "warn" | "crit" | "info"; icon?: IconName; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`banner ${kind === "warn" ? "" : kind}`} role={kind === "crit" ? "alert" : "status"}>
      <Icon name={icon ?? (kind === "info" ? "info" : kind === "crit" ? "stop" : "alert")} />
      <span className="grow">{children}</span>
      {action}
    </div>
  );
}
