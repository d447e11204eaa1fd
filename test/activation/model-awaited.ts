import { expect } from '@jest/globals';
import fc from 'fast-check';
import { setPassword } from '../../src/accounts/set-password.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { enrolTotp } from '../../src/second-factors/enrol-totp.ts';
import { makeRecoveryCodes } from '../../src/second-factors/recovery-codes.ts';
import { generateTotpSecret } from '../../src/second-factors/totp.ts';
import type { Model, Pupil, Tab, Waiting } from './model.ts';
import { CEREMONY, isClaimable, type Step, tabOf, timeOf } from './model-steps.ts';
import { otpOf } from './otp.ts';
import { confirmed, ask as openRequest } from './people.ts';
import { BY, MINUTE } from './world.ts';

const browser = fc.nat(2);
const typed = fc.constantFrom('right' as const, 'right' as const, 'right' as const, 'wrong' as const);

export const awaitedSteps = [
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      browser,
      code: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const, 'old' as const, 'none' as const),
      way: fc.constantFrom('guardian-vouch' as const, 'split-letter' as const, 'desk' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('vouch' as const),
      browser,
      who: fc.constantFrom('parent' as const, 'parent' as const, 'stranger' as const, 'clerk' as const),
      typed,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('desk' as const),
      browser,
      who: fc.constantFrom('head' as const, 'head' as const, 'clerk' as const, 'teacher' as const),
      typed,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), browser }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('half' as const), browser, typed }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('judge' as const, 'sneak' as const, 'sneak' as const),
      pupil: fc.nat(1),
    }),
  },
];

const WAITS: Record<Waiting['way'], number> = {
  'guardian-vouch': 15 * MINUTE,
  desk: 15 * MINUTE,
  'split-letter': 24 * 60 * MINUTE,
};

type Of<Kind> = Extract<Step, { kind: Kind }>;

export async function ask(model: Model, { browser: at, code, way }: Of<'ask'>): Promise<void> {
  const pupil = typeof code === 'number' ? model.people[code] : undefined;
  const typedCode = pupil?.code ?? (code === 'old' ? model.oldCodes.at(-1) : undefined) ?? '0000000000000000';
  const isAlive = pupil?.letter.state === 'printed' && isClaimable(pupil);
  const isReal = isAlive && pupil.letter.asked[way] < 3;
  if (isReal) pupil.letter.asked[way] += 1;
  const { token, id, shown } = await openRequest(model.world, way, typedCode);
  const waiting: Waiting = {
    ...{ way, id, shown, pupil: isReal ? pupil : undefined, letter: isReal ? pupil.letter : undefined },
    ...{ until: timeOf(model) + WAITS[way], tries: 0, isEnded: false, half: undefined },
  };
  const epoch = pupil?.epoch ?? 0;
  model.tabs[at] = {
    token,
    pupil: waiting.pupil,
    letter: waiting.letter,
    epoch,
    step: 'ended',
    until: 0,
    waiting,
  };
}

/** Whether this screen still waits for somebody, and by this way. */
function isOpen(model: Model, waiting: Waiting, way: Waiting['way']): waiting is Waiting & { pupil: Pupil } {
  return (
    waiting.way === way && waiting.pupil !== undefined && !waiting.isEnded && timeOf(model) < waiting.until
  );
}

function isAlive({ pupil, letter }: Waiting): boolean {
  return pupil !== undefined && letter?.state === 'printed' && letter === pupil.letter && isClaimable(pupil);
}

function proved(model: Model, tab: Tab, waiting: Waiting): void {
  waiting.isEnded = true;
  Object.assign(tab, {
    ...{ pupil: waiting.pupil, letter: waiting.letter, epoch: waiting.pupil?.epoch ?? 0 },
    ...{ step: 'proved', until: timeOf(model) + CEREMONY },
  });
}

