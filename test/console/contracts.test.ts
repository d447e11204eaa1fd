import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/audit/actor.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createApproveChange } from '../../src/relying-parties/changes/decide.ts';
import { createDecideChangeAsOfficer } from '../../src/relying-parties/changes/decide-as-officer.ts';
import { createApproveContract } from '../../src/relying-parties/contracts/approve.ts';
import { createApproveAsOfficer } from '../../src/relying-parties/contracts/approve-as-officer.ts';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { selectVersions } from '../../src/relying-parties/contracts/store.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { selectRelyingParty } from '../../src/relying-parties/store.ts';
import { createUpdateClient } from '../../src/relying-parties/update-client.ts';
import { insertRight } from '../../src/rights/giving-store.ts';
import { aYearFrom } from '../../src/rights/officers/propose.ts';
import { TERMS } from '../relying-parties/terms.ts';
import type { Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { aHead, aMember, anOfficer, enter, nextCode, type StaffMember } from './staff.ts';

let world: World;
let anna: StaffMember;
let paul: StaffMember;
let desk: Visitor;

beforeAll(async () => {
  world = await wholeWorld();
  [anna, paul] = [await national(), await national()];
  desk = await enter(world, anna);
}, 60_000);
afterAll(() => world.close());

async function national(by: Actor = BY): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  await world.parts.db.transaction().execute((tx) =>
    insertRight(tx, {
      ...{ person: who.person, role: 'national-officer', scope: { kind: 'nation' }, origin: 'appointed' },
      ...{ by, from: world.now(), until: aYearFrom(world.now()) },
    }),
  );
  return who;
}

const MORE = { ...TERMS, claims: { ...TERMS.claims, teacher: { email: 'Prévenir du retour' } } };

interface Given {
  metadata?: object;
  publisher?: string;
}

async function requested(terms: object = TERMS, given: Given = {}): Promise<string> {
  const { publisher } = given;
  const metadata = {
    ...{ client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] },
    ...given.metadata,
  };
  const result = await createRegisterClient(world.parts)(BY, { metadata, publisher });
  if (result.outcome !== 'registered') throw new Error(result.outcome);
  const { client_id: clientId } = result.client;
  await createProposeContract(world.parts)(BY, { clientId, terms });
  await createRequestContract(world.parts)(BY, { clientId });
  return clientId;
}

const stateOf = async (clientId: string) => (await selectVersions(world.parts.db, { clientId }))[0]?.state;

/** Reads the page and presses its button with a new code. */
async function approve(visitor: Visitor, who: StaffMember, clientId: string) {
  await visitor.open(`/console/contracts/${clientId}`);
  return visitor.submit({ otp: nextCode(world, who) });
}

