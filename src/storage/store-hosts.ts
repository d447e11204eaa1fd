export interface StoreHost {
  readonly host: string;
  readonly port: number;
}

/** Where PostgreSQL and Redis are, as their clients read it: the host may stand in the query. A socket is nowhere. */
export function storeHostsOf(urls: readonly (string | undefined)[]): StoreHost[] {
  return urls.flatMap((url) => hostOf(url ?? '') ?? []);
}

function hostOf(text: string): StoreHost | undefined {
  // `postgres://user@/name?host=…` names no host before its query; where none is named at all it is this machine.
  const url = URL.parse(text) ?? URL.parse(text.replace('@/', '@localhost/'));
  if (!url || url.protocol === 'socket:') return undefined;
  const host = (url.searchParams.get('host') || url.hostname || 'localhost').replace(/^\[|\]$/g, '');
  if (/^(\/|%2f)/i.test(host)) return undefined;
  const usual = url.protocol.startsWith('redis') ? 6379 : 5432;
  return { host, port: Number(url.searchParams.get('port') || url.port) || usual };
}
