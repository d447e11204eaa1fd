import { guardianshipsOfGuardians } from '../../directory/guardianships.ts';
import { noChange } from '../changes.ts';
import { type OpenMembership, openMembershipsAt } from '../store.ts';
import type { BatchWriter } from './batch-writer.ts';
import { headsAmong } from './bearing.ts';
import type { Directory } from './known-people.ts';
import { leavingChildren } from './person-change.ts';
import { PersonSet } from './person-set.ts';
import { familyOf } from './places.ts';
import type { Reading } from './planner.ts';

const PAGE = 500;

/** A complete file names everybody: who is a member and is not in it leaves. */
export async function planDepartures(
  directory: Directory,
  reading: Reading,
  writer: BatchWriter,
): Promise<void> {
  const uais = [...reading.schools.keys()];
  const departed = new PersonSet();
  for (let after = 0; ; ) {
    const page = await openMembershipsAt(directory.db, uais, { after, size: PAGE });
    if (page.length === 0) return;
    after = page.at(-1)?.id ?? after;
    await planPage(
      page.filter((row) => isGone(row, reading)),
      { directory, reading, writer, departed },
    );
  }
}

function isGone({ person, profile }: OpenMembership, { seen, spokenOf, refused }: Reading): boolean {
  const family = familyOf(profile);
  // Who is whose guardian stands in the pupils' records.
  const isSpokenOf = spokenOf.has(family === 'guardian' ? 'pupil' : family);
  return isSpokenOf && !seen[family].has(person) && !refused.has(person);
}

async function planPage(
  gone: readonly OpenMembership[],
  to: { directory: Directory; reading: Reading; writer: BatchWriter; departed: PersonSet },
): Promise<void> {
  const { directory, reading, writer, departed } = to;
  const guardians = gone.filter(({ profile }) => profile === 'guardian').map(({ person }) => person);
  const answered = await guardianshipsOfGuardians(directory.db, guardians, directory.now());
  const leaving = await leavingChildren(directory, reading, answered);
  const isHere = (child: number) =>
    reading.seen.pupil.has(child) || reading.refused.has(child) || leaving.has(child);
  for (const [person, rows] of Map.groupBy(gone, (row) => row.person)) {
    reading.leavers.leave(person, rows);
    countDeparture(person, reading, departed);
    const change = noChange(person);
    change.memberships.close = rows.map(({ id }) => id);
    change.guardianships.close = answered
      .filter(({ guardian, child }) => guardian === person && isHere(child))
      .map(({ id }) => id);
    writer.bearing.cut += headsAmong(rows, change);
    await writer.add(change);
  }
}

function countDeparture(person: number, { seen, counts }: Reading, departed: PersonSet): void {
  const stays = Object.values(seen).some((set) => set.has(person));
  if (stays || departed.has(person)) return;
  departed.add(person);
  counts.closed += 1;
}