describe('an officer', () => {
  it('reads what an application asks for and puts it in force, with a code for this one act', async () => {
    const clientId = await requested();
    expect((await desk.open('/console/contracts')).text).toContain(clientId);
    const page = await desk.open(`/console/contracts/${clientId}`);
    for (const words of ['Prêter des livres', 'Reconnaître la personne', 'Les Rayons'])
      expect(page.text).toContain(words);
    expect((await desk.submit({ otp: '000000' })).status).toBe(422);
    expect(await stateOf(clientId)).toBe('requested');
    expect((await approve(desk, anna, clientId)).url).toContain('done=approved');
    expect(await stateOf(clientId)).toBe('approved');
    expect((await desk.open(`/console/contracts/${clientId}`)).status).toBe(404);
  });

  it('reads who registered the application, where its answers go and how it proves itself', async () => {
    const evil = 'https://evil.example/"><script>alert(1)</script>';
    const addresses = {
      client_uri: 'https://evil.example/about',
      redirect_uris: [evil, 'https://evil.example/other'],
      post_logout_redirect_uris: ['https://evil.example/left'],
      backchannel_logout_uri: 'https://evil.example/sign-outs',
      jwks_uri: 'https://evil.example/keys',
      request_uris: ['https://evil.example/request#1'],
      logo_uri: 'https://evil.example/logo.png',
      policy_uri: 'https://evil.example/policy',
      tos_uri: 'https://evil.example/terms',
    };
    const metadata = { client_name: 'Pronote', ...addresses, token_endpoint_auth_method: 'none' };
    const { text } = await desk.open(
      `/console/contracts/${await requested(TERMS, { metadata, publisher: 'Small Co' })}`,
    );
    for (const address of Object.values(addresses).flat())
      expect(text).toContain(
        address.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      );
    expect(text).not.toContain('<script>alert');
    for (const words of ['Small Co', 'small-co', 'Par rien', 'Le contrat porte un autre nom'])
      expect(text).toContain(words);
    expect(text).not.toContain('PKCE');
  });

  it('reads of no other name where there is none, and of what is weaker', async () => {
    const metadata = { require_pkce: false, claims_in_id_token: true };
    const publisher = TERMS.publisher.legal_name;
    const { text } = await desk.open(`/console/contracts/${await requested(TERMS, { metadata, publisher })}`);
    for (const words of ['Ne sait pas faire PKCE', 'dans le jeton d’identité', 'Par un mot de passe'])
      expect(text).toContain(words);
    expect(text).not.toContain('Le contrat porte un autre nom');
  });

  it('is one of two above name, class, school and role', async () => {
    const clientId = await requested(MORE);
    expect((await approve(desk, anna, clientId)).url).toContain('done=one-more');
    expect((await approve(desk, anna, clientId)).status).toBe(422);
    expect(await stateOf(clientId)).toBe('requested');
    const other = await enter(world, paul);
    expect((await approve(other, paul, clientId)).url).toContain('done=approved');
    expect(await stateOf(clientId)).toBe('approved');
  });

  it('is one of two who press the button at the same moment, each heard', async () => {
    const clientIds = [await requested(MORE), await requested(MORE)];
    let asking = 0;
    const approveAsOfficer = createApproveAsOfficer({ judged: createJudged(world.parts), now: world.now });
    const outcomes = await Promise.all(
      [anna, paul].flatMap(({ person }) =>
        clientIds.map(async (clientId) => {
          const confirm = async () => {
            asking += 1;
            await pause(100);
            return { outcome: 'confirmed' } as const;
          };
          return (await approveAsOfficer({ person, decision: { clientId, version: 2 }, confirm })).outcome;
        }),
      ),
    );
    expect(outcomes.toSorted()).toEqual(['approved', 'approved', 'one-more', 'one-more']);
    expect(asking).toBe(4);
  });

  it('is heard while its operator changes the same application, who is heard too', async () => {
    const clientId = await requested();
    const operator = await world.stores.pool.connect();
    await operator.query('begin');
    await operator.query('select from clients where client_id = $1 for no key update', [clientId]);
    const approveAsOfficer = createApproveAsOfficer({ judged: createJudged(world.parts), now: world.now });
    const confirm = async () => ({ outcome: 'confirmed' }) as const;
    const approval = approveAsOfficer({
      ...{ person: anna.person, decision: { clientId, version: 2 }, confirm },
    });
    const waiting = `select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like '%clients%'`;
    while ((await world.stores.pool.query(waiting)).rows.length === 0) await pause(10);
    await operator.query('update clients set metadata = metadata where client_id = $1', [clientId]);
    await operator.query('commit');
    operator.release();
    expect(await approval).toEqual({ outcome: 'approved', version: 2 });
  });

  it('whose right was taken away since has approved nothing; another takes the place, or they do anew', async () => {
    const [early, again] = [await requested(MORE), await requested(MORE)];
    const unmasked = await national();
    const visitor = await enter(world, unmasked);
    for (const clientId of [early, again])
      expect((await approve(visitor, unmasked, clientId)).url).toContain('done=one-more');
    const takenAway = await world.parts.db
      .updateTable('rights')
      .set({ ended_at: world.now() })
      .where('person', '=', unmasked.person)
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const clientId of [early, again])
      expect((await approve(desk, anna, clientId)).url).toContain('done=one-more');
    expect([await stateOf(early), await stateOf(again)]).toEqual(['requested', 'requested']);
    expect((await approve(await enter(world, paul), paul, early)).url).toContain('done=approved');
    await world.stores.pool.query('update rights set ended_at = null where id = $1', [takenAway.id]);
    expect((await approve(visitor, unmasked, again)).url).toContain('done=approved');
    expect(await stateOf(again)).toBe('approved');
  });

  it('approves the version that was read, and no newer one', async () => {
    const clientId = await requested();
    await desk.open(`/console/contracts/${clientId}`);
    await createProposeContract(world.parts)(BY, { clientId, terms: MORE });
    await createRequestContract(world.parts)(BY, { clientId });
    expect((await desk.submit({ otp: nextCode(world, anna) })).status).toBe(422);
    expect(await stateOf(clientId)).toBe('requested');
  });

  it('of an académie decides on what is open to its own schools alone', async () => {
    const [everywhere, own] = [
      await requested(),
      await requested({ ...TERMS, open_to: { academies: ['Paris'] } }),
    ];
    const officer = await anOfficer(world, 'Paris');
    const visitor = await enter(world, officer);
    expect((await visitor.open(`/console/contracts/${everywhere}`)).status).toBe(404);
    expect((await approve(visitor, officer, own)).url).toContain('done=approved');
  });
});

