import { duration } from "../i18n/format";
import { useSecond } from "../rt/clock";
import { useT } from "./texts";

export interface TimerProps {
  /** Counts up from here … */
  since?: string | undefined;
  /** … or down to here. */
  until?: string | undefined;
  /** Norm in seconds: calm below half of it, amber from half, red from nine tenths. */
  norm?: number | undefined;
  /** What it counts; the title says it. */
  title: string;
  live?: boolean;
  className?: string;
}

/** Colour class of a time against its norm; only the digits change colour. */
export function severity(elapsed: number, norm: number | undefined): "" | "warn" | "crit" {
  if (!norm) return "";
  const share = elapsed / norm;
  return share >= 0.9 ? "crit" : share >= 0.5 ? "warn" : "";
}

/** The only component that renders each second. Never inside an ARIA live region. */
export function Timer({ since, until, norm, title, live, className = "" }: TimerProps) {
  const t = useT();
  const now = useSecond();
  const at = Date.parse(until ?? since ?? "") / 1000;
  if (Number.isNaN(at)) return <span className={`t ${className}`}>–</span>;
  const value = Math.max(0, until ? Math.ceil(at - now) : Math.floor(now - at));
  const elapsed = until && norm ? norm - value : value;
  const text = duration(value);
  return <span className={`t ${severity(elapsed, norm)} ${live ? "live" : ""} ${className}`} aria-live="off" title={until ? `${title}: ${t("left", { time: text })}` : title}>{text}</span>;
}
