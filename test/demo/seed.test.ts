import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { ACADEMIE_OFFICER, ACTIVE, FIRST_OFFICER, type OFFICERS } from '../../demo/cast.ts';
import { gatherFacts, keepFacts } from '../../demo/facts.ts';
import { fromBase32, totpCode } from '../../demo/one-time-code.ts';
import { registerApplications } from '../../demo/seed/applications.ts';
import { NotADemo, seedDemo } from '../../demo/seed/seed.ts';
import { personsOf, type Stage } from '../../demo/seed/stage.ts';
import { writeWhole } from '../../demo/state.ts';
import { findInvited } from '../../demo/store.ts';
import { createActivation } from '../../src/activation/activation.ts';
import { loadConfig } from '../../src/config.ts';
import { createPerson } from '../../src/directory/persons.ts';
import { buildParts, type Parts } from '../../src/parts.ts';
import { takeFirstOfficer } from '../../src/rights/officers/store.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import { verifyTotp } from '../../src/second-factors/totp.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';

let folder: string;
let stores: TestStores;
let parts: Parts;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preau-demo-'));
  stores = await testStores();
  parts = await openParts();
});

afterEach(async () => {
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the demo’s people', () => {
  it('are two schools in one académie, dormant pupils with code and word, and active people of each kind', async () => {
    const facts = await gatherFacts(await seedDemo(parts), []);
    expect(facts.establishments).toEqual([
      { uai: '0990101Q', name: 'Collège des Tilleuls', classes: ['5C', '6A'] },
      { uai: '0990202Q', name: 'Lycée de la Grande-Ourse', classes: ['1G2', '2B'] },
    ]);
    const dormant = facts.personas.filter(({ state }) => state === 'dormant');
    expect(dormant.length).toBeGreaterThanOrEqual(2);
    for (const { profile, activation, password } of dormant) {
      expect(profile).toBe('pupil');
      expect(activation?.code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      expect(activation?.proof).toMatch(/^[a-z]+$/);
      expect(password).toBeUndefined();
    }
    const active = facts.personas.filter(({ state }) => state === 'active');
    const profiles = ['pupil', 'guardian', 'teacher', 'staff', 'staff', 'staff', 'staff'];
    expect(active.map(({ profile }) => profile)).toEqual(profiles);
    for (const { username, password, totpSecret } of active) {
      expect(username).toMatch(/^[a-z]+\.[a-z]+\d+$/);
      expect(password?.split('-')).toHaveLength(5);
      expect(totpSecret).toMatch(/^[A-Z2-7]{32}$/);
    }
  });

  it('hold the rights of a school: its head and its teacher by the roster, one who hands out letters by the head', async () => {
    const stage = await seedDemo(parts);
    const persons = await personsOf(stage, ACTIVE);
    const rights = await Promise.all(persons.map((person) => rightsOf(parts.db, person, parts.now())));
    expect(rights.flat().map(({ role, origin }) => `${role} ${origin}`)).toEqual([
      'teacher roster',
      'head roster',
      'distributor granted',
    ]);
    await seedDemo(parts);
    expect((await rightsOf(parts.db, persons.at(-1) ?? 0, parts.now())).length).toBe(1);
  });

  it('have officers above the schools, appointed by two like everybody’s, and once', async () => {
    const { parts: here } = await seedDemo(parts);
    const officeOf = async ({ mail }: (typeof OFFICERS)[number]) => {
      const person = (await findInvited(here.db, here.digests.of('mail', mail))) ?? 0;
      return (await rightsOf(here.db, person, here.now())).map(({ id, role, scope }) => ({
        id,
        role,
        scope,
      }));
    };
    expect(await officeOf(FIRST_OFFICER)).toMatchObject([{ role: 'national-officer' }]);
    const [office] = await officeOf(ACADEMIE_OFFICER);
    expect(office).toMatchObject({ role: 'academie-officer', scope: { kind: 'academie', academie: '99' } });
    const { rows } = await stores.pool.query(
      `select actor ->> 'kind' as kind, name from audit_events where name like 'officer.%' order by id`,
    );
    expect(rows.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      ...['officer.invited operator', 'officer.invited operator'],
      ...['officer.proposed operator', 'officer.appointed person'],
    ]);
    await parts.db
      .updateTable('rights')
      .set({ ended_at: new Date() })
      .where('id', '=', office?.id ?? '')
      .execute();
    await seedDemo(parts);
    expect(await officeOf(ACADEMIE_OFFICER)).toEqual([]);
  });

  it('join a demo from before there were officers, unless one was invited by hand', async () => {
    const stage = await seedDemo(parts);
    const staff = (facts: Awaited<ReturnType<typeof gatherFacts>>) =>
      facts.personas.filter(({ profile }) => profile === 'staff').map(({ name }) => name);
    await onAnEmptyDatabase();
    const { credentials, ...state } = stage.file.state;
    const { N001: _, N002: __, ...former } = credentials;
    await rewriteState({ ...state, credentials: former, roster: 'missing' });
    const later = await gatherFacts(await seedDemo(parts), []);
    expect(staff(later)).toContain(ACADEMIE_OFFICER.name);

    await onAnEmptyDatabase();
    await rewriteState({ ...state, credentials: former, roster: 'missing' });
    await parts.db.transaction().execute((tx) => takeFirstOfficer(tx, { by: stage.by, at: new Date() }));
    expect(staff(await gatherFacts(await seedDemo(parts), []))).not.toContain(ACADEMIE_OFFICER.name);
  });

  it('have passwords that sign in, and no clear secret in the database', async () => {
    const facts = await gatherFacts(await seedDemo(parts), []);
    const rows = await dump();
    for (const { username, password, totpSecret, activation } of facts.personas) {
      const secrets = [
        username,
        password,
        totpSecret,
        activation?.code,
        activation?.code.replaceAll('-', ''),
      ];
      for (const secret of secrets.filter((one) => one !== undefined)) expectNowhere(rows, secret);
    }
    const hash = await parts.db.selectFrom('passwords').select('hash').limit(1).executeTakeFirstOrThrow();
    expect(hash.hash).toMatch(/^\$argon2id\$/);
  });

  it('can use the code their telephone shows at once', async () => {
    const { personas } = await gatherFacts(await seedDemo(parts), []);
    const factors = await parts.db.selectFrom('totp_factors').select('last_step').execute();
    const secret = fromBase32(personas.at(-1)?.totpSecret ?? '');
    const now = new Date();
    const check = verifyTotp({ secret, typed: totpCode(secret, now), now });
    expect(check).toEqual({ outcome: 'matched', step: Math.floor(now.getTime() / 30_000) });
    for (const { last_step } of factors) expect(last_step).toBeLessThan(Math.floor(now.getTime() / 30_000));
  });

  it('are the same at the next start, with the same secrets', async () => {
    const first = await gatherFacts(await seedDemo(parts), []);
    expect(await gatherFacts(await seedDemo(parts), [])).toEqual(first);
  });

  it('go on with the secrets already written where a start was killed', async () => {
    const { file } = await seedDemo(parts);
    await rewriteState({ ...file.state, roster: 'missing' });
    const { state } = (await seedDemo(await onAnEmptyDatabase())).file;
    expect(state.credentials).toEqual(file.state.credentials);
    expect(state.word).toBe(file.state.word);
    expect(state.roster).toBe('applied');
  });

  it('get new letters where the former are void', async () => {
    const { codes } = (await seedDemo(parts)).file.state;
    await parts.db.updateTable('letters').set({ state: 'void' }).execute();
    const { personas } = await gatherFacts(await seedDemo(parts), []);
    const drawn = personas.flatMap(({ activation }) => activation?.code.replaceAll('-', '') ?? []);
    expect(drawn).toHaveLength(6);
    for (const code of Object.values(codes)) expect(drawn).not.toContain(code);
  });

  it('never move in where others live', async () => {
    await parts.db
      .transaction()
      .execute((tx) => createPerson(tx, { fields: {} }, { ...parts, at: new Date() }));
    await expect(seedDemo(parts)).rejects.toThrow(NotADemo);
    const { demo } = await parts.db.selectFrom('instance').select('demo').executeTakeFirstOrThrow();
    expect(demo).toBe(false);
  });

  it('mark their database, so that production refuses it', async () => {
    await seedDemo(parts);
    const { demo } = await parts.db.selectFrom('instance').select('demo').executeTakeFirstOrThrow();
    expect(demo).toBe(true);
  });
});

