import type { Metadata } from '../metadata.ts';

/** What a publisher changes alone: it moves no answer, no key, no name and nothing that the sign-in page leads to. */
const FREE: readonly string[] = ['contacts', 'default_max_age', 'require_auth_time'];

const ADDRESSES = [
  ...(['redirect_uris', 'post_logout_redirect_uris', 'backchannel_logout_uri', 'jwks_uri'] as const),
];

/** What was in force before is nowhere else: where answers went at any time shall be a query (design D2). */
export function changesOf(former: Metadata, next: Metadata) {
  const changed = namesOfChanged(former, next);
  const moved = ADDRESSES.filter((name) => changed.includes(name));
  return { changed, former: Object.fromEntries(moved.map((name) => [name, former[name] ?? null])) };
}

/** Where people (also from the sign-in page), answers and sign-outs go, by which keys, under what name: what an approval was about. */
export function reviewedChanges(former: Metadata, next: Metadata): string[] {
  return namesOfChanged(former, next).filter((name) => !FREE.includes(name));
}

function namesOfChanged(former: Metadata, next: Metadata): (keyof Metadata)[] {
  const names = [...new Set([...Object.keys(former), ...Object.keys(next)])] as (keyof Metadata)[];
  return names.filter((name) => JSON.stringify(former[name]) !== JSON.stringify(next[name])).sort();
}
