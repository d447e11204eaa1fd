import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openFieldsOf } from '../../src/directory/fields.ts';
import { findPersonByRosterKey } from '../../src/directory/persons.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createStaffRosters } from '../../src/roster/operations.ts';
import { loadRosterRules } from '../../src/roster/rules.ts';
import { createPlanTasks } from '../../src/roster/start-plan.ts';
import { UAI } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, anOfficer, aTeacher, enter, nextCode, type StaffMember } from './staff.ts';

let world: World;
let head: StaffMember;
let desk: Visitor;
let officer: StaffMember;
let above: Visitor;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
  head = await aHead(world);
  desk = await enter(world, head);
  officer = await anOfficer(world);
  above = await enter(world, officer);
}, 60_000);
afterAll(() => world.close());
beforeEach(() => world.wait(70_000));

const HEADER = 'profil;clé;nom;prénom;uai;établissement;académie;type;classe;fonctions;portable;enfants';
const NAME = 'Collège des Tilleuls';
let keys = 0;

function pupil(
  name: string,
  { key = `K${++keys}`, uai = UAI, className = '5A', academie = 'Paris' } = {},
): string {
  const school = uai === UAI ? NAME : 'Collège des Iris';
  return `élève;${key};${name};Zoé;${uai};${school};${academie};collège;${className};;;`;
}

function upload(
  visitor: Visitor,
  lines: readonly string[],
  whose: string,
  otp = nextCode(world, visitor === above ? officer : head),
): Promise<Answer> {
  const form = new FormData();
  form.append('csrf', visitor.csrf);
  form.append('whose', whose);
  form.append('otp', otp);
  form.append('files', new Blob([[HEADER, ...lines].join('\n')]), 'école.csv');
  return visitor.post('/console/rosters', form);
}

/** The page of what was brought, and still is to be read. */
async function brought(visitor: Visitor, lines: readonly string[], whose = `school ${UAI}`): Promise<string> {
  await visitor.get('/console/rosters');
  const { status, headers, text } = await upload(visitor, lines, whose);
  if (status !== 303) throw new Error(`${status}: ${text.slice(text.indexOf('<main'))}`);
  return (headers.get('location') ?? '').replace('?live=yes', '');
}

async function plan(visitor: Visitor, lines: readonly string[], whose?: string): Promise<string> {
  const path = await brought(visitor, lines, whose);
  await world.app.queue.drain();
  return path;
}

async function act(visitor: Visitor, path: string, typed: Record<string, string>): Promise<Answer> {
  await visitor.get(path);
  // Each of these files is a school's complete one: whoever was there before has left.
  const accepted = path.endsWith('/apply') ? { closures: 'accepted' } : {};
  return visitor.post(path, { csrf: visitor.csrf, ...accepted, ...typed });
}

async function named(key: string): Promise<string | undefined> {
  const { db, digests, keyRing } = world.parts;
  const person = await findPersonByRosterKey(db, digests, { academie: 'Paris', source: 'csv', key });
  if (person === undefined) return undefined;
  return (await openFieldsOf(db, keyRing, [person])).get(person)?.family_name;
}

