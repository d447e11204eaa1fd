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

const SCHOOLS = 6;
const SEEDS = ['lilas', 'cerisier'];
const OTHERS = 30;

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
        const some = await examplesOf(schools.world, view, { uai, others: OTHERS });
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

  it('cannot tell decoys from pupils in schools it was not taught', async () => {
    const examples = await judged({ seeds: SEEDS, schools: SCHOOLS }, async ({ create }, uai) => {
      expect(await create(BY, { uai })).toMatchObject({ outcome: 'created' });
    });
    expect(examples.filter(({ isDecoy }) => isDecoy).length).toBeGreaterThan(200);
    const found = Object.entries(learned).map(([name, classify]) => [name, heldOutAuc(examples, classify)]);
    const alone = FEATURES.map((name, at) => [name, heldOutAuc(examples, byFeature(at))]);
    expect(found.filter(([, auc]) => Number(auc) > 0.55)).toEqual([]);
    expect(alone.filter(([, auc]) => Number(auc) > 0.6)).toEqual([]);
  }, 300_000);

  it('finds the decoys one would write first', async () => {
    const examples = await judged({ seeds: SEEDS.slice(0, 1), schools: 3 }, ({ world }, uai) =>
      createNaiveDecoys(world, uai),
    );
    for (const classify of Object.values(learned))
      expect(heldOutAuc(examples, classify)).toBeGreaterThan(0.8);
  }, 300_000);
});
