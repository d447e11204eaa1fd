import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openContactsOf } from '../../src/directory/contacts.ts';
import { commandLine, type Run } from '../activation/command-line.ts';
import { activationWorld, UAI, type World } from '../activation/world.ts';
import { aPerson, join } from '../sessions/people.ts';

let world: World;
let run: Run;
let folder: string;
beforeAll(async () => {
  world = await activationWorld();
  run = commandLine(world);
  folder = mkdtempSync(path(tmpdir(), 'preau-officers-'));
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

type Json = { [key: string]: unknown } & { right: string; person: number; proposal: string };

async function done(name: string, operands: string[], options: Parameters<Run>[2] = {}): Promise<Json> {
  const result = await run(name, operands, options);
  if (result.outcome !== 'done') throw new Error(result.message);
  expect(result.lines.join('\n')).not.toMatch(/undefined|\[object/);
  return result.json as Json;
}

async function refused(name: string, operands: string[], options: Parameters<Run>[2] = {}) {
  const result = await run(name, operands, options);
  if (result.outcome !== 'refused') throw new Error('it was done');
  expect(result.message).not.toMatch(/undefined|\[object/);
  return result.json;
}

async function member(profile: 'staff' | 'teacher' | 'pupil'): Promise<number> {
  const { number } = await aPerson(world.stores.db);
  await join(world.stores.db, { person: number, profile, uai: UAI, code: '6B' });
  return number;
}

const invitation = (name: string) => ({
  ...{ 'given-name': 'Odile', 'family-name': 'Marchand', mail: 'odile.marchand@example.org' },
  out: path(folder, name),
});

const contactsOf = async (person: number) =>
  (await openContactsOf(world.stores.db, world.keyRing, [person])).map(({ kind, value }) => ({
    kind,
    value,
  }));

async function claim(person: number): Promise<void> {
  const { db } = world.stores;
  await db.updateTable('accounts').set({ claimed_at: world.now() }).where('person', '=', person).execute();
  await db.updateTable('account_states').set({ state: 'active' }).where('person', '=', person).execute();
}

describe('npx preau rights', () => {
  it('counts, grants, lists and revokes', async () => {
    const [clerk, , pupil] = [await member('staff'), await member('teacher'), await member('pupil')];
    const asked = { role: 'distributor', school: UAI };
    expect(await done('rights grant', [String(clerk)], { ...asked, count: true })).toMatchObject({
      outcome: 'counted',
      readable: { persons: 3, pupils: 1 },
    });
    const lastDay = { ...asked, until: '2027-08-31' };
    const { right, until } = await done('rights grant', [await world.idOf(clerk)], lastDay);
    expect(until).toEqual(new Date('2027-08-31T22:00:00Z'));
    expect(await refused('rights grant', [String(clerk)], asked)).toMatchObject({ outcome: 'already-held' });
    expect(await refused('rights grant', [String(pupil)], asked)).toMatchObject({ outcome: 'cannot-hold' });
    expect(await refused('rights grant', ['nobody.atall'], asked)).toMatchObject({
      outcome: 'unknown-person',
    });
    expect(await done('rights list', [], { school: UAI })).toMatchObject([
      {
        ...{ id: right, person: clerk, role: 'distributor', state: 'in-force', origin: 'granted' },
        ...{ last_used_at: null, granted_by: { kind: 'operator' } },
      },
      { role: 'teacher', origin: 'roster', scope: { classes: ['6B'] } },
    ]);
    expect(await refused('rights renew', [right])).toMatchObject({ outcome: 'not-lapsed' });
    expect(await done('rights revoke', [right])).toMatchObject({ outcome: 'revoked', also_ended: 0 });
    expect(await refused('rights revoke', [right])).toMatchObject({ outcome: 'not-allowed' });
    expect(await done('rights list', [], { person: String(clerk) })).toEqual([]);
    expect(await done('rights list', [], { person: String(clerk), ended: true })).toMatchObject([
      { id: right, state: 'ended', end_reason: 'la rentrée' },
    ]);
  });

  it('renews what has lapsed', async () => {
    const teacher = await member('teacher');
    const listed = () => done('rights list', [], { person: String(teacher) }) as unknown as Promise<Json[]>;
    const [right] = await listed();
    await world.stores.db
      .updateTable('rights')
      .set({ from_at: new Date(world.now().getTime() - 91 * 86_400_000) })
      .where('person', '=', teacher)
      .execute();
    await world.stores.db
      .updateTable('account_states')
      .set({ from_at: new Date(world.now().getTime() - 91 * 86_400_000) })
      .where('person', '=', teacher)
      .execute();
    expect(await listed()).toMatchObject([{ state: 'lapsed' }]);
    await done('rights renew', [String(right?.id)]);
    expect(await listed()).toMatchObject([{ state: 'in-force' }]);
  });
});

describe('npx preau officers', () => {
  it('invites the first once, with a letter; the second is appointed by the first and the command line', async () => {
    const { person, right } = await done('officers invite', [], { ...invitation('1.pdf'), first: true });
    expect(right).toEqual(expect.any(String));
    expect(statSync(path(folder, '1.pdf')).mode & 0o777).toBe(0o600);
    expect(await refused('officers invite', [], { ...invitation('2.pdf'), first: true })).toMatchObject({
      outcome: 'not-the-first',
    });
    expect(existsSync(path(folder, '2.pdf'))).toBe(false);
    await done('officers letter', [String(person)], { phone: '06 39 98 12 34', out: path(folder, '3.pdf') });
    expect(await contactsOf(person)).toEqual([{ kind: 'phone', value: '+33639981234' }]);
    const letters = await world.stores.db
      .selectFrom('letters')
      .select('state')
      .where('person', '=', person)
      .orderBy('printed_at')
      .execute();
    expect(letters.map(({ state }) => state)).toEqual(['void', 'printed']);
    expect(await done('letters batches', [])).toEqual([]);
    await claim(person);
    const elsewhere = { mail: 'somebody.else@example.org', out: path(folder, '4.pdf') };
    expect(await refused('officers letter', [String(person)], elsewhere)).toMatchObject({
      outcome: 'not-invited',
    });
    expect(await contactsOf(person)).toMatchObject([{ kind: 'phone' }]);
    expect(existsSync(path(folder, '4.pdf'))).toBe(false);

    const second = await done('officers invite', [], invitation('5.pdf'));
    expect(second).toMatchObject({ right: null });
    const office = { role: 'national-officer' };
    const named = [String(second.person)];
    expect(await refused('officers propose', named, office)).toMatchObject({ outcome: 'cannot-hold' });
    await claim(second.person);
    expect(await refused('officers propose', named, { role: 'academie-officer' })).toMatchObject({
      outcome: 'no-such-office',
    });
    const { proposal } = await done('officers propose', named, office);
    expect(await refused('officers approve', [proposal])).toMatchObject({ outcome: 'counts-as-one' });
    expect(await done('officers list', [])).toMatchObject({
      officers: [{ id: right, state: 'in-force' }],
      proposals: [{ id: proposal, person: second.person }],
    });
    await world.stores.db
      .updateTable('officer_proposals')
      .set({ proposed_by: JSON.stringify({ kind: 'person', person }), proposed_person: person })
      .execute();
    const appointed = await done('officers approve', [proposal]);
    expect(appointed).toMatchObject({ outcome: 'appointed', person: second.person });
    expect(await done('officers revoke', [appointed.right])).toMatchObject({ outcome: 'revoked' });
    expect(await refused('officers revoke', [appointed.right])).toMatchObject({ outcome: 'no-such-office' });
  });
});
