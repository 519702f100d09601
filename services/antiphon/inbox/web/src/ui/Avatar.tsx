import { initials } from "../i18n/format";

export function Avatar({ name, size }: { name: string; size?: "s" | "l" }) {
  return <span className={`ava ${size ?? ""}`} aria-hidden="true">{initials(name)}</span>;
}
