/** What the forms of telephony accept. The server checks again. */

/** An address or a network: 203.0.113.0/24, 2001:db8::/32. */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.trim().split("/");
  if (more.length || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (four) return four.slice(1).every((part) => Number(part) <= 255) && Number(bits ?? 0) <= 32;
  return /^[0-9a-f:]{2,39}$/i.test(address) && address.includes(":") && Number(bits ?? 0) <= 128;
}

export const isHost = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) || isNetwork(text);
/** What is printed on a SIM card (ICCID). */
export const isCard = (text: string): boolean => /^89\d{15,19}[0-9A-F]$/i.test(text.replace(/[\s-]/g, ""));
export const isPrefix = (text: string): boolean => /^\+\d{0,14}$/.test(text);
