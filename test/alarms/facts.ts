import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Alarm } from '../../src/alarms/alarm.ts';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { createWatch, type Watch } from '../../src/alarms/watch.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { saveEstablishments } from '../../src/directory/establishments.ts';
import { defaultSettings } from '../activation/parts.ts';
import type { TestStores } from '../support/stores.ts';

export const AT = new Date('2026-10-05T08:00:00Z');
export const minutes = (n: number) => new Date(AT.getTime() + n * 60_000);

/** What the watch looks at, as rows: claims by the dozen without a ceremony for each. */
export interface Facts {
  now: Date;
  watch: Watch;
  /** Another process, or this one after a restart. */
  anotherWatch(): Watch;
  school(academie?: string): Promise<string>;
  /** A pile of letters of a school, so many of them handed over at that time. */
  pile(uai: string, given: { handedOver: number; at?: Date }): Promise<string>;
  claims(batch: string, given: { count: number; at: Date; by?: string; source?: string }): Promise<number[]>;
  event(name: string, given: { at: Date; subject?: number; details: object; by?: object }): Promise<void>;
  alarms(uai?: string): Promise<Alarm[]>;
}

export function factsOn(stores: TestStores): Facts {
  const { db } = stores;
  const log = { warn: (details: object) => Promise.reject(details) };
  let schools = 0;
  const anotherWatch = () =>
    createWatch({ db, settings: defaultSettings().alarms, now: () => facts.now, log, pauseClaims });
  const insertPeople = async (count: number, given: { claimedAt: Date | null; by: string | null }) => {
    const { rows } = await sql<{ person: number }>`
      with made as (
        insert into persons (subject_id)
        select encode(sha256(random()::text::bytea), 'hex') || n from generate_series(1, ${count}::int) n
        returning number)
      insert into accounts (person, claimed_at, claimed_by)
      select number, ${given.claimedAt}::timestamptz, ${given.by}::text from made returning person`.execute(
      db,
    );
    return rows.map(({ person }) => person);
  };
  const facts: Facts = {
    now: AT,
    watch: undefined as unknown as Watch,
    anotherWatch,
    async school(academie = 'Paris') {
      schools += 1;
      const uai = `${String(7_500_000 + schools).padStart(7, '0')}A`;
      await db
        .transaction()
        .execute((tx) =>
          saveEstablishments(tx, [{ uai, name: `École ${schools}`, academie, kind: 'ecole' }]),
        );
      return uai;
    },
    async pile(uai, { handedOver, at = AT }) {
      const printing = { uai, class_id: null, whose: 'pupils' as const, printed_by: '{}', printed_at: at };
      const { id } = await db
        .insertInto('letter_batches')
        .values(printing)
        .returning('id')
        .executeTakeFirstOrThrow();
      const people = await insertPeople(handedOver, { claimedAt: null, by: null });
      if (people.length > 0)
        await db
          .insertInto('letters')
          .values(people.map(letterIn(id, at)))
          .execute();
      return id;
    },
    async claims(batch, { count, at, by = 'split-letter', source }) {
      const people = await insertPeople(count, { claimedAt: at, by });
      const details = { batch, number: 1, ...(source && { source, address: '192.0.2.0/24' }) };
      for (const subject of people) await facts.event('letter.used', { at, subject, details });
      return people;
    },
    async event(name, { at, subject, details, by = {} }) {
      const row = {
        at,
        name,
        actor: JSON.stringify(by),
        subject: subject ?? null,
        details: JSON.stringify(details),
        reason: null,
      };
      await db.insertInto('audit_events').values(row).execute();
    },
    alarms: (uai) => listAlarms(db, uai === undefined ? {} : { uais: [uai] }),
  };
  facts.watch = anotherWatch();
  return facts;
}

function letterIn(batch: string, at: Date) {
  return (person: number, index: number) => ({
    ...{ id: randomUUID(), person, batch, number: index + 1, code_digest: randomBytes(32) },
    ...{ state: 'handed-over' as const, epoch: 0, generation: 1, printed_at: at, handed_over_at: at },
    ...{ expires_at: new Date(at.getTime() + 86_400_000 * 21), ended_at: null },
  });
}