describe('demo.json', () => {
  it('is its owner’s alone and follows an activation', async () => {
    const stage = await seedDemo(parts);
    const kept = await keepFacts(stage, []);
    const path = join(folder, 'demo.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'demo-state.json')).mode & 0o777).toBe(0o600);
    await activateFirst(stage);
    const lina = await eventually(() => {
      const { personas } = JSON.parse(readFileSync(path, 'utf8')) as Awaited<ReturnType<typeof gatherFacts>>;
      return personas[0]?.state === 'active' && personas[0]?.username ? personas[0] : undefined;
    });
    kept.stop();
    expect(lina).toEqual({
      name: 'Lina Belhadi',
      profile: 'pupil',
      state: 'active',
      username: expect.stringMatching(/^lina\./),
    });
    const exported = await parts.db
      .selectFrom('disclosures')
      .select('fields')
      .where('kind', '=', 7)
      .execute();
    expect(exported).toHaveLength(1);
  });

  it('forgets a code when the letter was printed again', async () => {
    const stage = await seedDemo(parts);
    const printing = await stage.activation.printLetters({ uai: '0990101Q', className: '6A', by: stage.by });
    if (printing.outcome === 'printing') for await (const _ of printing.letters);
    const { personas } = await gatherFacts(stage, []);
    expect(personas.flatMap(({ activation }) => activation ?? [])).toEqual([]);
  });
});

describe('the demo’s applications', () => {
  it('are registered once, of two publishers, their secrets as digests', async () => {
    const stage = await seedDemo(parts);
    const first = await registerApplications(stage, [3001, 3002]);
    expect(await registerApplications(stage, [3001, 3002])).toEqual(first);
    const publishers = await parts.db.selectFrom('clients').select('publisher').execute();
    expect(publishers.map(({ publisher }) => publisher).sort()).toEqual([
      'emploi-du-temps-sarl',
      'les-rayons',
    ]);
    const rows = await dump();
    for (const { clientSecret } of first) expectNowhere(rows, clientSecret);
  });

  it('follow the demo to other ports', async () => {
    const stage = await seedDemo(parts);
    const [before] = await registerApplications(stage, [3001, 3002]);
    const [after] = await registerApplications(stage, [4001, 4002]);
    expect(after?.url).toBe('http://localhost:4001');
    expect(after?.clientId).not.toBe(before?.clientId);
    const alive = await parts.db
      .selectFrom('clients')
      .select('client_id')
      .where('deleted_at', 'is', null)
      .execute();
    expect(alive).toHaveLength(2);
  });
});

function openParts(): Promise<Parts> {
  const config = loadConfig({ PREAU_PROFILE: 'demo', PREAU_DATA_DIR: folder });
  return buildParts(config, stores, { now: () => new Date(), logger: pino({ level: 'silent' }) });
}

async function activateFirst(stage: Stage): Promise<void> {
  const { state } = stage.file;
  const activation = createActivation(parts);
  await activation.openWindow({
    uai: '0990101Q',
    className: '6A',
    minutes: 20,
    by: stage.by,
    word: state.word,
  });
  const begun = await activation.begin(activation.classWindow, {
    code: state.codes.E001 ?? '',
    proof: state.word,
  });
  if (begun.outcome !== 'begun') throw new Error(begun.outcome);
  const claimed = await activation.claim(begun.token, 'cinq-petits-canards-traversent-la-mare');
  expect(claimed.outcome).toBe('claimed');
}

async function eventually<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 8000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function rewriteState(state: Stage['file']['state']): Promise<void> {
  await writeWhole(join(folder, 'demo-state.json'), state);
}

async function onAnEmptyDatabase(): Promise<Parts> {
  await parts.close();
  stores = await testStores();
  parts = await openParts();
  return parts;
}

/** Everything the database holds, as text; bytes in hexadecimal. */
async function dump(): Promise<string> {
  const database = String(stores.connectionOf('preau_app').database);
  const { rows } = await asSuperuser("select tablename from pg_tables where schemaname = 'preau'", database);
  const tables = await Promise.all(
    rows.map(({ tablename }) =>
      asSuperuser(`select jsonb_agg(to_jsonb(t))::text as rows from preau.${tablename} t`, database),
    ),
  );
  return tables.map(({ rows: [table] }) => String(table?.rows)).join(' ');
}

function expectNowhere(rows: string, secret: string): void {
  expect(rows).not.toContain(secret);
  expect(rows).not.toContain(Buffer.from(secret).toString('hex'));
}
