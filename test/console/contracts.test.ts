import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { selectVersions } from '../../src/relying-parties/contracts/store.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
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

async function national(): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  await world.parts.db.transaction().execute((tx) =>
    insertRight(tx, {
      ...{ person: who.person, role: 'national-officer', scope: { kind: 'nation' }, origin: 'appointed' },
      ...{ by: BY, from: world.now(), until: aYearFrom(world.now()) },
    }),
  );
  return who;
}

const MORE = { ...TERMS, claims: { ...TERMS.claims, teacher: { email: 'Prévenir du retour' } } };

async function requested(terms: object = TERMS): Promise<string> {
  const metadata = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };
  const result = await createRegisterClient(world.parts)(BY, { metadata });
  if (result.outcome !== 'registered') throw new Error(result.outcome);
  const given = { clientId: result.client.client_id };
  await createProposeContract(world.parts)(BY, { ...given, terms });
  await createRequestContract(world.parts)(BY, given);
  return given.clientId;
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

  it('is one of two above name, class, school and role', async () => {
    const clientId = await requested(MORE);
    expect((await approve(desk, anna, clientId)).url).toContain('done=one-more');
    expect((await approve(desk, anna, clientId)).status).toBe(422);
    expect(await stateOf(clientId)).toBe('requested');
    const other = await enter(world, paul);
    expect((await approve(other, paul, clientId)).url).toContain('done=approved');
    expect(await stateOf(clientId)).toBe('approved');
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

it('is no page for a head', async () => {
  const visitor = await enter(world, await aHead(world));
  expect((await visitor.open('/console/contracts')).status).toBe(403);
});
