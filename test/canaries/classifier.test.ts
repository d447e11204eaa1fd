import { describe, expect, it } from '@jest/globals';
import { BY } from '../roster/world.ts';
import {
  byFeature,
  type Classifier,
  type Example,
  heldOutAuc,
  logisticRegression,
  nearestNeighbours,
} from './classifier.ts';
import { examplesOf, FEATURES } from './features.ts';
import { createNaiveDecoys } from './naive-decoys.ts';
import { importedSchools, type Schools } from './schools.ts';
import { openStaffView, type StaffView } from './staff-view.ts';

const SCHOOLS = 20;
const SEEDS = ['lilas', 'cerisier'];
/** So many decoys and so many others of a school: what a class has in common is found by many schools alone. */
const EACH = 8;

async function judged(
  given: { seeds: readonly string[]; schools: number },
  make: (schools: Schools, uai: string) => Promise<unknown>,
): Promise<Example[]> {
  const examples: Example[] = [];
  for (const seed of given.seeds) {
    const schools = await importedSchools({ schools: given.schools, pupils: given.schools * 85, seed });
    let view: StaffView | undefined;
    try {
      for (const uai of schools.uais) await make(schools, uai);
      view = await openStaffView(schools.world, schools.uais);
      for (const uai of schools.uais) {
        const some = await examplesOf(schools.world, view, { uai, each: EACH });
        examples.push(...some.map((example) => ({ ...example, school: `${seed} ${uai}` })));
      }
    } finally {
      await view?.close();
      await schools.close();
    }
  }
  return examples;
}

describe('a classifier over all that rosters, pages, sizes and times show', () => {
  const learned: Record<string, Classifier> = { logisticRegression, nearestNeighbours };

  /** What tells decoys apart: the classifiers, and any one feature. */
  async function telling(): Promise<[string, number][]> {
    const examples = await judged({ seeds: SEEDS, schools: SCHOOLS }, async ({ create }, uai) => {
      expect(await create(BY, { uai })).toMatchObject({ outcome: 'created' });
    });
    expect(examples.filter(({ isDecoy }) => isDecoy)).toHaveLength(SEEDS.length * SCHOOLS * EACH);
    const found = Object.entries(learned).map(([name, classify]) => ({ name, classify, most: 0.55 }));
    const alone = FEATURES.map((name, at) => ({ name, classify: byFeature(at), most: 0.6 }));
    return [...found, ...alone]
      .map(({ name, classify, most }) => ({ name, auc: heldOutAuc(examples, classify), most }))
      .flatMap(({ name, auc, most }): [string, number][] => (auc > most ? [[name, auc]] : []));
  }

  it('cannot tell decoys from pupils in schools it was not taught', async () => {
    const once = await telling();
    // Rosters and decoys are the same each time, the times of answers are not: what they said once may be chance.
    expect(once.length > 0 ? await telling() : []).toEqual([]);
  }, 300_000);

  it('finds the decoys one would write first', async () => {
    const examples = await judged({ seeds: SEEDS.slice(0, 1), schools: 3 }, ({ world }, uai) =>
      createNaiveDecoys(world, uai),
    );
    for (const classify of Object.values(learned))
      expect(heldOutAuc(examples, classify)).toBeGreaterThan(0.8);
  }, 300_000);

  it('says a half of what is the same for everybody, however many of a school are decoys', () => {
    const school = (name: string, decoys: number): Example[] =>
      Array.from({ length: 10 }, (_, at) => ({ school: name, features: [1], isDecoy: at < decoys }));
    const examples = [...school('one', 2), ...school('another', 7), ...school('a third', 5).slice(3)];
    for (const classify of [...Object.values(learned), byFeature(0)])
      expect(heldOutAuc(examples, classify)).toBe(0.5);
  });
});
