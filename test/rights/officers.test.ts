import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createOfficerTasks } from '../../src/rights/officers/end-warning.ts';
import type { Office } from '../../src/rights/officers/rules.ts';
import { areLinked } from '../../src/rights/rights.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import { BY } from '../roster/world.ts';
import { NATIONAL, OTHER_SCHOOL, type RightsWorld, rightsWorld, SCHOOL } from './world.ts';

const PARIS: Office = { role: 'academie-officer', scope: { kind: 'academie', academie: 'Paris' } };
const LYON: Office = { role: 'academie-officer', scope: { kind: 'academie', academie: 'Lyon' } };

let world: RightsWorld;
beforeEach(async () => {
  world = await rightsWorld();
});
afterEach(() => world.close());

const roles = async (person: number) => (await world.rightsOf(person)).map(({ role }) => role);

const invitation = (as: 'first' | 'later') => ({
  ...{ by: BY, reason: 'opening', as, givenName: 'Odile', familyName: 'Marchand' },
  contact: { kind: 'mail' as const, value: 'odile.marchand@example.org' },
});

async function claim(person: number): Promise<void> {
  const { db } = world.stores;
  await db.updateTable('accounts').set({ claimed_at: world.now() }).where('person', '=', person).execute();
  await db.updateTable('account_states').set({ state: 'active' }).where('person', '=', person).execute();
}

async function first(): Promise<number> {
  const invited = await world.invite(invitation('first'));
  if (invited.outcome !== 'invited') throw new Error(invited.outcome);
  await claim(invited.person);
  return invited.person;
}

/** The first officer and two more, who are not linked with each other. */
async function three(): Promise<[number, number, number]> {
  const one = await first();
  const [two, three] = [await world.nobody(), await world.nobody()];
  expect(await world.appoint(two, [undefined, one])).toBe('appointed');
  expect(await world.appoint(three, [one, undefined])).toBe('appointed');
  return [one, two, three];
}

describe('the first officer', () => {
  it('is invited once, however many try at once, and has a right once the account is claimed', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.invite(invitation('first'))));
    const invited = answers.flatMap((answer) => (answer.outcome === 'invited' ? answer.person : []));
    expect(invited).toHaveLength(1);
    const [person = 0] = invited;
    const { db } = world.stores;
    const people = await db.selectFrom('persons').select('number').execute();
    expect(people).toHaveLength(1);
    expect(await roles(person)).toEqual([]);
    await claim(person);
    expect(await world.rightsOf(person)).toMatchObject([
      { role: 'national-officer', scope: { kind: 'nation' }, origin: 'appointed' },
    ]);
    expect(await world.events(person)).toEqual(['officer.invited']);
  });

  it('is no first one where there ever was an officer, be their right ended', async () => {
    const one = await first();
    const [right] = await world.rightsOf(one);
    await world.revoke(right?.id ?? '');
    expect(await world.invite(invitation('first'))).toEqual({ outcome: 'not-the-first' });
  });

  it('is followed by invitations that give no right', async () => {
    const invited = await world.invite(invitation('later'));
    expect(invited).toMatchObject({ outcome: 'invited', right: undefined });
    if (invited.outcome === 'invited') await claim(invited.person);
    expect(invited.outcome === 'invited' && (await roles(invited.person))).toEqual([]);
  });
});

