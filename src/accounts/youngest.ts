import { findEstablishments } from '../directory/establishments.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import type { Db, Tx } from '../storage/postgres.ts';

const PRIMARY = 'ecole';

/** Pupils of primary schools alone: they choose no password, they take drawn words. */
export async function isYoungest(
  db: Db | Tx,
  { memberships }: Pick<StandingPerson, 'memberships'>,
): Promise<boolean> {
  if (memberships.some(({ profile }) => profile !== 'pupil')) return false;
  const schools = await findEstablishments(
    db,
    memberships.map(({ establishment }) => establishment),
  );
  return schools.length > 0 && schools.every(({ kind }) => kind === PRIMARY);
}
