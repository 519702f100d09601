/** A figure in a pill; `hot` = new for me. `label` reads it whole: "New messages: 2". */
export function Counter({ value, hot, label }: { value: number; hot?: boolean; label?: string }) {
  const shown = value > 99 ? "99+" : value;
  return <span className={hot ? "n hot" : "n"} title={value > 99 ? String(value) : ""} {...(label ? { role: "img", "aria-label": label } : {})}>{shown}</span>;
}
