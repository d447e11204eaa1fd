import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { createWatch } from '../../src/alarms/watch.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { openEstablishment } from '../../src/directory/open-establishment.ts';
import { SeededRandom } from '../../src/roster/generate/random.ts';
import { ROUNDS, SEEDS } from '../support/amount.ts';
import { choosePassword, giveProofs, type Site, startSite } from './site.ts';
import { activationWorld, UAI, type World } from './world.ts';

/** A hundred thousand in bin/attack. */
const TRIES = ROUNDS * 500;
const AT_ONCE = 10;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

let world: World;
let site: Site;
let pupils: { person: number; code: string }[];
let word: string;

beforeAll(async () => {
  world = await activationWorld();
  site = await startSite(world);
  await world.people({ count: 25, className: '6B' });
  pupils = [...(await world.print('6B'))].map(([person, code]) => ({ person, code }));
  ({ word } = await world.open('6B'));
}, 60_000);
afterAll(async () => {
  await site.stop();
  await world.close();
});

/** Everything a roster says, and what one would make of it: names, keys, numbers, dates, cut or filled to the length. */
async function guesses(random: SeededRandom): Promise<(n: number) => { code: string; proof: string }> {
  const at = world.now();
  const entries = await openEstablishment(world.stores.db, world.keyRing, { scope: { uai: UAI }, at });
  const known = entries.flatMap(({ person, givenName, familyName }) => [
    ...[`${givenName}${familyName}`, `${familyName}${person}`, `20150314${familyName}`, String(person)],
  ]);
  const typable = (text: string) =>
    text
      .toUpperCase()
      .replace(/[^0-9A-Z]/g, '')
      .padEnd(16, '0')
      .slice(0, 16);
  const drawn = () => Array.from({ length: 16 }, () => ALPHABET[random.below(32)]).join('');
  const words = [word, 'cheval', 'Lina', '2015-03-14', ''];
  return (n) => ({
    code: n % 3 === 0 ? typable(random.pick(known)) : n % 97 === 0 ? random.pick(known) : drawn(),
    proof: random.pick(words),
  });
}

describe('somebody with the whole roster, and the word on the board', () => {
  it('gets in nowhere however often they try, from however many addresses', async () => {
    const random = new SeededRandom(`${SEEDS[0]}`);
    const guess = await guesses(random);
    const outcomes = new Set<string>();
    let tried = 0;
    const attacker = async (): Promise<void> => {
      while (tried < TRIES) {
        tried += 1;
        const address = tried % 2 === 0 ? '192.0.2.66' : `198.51.${random.below(256)}.${random.below(256)}`;
        const { classWindow, begin } = world.activation;
        outcomes.add((await begin(classWindow, guess(tried), address)).outcome);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attacker));
    expect([...outcomes]).toEqual(['refused']);
    const { rows } = await sql`
      select (select count(*)::int from accounts where claimed) as claimed,
             (select count(*)::int from passwords) as passwords,
             (select count(*)::int from locks) as locks,
             (select count(*)::int from activation_ceremonies) as begun,
             (select coalesce(sum(wrong_words), 0)::int from activation_window_pupils) as "wrongWords"`.execute(
      world.stores.db,
    );
    expect(rows).toEqual([{ claimed: 0, passwords: 0, locks: 0, begun: 0, wrongWords: 0 }]);
  }, 3_600_000);

  it('is noticed, by the address that tried', async () => {
    const log = { warn: (details: object) => Promise.reject(details) };
    const settings = world.settings.alarms;
    const { db } = world.stores;
    await createWatch({ db, settings, now: world.now, log, pauseClaims }).look();
    const alarms = await listAlarms(db);
    expect(alarms.map(({ rule, details }) => [rule, details.address])).toEqual([
      ['address-many-codes', '192.0.2.0/24'],
    ]);
  });

  it('is stopped at the page by their address alone, and locks nobody out: every pupil goes on', async () => {
    const attacker = site.browser();
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { status } = await giveProofs(attacker, { code: 'A'.repeat(16), word: 'faux' });
      statuses.push(status);
    }
    expect(statuses.every((status) => status === 422 || status === 429)).toBe(true);
    for (const { person, code } of pupils) {
      const begun = await world.activation.begin(world.activation.classWindow, { code, proof: word });
      expect({ person, outcome: begun.outcome }).toEqual({ person, outcome: 'begun' });
    }
  });
});

describe('a mail scanner that opens every link', () => {
  it('spends nothing: links of letters are followed, headed and posted to, and the code still opens', async () => {
    const { person, code, word: here } = await world.pupilWithProofs();
    const bare = code.replaceAll('-', '');
    for (let n = 0; n < 5; n += 1) {
      const scanner = site.browser();
      await scanner.get(`/activate?code=${bare}`);
      await scanner.get('/activate');
      await scanner.get('/activate/password');
    }
    const before = await world.stores.db
      .selectFrom('letters')
      .select('state')
      .where('person', '=', person)
      .execute();
    expect(before).toEqual([{ state: 'printed' }]);
    const pupil = site.browser();
    await giveProofs(pupil, { code, word: here });
    expect((await choosePassword(pupil, 'sept-chevaux-bleus-1789')).status).toBeLessThan(400);
    const account = await world.stores.db
      .selectFrom('accounts')
      .select('claimed')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    expect(account.claimed).toBe(true);
  });
});
