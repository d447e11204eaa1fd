import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { beginApply } from '../../src/roster/apply.ts';
import type { PersonChange } from '../../src/roster/changes.ts';
import type { BatchWriter } from '../../src/roster/planning/batch-writer.ts';
import { planFormerGuardians } from '../../src/roster/planning/former-guardians.ts';
import { PersonSet } from '../../src/roster/planning/person-set.ts';
import type { Reading } from '../../src/roster/planning/planner.ts';
import { dropDeadBatches } from '../../src/roster/store.ts';
import { beginUndo } from '../../src/roster/undo.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { asSuperuser } from '../support/stores.ts';
import { type Attributes, aafFiles, aafXml, MOTHER, PUPIL, SCHOOL, TEACHER } from './aaf-files.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

let world: RosterWorld;
beforeEach(async () => {
  world = await rosterWorld();
});
afterEach(() => world.close());

const UAI = '0130001A';
const pupils = (...records: Attributes[]) => ({ 'eleve.xml': aafXml('Eleve', records) });
const OTHER_UAI = '0130002B';
const OTHER_SCHOOL = { ...SCHOOL, ENTStructureUAI: OTHER_UAI, ENTStructureJointure: '44' };
const there: Attributes = { ENTPersonStructRattach: '44', ENTEleveClasses: '44$6EA' };
const another = (number: number, changes: Attributes = {}): Attributes => ({
  ...PUPIL,
  ENTPersonJointure: `10${number}`,
  ENTEleveINE: `10000000${number}AA`,
  givenName: `Tom-${'abcdefghijklmnop'[number]}`,
  ENTElevePersRelEleve: [],
  ...changes,
});

describe('a plan', () => {
  it('says what would change and changes nothing', async () => {
    const before = await world.fingerprint();
    const planned = await world.planned(aafFiles());
    expect(planned.counts).toEqual({
      created: 3,
      changed: 0,
      left: 0,
      closed: 0,
      refused: 0,
      establishments: 1,
    });
    expect(planned).toMatchObject({ refused: [], closures: [] });
    expect(await world.fingerprint()).toBe(before);
  });

  it('holds no name in clear', async () => {
    await world.planned(aafFiles());
    const { rows } = await world.pool.query(
      'select p::text || c::text as text from roster_plans p, roster_changes c',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) expect(text).not.toMatch(/valnac|lina/i);
  });

  it('of a file that cannot be trusted is none at all', async () => {
    const before = await world.fingerprint();
    const planned = await world.planFiles(aafFiles(pupils(PUPIL, PUPIL)));
    expect(planned).toMatchObject({
      outcome: 'refused',
      refused: [{ file: 'eleve.xml', reason: 'duplicate-key' }],
    });
    expect(await world.fingerprint()).toBe(before);
    const { rows } = await world.pool.query('select count(*) from roster_changes');
    expect(rows[0].count).toBe(0);
  });

  it('of a delivery made on a day that is yet to come is none at all', async () => {
    const made = (day: string) =>
      aafFiles({
        'etab.xml': aafXml('EtabEducNat', [SCHOOL], {
          head: `<!-- codeAcademieExport="13" dateGenerationExport="${day}" -->`,
        }),
      });
    expect(await world.planFiles(made('16/09/2027'))).toMatchObject({
      outcome: 'refused',
      refused: [{ file: 'etab.xml', reason: 'date', effect: 'nothing-applied' }],
    });
    // A day that is none says nothing: the school year is today's.
    await world.imported(made('00/00/0000'));
    const { rows } = await world.pool.query('select distinct school_year from memberships');
    expect(rows).toEqual([{ school_year: 2026 }]);
  });

  it('names each record it refuses, however many values it leaves out before', async () => {
    const odd = Array.from({ length: 201 }, (_, number) => ({
      ...MOTHER,
      ENTPersonJointure: `9${number}`,
      mail: 'nobody',
    }));
    const planned = await world.planned(
      aafFiles({
        'rel.xml': aafXml('PersRelEleve', [MOTHER, ...odd]),
        'educ.xml': aafXml('PersEducNat', [{ ...TEACHER, sn: 'A_B' }]),
      }),
    );
    expect(planned.refused[0]).toMatchObject({ file: 'educ.xml', reason: 'name', effect: 'record-refused' });
    expect(planned.refused).toHaveLength(1 + 200);
  });

  it('leaves everything when nothing is new', async () => {
    await world.imported(aafFiles());
    const again = await world.imported(aafFiles());
    expect(again.counts).toMatchObject({ created: 0, changed: 0, left: 3, closed: 0, establishments: 0 });
  });
});

