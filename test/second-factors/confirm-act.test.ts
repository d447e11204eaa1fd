import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createJudged } from '../../src/activation/judged.ts';
import {
  type Confirmed,
  confirmAct,
  createPresentFactor,
  type PresentFactor,
} from '../../src/second-factors/confirm-act.ts';
import { endSessionsOf } from '../../src/sessions/end-session.ts';
import { aHead, enter, nextCode, type StaffMember } from '../console/staff.ts';
import { withRecoveryCodes } from '../login/people.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { freeze } from '../whole/people.ts';

let world: World;
let present: PresentFactor;
beforeAll(async () => {
  world = await wholeWorld();
  present = createPresentFactor({ ...world.parts, limits: world.config.limits });
}, 60_000);
afterAll(() => world.close());

interface SignedInMember extends StaffMember {
  sessionUidDigest: Buffer;
}

async function aSignedInHead(): Promise<SignedInMember> {
  const head = await aHead(world);
  await enter(world, head);
  const { uid_digest } = await world.parts.db
    .selectFrom('sessions')
    .select('uid_digest')
    .where('person', '=', head.person)
    .executeTakeFirstOrThrow();
  return { ...head, sessionUidDigest: uid_digest };
}

type Answer = Confirmed['outcome'] | 'paused';

/** An act that does nothing but be confirmed. */
async function act({ person, sessionUidDigest }: SignedInMember, otp: string): Promise<Answer> {
  const presented = await present({ person, sessionUidDigest, act: 'test', otp });
  if (presented.outcome === 'paused') return 'paused';
  return createJudged(world.parts)(async (tx, inForce) => {
    return (await confirmAct(tx, presented.factor, { inForce, at: world.now() })).outcome;
  });
}

describe('the factor given for one act', () => {
  it('confirms it, once: the same code opens nothing a second time, neither an act nor a sign-in', async () => {
    const head = await aSignedInHead();
    const code = nextCode(world, head);
    expect(await act(head, code)).toBe('confirmed');
    expect(await act(head, code)).toBe('wrong-code');
    await expect(enter(world, head)).rejects.toThrow();
  });

  it('is not the code that signed in', async () => {
    const head = await aHead(world);
    const at = world.now();
    await enter(world, head);
    const sessions = world.parts.db.selectFrom('sessions').select('uid_digest');
    const { uid_digest } = await sessions.where('person', '=', head.person).executeTakeFirstOrThrow();
    expect(await act({ ...head, sessionUidDigest: uid_digest }, head.codeAt(at))).toBe('wrong-code');
  });

  it('of twenty acts at once confirms one', async () => {
    const head = await aSignedInHead();
    const code = nextCode(world, head);
    // Five at a time pass the counter; the others are paused, and none of them is confirmed.
    const answers = await Promise.all(Array.from({ length: 20 }, () => act(head, code)));
    expect(answers.filter((answer) => answer === 'confirmed')).toHaveLength(1);
  });

  it('is guessed five times, then there is a pause, whatever is typed', async () => {
    const head = await aSignedInHead();
    const code = nextCode(world, head);
    for (let guess = 0; guess < 5; guess += 1) expect(await act(head, '000000')).toBe('wrong-code');
    expect(await act(head, code)).toBe('paused');
    world.wait(61_000);
    expect(await act(head, head.codeAt(world.now()))).toBe('confirmed');
    expect(await act(head, '000000')).toBe('wrong-code');
  });

  it('is guessed in one session alone: whoever has a stolen cookie stops nobody else', async () => {
    const stolen = await aSignedInHead();
    for (let guess = 0; guess < 5; guess += 1) await act(stolen, '000000');
    expect(await act(stolen, '000000')).toBe('paused');
    world.wait(30_000);
    const sessions = world.parts.db.selectFrom('sessions').select('uid_digest');
    await enter(world, stolen);
    const [own] = await sessions
      .where('person', '=', stolen.person)
      .where('uid_digest', '<>', stolen.sessionUidDigest)
      .execute();
    const mine = { ...stolen, sessionUidDigest: own?.uid_digest ?? Buffer.alloc(0) };
    expect(await act(mine, nextCode(world, stolen))).toBe('confirmed');
  });

  it('is counted even where the act itself fails: nothing is guessed for free', async () => {
    const { person, sessionUidDigest } = await aSignedInHead();
    for (let guess = 0; guess < 5; guess += 1) {
      const presented = await present({ person, sessionUidDigest, act: 'test', otp: '000000' });
      if (presented.outcome === 'paused') throw new Error('paused too early');
      const failing = createJudged(world.parts)(async (tx, inForce) => {
        await confirmAct(tx, presented.factor, { inForce, at: world.now() });
        throw new Error('the act failed');
      });
      await expect(failing).rejects.toThrow('the act failed');
    }
    const again = await present({ person, sessionUidDigest, act: 'test', otp: '000000' });
    expect(again.outcome).toBe('paused');
  });

  it.each(['', '12345', '1234567', '70624x', ' '.repeat(30), '１２３４５６'])(
    'has the right form: %j confirms nothing',
    async (typed) => {
      expect(await act(await aSignedInHead(), typed)).toBe('wrong-code');
    },
  );

  it('is no recovery code: those open the door, and no act', async () => {
    const head = await aSignedInHead();
    const [code = ''] = await withRecoveryCodes(world, head);
    expect(await act(head, code)).toBe('wrong-code');
  });

  it('is worth nothing from another’s telephone', async () => {
    const [head, other] = [await aSignedInHead(), await aSignedInHead()];
    expect(await act(head, nextCode(world, other))).toBe('wrong-code');
  });

  it('is worth nothing once the session has ended, the account is frozen, locked or reset', async () => {
    const ended = await aSignedInHead();
    await world.parts.db
      .transaction()
      .execute((tx) => endSessionsOf(tx, ended.person, { by: BY, at: world.now(), reason: 'test' }));
    expect(await act(ended, nextCode(world, ended))).toBe('start-again');

    const frozen = await aSignedInHead();
    await freeze(world, { person: [frozen.person] });
    expect(await act(frozen, nextCode(world, frozen))).toBe('start-again');

    const reset = await aSignedInHead();
    await world.parts.db
      .updateTable('accounts')
      .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
      .where('person', '=', reset.person)
      .execute();
    expect(await act(reset, nextCode(world, reset))).toBe('start-again');
  });

  it('leaves a line in the audit where it was wrong, and not what was typed', async () => {
    const head = await aSignedInHead();
    await act(head, '918273');
    const event = await world.parts.db
      .selectFrom('audit_events')
      .selectAll()
      .where('name', '=', 'second-factor.act-refused')
      .where('subject', '=', head.person)
      .executeTakeFirstOrThrow();
    expect(event.details).toEqual({ act: 'test' });
    expect(JSON.stringify(event)).not.toContain('918273');
  });
});
