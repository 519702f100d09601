import type { ReactNode } from "react";
import { Icon, type IconName } from "../design/Icon";

/** Nothing here: why, and the next step. */
export function Empty({ icon, title, children, actions }: { icon: IconName; title: string; children?: ReactNode; actions?: ReactNode }) {
  return <div className="empty"><Icon name={icon} /><h3>{title}</h3>{children !== undefined && <p>{children}</p>}{actions !== undefined && <div className="flex">{actions}</div>}</div>;
}
