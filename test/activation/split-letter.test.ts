import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { createActivationTasks } from '../../src/activation/activation.ts';
import { CONTACT_CHANGED_TASK, HALF_TASK, REPRINT_TASK } from '../../src/activation/halves/task-names.ts';
import { voidHalves } from '../../src/activation/letters/void-halves.ts';
import { closeContacts, openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { NotSent } from '../../src/messages/message.ts';
import { actorOf, anAdult, ask, link, printFor, withLetter } from './people.ts';
import { countStatements } from './statements.ts';
import { activationWorld, BY, DAY, MINUTE, UAI, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

interface Sent {
  to: string;
  text: string;
  subject?: string;
}

let world: World;
let sent: Sent[] = [];
let failing = 0;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password.length}` });
});
beforeEach(() => {
  sent = [];
  failing = 0;
});
afterAll(() => world.close());

const post = {
  async sendSms(sms: { to: string; text: string }) {
    if (failing-- > 0) throw new NotSent('down');
    sent.push(sms);
  },
  async sendMail(mail: { to: string; subject: string; text: string }) {
    if (failing-- > 0) throw new NotSent('down');
    sent.push(mail);
  },
};

const send = (request: string) => run(HALF_TASK, { request });

async function run(task: string, payload: object): Promise<void> {
  const { db, secrets } = world.stores;
  const { settings, now } = world;
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: { warn() {} } });
  const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
  const config = { ...settings, mode: 'test' as const, issuer: 'https://id.example' };
  const tasks = createActivationTasks({ ...world, db, ledger, post, words, config });
  await tasks[task]?.(payload, { attempt: 1, isLast: false });
}

const halfIn = (message: Sent | undefined) =>
  /\b([0-9A-HJKMNP-TV-Z]{4}) ([0-9A-HJKMNP-TV-Z]{4})\b/.exec(message?.text ?? '')?.[0] ?? '';

async function contact(
  person: number,
  given: { kind?: 'phone' | 'mail'; value?: string; days?: number; uai?: string | null } = {},
): Promise<number> {
  const {
    kind = 'phone',
    value = `+3361234${String(person).padStart(4, '0')}`,
    days = 30,
    uai = UAI,
  } = given;
  const at = new Date(world.now().getTime() - days * DAY);
  const rows = await world.stores.db.transaction().execute(async (tx) => {
    const sealer = (await sealersOf(tx, world.keyRing, [person])).get(person);
    if (!sealer) throw new Error('no such person');
    return openContacts(tx, [{ sealer, uai, kind, value }], { digests: world.digests, at });
  });
  return rows[0]?.id ?? 0;
}

/** A teacher with a mobile that has stood for a month, and a letter. */
async function teacher(given: Parameters<typeof contact>[1] = {}) {
  const found = await withLetter(world, { profile: 'teacher' });
  return { ...found, contact: await contact(found.person, given) };
}

async function why(person: number): Promise<unknown> {
  return (await world.events(person)).filter(({ name }) => name === 'activation.refused').at(-1)?.details
    .because;
}

describe('a letter in two halves', () => {
  it('is claimed by the paper, then by what is sent to the mobile', async () => {
    const { person, code } = await teacher();
    const { token, id } = await ask(world, 'split-letter', code);
    await send(id);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toMatch(/jusqu’à \d\d:\d\d, là où/);
    const half = halfIn(sent[0]);
    expect(await world.activation.typeHalf(token, half.toLowerCase())).toEqual({ outcome: 'begun' });
    expect((await world.activation.claim(token, PASSWORD)).outcome).toBe('claimed');
    const account = await world.stores.db
      .selectFrom('accounts')
      .select('claimed_by')
      .where('person', '=', person)
      .executeTakeFirst();
    expect(account?.claimed_by).toBe('split-letter');
  });

  it('goes by mail where no mobile is held, with a link that only opens the page', async () => {
    const { code } = await teacher({ kind: 'mail', value: 'prof@ecole.example' });
    const { id, token } = await ask(world, 'split-letter', code);
    await send(id);
    expect(sent[0]).toMatchObject({ to: 'prof@ecole.example' });
    expect(sent[0]?.text).toContain('https://id.example/activate/wait');
    expect(sent[0]?.text).not.toMatch(/activate\/wait\S*[?#]/);
    world.wait(23 * 60 * MINUTE);
    expect((await world.activation.typeHalf(token, halfIn(sent[0]))).outcome).toBe('begun');
  });

  it('says until when it serves, as it is read here, and as long as the screen waits', async () => {
    const { code } = await teacher({ kind: 'mail', value: 'prof@ecole.example' });
    const { id, token } = await ask(world, 'split-letter', code);
    world.wait(4 * MINUTE);
    await send(id);
    const request = world.stores.db.selectFrom('activation_requests').select('expires_at');
    const { expires_at: until } = await request.where('id', '=', id).executeTakeFirstOrThrow();
    const style = { dateStyle: 'short', timeStyle: 'short', timeZone: 'Europe/Paris' } as const;
    const said = (language: string) => new Intl.DateTimeFormat(language, style).format(until);
    const [french = '', english = ''] = sent[0]?.text.split('English') ?? [];
    expect(french).toContain(said('fr-FR'));
    expect(english).toContain(said('en-GB'));
    world.wait(until.getTime() - world.now().getTime() - MINUTE);
    expect((await world.activation.typeHalf(token, halfIn(sent[0]))).outcome).toBe('begun');
  });

  it('draws another at each try: the one before opens nothing', async () => {
    const { code } = await teacher();
    const { id, token } = await ask(world, 'split-letter', code);
    await send(id);
    await send(id);
    const [first, second] = sent.map(halfIn);
    expect(first).not.toBe(second);
    expect((await world.activation.typeHalf(token, first ?? '')).outcome).toBe('refused');
    expect((await world.activation.typeHalf(token, second ?? '')).outcome).toBe('begun');
  });

  it('is tried again where sending failed', async () => {
    const { code } = await teacher();
    const { id } = await ask(world, 'split-letter', code);
    failing = 1;
    await expect(send(id)).rejects.toThrow(NotSent);
    await send(id);
    expect(sent).toHaveLength(1);
  });

  it('lives ten minutes by SMS, takes five wrong halves, and opens in its own browser alone', async () => {
    const { code, person } = await teacher();
    const late = await ask(world, 'split-letter', code);
    await send(late.id);
    world.wait(11 * MINUTE);
    expect((await world.activation.typeHalf(late.token, halfIn(sent[0]))).outcome).toBe('refused');
    expect(await why(person)).toBe('expired-half');
    const [one, other] = [await ask(world, 'split-letter', code), await ask(world, 'split-letter', code)];
    await send(one.id);
    expect((await world.activation.typeHalf(other.token, halfIn(sent[1]))).outcome).toBe('refused');
    for (let n = 0; n < 5; n += 1) await world.activation.typeHalf(one.token, 'AAAA AAAA');
    expect((await world.activation.typeHalf(one.token, halfIn(sent[1]))).outcome).toBe('refused');
  });

  it('takes as many statements to refuse a wrong half for somebody as for nobody', async () => {
    const locked = await teacher();
    const counts = new Map<string, number>();
    for (const [name, code] of [
      ['live', (await teacher()).code],
      ['frozen-out', locked.code],
      ['unknown', '0000-0000-0000-0000'],
      ['without a contact', (await withLetter(world, { profile: 'teacher' })).code],
    ] as const) {
      const { id, token } = await ask(world, 'split-letter', code);
      await send(id);
      const { db } = world.stores;
      if (name === 'frozen-out')
        await db
          .transaction()
          .execute((tx) => lockAccount(tx, BY, { person: locked.person, reason: 'test', at: world.now() }));
      const count = countStatements();
      expect((await world.activation.typeHalf(token, 'AAAA AAAA')).outcome).toBe('refused');
      counts.set(name, count.stop());
    }
    expect([...new Set(counts.values())]).toEqual([counts.get('unknown')]);
  });

  it('is sent three times a day', async () => {
    const { code } = await teacher();
    for (let n = 0; n < 4; n += 1) await send((await ask(world, 'split-letter', code)).id);
    expect(sent).toHaveLength(3);
  });

  it('is never sent for a code that opens nothing, a pupil, or a letter that is void', async () => {
    const pupil = await withLetter(world);
    await contact(pupil.person);
    const voided = await teacher();
    await printFor(world, voided);
    for (const code of ['0000-0000-0000-0000', pupil.code, voided.code]) {
      const { id, token } = await ask(world, 'split-letter', code);
      await send(id);
      expect((await world.activation.typeHalf(token, 'AAAA AAAA')).outcome).toBe('refused');
    }
    expect(sent).toEqual([]);
  });
});

describe('the contact', () => {
  it('must have stood for fourteen days; a newer mobile is not gone round by an older mail', async () => {
    const { person, code } = await teacher({ days: 13 });
    await contact(person, { kind: 'mail', value: 'prof@ecole.example' });
    await send((await ask(world, 'split-letter', code)).id);
    expect([sent, await why(person)]).toEqual([[], 'contact-too-new']);
  });

  it('is what the feed says, never what somebody typed here', async () => {
    const { person, code } = await teacher({ uai: null });
    await send((await ask(world, 'split-letter', code)).id);
    expect([sent, await why(person)]).toEqual([[], 'no-contact']);
  });

  it('is the one an officer was invited with, from the first day', async () => {
    const { person, code, contact: id } = await teacher({ uai: null, days: 0 });
    await world.stores.db
      .insertInto('officer_invitations')
      .values({ person, contact: id, invited_at: world.now(), invited_by: '{}' })
      .execute();
    await send((await ask(world, 'split-letter', code)).id);
    expect(sent).toHaveLength(1);
  });

  it('voids what was printed and sent once it changes', async () => {
    const { person, code, contact: id } = await teacher();
    const asked = await ask(world, 'split-letter', code);
    await send(asked.id);
    const { db } = world.stores;
    await db.transaction().execute((tx) => closeContacts(tx, [id], world.now()));
    await contact(person, { value: '+33699999999', days: 0 });
    expect((await world.activation.typeHalf(asked.token, halfIn(sent[0]))).outcome).toBe('refused');
    expect(await why(person)).toBe('contact-changed');
    world.wait(15 * DAY);
    await send((await ask(world, 'split-letter', code)).id);
    expect(sent).toHaveLength(1);
  });

  it('was not brought in by whoever printed the letter, nor by anybody linked with them', async () => {
    for (const who of ['printer', 'linked'] as const) {
      const clerk = await anAdult(world);
      const other = await anAdult(world);
      await link(world, clerk, other);
      const found = await withLetter(world, { profile: 'teacher', by: actorOf(clerk) });
      const id = await contact(found.person);
      const by = actorOf(who === 'printer' ? clerk : other);
      const { db } = world.stores;
      const plan = await db
        .insertInto('roster_plans')
        .values({
          ...{ made_by: JSON.stringify(by), made_at: world.now(), directory_version: 1 },
          ...{ state: 'applied', summary: '{}', hands: JSON.stringify([by]) },
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await db
        .updateTable('contacts')
        .set({ plans: [plan.id] })
        .where('id', '=', id)
        .execute();
      await send((await ask(world, 'split-letter', found.code)).id);
      expect([sent, await why(found.person)]).toEqual([[], 'same-hands']);
    }
  });
});

describe('those who are told', () => {
  it('are whoever was reached there until now', async () => {
    const { contact: id } = await teacher();
    const { db } = world.stores;
    await db.transaction().execute((tx) => closeContacts(tx, [id], world.now()));
    await run(CONTACT_CHANGED_TASK, { contact: id });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain('Prévenez');
  });

  it('are those reached before one contact went and another came in front of them, whose paper is void with it', async () => {
    const { person, code, contact: mail } = await teacher({ kind: 'mail', value: 'prof@ecole.example' });
    const { db, pool } = world.stores;
    const former = await contact(person, { kind: 'mail', value: 'ancien@ecole.example' });
    const mobile = await contact(person, { days: 0 });
    const row = db.selectFrom('contacts').select('from_at').where('id', '=', mobile);
    const { from_at: at } = await row.executeTakeFirstOrThrow();
    await db.transaction().execute(async (tx) => {
      await closeContacts(tx, [former], at);
      await voidHalves(tx, [{ person, closed: [former] }], { by: BY, at });
    });
    await send((await ask(world, 'split-letter', code)).id);
    expect([sent, await why(person)]).toEqual([[], 'void-letter']);
    const { rows } = await pool.query(`
      select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = '${CONTACT_CHANGED_TASK}'`);
    const told = rows
      .map(({ payload }) => payload.contact)
      .filter((id) => [mail, former, mobile].includes(id));
    expect(told.sort()).toEqual([mail, former].sort());
  });

  it('are those around somebody whose letter was printed alone, without a code or a name', async () => {
    const { person, contact: id } = await teacher({ kind: 'mail', value: 'prof@ecole.example' });
    const printed = await world.activation.reprintLetter({ uai: UAI, person, by: BY });
    if (printed.outcome !== 'printed') throw new Error(printed.outcome);
    const [letter] = printed.letters;
    await run(REPRINT_TASK, { batch: letter?.batch.id, contact: id });
    expect(sent[0]).toMatchObject({ to: 'prof@ecole.example' });
    expect(sent[0]?.text).toContain('Collège des Œillets');
    expect(sent[0]?.text).not.toContain(letter?.code);
    expect(sent[0]?.text).not.toContain('Martin');
  });
});
