import { randomBytes } from 'node:crypto';
import { activateAccount } from '../../src/accounts/activate-account.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { openContactsOf } from '../../src/directory/contacts.ts';
import { openPersonFields } from '../../src/directory/fields.ts';
import { childrenOf } from '../../src/directory/guardianships.ts';
import { membershipsOf } from '../../src/directory/memberships.ts';
import { findPersonByRosterKey } from '../../src/directory/persons.ts';
import { createApplyRoster } from '../../src/roster/apply.ts';
import { createPlanRoster } from '../../src/roster/plan.ts';
import { loadRosterRules } from '../../src/roster/rules.ts';
import { createUndoRoster } from '../../src/roster/undo.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import { testStores } from '../support/stores.ts';
import { type Files, withFiles } from './aaf-files.ts';

export const BY = { kind: 'operator', name: 'Odile', osUser: 'odile', host: 'test' } as const;

/** A directory of its own, the roster's operations on it, and questions to it. */
export async function rosterWorld({
  batchSize = 3,
  from = '2026-09-16T06:00:00Z',
}: {
  batchSize?: number;
  from?: string;
} = {}) {
  const stores = await testStores();
  const { db, secrets } = stores;
  const keyRing = await loadKeyRing(db, secrets.wrappingKey);
  const digests = createDigests(secrets.digestKey);
  let clock = Date.parse(from);
  // Every look at the clock is a little later, as it is in life.
  const now = () => {
    clock += 5;
    return new Date(clock);
  };
  const dependencies = {
    db,
    keyRing,
    digests,
    now,
    rules: loadRosterRules(),
    settings: { batchSize, closuresNeedingConsentPercent: 10, closuresNeedingConsentPeople: 5 },
  };
  const plan = createPlanRoster(dependencies);
  const apply = createApplyRoster(dependencies);
  const undo = createUndoRoster(dependencies);
  const planFiles = (files: Files) => withFiles(files, (paths) => plan({ files: paths, by: BY }));

  const numberOf = async (key: string, source = 'aaf', academie = '13') => {
    const person = await findPersonByRosterKey(db, digests, { academie, source, key });
    if (person === undefined) throw new Error(`nobody has the key ${key}`);
    return person;
  };
  return {
    ...stores,
    dependencies,
    plan,
    apply,
    undo,
    planFiles,
    numberOf,
    later(hours: number) {
      clock += hours * 3_600_000;
    },
    async planned(files: Files) {
      const planned = await planFiles(files);
      if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));
      return planned;
    },
    async imported(files: Files) {
      const planned = await this.planned(files);
      const applied = await apply({ id: planned.id, by: BY, closures: 'accepted' });
      if (applied.outcome !== 'applied') throw new Error(JSON.stringify(applied));
      return planned;
    },
    /** What the directory says of a person, without numbers and times. */
    async picture(key: string, source = 'aaf') {
      const person = await numberOf(key, source);
      const at = now();
      const memberships = await membershipsOf(db, person, at);
      const contacts = await openContactsOf(db, keyRing, [person]);
      return {
        fields: await openPersonFields(db, keyRing, person),
        memberships: memberships
          .map(({ uai, profile, classCode, function: code }) =>
            [uai, profile, classCode, code].filter(Boolean).join(' '),
          )
          .sort(),
        children: (await childrenOf(db, person, at)).map(({ child, rank }) => ({ child, rank })),
        contacts: contacts.map(({ kind, value }) => `${kind} ${value}`).sort(),
        state: await this.stateOf(person),
      };
    },
    async stateOf(person: number) {
      const { rows } = await stores.pool.query(
        'select state from account_states where person = $1 and until_at is null',
        [person],
      );
      return rows[0]?.state;
    },
    /** Everything rows say, for "nothing was changed". */
    async fingerprint() {
      const tables = [
        'persons',
        'person_fields',
        'memberships',
        'guardianships',
        'contacts',
        'accounts',
        'account_states',
      ];
      const counts = await Promise.all(
        tables.map((table) =>
          stores.pool.query(`select count(*), md5(string_agg(t::text, '' order by t::text)) from ${table} t`),
        ),
      );
      return JSON.stringify(counts.map(({ rows }) => rows[0]));
    },
    /** As the ceremony does at its end, with a password nobody knows. */
    async activate(person: number) {
      const { rows } = await stores.pool.query('select epoch from accounts where person = $1', [person]);
      const username = { sealed: randomBytes(16), digest: randomBytes(32) };
      const claim = { person, epoch: rows[0].epoch, claimedBy: 'test', username, at: now() };
      const activated = await db.transaction().execute((tx) => activateAccount(tx, claim));
      if (activated.outcome !== 'activated') throw new Error(activated.outcome);
      await stores.pool.query(
        `insert into passwords (person, hash, epoch, generation, set_at) values ($1, 'hash', $2, 1, $3)`,
        [person, claim.epoch, claim.at],
      );
    },
  };
}

export type RosterWorld = Awaited<ReturnType<typeof rosterWorld>>;
