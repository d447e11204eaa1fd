import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { pairwiseHandle, pairwiseSub } from '../crypto/pairwise.ts';
import { onceFor } from '../sessions/once-for.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import { withOutages } from './outages.ts';
import type { Standing } from './standing.ts';

const KEY_VERSION = 1;

/** What a person is called elsewhere: by a publisher, by one client of it. */
export interface Aliases {
  subOf(publisher: string, subjectId: string): string;
  handleOf(clientId: string, subjectId: string): string;
}

export function createAliases(key: Buffer): Aliases {
  return {
    subOf: (publisher, subjectId) => pairwiseSub({ key, keyVersion: KEY_VERSION }, publisher, subjectId),
    handleOf: (clientId, subjectId) => pairwiseHandle(key, clientId, subjectId),
  };
}

/** By publisher and not by the engine's sector, which is only our own host (design D10). */
export function createPairwiseIdentifier(from: { standing: Standing } & Pick<Aliases, 'subOf'>) {
  const subsOf = onceFor((_: StandingPerson) => new Map<string, string>());
  return withOutages(async (_: KoaContextWithOIDC, accountId: string, client: Client): Promise<string> => {
    const { person } = (await from.standing.answer({ personId: accountId })).standing;
    const { publisher } = client;
    if (!person || typeof publisher !== 'string') throw new Error('a sub without person or publisher');
    const subs = subsOf(person);
    const known = subs.get(publisher);
    if (known) return known;
    const sub = from.subOf(publisher, person.subjectId);
    subs.set(publisher, sub);
    return sub;
  });
}
