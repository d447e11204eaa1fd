import { sql } from 'kysely';
import type { Tx } from '../storage/postgres.ts';

/**
 * Was the code that opened nothing that of a bait letter? One statement at every refusal, so that no answer is slower
 * for a bait; the watch makes an alarm of it within seconds.
 */
export async function noteBaitUse(
  tx: Tx,
  given: { codeDigest: Buffer; source?: string; at: Date },
): Promise<void> {
  await sql`
    update bait_letters set uses = uses + 1, last_used_at = ${given.at}, last_used_from = ${given.source ?? null}
    where code_digest = ${given.codeDigest}`.execute(tx);
}

/** Of letters that staff had printed, those that bear a decoy's name. One statement whoever they are for. */
export async function insertBaits(
  tx: Tx,
  given: {
    letters: readonly { person: number; codeDigest: Buffer }[];
    by: object;
    session: Buffer | undefined;
    at: Date;
  },
): Promise<void> {
  const { letters, by, session = null, at } = given;
  await sql`
    insert into bait_letters (code_digest, uai, person, printed_by, session_digest, printed_at)
    select drawn.code_digest, d.uai, d.person, ${JSON.stringify(by)}::jsonb, ${session}::bytea, ${at}::timestamptz
    from unnest(${letters.map(({ person }) => person)}::int[],
                ${letters.map(({ codeDigest }) => codeDigest)}::bytea[]) as drawn (person, code_digest)
    join decoys d on d.person = drawn.person`.execute(tx);
}

export async function insertBait(
  tx: Tx,
  bait: { codeDigest: Buffer; uai: string; person: number; by: object; at: Date },
): Promise<string> {
  const { id } = await tx
    .insertInto('bait_letters')
    .values({
      code_digest: bait.codeDigest,
      uai: bait.uai,
      person: bait.person,
      printed_by: JSON.stringify(bait.by),
      printed_at: bait.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
