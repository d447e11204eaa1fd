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

const SCHOOLS = 6;
const SEEDS = ['lilas', 'cerisier'];
const OTHERS = 50;

async function judged(
  seeds: readonly string[],
  make: (schools: Schools, uai: string) => Promise<unknown>,
): Promise<Example[]> {
  const examples: Example[] = [];
  for (const seed of seeds) {
    const schools = await importedSchools({ schools: SCHOOLS, pupils: SCHOOLS * 85, seed });
    try {
      for (const uai of schools.uais) await make(schools, uai);
      for (const uai of schools.uais) {
        const some = await examplesOf(schools.world, uai, OTHERS);
        examples.push(...some.map((example) => ({ ...example, school: `${seed} ${uai}` })));
      }
    } finally {
      await schools.close();
    }
  }
  return examples;
}

describe('a classifier over all that rosters, pages, sizes and times show', () => {
  const learned: Record<string, Classifier> = { logisticRegression, nearestNeighbours };

  it('cannot tell decoys from pupils in schools it was not taught', async () => {
    const examples = await judged(SEEDS, async ({ create }, uai) => {
      expect(await create(BY, { uai })).toMatchObject({ outcome: 'created' });
    });
    expect(examples.filter(({ isDecoy }) => isDecoy).length).toBeGreaterThan(200);
    const found = Object.entries(learned).map(([name, classify]) => [name, heldOutAuc(examples, classify)]);
    const alone = FEATURES.map((name, at) => [name, heldOutAuc(examples, byFeature(at))]);
    expect(found.filter(([, auc]) => Number(auc) > 0.55)).toEqual([]);
    expect(alone.filter(([, auc]) => Number(auc) > 0.6)).toEqual([]);
  }, 120_000);

  it('finds the decoys one would write first', async () => {
    const examples = await judged(SEEDS.slice(0, 1), ({ world }, uai) => createNaiveDecoys(world, uai));
    for (const classify of Object.values(learned))
      expect(heldOutAuc(examples, classify)).toBeGreaterThan(0.8);
  }, 120_000);
});
