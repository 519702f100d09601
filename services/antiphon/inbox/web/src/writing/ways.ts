/** Where an agent may write first: a channel and one of the customer's addresses. */
import type * as T from "../api/types.gen";

export interface Way {
  readonly channel: T.Channel;
  readonly address: string;
}

type Card = Pick<T.Contact, "phones" | "emails" | "identities" | "blocked">;

/** Those written on the card, and those by which the customer came. */
export const addressesOf = (contact: Card, of: string): readonly string[] =>
  [...new Set([...(of === "phone" ? contact.phones : contact.emails), ...contact.identities.filter((one) => one.channel === of).map((one) => one.value)])];

export function waysTo(contact: Card, channels: Iterable<T.Channel>): readonly Way[] {
  if (contact.blocked) return [];
  const own = [...channels].filter((one) => one.enabled && one.writes_first_to).sort((a, b) => a.name.localeCompare(b.name));
  return own.flatMap((channel) => addressesOf(contact, channel.writes_first_to).map((address) => ({ channel, address })));
}
