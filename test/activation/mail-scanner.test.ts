import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { textOfLetter } from '../../src/activation/letters/letter-text.ts';
import type { PrintedLetter } from '../../src/activation/letters/printed-letter.ts';
import { raise } from '../../src/alarms/raise.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createOutbox } from '../../src/messages/outbox.ts';
import { addEndWarning } from '../../src/rights/officers/end-warning.ts';
import { aHead, anOfficer } from '../console/staff.ts';
import { dormant, PASSWORD, UAI } from '../login/people.ts';
import { asSuperuser } from '../support/stores.ts';
import type { Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { giveProofs, pupilWithProofs } from '../whole/people.ts';
import { DAY, MINUTE } from './world.ts';

/** Enough that an address which is counted would be stopped. */
const SCANS = 5;

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

async function mailOf(person: number, value: string): Promise<void> {
  const { db, keyRing, digests } = world.parts;
  const at = new Date(world.now().getTime() - 30 * DAY);
  await db.transaction().execute(async (tx) => {
    const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no such person');
    await openContacts(tx, [{ sealer, uai: UAI, kind: 'mail', value }], { digests, at });
  });
}

/** A pupil whose account was claimed just now, and whose mother is told of it at this address. */
async function claimed(mother: string): Promise<number> {
  const proofs = await pupilWithProofs(world);
  const guardian = await dormant(world, 'guardian');
  await mailOf(guardian, mother);
  const row = { guardian, child: proofs.person, rank: 1, relation: 'mother' as const };
  await world.parts.db
    .transaction()
    .execute((tx) => openGuardianships(tx, [row], new Date(world.now().getTime() - DAY)));
  const pupil = world.visitor();
  await giveProofs(pupil, proofs);
  await pupil.submit({ password: PASSWORD });
  return proofs.person;
}

async function letterOf(
  person: number,
  which: { className?: string; profile?: 'teacher' },
): Promise<PrintedLetter> {
  const printing = await world.activation.printLetters({ uai: UAI, ...which, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  let found: PrintedLetter | undefined;
  for await (const letter of printing.letters) if (letter.person === person) found = letter;
  if (!found) throw new Error('no letter');
  return found;
}

/** Somebody typed the paper half, and waits for the other, which a mail brings. */
async function waitsForHalf(person: number): Promise<Visitor> {
  const { code } = await letterOf(person, { profile: 'teacher' });
  const browser = world.visitor();
  await browser.open('/activate');
  await browser.submit({ code: formatActivationCode(code), proof: '' });
  await browser.post('/activate/way', { csrf: browser.csrf, way: 'split-letter' });
  await world.app.queue.drain();
  return browser;
}

const sent = () => createOutbox({ db: world.parts.db, mode: 'test', now: world.now }).list();
const linksIn = (text: string) => text.match(/https?:\/\/[^\s<>"]+[^\s<>".,)]/g) ?? [];

async function messageTo(to: string, holding: RegExp): Promise<string> {
  const found = (await sent()).find((one) => one.to === to && holding.test(one.text));
  return holding.exec(found?.text ?? '')?.[0] ?? '';
}

/** What every table holds: a row that was touched shows. */
async function tables(): Promise<Record<string, string>> {
  const database = String(world.stores.connectionOf('preau_app').database);
  const { rows } = await asSuperuser(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
    database,
  );
  const held: Record<string, string> = {};
  for (const { name } of rows as { name: string }[]) {
    const sums = await asSuperuser(
      `select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${name} t`,
      database,
    );
    held[name] = sums.rows[0]?.sum;
  }
  return held;
}

/** One that keeps nothing, one that keeps cookies and follows to the end, one inside the person's own browser. */
async function scan(links: readonly string[], browsers: readonly Visitor[]): Promise<number> {
  let asked = 0;
  for (let n = 0; n < SCANS; n += 1) {
    const keeping = world.visitor();
    for (const link of links) {
      for (const scanner of [world.visitor(), keeping, ...browsers.map((one) => one.copy())]) {
        await scanner.head(link);
        await scanner.get(link);
        asked += 2;
      }
      await keeping.open(link);
    }
  }
  return asked;
}

describe('a mail scanner that opens every link before the person does', () => {
  let links: string[];
  let notice: string;
  let half: string;
  let teacher: Visitor;
  let pupilsLetter: { code: string; word: string };
  let child: number;

  beforeAll(async () => {
    await mailOf((await aHead(world)).person, 'head@college.example');
    const officer = await anOfficer(world);
    await mailOf(officer.person, 'officer@academie.example');
    await warn(officer.person);
    const alarm = { rule: 'claims-burst', uai: UAI, details: { claims: 40 }, at: world.now() } as const;
    await world.parts.db.transaction().execute((tx) => raise(tx, alarm));

    await claimed('first@famille.example');
    await world.app.queue.drain();
    const mother = world.visitor();
    await mother.open(await messageTo('first@famille.example', /http\S+not-me\S+/));
    await mother.submit({});

    child = await claimed('second@famille.example');
    const waiting = await dormant(world, 'teacher');
    await mailOf(waiting, 'teacher@college.example');
    teacher = await waitsForHalf(waiting);
    half = await messageTo('teacher@college.example', /\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b/);
    world.wait(16 * MINUTE);
    for (let n = 0; n < 3; n += 1) await world.app.queue.drain();
    notice = await messageTo('second@famille.example', /http\S+not-me\S+/);

    const { person, word } = await pupilWithProofs(world);
    const { code: className } = await classOf(person);
    const letter = await letterOf(person, { className });
    pupilsLetter = { code: formatActivationCode(letter.code), word };
    const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
    const paper = JSON.stringify(textOfLetter(words.translator('fr'), world.issuer, letter));
    const pile = `${world.issuer}/console/batches/${letter.batch.id}`;
    links = [...new Set([...(await sent()).flatMap(({ text }) => linksIn(text)), ...linksIn(paper), pile])];
  }, 60_000);

  const classOf = (person: number) =>
    world.parts.db
      .selectFrom('memberships as m')
      .innerJoin('classes as c', 'c.id', 'm.class_id')
      .select('c.code')
      .where('m.person', '=', person)
      .executeTakeFirstOrThrow();

  async function warn(person: number): Promise<void> {
    const { db } = world.parts;
    const { id } = await db
      .selectFrom('rights')
      .select('id')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const until = new Date(world.now().getTime() + 20 * DAY);
    await db.transaction().execute((tx) => addEndWarning(tx, { right: id, until }));
  }

  it('finds links of every kind there is', () => {
    const kinds = links.map((link) => new URL(link).pathname.replace(/[\w-]{36}/, ':id'));
    expect([...new Set(kinds)].sort()).toEqual([
      '/activate',
      '/activate/wait',
      '/console',
      '/console/alarms',
      '/console/batches/:id',
      '/console/people/:id',
      '/console/rights/officers',
      '/not-me',
    ]);
  });

  it('spends, locks, sends and changes nothing in any table', async () => {
    const before = await tables();
    const messages = (await sent()).length;
    expect(await scan(links, [teacher])).toBeGreaterThan(200);
    expect(await tables()).toEqual(before);
    await world.app.queue.drain();
    expect((await sent()).length).toBe(messages);
  }, 60_000);

  it('leaves the person their button, their half and their code', async () => {
    const mother = world.visitor();
    await mother.open(notice);
    expect((await mother.submit({})).text).toContain('Le compte est bloqué');
    const locks = await world.parts.db.selectFrom('locks').select('id').where('person', '=', child).execute();
    expect(locks).toHaveLength(1);

    await teacher.open('/activate/wait');
    expect((await teacher.submit({ proof: half })).url).toBe('/activate/password');
    const pupil = world.visitor();
    expect((await giveProofs(pupil, pupilsLetter)).url).toBe('/activate/password');
    for (const browser of [teacher, pupil]) {
      const { url } = await browser.submit({ password: PASSWORD });
      expect(url).not.toBe('/activate/password');
    }
  });
});
