import type { ReactNode } from "react";

/** A short fact beside a name. */
export function Chip({ kind, children, title }: { kind?: "ok" | "warn" | "crit" | "info" | "acc" | "line"; children: ReactNode; title?: string }) {
  return <span className={`chip ${kind ?? ""}`} {...(title ? { title } : {})}>{children}</span>;
}
