import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface Sighting {
  persons: readonly number[];
  reader: number;
  /** The digest of the session's uid. */
  session: Buffer;
  /** `opened` one's record, `found` one by an exact identifier, `listed` among others; their letters `printed`. */
  way: 'opened' | 'found' | 'listed' | 'printed';
  at: Date;
}

/**
 * Notes which of the persons read are decoys, in the reading's own transaction and before anything is shown. One
 * statement whoever they are, so that no answer is slower for a decoy; the watch makes alarms of it within seconds.
 */
export async function noteDecoysRead(
  tx: Db | Tx,
  { persons, reader, session, way, at }: Sighting,
): Promise<void> {
  await sql`
    insert into decoy_sightings (at, way, uai, person, reader, session_digest)
    select ${at}::timestamptz, ${way}::text, d.uai, d.person, ${reader}::int, ${session}::bytea
    from decoys d where d.person = any(${[...persons]}::int[])`.execute(tx);
}
