/** A key cap. `onAlt` shows it only while Alt is held. */
export function KeyCap({ keys, onAlt }: { keys: string; onAlt?: boolean }) {
  return <kbd className={onAlt ? "kbd caps-hidden" : "kbd"} aria-hidden="true">{keys}</kbd>;
}