describe('an import', () => {
  it('makes dormant people with their fields, places, children and contacts', async () => {
    await world.imported(aafFiles());
    const child = await world.numberOf('100');
    expect(await world.picture('100')).toEqual({
      fields: { given_name: 'Lina', family_name: 'VALNAC', birth_date: '2015-03-07', ine: '100000000AA' },
      memberships: [`${UAI} pupil 6EA`],
      children: [],
      contacts: [],
      state: 'dormant',
    });
    expect(await world.picture('900')).toEqual({
      fields: { given_name: 'Éléonore', family_name: 'VALNAC', birth_name: 'DORMONT' },
      memberships: [`${UAI} guardian`],
      children: [{ child, rank: 1 }],
      contacts: ['mail eleonore.valnac@familles.example', 'phone +33639981234'],
      state: 'dormant',
    });
    expect((await world.picture('500')).memberships).toEqual([
      `${UAI} teacher 6EA PP`,
      `${UAI} teacher 6EB`,
      `${UAI} teacher ENS`,
    ]);
    const { rows } = await world.pool.query(
      'select person from passwords union select person from accounts where claimed',
    );
    expect(rows).toEqual([]);
  });

  it('writes who did what, for the plan and for each person', async () => {
    await world.imported(aafFiles());
    const { rows } = await world.pool.query(
      `select name, count(*), count(subject) as subjects, min(actor ->> 'name') as by from audit_events group by name order by name`,
    );
    expect(rows).toEqual([
      { name: 'roster.applied', count: 1, subjects: 0, by: 'Odile' },
      { name: 'roster.applying', count: 1, subjects: 0, by: 'Odile' },
      { name: 'roster.person-created', count: 3, subjects: 3, by: 'Odile' },
      { name: 'roster.planned', count: 1, subjects: 0, by: 'Odile' },
    ]);
  });

  it('changes what changed and keeps what was', async () => {
    await world.imported(aafFiles());
    const married = { ...MOTHER, sn: 'CORLET', mail: [] };
    const files = aafFiles({
      ...pupils({ ...PUPIL, ENTEleveClasses: '43$6EB' }),
      'rel.xml': aafXml('PersRelEleve', [married]),
    });
    const planned = await world.imported(files);
    expect(planned.counts).toMatchObject({ changed: 2, left: 1 });
    expect((await world.picture('100')).memberships).toEqual([`${UAI} pupil 6EB`]);
    expect(await world.picture('900')).toMatchObject({
      fields: { family_name: 'CORLET', birth_name: 'DORMONT' },
      contacts: ['phone +33639981234'],
    });
    const { rows } = await world.pool.query(
      'select count(*) from person_fields where person = $1 and until_at is not null',
      [await world.numberOf('900')],
    );
    expect(rows[0].count).toBe(1);
  });

  it('gives a mere contact no account, and a pupil of age who is his own guardian one', async () => {
    const aunt = { ...MOTHER, ENTPersonJointure: '901' };
    const self = { ...MOTHER, ENTPersonJointure: '902' };
    await world.imported(
      aafFiles({
        ...pupils({ ...PUPIL, ENTElevePersRelEleve: ['901$38$0$0$1$0', '902$70$1$1$1$0'] }),
        'rel.xml': aafXml('PersRelEleve', [aunt, self]),
      }),
    );
    await expect(world.numberOf('901')).rejects.toThrow('nobody');
    await expect(world.numberOf('902')).rejects.toThrow('nobody');
  });

  it('takes access from a guardian whose legal rank fell to 0 or who is named no more', async () => {
    const father = { ...MOTHER, ENTPersonJointure: '901', givenName: 'Loup' };
    const withRanks = (mother: number, other: string[]) =>
      aafFiles({
        ...pupils({ ...PUPIL, ENTElevePersRelEleve: [`900$10$1$${mother}$1$0`, ...other] }),
        'rel.xml': aafXml('PersRelEleve', [MOTHER, father]),
      });
    await world.imported(withRanks(1, ['901$20$0$2$1$0']));
    const mother = await world.numberOf('900');
    await world.activate(mother);
    await world.imported(withRanks(0, []));
    for (const key of ['900', '901']) {
      expect(await world.picture(key)).toMatchObject({ memberships: [], children: [], state: 'closed' });
    }
    const { rows } = await world.pool.query('select epoch from accounts where person = $1', [mother]);
    expect(rows[0].epoch).toBe(1);
  });

  it('takes access from those whom a child’s new school does not name, wherever else they are known', async () => {
    const guardians = ['900', '901', '902'].map((key) => ({ ...MOTHER, ENTPersonJointure: key }));
    const rel = (records: Attributes[]) => ({ 'rel.xml': aafXml('PersRelEleve', records) });
    const relations = ['900$10$1$1$1$0', '901$20$0$2$1$0'];
    await world.imported(
      aafFiles({
        ...pupils(
          { ...PUPIL, ENTElevePersRelEleve: relations },
          another(1, { ENTElevePersRelEleve: relations }),
        ),
        ...rel(guardians),
      }),
    );
    const tom = await world.numberOf('101');
    // The mother is a mere contact there, the father is named no more.
    const moved = { ...PUPIL, ...there, ENTElevePersRelEleve: ['900$10$1$0$1$0', '902$50$1$1$1$0'] };
    await world.imported({
      'etab.xml': aafXml('EtabEducNat', [OTHER_SCHOOL]),
      ...pupils(moved),
      ...rel(guardians.filter(({ ENTPersonJointure }) => ENTPersonJointure !== '901')),
    });
    for (const [key, rank] of [
      ['900', 1],
      ['901', 2],
    ] as const) {
      expect(await world.picture(key)).toMatchObject({
        children: [{ child: tom, rank }],
        memberships: [`${UAI} guardian`],
        state: 'dormant',
      });
    }
    expect(await world.picture('902')).toMatchObject({ children: [{ rank: 1 }] });
  });

  it('changes a guardian once who loses children of two pages: an undo counts people', async () => {
    await world.imported(aafFiles());
    const { database } = world.connectionOf('preau_app');
    await asSuperuser('alter table preau.persons alter column number restart with 5000', String(database));
    const tom = another(1, { ENTElevePersRelEleve: PUPIL.ENTElevePersRelEleve ?? [] });
    await world.imported(aafFiles(pupils(PUPIL, tom)));
    const reading = {
      schools: new Map(),
      seen: { guardian: new PersonSet() },
      refused: new PersonSet(),
      speaking: new PersonSet(),
    };
    const [lina, brother] = [await world.numberOf('100'), await world.numberOf('101')];
    // Between the two lies more than one page of others.
    for (const number of [lina, brother, ...Array.from({ length: 600 }, (_, other) => 100 + other)])
      reading.speaking.add(number);
    const changes: PersonChange[] = [];
    const writer = { add: async (change: PersonChange) => void changes.push(change) };
    await planFormerGuardians(
      world.dependencies,
      reading as unknown as Reading,
      writer as unknown as BatchWriter,
    );
    expect(brother).toBeGreaterThan(lina + 600);
    expect(changes.map(({ person, guardianships }) => [person, guardianships.close.length])).toEqual([
      [await world.numberOf('900'), 2],
    ]);
  });

  it('replaces what a school said whom the person has left since', async () => {
    await world.imported(aafFiles());
    const both = (mother: Attributes) =>
      aafFiles({
        'etab.xml': aafXml('EtabEducNat', [SCHOOL, OTHER_SCHOOL]),
        ...pupils({ ...PUPIL, ...there }),
        'rel.xml': aafXml('PersRelEleve', [{ ...MOTHER, ...mother }]),
      });
    await world.imported(both({}));
    const { contacts, memberships } = await world.picture('900');
    expect(memberships).toEqual([`${OTHER_UAI} guardian`]);
    expect(contacts).toEqual(['mail eleonore.valnac@familles.example', 'phone +33639981234']);
    await world.imported(both({ mobile: '0639980000', mail: [] }));
    expect((await world.picture('900')).contacts).toEqual(['phone +33639980000']);
  });

  it('keeps a guardian who still has another child here', async () => {
    const both = (lina: string[], tom: string[]) =>
      aafFiles(pupils({ ...PUPIL, ENTElevePersRelEleve: lina }, another(1, { ENTElevePersRelEleve: tom })));
    await world.imported(both(['900$10$1$1$1$0'], ['900$10$1$1$1$0']));
    await world.imported(both([], ['900$10$1$2$1$0']));
    expect(await world.picture('900')).toMatchObject({
      children: [{ child: await world.numberOf('101'), rank: 2 }],
      memberships: [`${UAI} guardian`],
      state: 'dormant',
    });
  });

  it('leaves the people of other schools alone', async () => {
    await world.imported(aafFiles());
    const planned = await world.imported({
      'etab.xml': aafXml('EtabEducNat', [OTHER_SCHOOL]),
      ...pupils(another(5, there)),
    });
    expect(planned.counts).toMatchObject({ created: 1, closed: 0 });
    expect(await world.picture('100')).toMatchObject({ state: 'dormant', memberships: [`${UAI} pupil 6EA`] });
  });
});

