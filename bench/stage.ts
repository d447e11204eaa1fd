import { normaliseTypedName } from '../src/accounts/find-account.ts';
import { parseActivationCode } from '../src/activation/activation-code.ts';
import type { Config } from '../src/config.ts';
import type { Visitor } from '../test/support/visitor.ts';
import { type World, wholeWorld } from '../test/support/world.ts';
import { accountNames } from './accounts.ts';
import { letterPairs } from './letters.ts';

type Form = Record<string, string>;

/** A page a stranger can reach, with what they type by the state it meets: the first state is what others are held to. */
export interface Page {
  name: string;
  visitor: Visitor;
  forms: Record<string, Form[]>;
}

export interface Stage {
  pages: Page[];
  /** From now on what is typed in these states takes longer: the control. */
  plant(states: readonly string[], milliseconds: number): void;
  close(): Promise<void>;
}

/** All of Préau, with `count` fresh names and codes in each state. */
export async function openStage(count: number): Promise<Stage> {
  const world = await wholeWorld({ change: withoutLimits });
  const names = await accountNames(world, count);
  const signIn = Object.entries(names).map(([state, all]): [string, Form[]] => [
    state,
    all.map((username) => ({ username, password: 'not the password' })),
  ]);
  const letters = await letterPairs(world, count);
  const pages: Page[] = [
    { name: 'sign-in', visitor: await at(world, '/account'), forms: Object.fromEntries(signIn) },
    {
      name: 'activation',
      visitor: await at(world, '/activate'),
      forms: Object.fromEntries(
        Object.entries(letters).map(([state, all]) => [state, all.map((pair) => ({ ...pair }))]),
      ),
    },
  ];
  return {
    pages,
    plant: (states, milliseconds) => plant(world, pages, { states, milliseconds }),
    close: () => world.close(),
  };
}

async function at(world: World, path: string): Promise<Visitor> {
  const visitor = world.visitor();
  await visitor.open(path);
  return visitor;
}

/** What slows a stranger down would be all that is measured. */
function withoutLimits(config: Config): Config {
  const never = 1_000_000_000;
  return {
    ...config,
    limits: {
      ...config.limits,
      addressFailures: never,
      failuresBeforePause: never,
      wrongWordsPerLetter: never,
    },
    lifetimes: { ...config.lifetimes, interactionSeconds: 86_400 },
  };
}

/** Inside Préau, where a name or a code is looked up. */
function plant(
  { parts }: World,
  pages: readonly Page[],
  { states, milliseconds }: { states: readonly string[]; milliseconds: number },
): void {
  const slow = new Set<string>();
  for (const form of pages.flatMap(({ forms }) => states.flatMap((state) => forms[state] ?? []))) {
    if (form.username) slow.add(normaliseTypedName(form.username));
    if (form.code) slow.add(parseActivationCode(form.code) ?? '');
  }
  const digests = parts.digests as { of: typeof parts.digests.of };
  const of = digests.of.bind(digests);
  digests.of = (purpose, value) => {
    if (slow.has(value) && /^(username|activation-code)$/.test(purpose)) hold(milliseconds);
    return of(purpose, value);
  };
}

function hold(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
