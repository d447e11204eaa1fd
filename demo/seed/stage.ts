import { hostname, userInfo } from 'node:os';
import { type Activation, createActivation } from '../../src/activation/activation.ts';
import { generateWindowWord } from '../../src/activation/window-word.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { findPersonsByRosterKeys } from '../../src/directory/persons.ts';
import type { Parts } from '../../src/parts.ts';
import { ACADEMIE, type Part, SOURCE } from '../cast.ts';
import { openState, type StateFile } from '../state.ts';

/** What every scene of the seed works with. */
export interface Stage {
  parts: Parts;
  activation: Activation;
  file: StateFile;
  by: Actor;
}

export const REASON = 'demo';

export function setStage(parts: Parts): Stage {
  const file = openState(parts.config.dataDir, () => ({
    version: 1,
    word: generateWindowWord(),
    credentials: {},
    codes: {},
    usernames: {},
    roster: 'missing',
    applications: [],
  }));
  const by = { kind: 'operator', name: 'demo', osUser: userInfo().username, host: hostname() } as const;
  return { parts, activation: createActivation(parts), file, by };
}

/** The number of each, in the order of the cast. */
export async function personsOf({ parts }: Stage, cast: readonly Part[]): Promise<number[]> {
  const keys = cast.map(({ key }) => ({ academie: ACADEMIE, source: SOURCE, key }));
  const found = await findPersonsByRosterKeys(parts.db, parts.digests, keys);
  return found.map((person, index) => {
    if (person === undefined) throw new Error(`the demo's roster has no ${keys[index]?.key}`);
    return person;
  });
}