describe('a roster in the console', () => {
  it('is compared, read in numbers, applied by one code in the queue, and taken back', async () => {
    const path = await plan(desk, [pupil('Tulipe', { key: 'A1' }), pupil('Lilas', { key: 'A2' })]);
    const shown = await desk.get(path);
    expect(shown.text).toContain('À appliquer');
    expect(shown.text).not.toContain('Tulipe');
    const started = await act(desk, `${path}/apply`, { otp: nextCode(world, head) });
    expect([started.status, started.headers.get('location')]).toEqual([303, `${path}?live=yes`]);
    expect((await desk.get(path)).text).toContain('Le travail est en cours');
    await world.app.queue.drain();
    expect((await desk.get(path)).text).toContain('Appliquée le');
    expect(await named('A1')).toBe('Tulipe');

    const undone = await act(desk, `${path}/undo`, { otp: nextCode(world, head) });
    expect(undone.status).toBe(303);
    await world.app.queue.drain();
    expect((await desk.get(path)).text).toContain('Annulée le');
  });

  it('is taken back as far as it came, by one code too, where the applying goes no further', async () => {
    const path = await plan(desk, [pupil('Narcisse', { key: 'A3' })]);
    await act(desk, `${path}/apply`, { otp: nextCode(world, head) });
    expect((await desk.get(path)).text).toContain(`href="${path}/undo"`);
    expect((await act(desk.copy(), `${path}/undo`, { otp: '000000' })).status).toBe(422);
    expect((await act(desk, `${path}/undo`, { otp: nextCode(world, head) })).status).toBe(303);
    await world.app.queue.drain();
    expect((await desk.get(path)).text).toContain('Annulée le');
    expect(await named('A3')).toBeUndefined();
  });

  it('leaves no file behind, and no name in the clear', async () => {
    await plan(desk, [pupil('Coquelicot')]);
    expect(readdirSync(tmpdir()).filter((name) => /^preau-[0-9a-f]{32}$/.test(name))).toEqual([]);
    const { rows } = await world.stores.pool.query('select * from roster_changes');
    expect(JSON.stringify(rows)).not.toContain('Coquelicot');
  });

  it('does nothing without a fresh code, nor twice with one', async () => {
    const path = await plan(desk, [pupil('Muguet', { key: 'B1' })]);
    expect((await act(desk.copy(), `${path}/apply`, { otp: '000000' })).status).toBe(422);
    const otp = nextCode(world, head);
    await desk.get(`${path}/apply`);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => desk.copy().post(`${path}/apply`, { csrf: desk.csrf, otp })),
    );
    expect(answers.filter(({ headers }) => headers.get('location')?.endsWith('live=yes'))).toHaveLength(1);
    await world.app.queue.drain();
    const { rows } = await world.stores.pool.query(
      `select from audit_events where name = 'roster.applied' and details ->> 'plan' = $1`,
      [path.split('/').at(-1)],
    );
    expect(rows).toHaveLength(1);
  });

  it('shows who changes by one line each in the ledger; new people have no name there yet', async () => {
    const first = await plan(desk, [pupil('Rose', { key: 'C1' })]);
    await act(desk, `${first}/apply`, { otp: nextCode(world, head) });
    await world.app.queue.drain();
    const { db, digests } = world.parts;
    const person = await findPersonByRosterKey(db, digests, { academie: 'Paris', source: 'csv', key: 'C1' });
    const second = await plan(desk, [pupil('Rosier', { key: 'C1' }), pupil('Inconnue', { key: 'C2' })]);
    const { text } = await desk.get(`${second}/differences`);
    expect(text).toContain('Zoé Rose');
    expect(text).not.toContain('Inconnue');
    expect(await linesAbout(world, [person ?? 0], KINDS['staff-read'])).toHaveLength(1);
  });
});