describe('every other officer', () => {
  it('needs two: nobody approves their own proposal, proposes or approves themselves', async () => {
    const one = await first();
    const two = await world.nobody();
    expect(await world.propose({ by: one, person: one, ...NATIONAL })).toEqual({ outcome: 'to-oneself' });
    const proposed = await world.propose({ by: one, person: two, ...NATIONAL });
    if (proposed.outcome !== 'proposed') throw new Error(proposed.outcome);
    expect(await world.approve(proposed.proposal, one)).toEqual({ outcome: 'counts-as-one' });
    expect(await world.approve(proposed.proposal, two)).toEqual({ outcome: 'to-oneself' });
    expect(await world.approve(proposed.proposal, await world.head())).toEqual({ outcome: 'not-allowed' });
    expect(await world.propose({ by: one, person: two, ...NATIONAL })).toEqual({
      outcome: 'already-proposed',
    });
    expect(await roles(two)).toEqual([]);
    expect(await world.events(two)).not.toContain('officer.appointed');
    expect(await world.approve(proposed.proposal)).toMatchObject({ outcome: 'appointed', person: two });
    expect(await roles(two)).toEqual(['national-officer']);
    expect(await world.approve(proposed.proposal)).toEqual({ outcome: 'no-such-proposal' });
  });

  it('is appointed once, however many approve at once', async () => {
    const [, two, three_] = await three();
    const four = await world.nobody();
    const proposed = await world.propose({ by: two, person: four, ...PARIS });
    if (proposed.outcome !== 'proposed') throw new Error(proposed.outcome);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.approve(proposed.proposal, three_)),
    );
    expect(answers.filter(({ outcome }) => outcome === 'appointed')).toHaveLength(1);
    expect(await roles(four)).toEqual(['academie-officer']);
  });

  it('needs two who are not linked: who was appointed by the other counts as one with them', async () => {
    const [one, two, three_] = await three();
    expect(await areLinked(world.stores.db, one, two)).toBe(true);
    expect(await areLinked(world.stores.db, two, three_)).toBe(false);
    const four = await world.nobody();
    expect(await world.appoint(four, [one, two])).toBe('counts-as-one');
    const five = await world.nobody();
    expect(await world.appoint(five, [two, three_])).toBe('appointed');
    expect(await world.appoint(await world.nobody(), [five, one])).toBe('counts-as-one');
  });

  it('is no business of the command line once two unlinked officers are there, nor ever of it alone', async () => {
    const one = await first();
    const two = await world.nobody();
    expect(await world.appoint(two, [undefined, undefined])).toBe('counts-as-one');
    await world.later(15);
    expect(await world.appoint(two, [one, undefined])).toBe('appointed');
    const three_ = await world.nobody();
    expect(await world.appoint(three_, [undefined, one])).toBe('appointed');
    const four = await world.nobody();
    expect(await world.appoint(four, [undefined, two])).toBe('not-allowed');
    expect(await world.appoint(four, [two, undefined])).toBe('not-allowed');
  });

  it('has their office for a year at most, and proposals wait two weeks', async () => {
    const [, two, three_] = await three();
    const four = await world.nobody();
    const late = new Date(world.now().getTime() + 367 * 86_400_000);
    expect(await world.propose({ by: two, person: four, ...NATIONAL, until: late })).toMatchObject({
      outcome: 'too-long',
    });
    const proposed = await world.propose({ by: two, person: four, ...NATIONAL });
    if (proposed.outcome !== 'proposed') throw new Error(proposed.outcome);
    expect(proposed.until).toEqual(new Date('2027-10-05T08:00:00Z'));
    world.later(14);
    expect(await world.approve(proposed.proposal, three_)).toEqual({ outcome: 'no-such-proposal' });
    expect(await world.appoint(four, [two, three_])).toBe('appointed');
  });

  it('stays within the académie of whoever appoints', async () => {
    const [, two, three_] = await three();
    const [paris, other] = [await world.nobody(), await world.nobody()];
    expect(await world.appoint(paris, [two, three_], PARIS)).toBe('appointed');
    expect(await world.appoint(other, [paris, two], LYON)).toBe('not-allowed');
    expect(await world.appoint(other, [paris, two], NATIONAL)).toBe('not-allowed');
    for (const post of [{ state: 'dormant' }, { profile: 'pupil' }] as const) {
      expect(await world.appoint(await world.person(post), [two, three_], PARIS)).toBe('cannot-hold');
    }
  });

  it('grants to schools of their own académie, and a proposer whose right ended has no say', async () => {
    const [, two, three_] = await three();
    const paris = await world.nobody();
    await world.appoint(paris, [two, three_], LYON);
    const clerk = await world.clerk();
    const scope = { kind: 'establishment', uai: SCHOOL } as const;
    expect(await world.grant({ by: paris, to: clerk, role: 'head', scope })).toEqual({
      outcome: 'not-allowed',
    });
    expect(await world.grant({ by: two, to: clerk, role: 'head', scope })).toMatchObject({
      outcome: 'granted',
    });
    const proposed = await world.propose({ by: two, person: await world.nobody(), ...PARIS });
    const [right] = await world.rightsOf(two);
    expect(await world.revoke(right?.id ?? '', three_)).toEqual({ outcome: 'revoked', alsoEnded: 1 });
    expect(await roles(clerk)).toEqual([]);
    expect(proposed.outcome === 'proposed' && (await world.approve(proposed.proposal, three_))).toEqual({
      outcome: 'proposer-gone',
    });
  });

  it('ends no office as a head, and renews a lapsed head of their académie', async () => {
    const [, two, three_] = await three();
    const [paris, head] = [await world.nobody(), await world.head(OTHER_SCHOOL)];
    await world.appoint(paris, [two, three_], PARIS);
    const [office] = await world.rightsOf(paris);
    const [right] = await world.rightsOf(head);
    expect(await world.revoke(office?.id ?? '', head)).toEqual({ outcome: 'not-allowed' });
    world.later(91);
    expect(await roles(head)).toEqual([]);
    expect(await world.renew(right?.id ?? '', paris)).toEqual({ outcome: 'not-allowed' });
    const renewed = await world.renew(right?.id ?? '');
    expect([renewed.outcome, await roles(head)]).toEqual(['renewed', ['head']]);
  });

  it('is told a month before the end, unless the office has ended meanwhile', async () => {
    const one = await first();
    const [job] = (
      await sql<{ run_at: Date }>`select run_at from graphile_worker.jobs`.execute(world.stores.db)
    ).rows;
    expect(job?.run_at).toEqual(new Date('2027-09-05T08:00:00Z'));
    const sent: { to: string; text: string }[] = [];
    const note = async (message: { to: string; text: string }) => void sent.push(message);
    const tasks = createOfficerTasks({
      ...{ db: world.stores.db, now: world.now, issuer: 'https://id.example' },
      keyRing: await loadKeyRing(world.stores.db, world.stores.secrets.wrappingKey),
      post: { sendMail: note, sendSms: note },
      words: loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }),
    });
    const [right] = await world.rightsOf(one);
    const warn = () => tasks['officer.end-warning']?.({ right: right?.id }, { attempt: 1, isLast: false });
    await warn();
    expect(sent).toMatchObject([{ to: 'odile.marchand@example.org' }]);
    expect(sent[0]?.text).toContain('5 octobre 2027');
    expect(sent[0]?.text).toContain('5 October 2027');
    await world.revoke(right?.id ?? '');
    await warn();
    expect(sent).toHaveLength(1);
  });
});
