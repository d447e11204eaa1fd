import { setTimeout as pause } from 'node:timers/promises';
import { listKeys } from '../oidc/key-list.ts';
import { PUBLISHED_BEFORE_SIGNING, promoteKeys, publishNextKeys, revokeKey } from '../oidc/key-rotation.ts';
import { isSigningAlg, publishedAlgs, SIGNING_ALGS, type SigningAlg } from '../oidc/signing-keys.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';
import { commands as backup } from './key-backup.ts';

export const commands: Command[] = [
  {
    name: 'keys rotate',
    summary: 'publishes new signing keys; they sign by themselves after 24 hours',
    isActOfPower: true,
    options: {
      alg: {
        type: 'string',
        multiple: true,
        value: 'ALG',
        help: `${SIGNING_ALGS.join(', ')}; all if not said`,
      },
      now: { type: 'boolean', help: 'sign with them at once; not in production' },
    },
    run: rotate,
  },
  {
    name: 'keys list',
    summary: 'lists the signing keys: next, current, old',
    async run(context) {
      const keys = await listKeys(await context.parts(), publishedAlgs(context.config.mode));
      const lines = keys.map(({ kid, alg, state, signs_from, published_until }) =>
        `${kid}  ${alg.padEnd(5)}  ${state.padEnd(7)}  ${momentOf({ signs_from, published_until })}`.trimEnd(),
      );
      return { outcome: 'done', json: keys, lines: lines.length > 0 ? lines : ['none yet'] };
    },
  },
  {
    name: 'keys revoke',
    summary: 'withdraws a key that others may know; what it signed verifies no more',
    operands: 'KID',
    isActOfPower: true,
    run: revoke,
  },
  ...backup,
];

async function rotate(context: Context, input: Input): Promise<Result> {
  const algs = algsOf(context, input);
  const isAtOnce = input.flag('now');
  if (isAtOnce && context.config.mode === 'production')
    throw new UsageError('--now is not for production: relying parties hold the published keys for hours');
  const made = await publishNextKeys(await context.parts(), context.by, { algs, reason: context.reason });
  if (isAtOnce) return promoteNow(context, algs);
  if (made.length === 0)
    return { outcome: 'refused', message: `the next keys are published already (npx preau keys list)` };
  const signsFrom = new Date(context.now().getTime() + PUBLISHED_BEFORE_SIGNING).toISOString();
  const published = made.map((key) => ({ ...key, state: 'next', signs_from: signsFrom }));
  const lines = made.map(({ kid, alg }) => `${kid}  ${alg.padEnd(5)}  signs from ${signsFrom}`);
  return { outcome: 'done', json: { published }, lines };
}

async function promoteNow(context: Context, algs: readonly SigningAlg[]): Promise<Result> {
  const promoted = await replaceAtOnce(context, algs);
  const json = { promoted: promoted.map((key) => ({ ...key, state: 'current' })) };
  return {
    outcome: 'done',
    json,
    lines: promoted.map(({ kid, alg }) => `${kid}  ${alg.padEnd(5)}  signs now`),
  };
}

async function replaceAtOnce(context: Context, algs: readonly SigningAlg[]) {
  const { by, reason } = context;
  // Every process publishes a key before one of them signs with it.
  await untilHeard(context);
  return promoteKeys(await context.parts(), by, { algs, publishedBy: context.now(), reason });
}

/** Within the silence allowed, each process has heard of a change or answers 503. */
function untilHeard({ config }: Context): Promise<void> {
  return pause(config.orders.silenceMilliseconds + config.orders.pollMilliseconds);
}

async function revoke(context: Context, input: Input): Promise<Result> {
  const [kid, ...more] = input.operands;
  if (!kid || more.length > 0) throw new UsageError('name one key: npx preau keys revoke KID');
  const parts = await context.parts();
  const { by, reason } = context;
  let result = await revokeKey(parts, by, { kid, reason });
  if (result.outcome === 'signs-now' && isSigningAlg(result.alg)) {
    await publishNextKeys(parts, by, { algs: [result.alg], reason });
    await replaceAtOnce(context, [result.alg]);
    await untilHeard(context);
    result = await revokeKey(parts, by, { kid, reason });
  }
  switch (result.outcome) {
    case 'revoked':
      return {
        outcome: 'done',
        json: { ...result, published_until: context.now().toISOString() },
        lines: [`${kid} is no longer published`],
      };
    case 'unknown':
      return { outcome: 'refused', message: `there is no key ${kid}` };
    case 'not-published':
      return { outcome: 'refused', message: `${kid} is no longer published` };
    case 'signs-now':
      return { outcome: 'refused', message: `${kid} signs now` };
    default:
      return result satisfies never;
  }
}

function algsOf({ config }: Context, input: Input): SigningAlg[] {
  const published = publishedAlgs(config.mode);
  const given = input.texts('alg');
  const wrong = given.find((alg) => !published.some((one) => one === alg));
  if (wrong !== undefined) throw new UsageError(`--alg ${wrong}: one of ${published.join(', ')}`);
  return published.filter((alg) => given.length === 0 || given.includes(alg));
}

function momentOf(key: { signs_from: string | null; published_until: string | null }): string {
  if (key.signs_from) return `signs from ${key.signs_from}`;
  return key.published_until ? `published until ${key.published_until}` : '';
}