describe('people who leave', () => {
  const full = () => aafFiles(pupils(PUPIL, another(1), another(2)));
  const without = () => aafFiles(pupils(another(1), another(2)));

  it('need consent where a school loses more than a tenth', async () => {
    await world.imported(full());
    const planned = await world.planned(without());
    expect(planned.closures).toEqual([{ uai: UAI, name: 'COLLEGE DES SOURCES, VALMONT', percent: 40 }]);
    expect(planned.counts).toMatchObject({ closed: 2 });
    expect(await world.apply({ id: planned.id, by: BY })).toMatchObject({ outcome: 'needs-acceptance' });
    expect(await world.picture('100')).toMatchObject({ state: 'dormant' });
  });

  it('need consent where all of its teachers leave and nobody comes, and those who answer for it hear of it', async () => {
    const [second, third] = ['501', '502'].map((key) => ({ ...TEACHER, ENTPersonJointure: key }));
    const janitor = { ENTPersonFonctions: '43$ADF$ADMINISTRATION$$', ENTAuxEnsClassesMatieres: [] };
    const caretaker = { ...TEACHER, ENTPersonJointure: '503', ...janitor, ENTAuxEnsClassesPrincipal: [] };
    const others = Array.from({ length: 20 }, (_, number) =>
      another(1, { ENTPersonJointure: String(200 + number), ENTEleveINE: `${200_000_000 + number}AA` }),
    );
    const staff = (...records: (Attributes | undefined)[]) =>
      aafFiles({
        ...pupils(PUPIL, ...others),
        'educ.xml': aafXml('PersEducNat', [...records.filter((one) => one !== undefined), caretaker]),
      });
    await world.imported(staff(TEACHER, second));
    expect((await world.planned(staff(third))).closures).toEqual([]);
    const planned = await world.planned(staff());
    expect(planned.closures).toEqual([
      { uai: UAI, name: 'COLLEGE DES SOURCES, VALMONT', percent: 100, profile: 'teacher' },
    ]);
    expect(await world.apply({ id: planned.id, by: BY })).toMatchObject({ outcome: 'needs-acceptance' });
    await world.apply({ id: planned.id, by: BY, closures: 'accepted', reason: 'all retired' });
    const alarms = world.db.selectFrom('alarms').select(['rule', 'uai', 'academie', 'person', 'details']);
    expect(await alarms.execute()).toEqual([
      {
        ...{ rule: 'roster-departures', uai: UAI, academie: '13', person: null },
        details: { plan: planned.id, schools: 1, closed: 2 },
      },
    ]);
    const { rows } = await world.pool.query(
      `select reason from audit_events where name = 'roster.applying' and details ->> 'plan' = $1`,
      [planned.id],
    );
    expect(rows).toEqual([{ reason: 'all retired' }]);
  });

  it('are closed, and their guardians with them', async () => {
    await world.imported(full());
    await world.imported(without());
    expect(await world.picture('100')).toMatchObject({ state: 'closed', memberships: [] });
    expect(await world.picture('900')).toMatchObject({ state: 'closed', memberships: [], children: [] });
  });

  it('are the same person when they come back, dormant and without any credential', async () => {
    await world.imported(full());
    const lina = await world.numberOf('100');
    const subject = async () =>
      (await world.pool.query('select subject_id from persons where number = $1', [lina])).rows[0].subject_id;
    const before = await subject();
    await world.activate(lina);
    await world.imported(without());
    await world.imported(full());
    expect(await world.numberOf('100')).toBe(lina);
    expect(await subject()).toBe(before);
    expect(await world.picture('100')).toMatchObject({ state: 'dormant', memberships: [`${UAI} pupil 6EA`] });
    const { rows } = await world.pool.query(
      'select claimed, epoch, (select count(*) from passwords where person = a.person) as passwords from accounts a where person = $1',
      [lina],
    );
    expect(rows).toEqual([{ claimed: false, epoch: 2, passwords: 0 }]);
  });

  it('are not those whose function no directory could hold: the import goes through without them', async () => {
    const endless = randomBytes(3000).toString('hex');
    const head = { ...TEACHER, ENTPersonJointure: '501' };
    const files = (changes: Attributes) =>
      aafFiles({ 'educ.xml': aafXml('PersEducNat', [TEACHER, { ...head, ...changes }]) });
    await world.imported(files({}));
    const planned = await world.imported(files({ ENTPersonFonctions: `43$${endless}$`, givenName: 'Léo' }));
    expect(planned.refused).toMatchObject([
      { file: 'educ.xml', reason: 'function', effect: 'record-refused' },
    ]);
    expect(await world.picture('501')).toMatchObject({ state: 'dormant', fields: { given_name: 'Basile' } });
  });

  it('are not those whose record was refused', async () => {
    await world.imported(full());
    const unreadable = { ...PUPIL, ENTPersonDateNaissance: '31/02/2015' };
    const planned = await world.imported(aafFiles(pupils(unreadable, another(1), another(2))));
    expect(planned.counts).toMatchObject({ closed: 0, refused: 1 });
    expect(planned.refused).toMatchObject([{ reason: 'birth-date', effect: 'record-refused' }]);
    expect(await world.picture('100')).toMatchObject({ state: 'dormant', memberships: [`${UAI} pupil 6EA`] });
    expect(await world.picture('900')).toMatchObject({ state: 'dormant', children: [{ rank: 1 }] });
  });

  it('take nothing with them of those who stay: no account, credential, lock or order is touched', async () => {
    await world.imported(full());
    await world.activate(await world.numberOf('101'));
    await world.pool.query(
      `insert into orders (measure, kind, scope, reason, ordered_by)
       values ('freeze', 'standing', '{"all":true}', 'test', '{}')`,
    );
    const tables = ['passwords', 'account_states', 'accounts', 'locks', 'orders', 'order_clock'];
    const everything = async () => {
      const whose = `where person = ${await world.numberOf('101')}`;
      const rows = tables.map((table) =>
        world.pool.query(`select * from ${table} ${table.startsWith('order') ? '' : whose}`),
      );
      return (await Promise.all(rows)).map((one) => one.rows);
    };
    const before = await everything();
    expect(before.map(({ length }) => length)).toEqual([1, 2, 1, 0, 1, 1]);
    const { id } = await world.imported(
      aafFiles(pupils(another(1, { sn: 'AUTRE', ENTEleveClasses: '43$6EB' }), another(2))),
    );
    await world.undo({ id, by: BY });
    expect(await everything()).toEqual(before);
  });

  it('leave a lock over their account as it was', async () => {
    await world.imported(full());
    const lina = await world.numberOf('100');
    await world.pool.query(
      `insert into locks (person, reason, locked_by, from_at) values ($1, 'test', '{}', now())`,
      [lina],
    );
    await world.imported(without());
    await world.imported(full());
    const { rows } = await world.pool.query('select lifted_at from locks where person = $1', [lina]);
    expect(rows).toEqual([{ lifted_at: null }]);
  });
});

