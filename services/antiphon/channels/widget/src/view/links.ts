import { h } from "./dom";

export interface Piece {
  text: string;
  href?: string;
}

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`{}|\\^\u00ab\u00bb\u201c\u201d]+/giu;

/** Cuts a text into plain pieces and web links. Only http(s) ever becomes a link. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    let found = match[0].replace(/[.,:;!?…*_~]+$/u, "");
    // A closing bracket belongs to the link only when it was opened inside it.
    for (const [open, close] of [["(", ")"], ["[", "]"]] as const) {
      while (found.endsWith(close) && found.split(close).length > found.split(open).length) {
        found = found.slice(0, -1).replace(/[.,:;!?…]+$/u, "");
      }
    }
    let url: URL;
    try {
      url = new URL(found.toLowerCase().startsWith("www.") ? `https://${found}` : found);
    } catch {
      continue;
    }
    // user@host in an address is how phishing hides the real host: such a text stays a text.
    if (!/^https?:$/.test(url.protocol) || url.username || url.password || !/[.:]|^localhost$/.test(url.hostname)) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: found, href: url.href });
    from = match.index + found.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

export function textNodes(text: string, newTab: string): (Node | string)[] {
  return findLinks(text).map((p) =>
    p.href
      ? h("a", { href: p.href, target: "_blank", rel: "noopener nofollow noreferrer", title: newTab }, p.text)
      : p.text,
  );
}
