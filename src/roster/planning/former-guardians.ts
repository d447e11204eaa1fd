import { guardiansOfChildren } from '../../directory/guardianships.ts';
import { membershipsOfPersons } from '../../directory/memberships.ts';
import { noChange } from '../changes.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { Directory } from './known-people.ts';
import type { Reading } from './planner.ts';

const PAGE = 500;

/**
 * Who is whose guardian stands in the child's record alone: whoever it does not name has lost the child, also where no
 * file speaks of them and no school of the files knows them, because the child came from elsewhere.
 */
export async function planFormerGuardians(
  directory: Directory,
  reading: Reading,
  writer: BatchWriter,
): Promise<void> {
  const endedOf = new Map<number, number[]>();
  for (const children of reading.speaking.pages(PAGE)) {
    const rows = await guardiansOfChildren(directory.db, children, directory.now());
    const unseen = rows.filter(
      ({ guardian }) => !reading.seen.guardian.has(guardian) && !reading.refused.has(guardian),
    );
    const here = new Set(await guardiansHere(directory, reading, [...new Set(unseen.map(guardianOf))]));
    for (const { guardian, id } of unseen)
      if (!here.has(guardian)) endedOf.set(guardian, [...(endedOf.get(guardian) ?? []), id]);
  }
  // One change each, though their children stand on several pages: an undo counts people.
  for (const [guardian, ended] of endedOf) {
    const change = noChange(guardian);
    change.guardianships.close = ended;
    await writer.add(change);
  }
}

const guardianOf = ({ guardian }: { guardian: number }): number => guardian;

/** They leave with all who are missing from the files (departures.ts). */
async function guardiansHere({ db, now }: Directory, { schools }: Reading, guardians: readonly number[]) {
  const memberships = await membershipsOfPersons(db, guardians, now());
  return memberships
    .filter(({ profile, uai }) => profile === 'guardian' && schools.has(uai))
    .map(({ person }) => person);
}
