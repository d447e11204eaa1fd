import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Confirm } from '../../src/activation/requests/answer.ts';
import type { DeskAct } from '../../src/activation/requests/hold-desk.ts';
import { reserveDeskAct } from '../../src/activation/requests/store.ts';
import { ROUNDS } from '../support/amount.ts';
import { findGrownups, type Grownups, startModel } from './model.ts';
import { ask, confirmed } from './people.ts';
import { activationWorld, MINUTE, type World } from './world.ts';

const AT_ONCE = 20;
const rounds = Math.ceil(ROUNDS / 4);

let world: World;
let grownups: Grownups;
beforeAll(async () => {
  world = await activationWorld({
    hash: async (password) => `hash of ${password}`,
    adjust: ({ activation, limits }) => {
      activation.ceremonies.everywhere.pupil = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];
      limits.deskActsPerHour = 1_000_000;
    },
  });
  grownups = await findGrownups(world);
});
afterAll(() => world.close());

const atOnce = <T>(act: (n: number) => Promise<T>, count = AT_ONCE): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => act(n)));
const countOf = (outcomes: readonly { outcome: string }[], outcome: string): number =>
  outcomes.filter((one) => one.outcome === outcome).length;

/** A pupil with a letter, two parents and a mobile. */
async function aPupil(): Promise<{ person: number; code: string }> {
  const [pupil] = (await startModel(world, grownups)).people;
  return { person: pupil?.person ?? 0, code: pupil?.code ?? '' };
}

type Way = 'guardian-vouch' | 'split-letter' | 'desk';

/** The second proof of one screen, given twenty times at once. */
async function giveAtOnce(way: Way, person: number, asked: { id: string; shown: string; token: string }) {
  const { activation } = world;
  const confirm = confirmed;
  switch (way) {
    case 'guardian-vouch': {
      const given = { guardian: grownups.parent, request: asked.id, digits: asked.shown, confirm };
      return atOnce(() => activation.vouch(given));
    }
    case 'desk': {
      const act = { staff: grownups.head, person, characters: asked.shown, confirm } as const;
      return atOnce(() => activation.holdDesk({ ...act, document: 'passport' }));
    }
    case 'split-letter': {
      const half = (await grownups.send(asked.id)) ?? '';
      return atOnce(() => activation.typeHalf(asked.token, half));
    }
    default:
      return way satisfies never;
  }
}

describe.each<Way>(['guardian-vouch', 'split-letter', 'desk'])('by %s, twenty at once', (way) => {
  it('give the second proof once, and of twenty passwords one is the account’s', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { person, code } = await aPupil();
      const asked = await ask(world, way, code);
      const given = await giveAtOnce(way, person, asked);
      expect(countOf(given, way === 'split-letter' ? 'begun' : 'proved')).toBe(1);
      const outcomes = await atOnce((n) => world.activation.claim(asked.token, `mot-de-passe-numero-${n}`));
      expect(countOf(outcomes, 'claimed')).toBe(1);
      const winner = outcomes.findIndex(({ outcome }) => outcome === 'claimed');
      const row = await world.stores.db
        .selectFrom('passwords')
        .select('hash')
        .where('person', '=', person)
        .executeTakeFirst();
      expect(row?.hash).toBe(`hash of mot-de-passe-numero-${winner}`);
    }
  });
});

describe('wrong digits, forty at once', () => {
  it('are compared three times', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { code } = await aPupil();
      const { id, shown } = await ask(world, 'guardian-vouch', code);
      const digits = shown === '00' ? '01' : '00';
      const wrong = { guardian: grownups.parent, request: id, digits, confirm: confirmed };
      const outcomes = await atOnce(() => world.activation.vouch(wrong), 2 * AT_ONCE);
      expect([countOf(outcomes, 'wrong-proof'), countOf(outcomes, 'ended')]).toEqual([3, 37]);
    }
  });

  it('are a race that comparing and then counting loses', async () => {
    const { db } = world.stores;
    let most = 0;
    for (let round = 0; round < ROUNDS && most <= 3; round += 1) {
      const { code } = await aPupil();
      const { id } = await ask(world, 'guardian-vouch', code);
      const outcomes = await atOnce(async () => {
        const { rows } = await sql<{ tries: number }>`
          select wrong_proofs as tries from activation_requests where id = ${id}::uuid`.execute(db);
        if ((rows[0]?.tries ?? 0) >= 3) return { outcome: 'ended' };
        await sql`update activation_requests set wrong_proofs = wrong_proofs + 1 where id = ${id}::uuid`.execute(
          db,
        );
        return { outcome: 'compared' };
      }, 2 * AT_ONCE);
      most = countOf(outcomes, 'compared');
    }
    expect(most).toBeGreaterThan(3);
  });
});

describe('screens of one letter, twenty at once', () => {
  it('are three, the others wait for nobody', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { person, code } = await aPupil();
      await atOnce(() => ask(world, 'desk', code));
      const real = await world.stores.db
        .selectFrom('activation_requests')
        .select('id')
        .where('person', '=', person)
        .execute();
      expect(real).toHaveLength(3);
    }
  });
});

describe('desk acts of one staff member, forty at once', () => {
  let strict: World;
  let head: number;
  beforeAll(async () => {
    strict = await activationWorld();
    head = (await findGrownups(strict)).head;
  });
  afterAll(() => strict.close());

  async function anAct(): Promise<Omit<DeskAct, 'confirm'>> {
    const [person = 0] = await strict.people({});
    return { staff: head, person, characters: 'AAAAAA', document: 'passport' };
  }
  /** What of forty is counted, where every second has no code. */
  async function outcomes(hold: (act: DeskAct) => Promise<{ outcome: string }>): Promise<number[]> {
    strict.wait(61 * MINUTE);
    const act = await anAct();
    const wrong: Confirm = async () => ({ outcome: 'wrong-code' });
    const all = await atOnce((n) => hold({ ...act, confirm: n % 2 ? wrong : confirmed }), 2 * AT_ONCE);
    return ['wrong-proof', 'too-many-acts', 'wrong-code'].map((outcome) => countOf(all, outcome));
  }

  it('are ten an hour', async () => {
    for (let round = 0; round < rounds; round += 1) {
      strict.wait(61 * MINUTE);
      const act = { ...(await anAct()), confirm: confirmed };
      const all = await atOnce(() => strict.activation.holdDesk(act), 2 * AT_ONCE);
      expect([countOf(all, 'wrong-proof'), countOf(all, 'too-many-acts')]).toEqual([10, 30]);
    }
  });

  it('are still ten for their owner while somebody without a code tries as often', async () => {
    for (let round = 0; round < rounds; round += 1)
      expect(await outcomes(strict.activation.holdDesk)).toEqual([10, 10, 20]);
  });

  it('are used up by somebody without a code where they are counted first', async () => {
    const naive = (act: DeskAct) =>
      strict.stores.db.transaction().execute(async (tx) => {
        const at = strict.now();
        const counted = await reserveDeskAct(tx, { person: act.staff, limit: 10, at });
        if (counted.outcome !== 'counted') return counted;
        const { outcome } = await act.confirm(tx, { inForce: await strict.orders.inForce(), at });
        return { outcome: outcome === 'confirmed' ? 'wrong-proof' : outcome };
      });
    const [counted = 0] = await outcomes(naive);
    expect(counted).toBeLessThan(10);
  });
});
