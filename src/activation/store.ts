import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { CeremonyStep } from '../storage/schema.ts';
import type { SecondProof } from './ceremony.ts';

export interface NewCeremony {
  tokenDigest: Buffer;
  person: number;
  letter: string;
  second: SecondProof;
  epoch: number;
  generation: number;
  at: Date;
  expiresAt: Date;
}

export async function insertCeremony(tx: Tx, ceremony: NewCeremony): Promise<string> {
  const { id } = await tx
    .insertInto('activation_ceremonies')
    .values({
      token_digest: ceremony.tokenDigest,
      person: ceremony.person,
      letter: ceremony.letter,
      second_proof: JSON.stringify(ceremony.second),
      epoch: ceremony.epoch,
      generation: ceremony.generation,
      began_at: ceremony.at,
      expires_at: ceremony.expiresAt,
      ended_at: null,
      outcome: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export interface OpenCeremony {
  id: string;
  person: number;
  letter: string;
  ceremony: string;
  step: CeremonyStep;
  epoch: number;
  generation: number;
}

/** For showing a page: what acts asks `holdCeremony`. */
export async function findCeremony(
  db: Db | Tx,
  given: { tokenDigest: Buffer; at: Date },
): Promise<OpenCeremony | undefined> {
  const { rows } = await sql<OpenCeremony>`
    select c.id, c.person, c.letter, c.second_proof ->> 'ceremony' as ceremony, c.step, c.epoch, c.generation
    from activation_ceremonies c
    join accounts a on a.person = c.person and a.epoch = c.epoch
    where c.token_digest = ${given.tokenDigest} and c.ended_at is null and c.expires_at > ${given.at}`.execute(
    db,
  );
  return rows[0];
}

/**
 * Holds the account and its ceremony if the ceremony stands at one of these steps, in this browser, under the epoch
 * the account has now: whoever waited reads all of it again, and finds nothing where another came first.
 */
export async function holdCeremony(
  tx: Tx,
  given: { tokenDigest: Buffer; steps: readonly CeremonyStep[]; at: Date },
): Promise<OpenCeremony | undefined> {
  const { rows } = await sql<OpenCeremony>`
    select c.id, c.person, c.letter, c.second_proof ->> 'ceremony' as ceremony, c.step, c.epoch, c.generation
    from accounts a
    join activation_ceremonies c on c.person = a.person and c.epoch = a.epoch
    where c.token_digest = ${given.tokenDigest} and c.step = any(${[...given.steps]})
      and c.ended_at is null and c.expires_at > ${given.at}
    for update of a, c`.execute(tx);
  return rows[0];
}

/** The code is spent here and nowhere else. */
export async function spendLetter(
  tx: Tx,
  given: { letter: string; person: number; epoch: number; at: Date },
): Promise<SpentLetter | undefined> {
  const { rows } = await sql<SpentLetter>`
    update letters set state = 'used', ended_at = ${given.at}
    where id = ${given.letter}::uuid and person = ${given.person} and epoch = ${given.epoch}
      and state in ('printed', 'handed-over') and expires_at > ${given.at} and valid_from <= ${given.at}
    returning batch, number, handed_over_at is not null as "wasHandedOver"`.execute(tx);
  return rows[0];
}

export interface SpentLetter {
  batch: string;
  number: number;
  wasHandedOver: boolean;
}

export async function moveCeremony(
  tx: Tx,
  given: { id: string; from: CeremonyStep; to: CeremonyStep },
): Promise<boolean> {
  const moved = await tx
    .updateTable('activation_ceremonies')
    .set({ step: given.to })
    .where('id', '=', given.id)
    .where('step', '=', given.from)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return moved !== undefined;
}

export async function finishCeremony(tx: Tx, given: { id: string; at: Date }): Promise<void> {
  await tx
    .updateTable('activation_ceremonies')
    .set({ ended_at: given.at, outcome: 'finished' })
    .where('id', '=', given.id)
    .where('ended_at', 'is', null)
    .execute();
}

/** Everything else that is half-open for this person. */
export async function overtakeCeremonies(
  tx: Tx,
  given: { person: number; except: string; at: Date },
): Promise<void> {
  await tx
    .updateTable('activation_ceremonies')
    .set({ ended_at: given.at, outcome: 'overtaken' })
    .where('person', '=', given.person)
    .where('id', '!=', given.except)
    .where('ended_at', 'is', null)
    .execute();
}
