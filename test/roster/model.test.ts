import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Attributes, aafFiles, aafXml, type Files, MOTHER, PUPIL, TEACHER } from './aaf-files.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

interface Model {
  /** Pupil key → class, surname and the guardians' ranks. */
  pupils: { key: string; class: string; name: string; ranks: Record<string, number> }[];
  guardians: { key: string; mail: string }[];
  teaches: string[];
}

const GUARDIANS = ['900', '901', '902'];
const PUPILS = ['100', '101', '102', '103'];
const classCode = fc.constantFrom('6EA', '6EB');
const model: fc.Arbitrary<Model> = fc.record({
  pupils: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom(...PUPILS),
      class: classCode,
      name: fc.constantFrom('VALNAC', 'CORLET'),
      ranks: fc.dictionary(fc.constantFrom(...GUARDIANS), fc.constantFrom(0, 1, 2), {
        noNullPrototype: true,
      }),
    }),
    { selector: ({ key }) => key, minLength: 1, maxLength: 4 },
  ),
  guardians: fc.tuple(
    ...GUARDIANS.map((key) =>
      fc.record({
        key: fc.constant(key),
        mail: fc.constantFrom('', 'a@familles.example', 'b@familles.example'),
      }),
    ),
  ),
  teaches: fc.uniqueArray(classCode),
});

function filesOf({ pupils, guardians, teaches }: Model): Files {
  const pupilRecords = pupils.map(
    ({ key, name, ranks, class: code }): Attributes => ({
      ...PUPIL,
      ENTPersonJointure: key,
      sn: name,
      ENTEleveINE: `100000${key}AA`,
      ENTEleveClasses: `43$${code}`,
      ENTElevePersRelEleve: Object.entries(ranks).map(([guardian, rank]) => `${guardian}$10$0$${rank}$1$0`),
    }),
  );
  const guardianRecords = guardians.map(({ key, mail }) => ({
    ...MOTHER,
    ENTPersonJointure: key,
    mail: mail || [],
  }));
  const teacher = {
    ...TEACHER,
    ENTAuxEnsClassesMatieres: teaches.map((code) => `43$${code}$X`),
    ENTAuxEnsClassesPrincipal: [],
  };
  return aafFiles({
    'eleve.xml': aafXml('Eleve', pupilRecords),
    'rel.xml': aafXml('PersRelEleve', guardianRecords),
    'educ.xml': aafXml('PersEducNat', [teacher]),
  });
}

/** Everybody who belongs somewhere, by key; children by key too, since numbers differ between directories. */
async function pictureOf(world: RosterWorld) {
  const people = new Map<string, unknown>();
  const keyOf = new Map<number, string>();
  for (const key of [...PUPILS, ...GUARDIANS, '500']) {
    const person = await world.numberOf(key).catch(() => undefined);
    if (person === undefined) continue;
    keyOf.set(person, key);
    const { state, ...picture } = await world.picture(key);
    expect(state).toBe(picture.memberships.length > 0 ? 'dormant' : 'closed');
    if (picture.memberships.length === 0) {
      expect(picture.children).toEqual([]);
      continue;
    }
    people.set(key, picture);
  }
  return JSON.parse(
    JSON.stringify([...people], (name, value) =>
      name === 'children'
        ? value
            .map(({ child, rank }: { child: number; rank: number }) => `${keyOf.get(child)} ${rank}`)
            .sort()
        : value,
    ),
  );
}

describe('any roster after any other', () => {
  it('leaves the directory as if it had been the first, and undone as it was before', async () => {
    await fc.assert(
      fc.asyncProperty(model, model, async (first, second) => {
        const [world, fresh] = await Promise.all([
          rosterWorld({ batchSize: 2 }),
          rosterWorld({ batchSize: 50 }),
        ]);
        try {
          await world.imported(filesOf(first));
          const before = await pictureOf(world);
          const { id } = await world.imported(filesOf(second));
          await fresh.imported(filesOf(second));
          const after = await pictureOf(world);
          expect(after).toEqual(await pictureOf(fresh));
          expect(await world.undo({ id, by: BY })).toMatchObject({ outcome: 'undone', kept: 0 });
          expect(await pictureOf(world)).toEqual(before);
          const again = await world.planned(filesOf(first));
          expect(again.counts).toMatchObject({ created: 0, changed: 0, closed: 0 });
        } finally {
          await Promise.all([world.close(), fresh.close()]);
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 120_000);
});
