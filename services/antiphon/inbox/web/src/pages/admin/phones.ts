/** +380 (44) 390-20-20 → +380443902020; 00380… → +380…; what is no number comes back unchanged. */
export function normalPhone(text: string): string {
  const bare = text.trim();
  if (!/^\+?[\d\s().\-/\u00a0]+$/.test(bare)) return bare;
  const digits = bare.replace(/\D/g, "");
  return bare.startsWith("+") ? `+${digits}` : digits.startsWith("00") && digits.length > 8 ? `+${digits.slice(2)}` : digits;
}