describe('what a delivery does not speak of', () => {
  it('stays: without a staff file nobody of the staff is missing', async () => {
    await world.imported(aafFiles());
    const { 'educ.xml': _, ...files } = aafFiles();
    const planned = await world.imported(files);
    expect(planned.counts).toMatchObject({ left: 2, closed: 0 });
    expect(await world.picture('500')).toMatchObject({ state: 'dormant' });
  });

  it('is not kept sealed once it cannot be applied any more', async () => {
    const stale = await world.planned(aafFiles());
    await world.imported(aafFiles());
    await world.planned(aafFiles());
    const { rows } = await world.pool.query('select count(*) from roster_changes where plan = $1', [
      stale.id,
    ]);
    expect(rows[0].count).toBe(0);
    expect(await world.apply({ id: stale.id, by: BY })).toEqual({ outcome: 'stale' });
  });

  it('stays whole, whoever else still compares with the directory before', async () => {
    const { id } = await world.planned(aafFiles());
    const { rows } = await world.pool.query('select version from roster_clock');
    await dropDeadBatches(world.db, { version: rows[0].version - 1, before: new Date(0) });
    expect(await world.apply({ id, by: BY })).toMatchObject({ outcome: 'applied' });
    expect((await world.picture('100')).state).toBe('dormant');
  });

  it('is not made anew when the person was erased', async () => {
    await world.imported(aafFiles());
    const lina = await world.numberOf('100');
    await world.pool.query('update person_keys set wrapped = null where person = $1', [lina]);
    const planned = await world.imported(aafFiles());
    expect(planned.refused).toMatchObject([{ reason: 'erased', file: 'eleve.xml', line: 5 }]);
    const { rows } = await world.pool.query('select count(*) from persons');
    expect(rows[0].count).toBe(3);
  });
});