describe('somebody whom this school does not know', () => {
  /** A pupil of the other school who left it: dormant no more, in no school, still in the directory. */
  async function aStranger(key: string, name: string): Promise<number> {
    const { db, digests } = world.parts;
    const mother = `responsable;M${key};${name};Nora;;;Paris;;;;0639980104;${key}:1:mother`;
    const theirs = await plan(above, [pupil(name, { key, uai: OTHER_UAI }), mother], 'academie Paris');
    await act(above, `${theirs}/apply`, { otp: nextCode(world, officer) });
    await world.app.queue.drain();
    const person = (await findPersonByRosterKey(db, digests, { academie: 'Paris', source: 'csv', key })) ?? 0;
    const ended = { until_at: world.now() };
    await db.updateTable('memberships').set(ended).where('person', '=', person).execute();
    return person;
  }

  it('is named by nobody in the differences, and told of like somebody nobody knows', async () => {
    const person = await aStranger('S1', 'Secret');
    const path = await plan(desk, [
      pupil('Guess', { key: 'S1', className: '5C' }),
      pupil('Neuf', { key: 'S2', className: '5C' }),
    ]);
    const { text } = await desk.get(`${path}/differences`);
    expect(text).not.toMatch(/Secret|Guess/);
    const rows = [...text.matchAll(/<tr><th scope="row">Une personne nouvelle.*?<\/tr>/gs)].map(
      ([row]) => row,
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBe(rows[1]);
    expect(await linesAbout(world, [person], KINDS['staff-read'])).toEqual([]);
    expect((await desk.get(path)).text).toMatch(/Personnes nouvelles[\s\S]*?2/);

    // The form one writes first: whoever the plan has a number for is opened.
    const { db, keyRing, digests } = world.parts;
    const given = { ...world.parts, judged: createJudged(world.parts), settings: world.parts.config.roster };
    const { openChanges } = createStaffRosters(given);
    const parts = await Promise.all(
      [0, 1, 2, 3].map((part) => openChanges(path.split('/').at(-1) ?? '', part)),
    );
    const numbers = parts.flat().flatMap((change) => change.person ?? []);
    const naive = await openFieldsOf(db, keyRing, numbers);
    expect(naive.get(person)?.family_name).toBe('Secret');
    // Nor does a line more say that somebody answers for them elsewhere.
    const mother = await findPersonByRosterKey(db, digests, { academie: 'Paris', source: 'csv', key: 'MS1' });
    expect(mother).toBeGreaterThan(0);
    expect(numbers).not.toContain(mother);
  });

  it('answers no guess: the right name and a wrong one look the same', async () => {
    await aStranger('S3', 'Vrai');
    const shown: string[] = [];
    for (const name of ['Vrai', 'Faux']) {
      const path = await plan(desk, [pupil(name, { key: 'S3' })]);
      const { text } = await desk.get(`${path}/differences`);
      shown.push(/<tr><th scope="row">Une personne nouvelle.*?<\/tr>/s.exec(text)?.[0] ?? '');
    }
    expect(shown[0]).toMatch(/Une personne nouvelle/);
    expect(shown[0]).toBe(shown[1]);
  });
});

describe('one school’s file', () => {
  it('that names another school, or another académie, is refused as a whole', async () => {
    for (const lines of [
      [pupil('Ici'), pupil('Ailleurs', { uai: OTHER_UAI })],
      [pupil('Ici'), pupil('Ailleurs', { uai: '0751234X' })],
      [pupil('Ailleurs', { academie: 'Lyon' })],
    ]) {
      const path = await plan(desk, lines);
      const { text } = await desk.get(path);
      expect(text).toContain('n’est pas à vous');
      expect(text).not.toContain('Ailleurs');
      expect((await desk.get(`${path}/apply`)).headers.get('location')).toBe(path);
    }
  });

  it('changes nobody whom another school knows', async () => {
    const theirs = await plan(above, [pupil('Autre', { key: 'D1', uai: OTHER_UAI })], 'academie Paris');
    await act(above, `${theirs}/apply`, { otp: nextCode(world, officer) });
    await world.app.queue.drain();
    expect(await named('D1')).toBe('Autre');
    const mine = await plan(desk, [pupil('Volée', { key: 'D1' }), pupil('Mienne', { key: 'D2' })]);
    expect((await desk.get(mine)).text).toContain('Un autre établissement connaît aussi cette personne');
    await act(desk, `${mine}/apply`, { otp: nextCode(world, head) });
    await world.app.queue.drain();
    expect([await named('D1'), await named('D2')]).toEqual(['Autre', 'Mienne']);
  });

  it('is brought by nobody for a school that is not theirs', async () => {
    await desk.get('/console/rosters');
    for (const whose of [`school ${OTHER_UAI}`, 'academie Paris', '']) {
      expect((await upload(desk, [pupil('Rien')], whose)).status).toBe(422);
    }
    const teacher = await enter(world, await aTeacher(world, ['5A']));
    await teacher.get('/console');
    expect((await upload(teacher, [pupil('Rien')], `school ${UAI}`)).status).toBe(403);
  });

  it('that names guardians, contacts or staff is applied by the académie, which prints no letters', async () => {
    const path = await plan(desk, [
      pupil('Lierre', { key: 'E1' }),
      `responsable;E2;Lierre;Nora;;;Paris;;;;0639980101;E1:1:mother`,
    ]);
    const asked = await desk.get(`${path}/apply`);
    expect(asked.text).toContain('Votre académie doit le faire');
    const forced = await desk.post(`${path}/apply`, { csrf: desk.csrf, otp: nextCode(world, head) });
    expect(forced.status).toBe(403);
    await world.app.queue.drain();
    expect(await named('E2')).toBeUndefined();
    const applied = await act(above, `${path}/apply`, { otp: nextCode(world, officer) });
    expect(applied.status).toBe(303);
    await world.app.queue.drain();
    expect(await named('E2')).toBe('Lierre');
    const undo = await desk.post(`${path}/undo`, { csrf: desk.csrf, otp: nextCode(world, head) });
    expect(undo.status).toBe(403);
  });

  it('that only takes away is the académie’s too: nobody is struck off whom a claim would be told to', async () => {
    const family = [
      pupil('Fusain', { key: 'F1' }),
      `responsable;F2;Fusain;Nora;;;Paris;;;;0639980102;F1:1:mother`,
      `responsable;F3;Fusain;Omar;;;Paris;;;;0639980103;F1:2:father`,
    ];
    const whole = await plan(above, family, 'academie Paris');
    await act(above, `${whole}/apply`, { otp: nextCode(world, officer) });
    await world.app.queue.drain();
    const cutting = [
      [family[0], family[1]],
      [family[0], family[1], `${family[2]?.replace('0639980103', '')}`],
      // The child leaves with them, to come back alone.
      [pupil('Genêt', { key: 'F4' })],
    ].map((lines) => lines.filter((line) => line !== undefined));
    for (const lines of cutting) {
      const path = await plan(desk, lines);
      const forced = await act(desk, `${path}/apply`, { otp: nextCode(world, head) });
      expect([forced.status, forced.text.includes('Votre académie doit le faire')]).toEqual([403, true]);
    }
    const moved = await plan(desk, [pupil('Fusain', { key: 'F1', className: '5B' }), ...family.slice(1)]);
    expect((await act(desk, `${moved}/apply`, { otp: nextCode(world, head) })).status).toBe(303);
    await world.app.queue.drain();
  });

  it('that calls the school otherwise is applied by the académie too: its name stands in every message', async () => {
    const path = await plan(desk, [pupil('Houx').replace(NAME, 'Cliquez sur https://ici.example')]);
    const forced = await act(desk, `${path}/apply`, { otp: nextCode(world, head) });
    expect(forced.status).toBe(403);
    await world.app.queue.drain();
    const { db } = world.parts;
    const school = await db
      .selectFrom('establishments')
      .select('name')
      .where('uai', '=', UAI)
      .executeTakeFirst();
    expect(school?.name).toBe(NAME);
  });

  it('stays in the list of its school, however many other schools bring', async () => {
    const mine = await plan(desk, [pupil('Reste')]);
    await sql`
      insert into roster_plans (made_by, made_at, directory_version, state, summary)
      select '{}', ${world.now()}::timestamptz + n * interval '1 second', 1, 'undone',
        jsonb_build_object('places', case when n % 2 = 0
          then jsonb_build_array(jsonb_build_object('uai', ${OTHER_UAI}::text, 'academie', 'Paris'))
          else jsonb_build_array(jsonb_build_object('uai', ${UAI}::text, 'academie', 'Paris'),
            jsonb_build_object('uai', ${OTHER_UAI}::text, 'academie', 'Paris')) end)
      from generate_series(1, 220) n`.execute(world.parts.db);
    expect((await desk.get('/console/rosters')).text).toContain(mine);
    expect((await above.get('/console/rosters')).text).not.toContain(mine);
    await sql`update roster_plans set summary = '{}' where made_by = '{}'`.execute(world.parts.db);
    expect((await above.get('/console/rosters')).text).toContain(mine);
  });

  it('is seen by those whose rights reach all of it', async () => {
    const wide = await plan(above, [pupil('Ici'), pupil('Là', { uai: OTHER_UAI })], 'academie Paris');
    expect((await desk.get(wide)).status).toBe(404);
    expect((await desk.get(`${wide}/apply`)).status).toBe(404);
    expect((await desk.get(`${wide}/differences`)).status).toBe(404);
    expect((await desk.get('/console/rosters')).text).not.toContain(wide);
    expect((await above.get(wide)).status).toBe(200);
  });
});

describe('an upload', () => {
  it('of a stranger is not read at all, whatever its size and its token', async () => {
    const stranger = world.visitor();
    await stranger.open('/activate');
    const huge = new FormData();
    huge.append('csrf', stranger.csrf);
    huge.append('files', new Blob([Buffer.alloc(25 * 1_048_576)]), 'grand.csv');
    const { status, headers } = await stranger.post('/console/rosters', huge);
    expect([status, headers.get('location')]).toEqual([303, '/login?to=%2Fconsole&factors=two']);
  });

  it('needs its token, a file, and no more bytes than there is room for', async () => {
    await desk.get('/console/rosters');
    const without = new FormData();
    without.append('whose', `school ${UAI}`);
    expect((await desk.copy().post('/console/rosters', without)).status).toBe(403);
    const empty = new FormData();
    empty.append('csrf', desk.csrf);
    empty.append('whose', `school ${UAI}`);
    expect((await desk.copy().post('/console/rosters', empty)).status).toBe(422);
    const huge = new FormData();
    huge.append('csrf', desk.csrf);
    huge.append('files', new Blob([Buffer.alloc(21 * 1_048_576)]), 'grand.csv');
    expect((await desk.copy().post('/console/rosters', huge)).status).toBe(413);
  });

  it('that is no roster is refused in plain words, by its own name', async () => {
    await desk.get('/console/rosters');
    const form = new FormData();
    form.append('csrf', desk.csrf);
    form.append('whose', `school ${UAI}`);
    form.append('otp', nextCode(world, head));
    form.append('files', new Blob(['bonjour']), '../../etc/liste.csv');
    const path = (await desk.post('/console/rosters', form)).headers.get('location') ?? '';
    await world.app.queue.drain();
    const { text } = await desk.get(path);
    expect(text).toContain('liste.csv');
    expect(text).not.toContain('etc/');
    expect(text).toContain('Ce fichier ne peut pas être utilisé');
    expect((await desk.get('/console/rosters')).text).toContain('Refusée');
  });

  it('is confirmed by a code of its own, used once: a stolen cookie compares nothing', async () => {
    await desk.get('/console/rosters');
    const otp = nextCode(world, head);
    expect((await upload(desk.copy(), [pupil('Rien')], `school ${UAI}`, '')).status).toBe(422);
    expect((await upload(desk.copy(), [pupil('Rien')], `school ${UAI}`, '000000')).status).toBe(422);
    expect(await filesLying()).toEqual([]);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => upload(desk.copy(), [pupil('Jonc')], `school ${UAI}`, otp)),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    await world.app.queue.drain();
    expect((await upload(desk, [pupil('Jonc')], `school ${UAI}`, otp)).status).toBe(422);
    expect(await filesLying()).toEqual([]);
  });

  it('waits sealed until the queue has read it, says how far, and goes with that', async () => {
    const path = await brought(desk, [pupil('Cyclamen', { key: 'W1' })]);
    const { pool } = world.stores;
    const { rows } = await pool.query('select sealed, brought_at from roster_files');
    expect(rows).toHaveLength(2);
    const jobs = await pool.query('select payload from graphile_worker._private_jobs');
    expect(jobs.rows).toEqual([{ payload: { plan: path.split('/').at(-1) } }]);
    for (const { sealed } of rows) expect(sealed.toString('latin1')).not.toMatch(/Cyclamen|cole\.csv/);

    const waiting = await desk.get(`${path}?live=yes`);
    expect(waiting.text).toContain('Les fichiers sont en train d’être comparés');
    expect(waiting.headers.get('refresh')).toBe('5');
    expect((await desk.get(`${path}/differences`)).headers.get('location')).toBe(path);
    expect((await desk.get(`${path}/apply`)).headers.get('location')).toBe(path);
    await desk.get('/console/rosters');
    const second = await upload(desk, [pupil('Autre')], `school ${UAI}`);
    expect([second.status, second.text.includes('déjà en train')]).toEqual([409, true]);

    await world.app.queue.drain();
    expect(await filesLying()).toEqual([]);
    const ready = await desk.get(`${path}?live=yes`);
    expect([ready.text.includes('À appliquer'), ready.headers.get('refresh')]).toEqual([true, null]);
  });

  it('whose reading died begins anew, and after its last attempt is refused without a trace', async () => {
    const path = await brought(desk, [pupil('Ajonc', { key: 'W2' })]);
    const id = path.split('/').at(-1) ?? '';
    const { pool, db } = world.stores;
    // A process that was killed after its first batch.
    await db
      .insertInto('roster_changes')
      .values({ plan: id, ordinal: 0, sealed: Buffer.from('half') })
      .execute();
    const { rows } = await pool.query(`
      insert into roster_plans (made_by, made_at, directory_version, state, summary)
      values ('{}', now(), 0, 'applying', '{}') returning id`);
    await world.app.queue.drain();
    expect((await desk.get(path)).text).toContain('Lecture en cours');
    await pool.query(`update roster_plans set state = 'undone' where id = $1`, [rows[0].id]);
    const work = createPlanTasks({
      ...{ ...world.parts, rules: loadRosterRules(), settings: world.parts.config.roster },
    })['roster-plan'];
    await work?.({ plan: id }, { attempt: 2, isLast: false });
    expect((await desk.get(path)).text).toContain('À appliquer');

    const lost = await brought(desk, [pupil('Bruyère', { key: 'W3' })]);
    const plan = { plan: lost.split('/').at(-1) ?? '' };
    const broken = { file: 0, piece: 2, sealed: Buffer.from('broken'), brought_at: world.now() };
    await db
      .insertInto('roster_files')
      .values({ ...plan, ...broken })
      .execute();
    await expect(work?.(plan, { attempt: 8, isLast: true })).rejects.toThrow();
    expect((await desk.get(lost)).text).toContain('La lecture n’est pas arrivée au bout');
    expect(await filesLying()).toEqual([]);
  });
});

async function filesLying(): Promise<unknown[]> {
  return (await world.stores.pool.query('select plan, file, piece from roster_files')).rows;
}