export async function vouch(model: Model, step: Of<'vouch'>): Promise<void> {
  const tab = tabOf(model, step.browser);
  const { waiting } = tab;
  if (!waiting) return;
  const guardian = model.grownups[step.who];
  const digits = step.typed === 'right' ? waiting.shown : waiting.shown === '00' ? '01' : '00';
  const given = { guardian, request: waiting.id, digits, confirm: confirmed };
  const { outcome } = await model.world.activation.vouch(given);
  const isTheirs = step.who !== 'stranger' && waiting.pupil?.hasParent === true;
  if (!isTheirs || !isOpen(model, waiting, 'guardian-vouch') || waiting.tries >= 3) {
    expect(outcome).toBe('ended');
    return;
  }
  waiting.tries += 1;
  const should = !isAlive(waiting)
    ? 'ended'
    : step.typed === 'wrong'
      ? 'wrong-proof'
      : step.who === waiting.letter?.printer
        ? 'same-hands'
        : 'proved';
  expect(outcome).toBe(should);
  if (should === 'proved') proved(model, tab, waiting);
  else if (waiting.tries === 3) waiting.isEnded = true;
}

export async function holdDesk(model: Model, step: Of<'desk'>): Promise<void> {
  const tab = tabOf(model, step.browser);
  const { waiting } = tab;
  if (!waiting) return;
  const staff = model.grownups[step.who];
  const person = waiting.pupil?.person ?? model.people[0]?.person ?? 0;
  const characters = step.typed === 'right' ? waiting.shown : 'ZZZZZZ';
  const act = { staff, person, characters, document: 'identity-card', confirm: confirmed } as const;
  const { outcome } = await model.world.activation.holdDesk(act);
  if (step.who === 'teacher') {
    expect(outcome).toBe('no-right');
    return;
  }
  const isSeen = isOpen(model, waiting, 'desk') && step.typed === 'right';
  const should = !isSeen
    ? 'wrong-proof'
    : !isAlive(waiting)
      ? 'ended'
      : step.who === waiting.letter?.printer
        ? 'same-hands'
        : 'proved';
  expect(outcome).toBe(should);
  if (should === 'proved') proved(model, tab, waiting);
}

export async function send(model: Model, { waiting }: Tab): Promise<void> {
  if (!waiting) return;
  const half = await model.grownups.send(waiting.id);
  const isSent = isOpen(model, waiting, 'split-letter') && isAlive(waiting);
  expect(half !== undefined).toBe(isSent);
  if (half) waiting.half = { code: half, until: timeOf(model) + 10 * MINUTE };
}

export async function typeHalf(model: Model, step: Of<'half'>): Promise<void> {
  const tab = tabOf(model, step.browser);
  const { waiting, token } = tab;
  if (!waiting) return;
  const code = step.typed === 'right' ? (waiting.half?.code ?? 'AAAA AAAA') : 'ZZZZ ZZZZ';
  const { outcome } = await model.world.activation.typeHalf(token, code);
  const isCounted = isOpen(model, waiting, 'split-letter') && waiting.tries < 5;
  if (isCounted) waiting.tries += 1;
  const isTimely = waiting.half !== undefined && timeOf(model) < waiting.half.until;
  const may = isCounted && isTimely && isAlive(waiting) && step.typed === 'right';
  expect(outcome).toBe(may ? 'begun' : 'refused');
  if (may) proved(model, tab, waiting);
}

/** The judge's decision reaches the roster: from now on nobody vouches for this child. */
export async function takeParentsAway({ world }: Model, pupil: Pupil): Promise<void> {
  pupil.hasParent = false;
  await world.stores.db
    .updateTable('guardianships')
    .set({ rank: 0 })
    .where('child', '=', pupil.person)
    .execute();
}

/** What lies beside the ceremonies: a first credential by any other door. */
export async function sneak({ world }: Model, { person, state }: Pupil): Promise<void> {
  if (state !== 'dormant') return;
  const { stores, digests, keyRing, now } = world;
  await stores.db.transaction().execute(async (tx) => {
    const { epoch } = await tx
      .selectFrom('accounts')
      .select('epoch')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const [at, generation] = [now(), 1_000_000];
    const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no key');
    const secret = generateTotpSecret();
    const enrolment = { secret, typed: otpOf(secret, at), sealer, epoch, generation, at };
    expect((await enrolTotp(tx, BY, enrolment)).outcome).toBe('epoch-moved');
    const hash = 'hash of a stranger';
    expect((await setPassword(tx, { person, hash, epoch, generation, at })).outcome).toBe('epoch-moved');
    const made = await makeRecoveryCodes(tx, BY, { digests, person, epoch, generation, at });
    expect(made.outcome).not.toBe('made');
  });
}