describe('an undo', () => {
  it('puts back names, places, children and contacts', async () => {
    await world.imported(aafFiles());
    const keys = ['100', '900', '500'];
    const before = await Promise.all(keys.map((key) => world.picture(key)));
    const changed = aafFiles({
      ...pupils({ ...PUPIL, sn: 'AUTRE', ENTEleveClasses: '43$6EB', ENTElevePersRelEleve: '900$10$1$2$1$0' }),
      'rel.xml': aafXml('PersRelEleve', [{ ...MOTHER, mail: [], mobile: '0639980000' }]),
      'educ.xml': aafXml('PersEducNat', [{ ...TEACHER, ENTAuxEnsClassesPrincipal: [] }]),
    });
    const { id } = await world.imported(changed);
    expect(await Promise.all(keys.map((key) => world.picture(key)))).not.toEqual(before);
    expect(await world.undo({ id, by: BY })).toEqual({ outcome: 'undone', undone: 3, kept: 0 });
    expect(await Promise.all(keys.map((key) => world.picture(key)))).toEqual(before);
    expect(await world.undo({ id, by: BY })).toEqual({ outcome: 'not-applied', state: 'undone' });
  });

  it('closes who was new, and leaves who claimed their account since', async () => {
    const { id } = await world.imported(aafFiles());
    await world.activate(await world.numberOf('100'));
    expect(await world.undo({ id, by: BY })).toEqual({ outcome: 'undone', undone: 2, kept: 1 });
    expect(await world.picture('100')).toMatchObject({ state: 'active', memberships: [`${UAI} pupil 6EA`] });
    expect(await world.picture('500')).toMatchObject({ state: 'closed', memberships: [] });
  });

  it('makes who was closed dormant again, never active', async () => {
    await world.imported(aafFiles(pupils(PUPIL, another(1))));
    await world.activate(await world.numberOf('100'));
    const { id } = await world.imported(aafFiles(pupils(another(1))));
    await world.undo({ id, by: BY });
    expect(await world.picture('100')).toMatchObject({ state: 'dormant', memberships: [`${UAI} pupil 6EA`] });
    expect(await world.picture('900')).toMatchObject({ state: 'dormant', children: [{ rank: 1 }] });
    const { rows } = await world.pool.query(
      `select name, subject from audit_events where details ->> 'plan' = $1 and (details ->> 'undo')::boolean
       order by subject`,
      [id],
    );
    const returned = await Promise.all(['100', '900'].map((key) => world.numberOf(key)));
    expect(rows).toEqual(returned.map((subject) => ({ name: 'roster.person-returned', subject })));
  });

  it('takes back a plan of which a batch fails for good, as far as it came; others wait no longer', async () => {
    await world.imported(aafFiles());
    const before = await Promise.all(['100', '900'].map((key) => world.picture(key)));
    const changed = aafFiles({
      ...pupils({ ...PUPIL, sn: 'AUTRE' }, another(1)),
      'rel.xml': aafXml('PersRelEleve', [{ ...MOTHER, mobile: '0639980000' }]),
    });
    const { id } = await world.planned(changed);
    const { rows } = await world.pool.query(
      'select max(ordinal)::int as last from roster_changes where plan = $1',
      [id],
    );
    const [{ last }] = rows;
    await world.pool.query('update roster_changes set sealed = $1 where plan = $2 and ordinal = $3', [
      ...[Buffer.from('spoilt'), id, last],
    ]);
    for (let tries = 0; tries < 2; tries += 1) await expect(world.apply({ id, by: BY })).rejects.toThrow();
    expect(await world.planFiles(aafFiles())).toEqual({ outcome: 'half-done', id });
    expect((await world.picture('100')).fields).toMatchObject({ family_name: 'AUTRE' });

    const undone = await world.undo({ id, by: BY, reason: 'it stopped' });
    expect(undone).toEqual({ outcome: 'undone', undone: 2, kept: 0 });
    expect(await Promise.all(['100', '900'].map((key) => world.picture(key)))).toEqual(before);
    expect(await world.stateOf(await world.numberOf('101'))).toBe('closed');
    expect(await world.apply({ id, by: BY })).toEqual({ outcome: 'not-planned', state: 'undone' });
    const audit = await world.pool.query(
      `select details, reason from audit_events where name = 'roster.undoing' and details ->> 'plan' = $1`,
      [id],
    );
    const details = { plan: id, was: 'applying', batches: last + 1, applied: last };
    expect(audit.rows).toEqual([{ details, reason: 'it stopped' }]);
    expect((await world.imported(aafFiles())).counts).toMatchObject({ changed: 0, closed: 0 });
  });

  it('leaves what a later plan changed', async () => {
    await world.imported(aafFiles());
    const { id } = await world.imported(aafFiles(pupils({ ...PUPIL, ENTEleveClasses: '43$6EB' })));
    await world.imported(aafFiles(pupils({ ...PUPIL, ENTEleveClasses: '43$6EB', sn: 'NOUVEAU' })));
    expect(await world.undo({ id, by: BY })).toEqual({ outcome: 'undone', undone: 0, kept: 1 });
    expect((await world.picture('100')).memberships).toEqual([`${UAI} pupil 6EB`]);
  });
});

