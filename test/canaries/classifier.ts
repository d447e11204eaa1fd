/** Somebody as a number per feature, the school they are judged with, and what they are. */
export interface Example {
  school: string;
  features: readonly number[];
  isDecoy: boolean;
}

/** Scores of examples that were held out, by what the others taught. Higher: more like a decoy. */
export type Classifier = (taught: readonly Example[], asked: readonly Example[]) => number[];

const FOLDS = 10;

/**
 * Schools are held out in turn, a tenth of them at a time; the area under the curve over all pairs of a decoy and a
 * pupil of one school, for an attacker sorts a school. 0.5: told apart by nothing.
 */
export function heldOutAuc(examples: readonly Example[], classify: Classifier): number {
  const schools = [...new Set(examples.map(({ school }) => school))];
  const foldOf = new Map(schools.map((school, at) => [school, at % FOLDS]));
  let above = 0;
  let pairs = 0;
  for (const [fold, asked] of Map.groupBy(examples, ({ school }) => foldOf.get(school))) {
    const taught = examples.filter(({ school }) => foldOf.get(school) !== fold);
    const scores = classify(...standardised(taught, asked));
    const scored = asked.map(({ school, isDecoy }, at) => ({ school, isDecoy, score: scores[at] ?? 0 }));
    for (const some of Map.groupBy(scored, ({ school }) => school).values()) {
      const scoresOf = (wanted: boolean) =>
        some.flatMap(({ isDecoy, score }) => (isDecoy === wanted ? score : []));
      const [decoys, others] = [scoresOf(true), scoresOf(false)];
      for (const decoy of decoys)
        for (const other of others) above += decoy > other ? 1 : decoy === other ? 0.5 : 0;
      pairs += decoys.length * others.length;
    }
  }
  return above / pairs;
}

function standardised(taught: readonly Example[], asked: readonly Example[]): [Example[], Example[]] {
  const width = taught[0]?.features.length ?? 0;
  const means = Array.from({ length: width }, (_, at) =>
    mean(taught.map(({ features }) => features[at] ?? 0)),
  );
  const spreads = means.map((middle, at) =>
    Math.sqrt(mean(taught.map(({ features }) => ((features[at] ?? 0) - middle) ** 2))),
  );
  const apply = (example: Example): Example => ({
    ...example,
    features: example.features.map((value, at) => (value - (means[at] ?? 0)) / (spreads[at] || 1)),
  });
  return [taught.map(apply), asked.map(apply)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Each feature and its square, for what is too much like the average is told apart too. */
const widened = ({ features }: Example): number[] => [1, ...features, ...features.map((value) => value ** 2)];

/** Both kinds weigh the same, however few decoys there are. */
export const logisticRegression: Classifier = (taught, asked) => {
  const rows = taught.map((example) => ({ x: widened(example), y: example.isDecoy ? 1 : 0 }));
  const share = mean(rows.map(({ y }) => y));
  const weights = new Float64Array(rows[0]?.x.length ?? 0);
  for (let turn = 0; turn < 100; turn += 1) {
    const slope = new Float64Array(weights.length);
    for (const { x, y } of rows) {
      const error = (sigmoid(dot(weights, x)) - y) * (y === 1 ? 0.5 / share : 0.5 / (1 - share));
      for (let at = 0; at < x.length; at += 1) slope[at] = (slope[at] ?? 0) + error * (x[at] ?? 0);
    }
    for (let at = 0; at < weights.length; at += 1) {
      const weight = weights[at] ?? 0;
      weights[at] = weight - 0.3 * ((slope[at] ?? 0) / rows.length + 0.001 * weight);
    }
  }
  return asked.map((example) => dot(weights, widened(example)));
};

const NEIGHBOURS = 21;

export const nearestNeighbours: Classifier = (taught, asked) => {
  const share = mean(taught.map(({ isDecoy }) => (isDecoy ? 1 : 0)));
  return asked.map(({ features }) => {
    const near = taught
      .map((example) => ({ isDecoy: example.isDecoy, far: distance(example.features, features) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, NEIGHBOURS);
    return mean(near.map(({ isDecoy }) => (isDecoy ? 1 : 0))) - share;
  });
};

/** One feature alone, whichever way it points in the other schools. */
export const byFeature =
  (at: number): Classifier =>
  (taught, asked) => {
    const of = (wanted: boolean) =>
      mean(taught.filter(({ isDecoy }) => isDecoy === wanted).map(({ features }) => features[at] ?? 0));
    const sign = of(true) >= of(false) ? 1 : -1;
    return asked.map(({ features }) => sign * (features[at] ?? 0));
  };

function distance(one: readonly number[], other: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += Math.min(4, Math.abs((one[at] ?? 0) - (other[at] ?? 0)));
  return sum;
}

function dot(weights: Float64Array, x: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < x.length; at += 1) sum += (weights[at] ?? 0) * (x[at] ?? 0);
  return sum;
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
