import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import {
  batchOf,
  handOver,
  numbersOf,
  type Pile,
  pileOf,
  printAgain,
  prove,
  whyRefused,
} from './letters-support.ts';
import { activationWorld, BY, DAY, MINUTE, UAI, type World } from './world.ts';

const PASSWORD = 'une-phrase-bien-longue-42';

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password}` });
});
afterAll(() => world.close());

async function claimWith(pile: Pile, number: number): Promise<string> {
  const { word } = await world.open(pile.className);
  const token = await prove(world, pile.codes[number - 1] ?? '', word);
  return token === undefined ? 'refused' : (await world.activation.claim(token, PASSWORD)).outcome;
}

const personOf = (pile: Pile, number: number) => pile.persons[number - 1] ?? 0;

describe('a pile', () => {
  it('is counted, letter by letter, from printed to used', async () => {
    const pile = await pileOf(world, 4);
    const none = { handedOver: [], used: [], void: [], expired: 0 };
    expect(await numbersOf(world, pile.id)).toEqual({ ...none, printed: [1, 2, 3, 4] });
    expect(await handOver(world, pile.id, { take: 'except', numbers: [3] })).toMatchObject({
      outcome: 'handed-over',
      numbers: [1, 2, 4],
      skipped: [],
      batch: { letters: 4, printed: [3], handedOver: [1, 2, 4] },
    });
    expect(await claimWith(pile, 2)).toBe('claimed');
    expect(await numbersOf(world, pile.id)).toEqual({ ...none, printed: [3], handedOver: [1, 4], used: [2] });
  });

  it('takes the letters named and no other, and says which were no longer waiting', async () => {
    const pile = await pileOf(world, 3);
    expect(await handOver(world, pile.id, { take: 'only', numbers: [2] })).toMatchObject({ numbers: [2] });
    expect(await handOver(world, pile.id)).toMatchObject({ numbers: [1, 3], skipped: [2] });
    expect(await handOver(world, pile.id)).toMatchObject({
      outcome: 'nothing-to-hand-over',
      skipped: [1, 2, 3],
    });
  });

  it('leaves a line in the audit for each letter, and one for its use that says whether it was handed over', async () => {
    const pile = await pileOf(world, 2);
    await handOver(world, pile.id, { take: 'only', numbers: [1] });
    expect([await claimWith(pile, 1), await claimWith(pile, 2)]).toEqual(['claimed', 'claimed']);
    const [first, second] = [await world.events(personOf(pile, 1)), await world.events(personOf(pile, 2))];
    const letter = { batch: pile.id, number: 1 };
    expect(first).toContainEqual({ name: 'letter.printed', details: letter });
    expect(first).toContainEqual({ name: 'letter.handed-over', details: letter });
    expect(first).toContainEqual({ name: 'letter.used', details: { ...letter, wasHandedOver: true } });
    expect(second).toContainEqual({
      name: 'letter.used',
      details: { batch: pile.id, number: 2, wasHandedOver: false },
    });
    const { reason } = await world.stores.db
      .selectFrom('audit_events')
      .select('reason')
      .where('name', '=', 'letter.handed-over')
      .where('subject', '=', personOf(pile, 1))
      .executeTakeFirstOrThrow();
    expect(reason).toBe('distribution');
  });

  it('is unknown where it does not exist, and has no letter beyond its last', async () => {
    const pile = await pileOf(world, 2);
    expect((await handOver(world, 'not-a-batch')).outcome).toBe('unknown-batch');
    expect((await handOver(world, "'; drop table letters; --")).outcome).toBe('unknown-batch');
    expect((await handOver(world, '00000000-0000-4000-8000-000000000000')).outcome).toBe('unknown-batch');
    for (const take of ['only', 'except'] as const) {
      const numbers = [0, 1, 3];
      const answer = await handOver(world, pile.id, { take, numbers });
      expect(answer).toEqual({ outcome: 'unknown-number', numbers: [0, 3], letters: 2 });
    }
    expect((await numbersOf(world, pile.id)).printed).toEqual([1, 2]);
  });
});

describe('the life of a code', () => {
  it('ends 14 days after the printing where nobody handed the letter over', async () => {
    const pile = await pileOf(world, 2);
    world.wait(14 * DAY - MINUTE);
    expect(await claimWith(pile, 1)).toBe('claimed');
    world.wait(MINUTE);
    expect(await claimWith(pile, 2)).toBe('refused');
    expect(await whyRefused(world, personOf(pile, 2))).toBe('expired-letter');
    expect(await numbersOf(world, pile.id)).toMatchObject({ printed: [], used: [1], void: [2], expired: 1 });
  });

  it('ends 21 days after the hand-over, whenever in the 14 days that was', async () => {
    const pile = await pileOf(world, 2);
    world.wait(14 * DAY - MINUTE);
    expect((await handOver(world, pile.id)).outcome).toBe('handed-over');
    world.wait(21 * DAY - MINUTE);
    expect(await claimWith(pile, 1)).toBe('claimed');
    world.wait(2 * MINUTE);
    expect(await claimWith(pile, 2)).toBe('refused');
    expect(await numbersOf(world, pile.id)).toMatchObject({
      handedOver: [],
      used: [1],
      void: [2],
      expired: 1,
    });
  });

  it('is not begun again by a late hand-over, nor made longer by a second one', async () => {
    const late = await pileOf(world, 1);
    world.wait(14 * DAY);
    expect((await handOver(world, late.id)).outcome).toBe('nothing-to-hand-over');
    const pile = await pileOf(world, 1);
    await handOver(world, pile.id);
    world.wait(20 * DAY);
    expect((await handOver(world, pile.id)).outcome).toBe('nothing-to-hand-over');
    world.wait(DAY);
    expect(await claimWith(pile, 1)).toBe('refused');
  });

  it('is over also where both proofs were given in time and the password was not', async () => {
    const pile = await pileOf(world, 1);
    world.wait(14 * DAY - MINUTE);
    const { word } = await world.open(pile.className);
    const token = await prove(world, pile.codes[0] ?? '', word);
    expect(token).toBeDefined();
    world.wait(2 * MINUTE);
    expect(await world.activation.claim(token, PASSWORD)).toEqual({ outcome: 'ended' });
  });

  it('leaves the account dormant and without a code, to be printed for again', async () => {
    const pile = await pileOf(world, 1);
    world.wait(15 * DAY);
    const again = await printAgain(world, pile.className);
    expect(await claimWith(pile, 1)).toBe('refused');
    expect(await claimWith(again, 1)).toBe('claimed');
    expect(await world.events(personOf(pile, 1))).toContainEqual({
      name: 'letter.voided',
      details: { letter: expect.any(String), because: 'expired' },
    });
    expect(await numbersOf(world, pile.id)).toMatchObject({ void: [1], expired: 1 });
  });

  it('ends with a reprint, before and after the hand-over', async () => {
    const printed = await pileOf(world, 2);
    await handOver(world, printed.id, { take: 'only', numbers: [1] });
    const again = await printAgain(world, printed.className);
    expect(await numbersOf(world, printed.id)).toMatchObject({ void: [1, 2], expired: 0 });
    expect((await handOver(world, printed.id)).outcome).toBe('nothing-to-hand-over');
    world.wait(30 * DAY);
    expect(await numbersOf(world, printed.id)).toMatchObject({ void: [1, 2], expired: 0 });
    expect(await numbersOf(world, again.id)).toMatchObject({ void: [1, 2], expired: 2 });
  });

  it('ends with a lock, which the pile shows as void and hands over no more', async () => {
    const pile = await pileOf(world, 2);
    await world.stores.db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person: personOf(pile, 1), reason: 'test', at: world.now() }));
    expect(await numbersOf(world, pile.id)).toMatchObject({ printed: [2], void: [1], expired: 0 });
    expect(await handOver(world, pile.id)).toMatchObject({ numbers: [2], skipped: [1] });
  });
});

describe('the list of piles', () => {
  it('is complete, the newest first, past many pages, and one school at a time where asked', async () => {
    const { db } = world.stores;
    const before = await world.activation.listBatches({});
    const at = world.now();
    const rows = Array.from({ length: 450 }, (_, n) => ({
      uai: UAI,
      class_id: null,
      whose: 'pupils' as const,
      printed_by: JSON.stringify(BY),
      printed_at: new Date(at.getTime() + (n % 7)),
    }));
    await db.insertInto('letter_batches').values(rows).execute();
    const after = await world.activation.listBatches({ uai: UAI });
    if (before.outcome !== 'listed' || after.outcome !== 'listed') throw new Error('not listed');
    expect(new Set(after.batches.map(({ id }) => id)).size).toBe(before.batches.length + 450);
    const times = after.batches.map(({ printedAt }) => printedAt.getTime());
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(await world.activation.listBatches({ uai: '0999999Z' })).toEqual({ outcome: 'unknown-school' });
  });

  it('says when the pile must be handed over, as long as something waits', async () => {
    const pile = await pileOf(world, 1);
    const { printedAt, handOverBy } = await batchOf(world, pile.id);
    expect((handOverBy?.getTime() ?? 0) - printedAt.getTime()).toBe(14 * DAY);
    await handOver(world, pile.id);
    expect((await batchOf(world, pile.id)).handOverBy).toBeNull();
  });

  it('knows no name, and writes nothing in the ledger', async () => {
    const pile = await pileOf(world, 1);
    const rows = () => world.stores.db.selectFrom('disclosures').select('person').execute();
    const before = await rows();
    expect(JSON.stringify(await batchOf(world, pile.id))).not.toMatch(/Lina|Martin/);
    await handOver(world, pile.id);
    expect(await rows()).toHaveLength(before.length);
  });
});