/** So many others wait for a lock in this database. */
async function untilWaiting(count: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { rows } = await world.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('nobody waits');
}

describe('two plans', () => {
  it('cannot both be applied when they were made of the same directory', async () => {
    const [first, second] = [await world.planned(aafFiles()), await world.planned(aafFiles())];
    expect(await world.apply({ id: first.id, by: BY })).toMatchObject({ outcome: 'applied' });
    expect(await world.apply({ id: second.id, by: BY })).toEqual({ outcome: 'stale' });
    expect(await world.apply({ id: first.id, by: BY })).toEqual({ outcome: 'not-planned', state: 'applied' });
  });

  it('cannot be applied at the same time', async () => {
    const { id } = await world.planned(aafFiles());
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => world.apply({ id, by: BY })));
    expect(outcomes.filter(({ outcome }) => outcome === 'applied')).toHaveLength(1);
    expect(outcomes.every(({ outcome }) => ['applied', 'busy', 'not-planned'].includes(outcome))).toBe(true);
    const { rows } = await world.pool.query('select count(*) from persons');
    expect(rows[0].count).toBe(3);
  });

  it('do not both begin at one moment: whoever waits for the other is stale, or finds it half done', async () => {
    const applied = await world.imported(aafFiles());
    const [first, second] = [await world.planned(aafFiles()), await world.planned(aafFiles())];
    const inOne = <T>(act: (tx: Tx) => Promise<T>) => world.db.transaction().execute(act);
    const beginning = (id: string) => (tx: Tx) => beginApply(tx, { id, by: BY }, world.dependencies.now());
    let others: Promise<unknown[]> | undefined;
    await inOne(async (tx) => {
      expect(await beginning(first.id)(tx)).toBeUndefined();
      others = Promise.all([
        inOne(beginning(second.id)),
        inOne((other) => beginUndo(other, { id: applied.id, by: BY }, world.dependencies.now())),
      ]);
      await untilWaiting(2);
    });
    expect(await others).toEqual([{ outcome: 'stale' }, { outcome: 'half-done', id: first.id }]);
  });

  it('are not made on a directory half changed', async () => {
    const { id } = await world.planned(aafFiles());
    await world.pool.query(`update roster_plans set state = 'applying' where id = $1`, [id]);
    expect(await world.planFiles(aafFiles())).toEqual({ outcome: 'half-done', id });
  });

  it('are unknown by any other id', async () => {
    expect(await world.apply({ id: 'x', by: BY })).toEqual({ outcome: 'unknown-plan' });
    expect(await world.undo({ id: crypto.randomUUID(), by: BY })).toEqual({ outcome: 'unknown-plan' });
  });
});