describe('a change that a publisher asks for', () => {
  const nasty = 'https://elsewhere.example/"><script>alert(1)</script>';
  const METADATA = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };
  const elsewhere = { ...METADATA, redirect_uris: ['https://elsewhere.example/callback'], client_uri: nasty };
  const API_TOKEN: Actor = { kind: 'system', name: 'api token 1' };

  async function asked(terms: object = TERMS): Promise<string> {
    const clientId = await requested(terms);
    await world.parts.db
      .updateTable('contracts')
      .set({ state: 'approved', approved_at: world.now() })
      .where('client_id', '=', clientId)
      .where('state', '=', 'requested')
      .execute();
    await ask(clientId, elsewhere);
    return clientId;
  }

  async function ask(clientId: string, metadata: object): Promise<void> {
    const given = { clientId, metadata, within: 'review' } as const;
    expect((await createUpdateClient(world.parts)(API_TOKEN, given)).outcome).toBe('asked');
  }

  const redirects = async (clientId: string) =>
    (await selectRelyingParty(world.parts.db, clientId))?.metadata.redirect_uris;
  const pathOf = (clientId: string) => `/console/contracts/${clientId}/change`;

  it('is read beside what is in force, and put in force with a code for this one act', async () => {
    const clientId = await asked();
    expect((await desk.open('/console/contracts')).text).toContain(pathOf(clientId));
    const page = await desk.open(pathOf(clientId));
    for (const words of [...METADATA.redirect_uris, ...elsewhere.redirect_uris, 'Page de l’application'])
      expect(page.text).toContain(words);
    expect(page.text).not.toContain('<script>alert');
    expect((await desk.submit({ otp: '000000' })).status).toBe(422);
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    await desk.open(pathOf(clientId));
    expect((await desk.submit({ otp: nextCode(world, anna) })).url).toContain('done=change-approve');
    expect(await redirects(clientId)).toEqual(elsewhere.redirect_uris);
    expect((await desk.open(pathOf(clientId))).status).toBe(404);
    const { rows } = await world.stores.pool.query(
      `select actor from audit_events where name = 'client.change-approved' order by id desc limit 1`,
    );
    expect(rows).toEqual([{ actor: { kind: 'person', person: anna.person } }]);
  });

  it('may be refused', async () => {
    const clientId = await asked();
    await desk.open(pathOf(clientId));
    const refused = await desk.submit({ otp: nextCode(world, anna), verdict: 'refuse' });
    expect(refused.url).toContain('done=change-refuse');
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
  });

  it('is approved as it was read, and no newer one', async () => {
    const clientId = await asked();
    await desk.open(pathOf(clientId));
    await ask(clientId, { ...METADATA, redirect_uris: ['https://worse.example/'] });
    expect((await desk.submit({ otp: nextCode(world, anna) })).status).toBe(422);
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
  });

  /** Reads the page and presses its button with a new code. */
  async function decide(visitor: Visitor, who: StaffMember, clientId: string, more: object = {}) {
    await visitor.open(pathOf(clientId));
    return visitor.submit({ otp: nextCode(world, who), ...more });
  }

  const approvals = (given: number) => new RegExp(`Approbations\\s: ${given}\\ssur\\s2`);
  const waiting = async (clientId: string) =>
    (
      await world.stores.pool.query<{ change: number; approver: string | null }>(
        `select c.id::int as change, a.approver from client_changes c
         left join client_change_approvals a on a.change = c.id where c.client_id = $1`,
        [clientId],
      )
    ).rows;

  it('takes two where its contract takes two, and tells the first that it takes another', async () => {
    const clientId = await asked(MORE);
    expect((await desk.open(pathOf(clientId))).text).toMatch(approvals(0));
    const noted = await decide(desk, anna, clientId);
    expect(noted.url).toContain('done=one-more');
    for (const words of [/il en faut encore une/, approvals(1)]) expect(noted.text).toMatch(words);
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    const english = await desk.get(pathOf(clientId), { 'accept-language': 'en' });
    for (const words of ['Approvals: 1 of 2', 'it takes one more person', 'Refuse this change'])
      expect(english.text).toContain(words);
    expect(english.text).not.toContain('Approve this change');
    const page = await desk.open(pathOf(clientId));
    for (const words of [approvals(1), /il faut encore une autre personne/, /Refuser cette modification/])
      expect(page.text).toMatch(words);
    expect(page.text).not.toContain('Approuver cette modification');
    expect((await decide(desk, anna, clientId, { verdict: 'approve' })).status).toBe(422);
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    expect((await decide(await enter(world, paul), paul, clientId)).url).toContain('done=change-approve');
    expect(await redirects(clientId)).toEqual(elsewhere.redirect_uris);
    const { rows } = await world.stores.pool.query(
      `select name, actor->'person' as person, details->'given' as given, details->'needed' as needed
       from audit_events where details->>'clientId' = $1 order by id desc limit 2`,
      [clientId],
    );
    expect(rows).toEqual([
      { name: 'client.change-approved', person: paul.person, given: 2, needed: 2 },
      { name: 'client.change-approval-given', person: anna.person, given: 1, needed: 2 },
    ]);
  });

  it('takes two where the contract in force is suspended, or where one that takes two is asked for', async () => {
    const [suspended, wider] = [await asked(MORE), await asked()];
    await world.stores.pool.query(
      `update contracts set state = 'suspended' where client_id = $1 and version = 2`,
      [suspended],
    );
    await createProposeContract(world.parts)(BY, { clientId: wider, terms: MORE });
    await createRequestContract(world.parts)(BY, { clientId: wider });
    for (const clientId of [suspended, wider]) {
      expect((await decide(desk, anna, clientId)).url).toContain('done=one-more');
      expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    }
  });

  it('is refused by one, and what was approved of it is forgotten', async () => {
    const clientId = await asked(MORE);
    await decide(desk, anna, clientId);
    expect(await waiting(clientId)).toMatchObject([{ approver: `person:${anna.person}` }]);
    expect((await decide(desk, anna, clientId)).url).toContain('done=change-refuse');
    expect(await waiting(clientId)).toEqual([]);
    await ask(clientId, elsewhere);
    expect(await waiting(clientId)).toMatchObject([{ approver: null }]);
  });

  it('begins at no approval where a newer one took its place', async () => {
    const clientId = await asked(MORE);
    await decide(desk, anna, clientId);
    await ask(clientId, { ...METADATA, redirect_uris: ['https://worse.example/'] });
    const other = await enter(world, paul);
    expect((await decide(other, paul, clientId)).url).toContain('done=one-more');
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    expect((await decide(desk, anna, clientId)).url).toContain('done=change-approve');
    expect(await redirects(clientId)).toEqual(['https://worse.example/']);
  });

  it('is approved by nobody whose right was taken away since, nor by two who are linked', async () => {
    const clientId = await asked(MORE);
    const [unmasked, linked] = [await national(), await national({ kind: 'person', person: anna.person })];
    expect((await decide(await enter(world, unmasked), unmasked, clientId)).url).toContain('done=one-more');
    await world.stores.pool.query('update rights set ended_at = $1 where person = $2', [
      world.now(),
      unmasked.person,
    ]);
    expect((await desk.open(pathOf(clientId))).text).toMatch(approvals(0));
    expect((await decide(desk, anna, clientId)).url).toContain('done=one-more');
    const asOne = await decide(await enter(world, linked), linked, clientId);
    expect([asOne.status, asOne.text]).toEqual([422, expect.stringContaining('vous comptez pour une seule')]);
    expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    expect((await decide(await enter(world, paul), paul, clientId)).url).toContain('done=change-approve');
  });

  it('is one approval of one officer, whatever they press at once, and two of two', async () => {
    const clientId = await asked(MORE);
    const [{ change } = { change: 0 }] = await waiting(clientId);
    const judged = createJudged(world.parts);
    const press = async ({ person }: StaffMember) => {
      const confirm = async () => ({ outcome: 'confirmed' }) as const;
      const given = { person, verdict: 'approve', decision: { clientId, change }, confirm } as const;
      return (await createDecideChangeAsOfficer({ judged, now: world.now })(given)).outcome;
    };
    const alone = await Promise.all(Array.from({ length: 20 }, () => press(anna)));
    expect(alone.toSorted()).toEqual([...Array(19).fill('already-approved'), 'one-more']);
    expect(await waiting(clientId)).toHaveLength(1);
    await ask(clientId, elsewhere);
    const [{ change: newer } = { change: 0 }] = await waiting(clientId);
    expect(await press(paul)).toBe('nothing-asked');
    const decideAsOfficer = createDecideChangeAsOfficer({ judged, now: world.now });
    const both = [anna, paul].map(({ person }) =>
      decideAsOfficer({
        ...{ person, verdict: 'approve', decision: { clientId, change: newer } },
        confirm: async () => ({ outcome: 'confirmed' }),
      }),
    );
    const outcomes = (await Promise.all(both)).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['done', 'one-more']);
    expect(await redirects(clientId)).toEqual(elsewhere.redirect_uris);
  });

  it('and a contract wait for whoever ends a right that counted, where an operator approves them', async () => {
    const [changed, contracted, leaving] = [await asked(MORE), await requested(MORE), await national()];
    const visitor = await enter(world, leaving);
    for (const given of [
      await decide(visitor, leaving, changed),
      await approve(visitor, leaving, contracted),
    ])
      expect(given.url).toContain('done=one-more');
    const [{ change } = { change: 0 }] = await waiting(changed);
    const from = { ...world.parts, operatorsAre: 'names' } as const;
    const { pool } = world.stores;
    const ending = await pool.connect();
    await ending.query('begin');
    await ending.query('select version from order_clock for share');
    const approved = Promise.allSettled([
      createApproveChange(from)(BY, { clientId: changed, change }),
      createApproveContract(from)(BY, { clientId: contracted, version: 2 }),
    ]);
    const blocked = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await pool.query(blocked)).rows.length < 2) await pause(10);
    await ending.query('update rights set ended_at = $1 where person = $2', [world.now(), leaving.person]);
    await ending.query('commit');
    ending.release();
    const oneMore = { status: 'fulfilled', value: { outcome: 'one-more', given: 1 } };
    expect(await approved).toMatchObject([oneMore, oneMore]);
  });

  it('is an académie’s where the contract is open to its own schools alone', async () => {
    const [everywhere, own] = [await asked(), await asked({ ...TERMS, open_to: { academies: ['Paris'] } })];
    const officer = await anOfficer(world, 'Paris');
    const visitor = await enter(world, officer);
    expect((await visitor.open(pathOf(everywhere))).status).toBe(404);
    await visitor.open(pathOf(own));
    expect((await visitor.submit({ otp: nextCode(world, officer) })).url).toContain('done=change-approve');
  });
});

it('is no page for a head', async () => {
  const visitor = await enter(world, await aHead(world));
  for (const path of ['/console/contracts', '/console/contracts/nobody/change'])
    expect((await visitor.open(path)).status).toBe(403);
});
