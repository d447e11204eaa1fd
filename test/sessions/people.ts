import { randomUUID } from 'node:crypto';
import type { Actor } from '../../src/audit/actor.ts';
import type { Db } from '../../src/storage/postgres.ts';
import type { AccountState, Profile } from '../../src/storage/schema.ts';

export const AT = new Date('2026-10-05T08:00:00Z');

/** Beyond whatever a test does. */
export const LONG = new Date('2027-06-01T00:00:00Z');

export const TEST: Actor = { kind: 'system', name: 'test' };
export const LIMITS = { kind: 'own-device', idleSeconds: 7200, absoluteSeconds: 43200 } as const;

export interface Made {
  number: number;
  id: string;
}

/** A person with an account, and a membership where a school is named. */
export async function aPerson(
  db: Db,
  given: { state?: AccountState; profile?: Profile; uai?: string; class?: string } = {},
): Promise<Made> {
  const { state = 'active', profile = 'pupil', uai, class: code } = given;
  const person = await db
    .insertInto('persons')
    .values({ subject_id: randomUUID() })
    .returning(['number', 'id'])
    .executeTakeFirstOrThrow();
  const claimed = state === 'active' ? { claimed_at: AT, claimed_by: 'class-window' } : {};
  await db
    .insertInto('accounts')
    .values({ person: person.number, ...claimed })
    .execute();
  await db
    .insertInto('account_states')
    .values({ person: person.number, state, from_at: AT, until_at: null })
    .execute();
  if (uai) await join(db, { person: person.number, profile, uai, code });
  return person;
}

export async function join(
  db: Db,
  given: { person: number; profile: Profile; uai: string; code?: string | undefined },
): Promise<void> {
  const { person, profile, uai, code } = given;
  await db
    .insertInto('establishments')
    .values({ uai, name: `Collège ${uai}`, academie: uai.startsWith('075') ? 'Paris' : 'Lyon' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const class_id = code ? await aClass(db, uai, code) : null;
  await db
    .insertInto('memberships')
    .values({
      person,
      uai,
      school_year: 2026,
      class_id,
      profile,
      function: null,
      from_at: AT,
      until_at: null,
    })
    .execute();
}

async function aClass(db: Db, uai: string, code: string): Promise<number> {
  const { id } = await db
    .insertInto('classes')
    .values({ uai, school_year: 2026, code })
    .onConflict((conflict) => conflict.columns(['uai', 'school_year', 'code']).doUpdateSet({ code }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
