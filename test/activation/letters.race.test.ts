import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { ROUNDS } from '../support/amount.ts';
import { handOver, type Pile, pileOf, printAgain, prove } from './letters-support.ts';
import { activationWorld, type World } from './world.ts';

const LETTERS = 6;
const PASSWORD = 'une-phrase-bien-longue-42';

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password}` });
});
afterAll(() => world.close());

interface Letter {
  person: number;
  batch: string;
  state: string;
  handed: boolean;
  claimed: boolean;
}

async function lettersOf(pile: Pile): Promise<Letter[]> {
  const { rows } = await sql<Letter>`
    select l.person, l.batch, l.state, l.handed_over_at is not null as handed, a.claimed_at is not null as claimed
    from letters l join accounts a on a.person = l.person
    where l.person = any(${pile.persons}::int[])`.execute(world.stores.db);
  return rows;
}

async function readyToClaim(pile: Pile): Promise<string[]> {
  const { word } = await world.open(pile.className);
  const tokens: string[] = [];
  for (const code of pile.codes) tokens.push((await prove(world, code, word)) ?? '');
  return tokens;
}

const eventsNamed = async (person: number, name: string) =>
  (await world.events(person)).filter((event) => event.name === name).length;

describe('hand-over, use and reprint of one pile at once', () => {
  it('leave each letter one end, no used letter alive again, and as many lines as changes', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const pile = await pileOf(world, LETTERS);
      const tokens = await readyToClaim(pile);
      const [claims] = await Promise.all([
        Promise.all(tokens.map((token) => world.activation.claim(token, PASSWORD))),
        handOver(world, pile.id),
        handOver(world, pile.id, { take: 'only', numbers: [1, 2, 3] }),
        // Nobody is left to print for where every claim came first.
        world.letters(pile.className),
      ]);
      const letters = await lettersOf(pile);
      for (const [index, person] of pile.persons.entries()) {
        const mine = letters.filter((letter) => letter.person === person);
        const first = mine.find(({ batch }) => batch === pile.id);
        const isClaimed = claims[index]?.outcome === 'claimed';
        seen.add(`${first?.state} ${first?.handed}`);
        expect(first?.claimed).toBe(isClaimed);
        expect(first?.state).toBe(isClaimed ? 'used' : 'void');
        expect(mine.filter(({ state }) => state === 'printed')).toHaveLength(isClaimed ? 0 : 1);
        expect(await eventsNamed(person, 'letter.handed-over')).toBe(first?.handed ? 1 : 0);
        expect(await eventsNamed(person, 'letter.used')).toBe(isClaimed ? 1 : 0);
        expect(await eventsNamed(person, 'letter.voided')).toBe(isClaimed ? 0 : 1);
      }
    }
    // The race was one: not always the same came first.
    expect(seen.size).toBeGreaterThan(1);
  });

  it('never wait for each other in a circle, whatever the order of the piles', async () => {
    for (let round = 0; round < Math.ceil(ROUNDS / 4); round += 1) {
      const pile = await pileOf(world, 3 * LETTERS);
      const acts = Array.from({ length: 8 }, (_, n) =>
        n % 2 === 0 ? handOver(world, pile.id) : printAgain(world, pile.className),
      );
      expect((await Promise.allSettled(acts)).map(({ status }) => status)).toEqual(
        acts.map(() => 'fulfilled'),
      );
      const letters = await lettersOf(pile);
      const alive = letters.filter(({ state }) => state === 'printed' || state === 'handed-over');
      expect(alive).toHaveLength(pile.persons.length);
    }
  });
});

describe('a pile handed over by who looks first and then acts', () => {
  it('brings used letters back to life: the control', async () => {
    const pile = await pileOf(world, 1);
    const [token] = await readyToClaim(pile);
    const waiting = await world.stores.db
      .selectFrom('letters')
      .select('id')
      .where('batch', '=', pile.id)
      .where('state', '=', 'printed')
      .execute();
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('claimed');
    for (const { id } of waiting) {
      await world.stores.db
        .updateTable('letters')
        .set({ state: 'handed-over' })
        .where('id', '=', id)
        .execute();
    }
    expect((await lettersOf(pile)).map(({ state }) => state)).toEqual(['handed-over']);
  });
});
