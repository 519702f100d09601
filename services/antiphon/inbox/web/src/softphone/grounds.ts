/** Why a call is being listened to, as its supervisor said when it began: another mode is the same listening. */
type Grounds = Readonly<Record<string, string>>;

const key = (call: string) => `listening.${call}`;

export function keepGrounds(call: string, why: Grounds): void {
  sessionStorage.setItem(key(call), JSON.stringify(why));
}

/** None after the tab was closed, or where another device began. */
export function groundsOf(call: string): Grounds | undefined {
  const kept = sessionStorage.getItem(key(call));
  return kept ? (JSON.parse(kept) as Grounds) : undefined;
}
