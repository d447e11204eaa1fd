// npm run bench:timing [samples]: can a stranger tell accounts apart by the time an answer takes? (docs/design.md, "Telling accounts apart")

import { startServers } from './servers.ts';
import type { Page, Stage } from './stage.ts';
import { chanceOfEqual, holm, median } from './statistics.ts';

const SAMPLES = Number(process.argv[2] ?? 200);
const TOLERATED_MS = 2;
const PLANTED = { states: ['closed', 'void letter'], milliseconds: 10 };
const WARM_UP = 10;

interface Row {
  state: string;
  milliseconds: number;
  difference: number;
  chance: number;
  isDifferent: boolean;
}

const servers = await startServers();
try {
  // Its builders look for the servers as they are loaded.
  const { openStage } = await import('./stage.ts');
  const stage = await openStage(2 * SAMPLES + WARM_UP);
  try {
    process.exitCode = (await run(stage)) ? 0 : 1;
  } finally {
    await stage.close();
  }
} finally {
  await servers.stop();
}

async function run(stage: Stage): Promise<boolean> {
  await measure(stage.pages, { from: 0, samples: WARM_UP });
  const honest = await measure(stage.pages, { from: WARM_UP, samples: SAMPLES });
  show('wrong credentials, by state', honest);
  stage.plant(PLANTED.states, PLANTED.milliseconds);
  const planted = await measure(stage.pages, { from: WARM_UP + SAMPLES, samples: SAMPLES });
  show(`the control: ${PLANTED.milliseconds} ms planted on ${PLANTED.states.join(' and ')}`, planted);
  const isAlike = !honest.some(({ difference }) => Math.abs(difference) > TOLERATED_MS);
  const isFound = planted.filter(({ isDifferent }) => isDifferent).map(({ state }) => state);
  console.log(
    isAlike ? `no state differs by more than ${TOLERATED_MS} ms` : 'A STATE CAN BE TOLD BY ITS TIME',
  );
  console.log(`found of what was planted: ${isFound.join(', ') || 'NOTHING'}`);
  return isAlike && PLANTED.states.every((state) => isFound.some((found) => found.endsWith(state)));
}

/** Interleaved, in another order each time, each sample with a name or code that nobody typed before. */
async function measure(
  pages: readonly Page[],
  { from, samples }: { from: number; samples: number },
): Promise<Row[]> {
  const ways = pages.flatMap((page) =>
    Object.keys(page.forms).map((state) => ({ page, state, times: [] as number[] })),
  );
  for (let sample = from; sample < from + samples; sample += 1) {
    for (const { page, state, times } of shuffled(ways)) {
      const form = page.forms[state]?.[sample];
      if (!form) throw new Error(`too few of ${state}`);
      const since = performance.now();
      const { status } = await page.visitor.submit(form);
      times.push(performance.now() - since);
      if (status !== 422) throw new Error(`${page.name}, ${state}: ${status}`);
    }
  }
  return pages.flatMap((page) =>
    compare(
      page,
      ways.filter((way) => way.page === page),
    ),
  );
}

/** Every state with the first of its page, all comparisons of a page together. */
function compare(page: Page, ways: readonly { state: string; times: number[] }[]): Row[] {
  const [first, ...others] = ways;
  const reference = first?.times ?? [];
  const chances = others.map(({ times }) => chanceOfEqual(reference, times));
  const isUnlikely = holm(chances);
  return others.map(({ state, times }, index) => {
    const difference = median(times) - median(reference);
    const isDifferent = isUnlikely[index] === true && Math.abs(difference) > TOLERATED_MS;
    return {
      ...{ state: `${page.name}: ${state}`, milliseconds: median(times), difference, isDifferent },
      chance: chances[index] ?? 1,
    };
  });
}

function show(title: string, rows: readonly Row[]): void {
  console.log(`\n${title} (${SAMPLES} samples each, median)`);
  for (const { state, milliseconds, difference, chance, isDifferent } of rows) {
    const figures = `${milliseconds.toFixed(2).padStart(8)} ms  ${difference.toFixed(2).padStart(7)} ms  p ${chance.toExponential(1)}`;
    console.log(`  ${state.padEnd(28)}${figures}${isDifferent ? '  DIFFERENT' : ''}`);
  }
  console.log('');
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
