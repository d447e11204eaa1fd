import type { Counts } from './counted.ts';

/** What a measured server tells the driver once it listens. */
export interface Ready {
  issuer: string;
  clients: { alg: 'ES256' | 'RS256'; clientId: string; clientSecret: string }[];
  /** Of browsers that are signed in, each as somebody else. */
  cookies: string[];
}

/** How many sign on in turns. */
export const PEOPLE = 20;
export const REDIRECT_URI = 'http://localhost:9/callback';

/** Tells it, and answers each question of the driver with the counts so far. */
export function serve(ready: Ready, counts: () => Counts): void {
  process.on('message', () => process.send?.({ counts: counts() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ ready });
}
