import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuardianEntry, PupilEntry, RosterItem } from '../../src/roster/entry.ts';
import { type GeneratedRoster, generateRoster } from '../../src/roster/generate/generate.ts';
import { readPaths } from './aaf-files.ts';

const PUPILS = 6420;
const dir = mkdtempSync(join(tmpdir(), 'preau-generate-'));
let made: GeneratedRoster;
let items: RosterItem[];
let pupils: PupilEntry[];
let guardians: GuardianEntry[];

beforeAll(async () => {
  made = await generateRoster({ schools: 12, pupils: PUPILS, seed: 7, dir });
  items = await readPaths(made.files);
  pupils = items.filter((item) => item.type === 'pupil');
  guardians = items.filter((item) => item.type === 'guardian');
});
afterAll(() => rmSync(dir, { recursive: true }));

const digestOf = (files: readonly string[]) =>
  files.map((file) => [basename(file), createHash('sha256').update(readFileSync(file)).digest('hex')]);
const namesOf = ({ givenName, familyName, birthName }: GuardianEntry) =>
  `${givenName} ${familyName} ${birthName}`;

describe('a generated roster', () => {
  it('reads back as what was made, without a problem', () => {
    const counted = Object.fromEntries(
      Object.entries(Object.groupBy(items, ({ type }) => type)).map(([type, list]) => [type, list?.length]),
    );
    expect(counted).toEqual({
      establishment: 12,
      pupil: PUPILS,
      guardian: made.guardians,
      staff: made.staff,
    });
  });

  it('is the same for the same seed and another for another', async () => {
    const again = await generateRoster({ schools: 12, pupils: PUPILS, seed: 7, dir: join(dir, 'again') });
    const other = await generateRoster({ schools: 12, pupils: PUPILS, seed: 8, dir: join(dir, 'other') });
    expect(digestOf(again.files)).toEqual(digestOf(made.files));
    expect(digestOf(other.files)).not.toEqual(digestOf(made.files));
  });

  it('has the relations of a real file: 20, 282, 246, 86, 8 of 642, and 1.42 legal guardians per pupil', () => {
    const byCount = [0, 1, 2, 3, 4].map(
      (count) => pupils.filter(({ relations }) => relations.length === count).length,
    );
    const expected = [200, 2820, 2460, 860, 80];
    for (const [index, count] of byCount.entries())
      expect(Math.abs(count - (expected[index] ?? 0))).toBeLessThan(150);
    const legal = pupils.flatMap(({ relations }) => relations.filter(({ rank }) => rank > 0));
    expect(legal.length / PUPILS).toBeGreaterThan(1.37);
    expect(legal.length / PUPILS).toBeLessThan(1.47);
    expect(pupils.every(({ relations }) => relations.filter(({ rank }) => rank === 1).length <= 1)).toBe(
      true,
    );
  });

  it('holds the traps of the field', () => {
    const schoolsOf = new Map<string, Set<string>>();
    for (const { academie, relations, enrolments } of pupils) {
      const key = `${academie} ${relations[0]?.guardian}`;
      schoolsOf.set(key, (schoolsOf.get(key) ?? new Set()).add(enrolments[0]?.uai ?? ''));
    }
    expect([...schoolsOf.values()].filter(({ size }) => size > 1).length).toBeGreaterThan(100);
    const byNames = Map.groupBy(
      guardians.filter(({ phone }) => phone),
      (guardian) => `${namesOf(guardian)} ${guardian.phone}`,
    );
    const inTwo = [...byNames.values()].filter(
      (list) => new Set(list.map(({ academie }) => academie)).size === 2,
    );
    expect(inTwo.length).toBeGreaterThan(10);
    expect(guardians.filter(({ familyName, birthName }) => familyName !== birthName).length).toBeGreaterThan(
      500,
    );
    expect(pupils.some(({ relations }) => relations[0]?.relation === 'self')).toBe(true);
  });

  it('names nobody and nothing that exists', () => {
    for (const { phone, mail } of guardians) {
      if (phone) expect(phone).toMatch(/^\+3363998\d{4}$/);
      if (mail) expect(mail).toMatch(/@familles\.example$/);
    }
    for (const { uai } of made.schools) {
      const right = 'ABCDEFGHJKLMNPRSTUVWXYZ'[Number(uai.slice(0, 7)) % 23];
      expect(uai[7]).not.toBe(right);
    }
  });
});
