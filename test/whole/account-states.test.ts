import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeAccount } from '../../src/accounts/close-account.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { aUsername, dormant, type Someone, somebody, withTotp } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { freeze, giveProofs, pupilsWithProofs, pupilWithProofs, type WithProofs } from './people.ts';

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

const DAY = 86_400_000;

/** All that a stranger could compare. */
async function seen(visitor: Visitor, typed: Record<string, string>): Promise<unknown> {
  const before = { statements: world.statements(), jobs: world.hasher.jobs() };
  const answer = await visitor.submit(typed);
  return {
    status: answer.status,
    url: answer.url,
    headers: [...answer.headers].filter(([name]) => !/^(date|set-cookie)$/.test(name)),
    cookies: answer.headers.getSetCookie().map((cookie) => cookie.replace(/=[^;]*/, '=VALUE')),
    body: comparable(answer, typed),
    statements: world.statements() - before.statements,
    jobs: world.hasher.jobs() - before.jobs,
  };
}

function comparable({ text }: Answer, typed: Record<string, string>): string {
  return text
    .replaceAll(typed.username ?? '\0', 'NAME')
    .replace(/name="csrf" value="[^"]+"/g, 'CSRF')
    .replace(/[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/g, 'TRACE');
}

function expectAllSame(all: Record<string, unknown>): void {
  const [first] = Object.values(all);
  for (const [state, answer] of Object.entries(all)) expect({ [state]: answer }).toEqual({ [state]: first });
}

describe('on the sign-in page, with a wrong password', () => {
  async function lock({ person }: Someone): Promise<void> {
    const at = world.now();
    await world.accounts.transaction((tx) => lockAccount(tx, BY, { person, reason: 'test', at }));
  }

  /** A dormant account has no username: only a confirmed address finds it. */
  async function byMail(person: number): Promise<string> {
    const value = `${aUsername().replace('tulipe', 'r')}@e.fr`;
    const sealer = await world.accounts.sealer(person);
    const at = world.now();
    await world.accounts.transaction(async (tx) => {
      await openContacts(tx, [{ sealer, uai: null, kind: 'mail', value }], { ...world.parts, at });
      await tx.updateTable('contacts').set({ confirmed_at: at }).where('person', '=', person).execute();
    });
    return value;
  }

  async function names(): Promise<Record<string, string>> {
    const active = await somebody(world);
    const [second, locked, frozen, closed, mailed] = [
      await somebody(world),
      await somebody(world),
      await somebody(world),
      await somebody(world),
      await somebody(world),
    ];
    await withTotp(world, second);
    await lock(locked);
    await freeze(world, { person: [frozen.person] });
    const at = world.now();
    const closing = { person: closed.person, reason: 'test', at };
    await world.accounts.transaction((tx) => closeAccount(tx, BY, closing));
    const sleeping = await dormant(world);
    const frozenDormant = await dormant(world);
    await freeze(world, { person: [frozenDormant] });
    return {
      unknown: aUsername(),
      active: active.username,
      'active with a second factor': second.username,
      'active by mail': await byMail(mailed.person),
      locked: locked.username,
      frozen: frozen.username,
      closed: closed.username,
      dormant: await byMail(sleeping),
      'dormant and frozen': await byMail(frozenDormant),
      'unknown by mail': 'lina.r9999@e.fr',
    };
  }

  it('no state of an account differs in status, bytes, headers, statements or hash jobs', async () => {
    const visitor = world.visitor();
    await visitor.open('/account');
    const all: Record<string, unknown> = {};
    const typed = await names();
    for (const [state, username] of Object.entries(typed)) {
      all[state] = await seen(visitor, { username, password: 'not the password' });
    }
    expectAllSame(all);
    expect(all.unknown).toMatchObject({ status: 422, jobs: 1 });
  });

  it('nor does any when the pause begins, and while it lasts', async () => {
    const [visitor, { unknown, active, dormant: sleeping = '', locked }] = [world.visitor(), await names()];
    await visitor.open('/account');
    const form = visitor.copy();
    const all: Record<string, unknown[]> = {};
    for (const username of [unknown ?? '', active ?? '', sleeping, locked ?? '']) {
      all[username] = [];
      for (let n = 0; n < 6; n += 1) {
        // From the form each time: the page of a pause has none.
        all[username].push(await seen(form.copy(), { username, password: 'not the password' }));
      }
    }
    expectAllSame(all);
    expect(all[unknown ?? '']?.at(-1)).toMatchObject({ status: 429, jobs: 0 });
  });
});

describe('on the activation page', () => {
  const typed = ({ code, word }: WithProofs) => ({ code, proof: word });

  async function change(table: 'letters' | 'activation_window_pupils', set: object, { person }: WithProofs) {
    await world.parts.db.updateTable(table).set(set).where('person', '=', person).execute();
  }

  async function pairs(): Promise<Record<string, { code: string; proof: string }>> {
    const [wrong, voided, expired, tried] = await pupilsWithProofs(world, 4);
    if (!wrong || !voided || !expired || !tried) throw new Error('pupils are missing');
    await change('letters', { state: 'void' }, voided);
    await change('letters', { expires_at: new Date(world.now().getTime() - DAY) }, expired);
    await change('activation_window_pupils', { wrong_words: 5 }, tried);
    const closed = await pupilWithProofs(world);
    await world.activation.closeWindow({ id: closed.window, by: BY });
    const used = await pupilWithProofs(world);
    await useUp(used);
    const locked = await pupilWithProofs(world);
    const at = world.now();
    const locking = { person: locked.person, reason: 'test', at };
    await world.accounts.transaction((tx) => lockAccount(tx, BY, locking));
    const frozen = await pupilWithProofs(world);
    await freeze(world, { person: [frozen.person] });
    return {
      'unknown code': { code: '0000-0000-0000-0000', proof: 'carotte' },
      'no code at all': { code: 'bonjour', proof: 'carotte' },
      'wrong word': { code: wrong.code, proof: 'zzzz' },
      'no word at all': { code: wrong.code, proof: '12 34' },
      'void letter': typed(voided),
      'expired letter': typed(expired),
      'used letter': typed(used),
      'no tries left': typed(tried),
      'window closed': typed(closed),
      locked: typed(locked),
      frozen: typed(frozen),
    };
  }

  async function useUp(proofs: WithProofs): Promise<void> {
    const owner = world.visitor();
    await giveProofs(owner, proofs);
    const claimed = await owner.submit({ password: 'quatre tasses de thé' });
    expect(claimed.url).toBe('/activate/second-factor');
  }

  it('no reason to refuse differs in status, bytes, headers or statements', async () => {
    const visitor = world.visitor();
    await visitor.open('/activate');
    const all: Record<string, unknown> = {};
    for (const [reason, pair] of Object.entries(await pairs())) all[reason] = await seen(visitor, pair);
    expectAllSame(all);
    expect(all['unknown code']).toMatchObject({ status: 422, jobs: 0 });
  });

  it('and why stands in the audit alone', async () => {
    const { rows } = await world.stores.pool.query<{ why: string }>(
      `select distinct details ->> 'because' as why from audit_events where name = 'activation.refused'`,
    );
    // A lock raises the epoch, so that the letters of before are void.
    const told = ['expired-letter', 'frozen', 'no-tries-left', 'no-window', 'unknown-code'];
    expect(rows.map(({ why }) => why).sort()).toEqual([...told, 'used-letter', 'void-letter', 'wrong-word']);
  });
});
