/** A page that was opened by a link with a key proves itself by it instead of the cookie. The key stays in the fragment
 * of the address, which no server and no log sees, and in this page's memory. */
let key = "";

export function provedBy(secret: string): void {
  key = secret;
}

export const proof = (): Record<string, string> => (key ? { Authorization: `Bearer ${key}` } : {});
