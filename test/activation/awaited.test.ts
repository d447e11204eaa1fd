import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { forgetRequests } from '../../src/activation/requests/store.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { closeGuardianships, guardiansOf } from '../../src/directory/guardianships.ts';
import {
  actorOf,
  anAdult,
  ask,
  broughtIn,
  confirmed,
  link,
  parentOf,
  printFor,
  withLetter,
} from './people.ts';
import { activationWorld, BY, DAY, MINUTE, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password.length}` });
});
afterAll(() => world.close());

const vouch = (guardian: number, { id, shown }: { id: string; shown: string }) =>
  world.activation.vouch({ guardian, request: id, digits: shown, confirm: confirmed });
const hold = (staff: number, person: number, characters: string) =>
  world.activation.holdDesk({ staff, person, characters, document: 'identity-card', confirm: confirmed });
const goesOn = async (token: string) => (await world.activation.findVisit(token, ['proved'])) !== undefined;
const wrongDigits = (shown: string) => (shown === '00' ? '01' : '00');

async function why(person: number): Promise<unknown> {
  return (await world.events(person)).filter(({ name }) => name === 'activation.refused').at(-1)?.details
    .because;
}

describe('a guardian vouches', () => {
  it('for the screen that shows the digits, and the child goes on there', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const request = await ask(world, 'guardian-vouch', code);
    expect(request.shown).toMatch(/^\d\d$/);
    expect(await goesOn(request.token)).toBe(false);
    expect(await world.activation.listVouchRequests(parent)).toMatchObject([
      { id: request.id, child: person },
    ]);
    expect(await vouch(parent, request)).toEqual({ outcome: 'proved', person });
    expect(await goesOn(request.token)).toBe(true);
    expect((await world.activation.claim(request.token, PASSWORD)).outcome).toBe('claimed');
    const account = await world.stores.db
      .selectFrom('accounts')
      .select('claimed_by')
      .where('person', '=', person)
      .executeTakeFirst();
    expect(account?.claimed_by).toBe('guardian-vouch');
    const events = (await world.events(person)).map(({ name }) => name);
    expect(events).toEqual(
      expect.arrayContaining(['activation.asked', 'activation.vouched', 'activation.begun']),
    );
  });

  it('once: a second word, or the same again, opens nothing more', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const request = await ask(world, 'guardian-vouch', code);
    await vouch(parent, request);
    expect(await vouch(parent, request)).toEqual({ outcome: 'ended' });
  });

  it('with two digits: a third wrong pair ends the request, and the right one comes too late', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const { id, shown, token } = await ask(world, 'guardian-vouch', code);
    for (let n = 0; n < 3; n += 1) {
      expect(await vouch(parent, { id, shown: wrongDigits(shown) })).toEqual({ outcome: 'wrong-proof' });
    }
    expect(await why(person)).toBe('wrong-digits');
    expect(await vouch(parent, { id, shown })).toEqual({ outcome: 'ended' });
    expect(await goesOn(token)).toBe(false);
  });

  it('never without the factor given for this act, which counts as no digits', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const { id, shown, token } = await ask(world, 'guardian-vouch', code);
    const without = { guardian: parent, request: id, digits: shown };
    const wrong = async () => ({ outcome: 'wrong-code' as const });
    for (let n = 0; n < 4; n += 1) {
      expect(await world.activation.vouch({ ...without, confirm: wrong })).toEqual({ outcome: 'wrong-code' });
      expect(await goesOn(token)).toBe(false);
    }
    // Digits that are wrong go on being counted between them.
    for (let n = 0; n < 2; n += 1) await vouch(parent, { id, shown: wrongDigits(shown) });
    expect(await world.activation.vouch({ ...without, confirm: wrong })).toEqual({ outcome: 'wrong-code' });
    expect((await vouch(parent, { id, shown })).outcome).toBe('proved');
  });

  it('only for their own child, with legal responsibility, today', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const contact = await parentOf(world, person, 0);
    const [stranger, sibling] = [await anAdult(world, { profile: 'guardian' }), await withLetter(world)];
    const other = await parentOf(world, sibling.person);
    const request = await ask(world, 'guardian-vouch', code);
    for (const nobody of [contact, stranger, other]) {
      expect(await world.activation.listVouchRequests(nobody)).toEqual([]);
      expect(await vouch(nobody, request)).toEqual({ outcome: 'ended' });
    }
    const [row] = await guardiansOf(world.stores.db, person, world.now());
    // The judge took it away: from this moment on.
    await world.stores.db
      .transaction()
      .execute((tx) => closeGuardianships(tx, [row?.id ?? 0], new Date(world.now().getTime() - 1)));
    expect(await world.activation.listVouchRequests(parent)).toEqual([]);
    expect(await vouch(parent, request)).toEqual({ outcome: 'ended' });
  });

  it('three times a day for one letter; the fourth screen waits for nobody and looks the same', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    for (let n = 0; n < 4; n += 1) await ask(world, 'guardian-vouch', code);
    expect(await world.activation.listVouchRequests(parent)).toHaveLength(3);
    expect(await why(person)).toBe('too-many-requests');
    world.wait(DAY + MINUTE);
    expect(await world.activation.listVouchRequests(parent)).toEqual([]);
    await ask(world, 'guardian-vouch', code);
    expect(await world.activation.listVouchRequests(parent)).toHaveLength(1);
  });

  it('not for a letter that was reprinted, used, or is somebody’s who is no pupil', async () => {
    const first = await withLetter(world);
    const parent = await parentOf(world, first.person);
    const old = await ask(world, 'guardian-vouch', first.code);
    await printFor(world, first);
    expect(await vouch(parent, old)).toEqual({ outcome: 'ended' });
    const { person, code } = await withLetter(world, { profile: 'teacher' });
    await ask(world, 'guardian-vouch', code);
    expect(await why(person)).toBe('other-profile');
  });

  it('not for a letter they printed, nor one printed by whom they gave or owe a right', async () => {
    for (const chain of ['printer', 'giver', 'given'] as const) {
      const parent = await anAdult(world, { profile: 'guardian' });
      const clerk = await anAdult(world);
      if (chain === 'giver') await link(world, parent, clerk);
      if (chain === 'given') await link(world, clerk, parent);
      const by = actorOf(chain === 'printer' ? parent : clerk);
      const { person, code } = await withLetter(world, { by });
      await world.stores.db
        .insertInto('guardianships')
        .values({
          guardian: parent,
          child: person,
          rank: 1,
          relation: null,
          from_at: new Date(0),
          until_at: null,
        })
        .execute();
      const request = await ask(world, 'guardian-vouch', code);
      expect(await vouch(parent, request)).toEqual({ outcome: 'same-hands' });
      expect(await why(person)).toBe('same-hands');
    }
  });
});

describe('what somebody brought in themselves, by a roster', () => {
  it('lets them vouch for nobody where no other hand was in it, whoever printed the letter', async () => {
    for (const [others, outcome] of [
      [[], 'same-hands'],
      [[await anAdult(world)], 'proved'],
    ] as const) {
      const { person, code } = await withLetter(world);
      const parent = await parentOf(world, person);
      await broughtIn(world, { table: 'guardianships', guardian: parent }, [parent, ...others]);
      expect(await vouch(parent, await ask(world, 'guardian-vouch', code))).toMatchObject({ outcome });
    }
  });

  it('is theirs after it has left too: nobody holds the desk for letters of a printer they made and removed', async () => {
    const head = await anAdult(world, { job: 'DIR' });
    const clerk = await anAdult(world);
    await broughtIn(world, { table: 'memberships', person: clerk }, [head]);
    const { person, code } = await withLetter(world, { by: actorOf(clerk) });
    await world.stores.db
      .updateTable('memberships')
      .set({ until_at: world.now() })
      .where('person', '=', clerk)
      .execute();
    const { shown } = await ask(world, 'desk', code);
    expect(await hold(head, person, shown)).toEqual({ outcome: 'same-hands' });
  });
});

describe('at the desk', () => {
  it('staff type what the person’s own screen shows, and that screen goes on', async () => {
    const { person, code } = await withLetter(world);
    const head = await anAdult(world, { job: 'DIR' });
    const { token, shown } = await ask(world, 'desk', code);
    expect(shown).toMatch(/^[0-9A-HJKMNP-TV-Z]{6}$/);
    const typed = ` ${shown.slice(0, 3).toLowerCase()} ${shown.slice(3)}`;
    expect(await hold(head, person, typed)).toEqual({ outcome: 'proved', person });
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('claimed');
    const vouched = (await world.events(person)).find(({ name }) => name === 'activation.vouched');
    expect(vouched?.details).toMatchObject({ ceremony: 'desk', staff: head, document: 'identity-card' });
    expect(await hold(head, person, shown)).toEqual({ outcome: 'wrong-proof' });
  });

  it('not beside somebody else’s record', async () => {
    const [one, other] = [await withLetter(world), await withLetter(world)];
    const head = await anAdult(world, { job: 'DIR' });
    const { token, shown } = await ask(world, 'desk', one.code);
    expect(await hold(head, other.person, shown)).toEqual({ outcome: 'wrong-proof' });
    expect(await why(other.person)).toBe('wrong-characters');
    expect(await goesOn(token)).toBe(false);
  });

  it('only staff with the right there, in the moment of the act', async () => {
    const { person, code } = await withLetter(world);
    const [clerk, teacher] = [await anAdult(world), await anAdult(world, { profile: 'teacher' })];
    const { shown } = await ask(world, 'desk', code);
    for (const staff of [clerk, teacher, person]) {
      expect(await hold(staff, person, shown)).toEqual({ outcome: 'no-right' });
    }
  });

  it('not by whoever ticked it as handed over, or is linked with who did: they held the paper', async () => {
    const head = await anAdult(world, { job: 'DIR' });
    const clerk = await anAdult(world);
    await link(world, head, clerk);
    for (const giver of [head, clerk]) {
      const { person, code } = await withLetter(world);
      const { batch } = await world.stores.db
        .selectFrom('letters')
        .select('batch')
        .where('person', '=', person)
        .executeTakeFirstOrThrow();
      await world.activation.handOver({ batch, which: { take: 'all' }, by: actorOf(giver) });
      const { shown } = await ask(world, 'desk', code);
      expect(await hold(head, person, shown)).toEqual({ outcome: 'same-hands' });
    }
  });

  it('not by whoever printed the letter, or is linked with who did', async () => {
    const head = await anAdult(world, { job: 'DIR' });
    const clerk = await anAdult(world);
    await link(world, head, clerk);
    for (const printer of [head, clerk]) {
      const { person, code } = await withLetter(world, { by: actorOf(printer) });
      const { token, shown } = await ask(world, 'desk', code);
      expect(await hold(head, person, shown)).toEqual({ outcome: 'same-hands' });
      expect(await goesOn(token)).toBe(false);
    }
  });

  it('not by whoever renewed a lapsed right of the printer: they gave it too', async () => {
    const [clerk, chief] = [await anAdult(world), await anAdult(world, { job: 'DIR' })];
    const { person, code } = await withLetter(world, { by: actorOf(clerk) });
    const { shown } = await ask(world, 'desk', code);
    const act = {
      staff: chief,
      person,
      characters: shown,
      document: 'passport',
      confirm: confirmed,
    } as const;
    const { db } = world.stores;
    await link(world, await anAdult(world), clerk);
    const right = await db
      .selectFrom('rights')
      .select('id')
      .where('person', '=', clerk)
      .executeTakeFirstOrThrow();
    const renewal = {
      right_id: right.id,
      renewed_at: world.now(),
      renewed_by: JSON.stringify(actorOf(chief)),
    };
    await db.insertInto('right_renewals').values(renewal).execute();
    expect(await world.activation.holdDesk(act)).toEqual({ outcome: 'same-hands' });
  });

  it('ten times an hour and staff member, wrong characters counted', async () => {
    const { person, code } = await withLetter(world);
    const head = await anAdult(world, { job: 'DIR' });
    const { shown } = await ask(world, 'desk', code);
    for (let n = 0; n < 10; n += 1) expect((await hold(head, person, 'AAAAAA')).outcome).toBe('wrong-proof');
    const stopped = await hold(head, person, shown);
    expect(stopped).toMatchObject({ outcome: 'too-many-acts' });
    const until = 'until' in stopped ? stopped.until.getTime() - world.now().getTime() : 0;
    expect(until / MINUTE).toBeGreaterThan(55);
    expect(until / MINUTE).toBeLessThanOrEqual(60);
    world.wait(61 * MINUTE);
    expect((await hold(head, person, 'AAAAAA')).outcome).toBe('wrong-proof');
  });
});

describe('a screen that waits', () => {
  it('is the same for a code that opens nothing, and leads nowhere', async () => {
    for (const name of ['guardian-vouch', 'desk'] as const) {
      const { token, shown } = await ask(world, name, '0000-0000-0000-0000');
      expect(await world.activation.findWaiting(token)).toMatchObject({ ceremony: name, shown });
      expect(await goesOn(token)).toBe(false);
      expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('ended');
    }
  });

  it('waits a quarter of an hour', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const request = await ask(world, 'guardian-vouch', code);
    world.wait(16 * MINUTE);
    expect(await world.activation.findWaiting(request.token)).toBeUndefined();
    expect(await vouch(parent, request)).toEqual({ outcome: 'ended' });
  });

  it('is dead once the account was claimed elsewhere, locked, or its codes were cut off', async () => {
    for (const event of ['claimed', 'locked', 'cut-off'] as const) {
      const { person, code } = await withLetter(world);
      const parent = await parentOf(world, person);
      const [first, second] = [await ask(world, 'guardian-vouch', code), await ask(world, 'desk', code)];
      if (event === 'claimed') {
        const head = await anAdult(world, { job: 'DIR' });
        await hold(head, person, second.shown);
        await world.activation.claim(second.token, PASSWORD);
      }
      if (event === 'locked') {
        await world.stores.db
          .transaction()
          .execute((tx) => lockAccount(tx, BY, { person, reason: 'test', at: world.now() }));
      }
      if (event === 'cut-off') await order('close-sessions', person);
      expect(await vouch(parent, first)).toEqual({ outcome: 'ended' });
    }
  });

  it('stands still under a freeze, whose end restores it', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const [early, late] = [
      await ask(world, 'guardian-vouch', code),
      await ask(world, 'guardian-vouch', code),
    ];
    await vouch(parent, early);
    const id = await order('freeze', person);
    expect(await goesOn(early.token)).toBe(false);
    expect(await vouch(parent, late)).toEqual({ outcome: 'ended' });
    const { version } = await world.orders.inForce();
    await endOrder(world.stores.db, BY, { id, reason: 'test' }, world.now());
    await world.orders.upTo(version + 1);
    expect(await goesOn(early.token)).toBe(true);
    expect((await vouch(parent, late)).outcome).toBe('proved');
  });

  it('is forgotten after two days', async () => {
    await ask(world, 'desk', '0000-0000-0000-0000');
    await forgetRequests(world.stores.db, new Date(world.now().getTime() + 3 * DAY));
    const rows = await world.stores.db.selectFrom('activation_requests').select('id').execute();
    expect(rows).toEqual([]);
  });
});

async function order(measure: 'freeze' | 'close-sessions', person: number): Promise<string> {
  const { version } = await world.orders.inForce();
  const wish = { measure, scope: { person: [person] }, reason: 'test', mode: 'live' as const };
  const applied = await applyOrder(world.stores.db, BY, wish, world.now());
  if (applied.outcome !== 'applied') throw new Error(applied.outcome);
  await world.orders.upTo(version + 1);
  return applied.order.id;
}
