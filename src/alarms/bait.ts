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
