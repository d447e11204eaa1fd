import { expect } from '@jest/globals';
import fc from 'fast-check';
import { lockAccount } from '../../src/accounts/locks.ts';
import { offerTotp } from '../../src/activation/second-factor.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { type Model, newLetter, type Pupil, type Tab, type Way } from './model.ts';
import {
  ask,
  awaitedSteps,
  holdDesk,
  send,
  sneak,
  takeParentsAway,
  typeHalf,
  vouch,
} from './model-awaited.ts';
import { otpOf } from './otp.ts';
import { actorOf } from './people.ts';
import { BY, MINUTE } from './world.ts';

export const CEREMONY = 30 * MINUTE;

export type Step =
  | { kind: 'begin'; browser: number; code: 0 | 1 | 'old' | 'none'; word: 'right' | 'wrong' }
  | { kind: 'claim' | 'draw' | 'finish'; browser: number }
  | { kind: 'enrol'; browser: number; otp: 'right' | 'wrong' }
  | { kind: 'carry'; from: number; to: number }
  | { kind: 'lock' | 'freeze' | 'thaw'; pupil: number }
  | { kind: 'print' | 'print-by-clerk' | 'open' | 'close' }
  | { kind: 'ask'; browser: number; code: 0 | 1 | 'old' | 'none'; way: Way }
  | { kind: 'vouch'; browser: number; who: 'parent' | 'stranger' | 'clerk'; typed: 'right' | 'wrong' }
  | { kind: 'desk'; browser: number; who: 'head' | 'clerk' | 'teacher'; typed: 'right' | 'wrong' }
  | { kind: 'send'; browser: number }
  | { kind: 'half'; browser: number; typed: 'right' | 'wrong' }
  | { kind: 'judge' | 'sneak'; pupil: number }
  | { kind: 'wait'; minutes: number };

const browser = fc.nat(2);
const pupil = fc.nat(1);

/** Weighted so that many sequences come far, and all meet something on the way. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      browser,
      code: fc.constantFrom(0 as const, 0 as const, 1 as const, 'old' as const, 'none' as const),
      word: fc.constantFrom('right' as const, 'right' as const, 'right' as const, 'wrong' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('claim' as const, 'claim' as const, 'draw' as const, 'finish' as const),
      browser,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('enrol' as const),
      browser,
      otp: fc.constantFrom('right' as const, 'wrong' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('carry' as const), from: browser, to: browser }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('lock' as const, 'freeze' as const, 'thaw' as const, 'thaw' as const),
      pupil,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['print', 'print-by-clerk', 'open', 'open', 'close'] as const)),
    }),
  },
  ...awaitedSteps,
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(5, 25) }),
  },
);

/** Does the step, and expects of it what the model says. */
export async function apply(model: Model, step: Step): Promise<void> {
  switch (step.kind) {
    case 'begin':
      return begin(model, step);
    case 'claim':
      return claim(model, tabOf(model, step.browser));
    case 'enrol':
      return enrol(model, tabOf(model, step.browser), step.otp);
    case 'draw':
      return draw(model, tabOf(model, step.browser));
    case 'finish':
      return finish(model, tabOf(model, step.browser));
    case 'carry':
      // The token alone, carried over: what the signed cookie prevents, the ceremony must survive all the same.
      model.tabs[step.to] = tabOf(model, step.from);
      return;
    case 'ask':
      return ask(model, step);
    case 'vouch':
      return vouch(model, step);
    case 'desk':
      return holdDesk(model, step);
    case 'send':
      return send(model, tabOf(model, step.browser));
    case 'half':
      return typeHalf(model, step);
    case 'judge':
      return takeParentsAway(model, pupilOf(model, step.pupil));
    case 'sneak':
      return sneak(model, pupilOf(model, step.pupil));
    case 'wait':
      return model.world.wait(step.minutes * MINUTE);
    default:
      return 'pupil' in step
        ? happen(model, step.kind, pupilOf(model, step.pupil))
        : atSchool(model, step.kind);
  }
}

async function begin(
  model: Model,
  { browser: at, code, word }: Extract<Step, { kind: 'begin' }>,
): Promise<void> {
  const { activation } = model.world;
  const pupil = typeof code === 'number' ? pupilOf(model, code) : undefined;
  const typed = pupil?.code ?? (code === 'old' ? model.oldCodes.at(-1) : undefined) ?? '0000000000000000';
  const proof = word === 'right' ? (model.window?.word ?? 'aucun') : 'faux';
  const isOpen = model.window !== undefined && timeOf(model) < model.window.until;
  const isCounted = pupil?.letter.state === 'printed' && isOpen && pupil.tries < 5;
  const mayBegin = isCounted && word === 'right' && isClaimable(pupil);
  const begun = await activation.begin(activation.classWindow, { code: typed, proof });
  expect(begun.outcome).toBe(mayBegin ? 'begun' : 'refused');
  if (isCounted && !mayBegin) pupil.tries += 1;
  if (begun.outcome !== 'begun' || !pupil) return;
  const { letter, epoch } = pupil;
  model.tabs[at] = {
    token: begun.token,
    pupil,
    letter,
    epoch,
    step: 'proved',
    until: timeOf(model) + CEREMONY,
  };
}

export function isClaimable({ state, locked, frozen, letter, epoch }: Pupil): boolean {
  return state === 'dormant' && !locked && !frozen && letter.epoch === epoch;
}

