/** The variables that texts may hold, as the service knows them (channels/domain/variables.py). */
export const VARIABLES = ["customer.name", "customer.first_name", "agent.name", "agent.first_name", "conversation.no", "conversation.subject"] as const;

/** The first one that does not exist. */
export const unknownVariable = (text: string): string =>
  [...text.matchAll(/\{([a-z]+\.[a-z_]+)(?:\|[^{}|]*)?\}/g)].map((found) => found[1] ?? "").find((name) => !(VARIABLES as readonly string[]).includes(name)) ?? "";
