import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { digestActivationCode, parseActivationCode } from '../../src/activation/activation-code.ts';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { createWatch } from '../../src/alarms/watch.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons, getPersonIds } from '../../src/directory/persons.ts';
import { createOutbox } from '../../src/messages/outbox.ts';
import { UAI } from '../login/people.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass } from './school.ts';
import { aHead, enter, nextCode, type StaffMember, YEAR } from './staff.ts';

const DAY = 86_400_000;
const CODE = /(?:[0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{4}/g;

let world: World;
let real: Walk;
let decoy: Walk;
beforeAll(async () => {
  world = await wholeWorld();
  real = await walk(await aFamilyClass());
  const nobody = await aFamilyClass();
  const at = world.now();
  const persons = [...nobody.pupils, ...nobody.guardians];
  await world.parts.db.transaction().execute((tx) => markDecoys(tx, { persons, uai: UAI, at }));
  decoy = await walk(nobody);
}, 60_000);
afterAll(() => world.close());

interface FamilyClass extends AClass {
  guardians: number[];
}

/** Each pupil with a mother who is in the school's files with a mail address. */
async function aFamilyClass(): Promise<FamilyClass> {
  const one = await aClass(world, { pupils: 6 });
  const { parts, now } = world;
  const at = new Date(now().getTime() - DAY);
  const guardians = await parts.db.transaction().execute(async (tx) => {
    const people = one.pupils.map((_, n) => ({ fields: { given_name: 'Éva', family_name: `Tulipe${n}` } }));
    const persons = await createPersons(tx, people, { ...parts, at });
    await openDormantAccounts(tx, persons, at);
    const membership = { uai: UAI, schoolYear: YEAR, classId: null, function: null };
    const rows = persons.map((person) => ({ ...membership, person, profile: 'guardian' as const }));
    await openMemberships(tx, rows, at);
    const sealers = [...(await sealersOf(tx, parts.keyRing, persons)).values()];
    const contacts = sealers.map((sealer) => ({
      sealer,
      uai: UAI,
      value: `m${sealer.person}@familles.example`,
    }));
    await openContacts(
      tx,
      contacts.map((contact) => ({ ...contact, kind: 'mail' })),
      { ...parts, at },
    );
    const pairs = persons.map((guardian, n) => ({ guardian, child: one.pupils[n] ?? 0 }));
    await openGuardianships(
      tx,
      pairs.map((pair) => ({ ...pair, rank: 1, relation: 'mother' })),
      at,
    );
    return persons;
  });
  return { ...one, guardians };
}

interface Walk {
  one: FamilyClass;
  head: StaffMember;
  /** Of each step: what was answered, without what differs between any two classes, and by how many statements. */
  steps: { step: string; status: number; statements: number; text: string }[];
  codes: string[];
}

/** Everything a head does with the letters of a class, from its page on. */
async function walk(one: FamilyClass): Promise<Walk> {
  const head = await aHead(world);
  const walked: Walk = { one, head, steps: [], codes: [] };
  const desk = await enter(world, head);
  const id = (await getPersonIds(world.parts.db, one.pupils[0] ?? 0)).id;
  const look = (step: string) => take(walked, step, () => desk.get(step));
  const act = async (path: string, typed: Record<string, string> = {}) => {
    await look(path);
    await take(walked, `${path}, wrong code`, () => send(desk, { ...typed, otp: '000000' }));
    const otp = nextCode(world, head);
    const answer = await take(walked, `${path}, done`, () => send(desk, { ...typed, otp }));
    const page = textOfPages(answer.bytes).join('\n');
    walked.codes.push(...[...page.matchAll(CODE)].map(([code]) => code));
    return answer;
  };
  const pile = async () => {
    const { text } = await look(one.path);
    return /\/console\/batches\/[\w-]{36}/.exec(text)?.[0] ?? '';
  };
  await pile();
  await act(`${one.path}/letters`);
  const batch = await pile();
  await look(batch);
  await look(`${batch}?names=yes`);
  await act(`${batch}/hand-over`, { which: 'all', numbers: '' });
  await look(batch);
  await look(`${one.path}/pupils`);
  await act(`${one.path}/letters`);
  await act(`${one.path}/guardian-letters`);
  await look(`${await pile()}?names=yes`);
  await look(`/console/people/${id}`);
  await act(`/console/people/${id}/letter`);
  await look(`/console/people/${id}`);
  await look(`/console/desk?person=${id}`);
  await look(`${one.path}/window`);
  await act(`/console/people/${id}/lock`, { reason: 'parce que' });
  await look(`${one.path}/letters`);
  return walked;
}

const send = (desk: Visitor, typed: Record<string, string>) => desk.copy().send(typed);

async function take(walked: Walk, step: string, ask: () => Promise<Answer>): Promise<Answer> {
  const before = world.statements();
  const answer = await ask();
  const { className } = walked.one;
  const isPdf = answer.headers.get('content-type') === 'application/pdf';
  const shown = isPdf ? textOfPages(answer.bytes).join('\n') : answer.text;
  const text = [answer.headers.get('location') ?? '', answer.headers.get('content-disposition') ?? '', shown]
    .join('\n')
    .replace(CODE, 'CODE')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[\w-]+/g, 'TRACE')
    .replace(/\b[0-9a-f]{8}\b/g, 'ID')
    .replace(new RegExp(`\\b${className}\\b`, 'g'), 'CLASS')
    .replace(/Tulipe\d+x/g, 'Tulipe')
    .replace(/name="(csrf|look|list)" value="[^"]*"/g, 'TOKEN')
    .replace(/\d{1,2}[:h]\d{2}/g, 'TIME');
  const name = step.replace(/[\w-]{36}/g, 'ID').replaceAll(className, 'CLASS');
  walked.steps.push({ step: name, status: answer.status, statements: world.statements() - before, text });
  return answer;
}

describe('the letters of a decoy class', () => {
  it('are asked for, printed, handed over and printed anew page for page as those of a real one', () => {
    expect(decoy.steps.map(({ step, status }) => [step, status])).toEqual(
      real.steps.map(({ step, status }) => [step, status]),
    );
    for (const [at, { step, text }] of decoy.steps.entries())
      expect([step, text]).toEqual([step, real.steps[at]?.text]);
    expect(real.steps.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
    expect([decoy.codes.length, real.codes.length]).toEqual([19, 19]);
  });

  it('take as many statements', () => {
    const counts = ({ steps }: Walk) => steps.map(({ step, statements }) => [step, statements]);
    expect(counts(decoy)).toEqual(counts(real));
  });

  it('bear codes that are those of no letter, and that open nothing', async () => {
    const { parts, activation } = world;
    const digests = decoy.codes.map((code) =>
      digestActivationCode(parts.digests, parseActivationCode(code) ?? ('' as never)),
    );
    const found = await parts.db
      .selectFrom('letters')
      .select('id')
      .where('code_digest', 'in', digests)
      .execute();
    expect(found).toEqual([]);
    const { className } = decoy.one;
    const opened = await activation.openWindow({ uai: UAI, className, minutes: 20, by: BY });
    const word = opened.outcome === 'opened' ? opened.word : '';
    for (const code of [...decoy.codes.slice(0, 6), ...decoy.codes.slice(-1)]) {
      const browser = world.visitor();
      await browser.open('/activate');
      expect((await browser.submit({ code, proof: word })).status).toBe(422);
      await browser.open('/activate');
      await browser.submit({ code, proof: '' });
      await browser.post('/activate/way', { csrf: browser.csrf, way: 'desk' });
      expect((await browser.open('/activate/password')).text).not.toContain('name="password"');
    }
    const claimed = await parts.db
      .selectFrom('accounts')
      .select('person')
      .where('person', 'in', [...decoy.one.pupils, ...decoy.one.guardians])
      .where('claimed_at', 'is not', null)
      .execute();
    expect(claimed).toEqual([]);
  });

  it('are an alarm that names the session and who it was; so is the use of one; those of a real class are none', async () => {
    const { db, config, logger } = world.parts;
    await createWatch({ db, settings: config.alarms, now: world.now, log: logger, pauseClaims }).look();
    const raised = (await listAlarms(db)).map(({ rule, person, session }) => ({ rule, person, session }));
    const [printed] = raised.filter(({ rule }) => rule === 'decoy-printed');
    expect(printed).toEqual({
      rule: 'decoy-printed',
      person: decoy.head.person,
      session: expect.any(String),
    });
    const used = raised.filter(({ rule }) => rule === 'bait-used');
    expect(used).toHaveLength(7);
    expect(new Set(used.map(({ person, session }) => `${person} ${session}`))).toEqual(
      new Set([`${decoy.head.person} ${printed?.session}`]),
    );
    expect(raised.filter(({ person }) => person === real.head.person)).toEqual([]);
  });

  it('are told of, where one is printed alone, to those who lead the school and not to those who do not exist', async () => {
    await world.app.queue.drain();
    const sent = await createOutbox({ db: world.parts.db, mode: 'test', now: world.now }).list();
    const told = (guardian = 0) => sent.filter(({ to }) => to === `m${guardian}@familles.example`).length;
    expect([told(real.one.guardians[0]), told(decoy.one.guardians[0])]).toEqual([1, 0]);
  });

  it('are left out of what an operator prints for the school', async () => {
    const { className } = decoy.one;
    expect((await world.activation.printLetters({ uai: UAI, className, by: BY })).outcome).toBe('nobody');
    const [person = 0] = decoy.one.pupils;
    const reprinted = await world.activation.reprintLetter({ uai: UAI, person, by: BY });
    expect(reprinted.outcome).toBe('not-here');
  });
});
