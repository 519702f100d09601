/** Addresses of campaigns on the desk. Pure. */
const ADDRESS = "campaign:";
export const campaignAddress = (id: string): string => `${ADDRESS}${id}`;
export const campaignOf = (address: string): string => (address.startsWith(ADDRESS) ? address.slice(ADDRESS.length) : "");