async function claim(model: Model, tab: Tab): Promise<void> {
  model.passwords += 1;
  const password = `phrase-longue-${model.passwords}-${Math.random()}`;
  const { pupil } = tab;
  const may = isAt(model, tab, ['proved']) && pupil?.state === 'dormant' && tab.letter?.state === 'printed';
  const { outcome } = await model.world.activation.claim(tab.token, password);
  expect(outcome).toBe(may ? 'claimed' : 'ended');
  if (!may || !pupil) return;
  Object.assign(pupil, { state: 'active', hash: `hash of ${password}` });
  pupil.letter.state = 'used';
  for (const other of model.tabs)
    if (other.pupil === pupil && other.token !== tab.token) other.step = 'ended';
  for (const { waiting } of model.tabs) if (waiting?.pupil === pupil) waiting.isEnded = true;
  tab.step = 'claimed';
}

async function enrol(model: Model, tab: Tab, typed: 'right' | 'wrong'): Promise<void> {
  const { activation, keyRing, now } = model.world;
  const may = isAt(model, tab, ['claimed']);
  const visit = await activation.findVisit(tab.token, ['claimed']);
  expect(visit !== undefined).toBe(may);
  const offered = visit && offerTotp(keyRing, visit, now());
  const otp = offered && typed === 'right' ? otpOf(offered.secret, now()) : 'faux';
  const { outcome } = await activation.enrolFactor(tab.token, { ticket: offered?.ticket ?? '', otp });
  expect(outcome).toBe(may ? (typed === 'right' ? 'enrolled' : 'wrong-code') : 'ended');
  if (outcome !== 'enrolled' || !tab.pupil) return;
  tab.pupil.hasFactor = true;
  tab.step = 'factor-enrolled';
}

async function draw(model: Model, tab: Tab): Promise<void> {
  const { outcome } = await model.world.activation.drawRecoveryCodes(tab.token);
  expect(outcome).toBe(isAt(model, tab, ['factor-enrolled']) ? 'drawn' : 'ended');
}

async function finish(model: Model, tab: Tab): Promise<void> {
  const may = isAt(model, tab, ['claimed', 'factor-enrolled']);
  const finished = await model.world.activation.finish(tab.token);
  expect(finished.outcome).toBe(may ? 'finished' : 'ended');
  if (finished.outcome !== 'finished') return;
  expect(finished.signIn.person).toBe(tab.pupil?.person);
  tab.step = 'ended';
}

function isAt(model: Model, tab: Tab, steps: readonly Tab['step'][]): boolean {
  const { pupil } = tab;
  if (!pupil || !steps.includes(tab.step)) return false;
  return tab.epoch === pupil.epoch && !pupil.locked && !pupil.frozen && timeOf(model) < tab.until;
}

async function happen(model: Model, kind: 'lock' | 'freeze' | 'thaw', pupil: Pupil): Promise<void> {
  const { stores, orders, now } = model.world;
  const { db } = stores;
  const { person } = pupil;
  if (kind === 'lock') {
    await db.transaction().execute((tx) => lockAccount(tx, BY, { person, reason: 'test', at: now() }));
    Object.assign(pupil, { locked: true, epoch: pupil.epoch + 1 });
    return;
  }
  if ((kind === 'freeze') === (pupil.frozen !== undefined)) return;
  const { version } = await orders.inForce();
  if (pupil.frozen) {
    await endOrder(db, BY, { id: pupil.frozen, reason: 'test' }, now());
    pupil.frozen = undefined;
  } else {
    const scope = { person: [person] };
    const applied = await applyOrder(
      db,
      BY,
      { measure: 'freeze', scope, reason: 'test', mode: 'live' },
      now(),
    );
    pupil.frozen = applied.outcome === 'applied' ? applied.order.id : undefined;
  }
  await orders.upTo(version + 1);
}

async function atSchool(model: Model, kind: 'print' | 'print-by-clerk' | 'open' | 'close'): Promise<void> {
  if (kind === 'print') return print(model, 'operator');
  if (kind === 'print-by-clerk') return print(model, 'clerk');
  if (kind === 'close') {
    if (model.window) await model.world.activation.closeWindow({ id: model.window.id, by: BY });
    model.window = undefined;
    return;
  }
  const asked = { uai: '0750001A', className: model.className, minutes: 20, by: BY };
  const opened = await model.world.activation.openWindow(asked);
  const isSomebodyDormant = model.people.some(({ state }) => state === 'dormant');
  expect(opened.outcome).toBe(isSomebodyDormant ? 'opened' : 'nobody-dormant');
  if (opened.outcome !== 'opened') return;
  model.window = { id: opened.id, word: opened.word, until: timeOf(model) + 20 * MINUTE };
  for (const pupil of model.people) pupil.tries = 0;
}

async function print(model: Model, printer: 'operator' | 'clerk'): Promise<void> {
  const by = printer === 'clerk' ? actorOf(model.grownups.clerk) : BY;
  const codes = await model.world.print(model.className, by);
  for (const pupil of model.people) {
    const code = codes.get(pupil.person);
    expect(code !== undefined).toBe(pupil.state === 'dormant' && !pupil.locked);
    if (code === undefined) continue;
    model.oldCodes.push(pupil.code);
    pupil.letter.state = 'void';
    Object.assign(pupil, { code, letter: newLetter(pupil.epoch, printer) });
  }
}

export function timeOf(model: Model): number {
  return model.world.now().getTime();
}

export function tabOf(model: Model, index: number): Tab {
  const tab = model.tabs[index];
  if (!tab) throw new Error('no such browser');
  return tab;
}

export function pupilOf(model: Model, index: number): Pupil {
  const found = model.people[index];
  if (!found) throw new Error('no such pupil');
  return found;
}
