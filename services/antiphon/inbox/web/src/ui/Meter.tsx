import { Meter as AriaMeter } from "react-aria-components/Meter";
import { ProgressBar } from "react-aria-components/ProgressBar";

export type Severity = "ok" | "warn" | "crit";

/** A measured share 0…1, with words for who does not see it. */
export function Meter({ label, share, text, severity }: { label: string; share: number; text: string; severity?: Severity }) {
  return <AriaMeter aria-label={label} value={share * 100} valueLabel={text} className={`meter ${severity ?? ""}`}><i style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} /></AriaMeter>;
}

/** How far something has come; `kind="go"` is the ring time of an offer. */
export function Progress({ label, share, kind }: { label: string; share: number; kind?: "go" }) {
  return <ProgressBar aria-label={label} value={share * 100} className={`meter ${kind ?? ""}`}><i style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} /></ProgressBar>;
}
