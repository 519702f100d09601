/** Every time zone the browser knows, the present one first. */
export const zones = (now: string): { id: string; text: string }[] => [...new Set([now, ...Intl.supportedValuesOf("timeZone")].filter(Boolean))].map((id) => ({ id, text: id }));
