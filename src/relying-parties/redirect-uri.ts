export const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/;

/** https anywhere, http on loopback; no fragment, nobody's name in it; queries are allowed. Compared as typed. */
export function isAcceptableUri(text: string): boolean {
  const url = URL.parse(text);
  // What the parser would silently mend (spaces, backslashes, line breaks) is refused: it is compared byte for byte.
  if (!url || /[^\x21-\x7e]|\\/.test(text)) return false;
  if (url.username || url.password || text.includes('#')) return false;
  if (!/^https?:\/\/[^/]/i.test(text)) return false;
  // The parser lets `*` and `;` stand in a host: in a policy of ours they would say something else.
  if (!HOST.test(url.hostname)) return false;
  return url.protocol === 'https:' || LOOPBACK.has(url.hostname);
}
