import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { liftLock } from '../../src/accounts/locks.ts';
import { resetAccount } from '../../src/accounts/reset/reset-account.ts';
import { isOwnAct } from '../../src/alarms/alarm.ts';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { closeContacts, openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { createPost } from '../../src/messages/post.ts';
import { addChangeNotices } from '../../src/notices/change-notice.ts';
import { addContactNotices } from '../../src/notices/contact-notice.ts';
import { createDisownClaim } from '../../src/notices/disown-claim.ts';
import { retryFailed } from '../../src/storage/queue-depth.ts';
import { BY, DAY, MINUTE, UAI } from '../activation/world.ts';
import { mailServer } from '../messages/mail-server.ts';
import { ISSUER, type NoticesWorld, noticesWorld, tokenIn } from './notices-world.ts';

let world: NoticesWorld;
beforeAll(async () => {
  world = await noticesWorld();
});
afterEach(async () => {
  world.sendBy(undefined);
  await world.stores.pool.query('delete from graphile_worker._private_jobs');
  await world.sent();
});
afterAll(() => world.close());

let last = 0;
const aMail = () => `lea${++last}@famille.example`;
const aPhone = () => `+336${String(10_000_000 + ++last)}`;

describe('after a claim', () => {
  it('tells each guardian with legal responsibility, on every channel, and nobody else', async () => {
    const [mail, phone, other] = [aMail(), aPhone(), aMail()];
    await world.claimed(async (person) => {
      await world.guardianOf(person, { contacts: { mail, phone } });
      await world.guardianOf(person, { rank: 2, contacts: { mail: other } });
      await world.guardianOf(person, { rank: 0, contacts: { mail: aMail() } });
    });
    await world.queue.drain();
    const sent = await world.sent();
    expect(sent.map(({ channel, to }) => [channel, to]).sort()).toEqual(
      [
        ['mail', mail],
        ['mail', other],
        ['sms', phone],
      ].sort(),
    );
    expect(new Set(sent.map(tokenIn)).size).toBe(3);
  });

  it('tells where they were reached until lately too: whoever changed that may have claimed the account', async () => {
    const [before, after] = [aMail(), aMail()];
    const claim = (daysAgo: number) =>
      world.claimed(async (person) => {
        const guardian = await world.guardianOf(person, { contacts: { mail: before } });
        const until = new Date(world.now().getTime() - daysAgo * DAY);
        await world.stores.db
          .updateTable('contacts')
          .set({ from_at: new Date(0), until_at: until })
          .where('person', '=', guardian)
          .execute();
        await world.contacts(guardian, { mail: after });
      });
    for (const [daysAgo, told] of [
      [13, [before, after]],
      [15, [after]],
    ] as const) {
      await claim(daysAgo);
      await world.queue.drain();
      expect((await world.sent()).map(({ to }) => to).sort()).toEqual([...told].sort());
    }
  });

  it('tells the holder at the contact that another took the place of, also once that one may be sent a half', async () => {
    const { contactDays, formerReaderDays } = world.settings.activation;
    for (const [days, isTold] of [
      [contactDays + 1, true],
      [contactDays + formerReaderDays - 1, true],
      [contactDays + formerReaderDays + 1, false],
    ] as const) {
      const [before, after] = [aMail(), aMail()];
      await world.claimed(async (person) => {
        await world.contacts(person, { mail: before });
        const until = new Date(world.now().getTime() - days * DAY);
        const ended = { from_at: new Date(0), until_at: until };
        await world.stores.db.updateTable('contacts').set(ended).where('person', '=', person).execute();
        await world.contacts(person, { mail: after });
      });
      await world.queue.drain();
      const told = isTold ? [before, after] : [after];
      expect((await world.sent()).map(({ to }) => to).sort()).toEqual(told.sort());
    }
  });

  it('tells whoever was a guardian until lately, and neither the school nor the class: a link is cut before a claim', async () => {
    const claim = (daysAgo: number, mail: string) =>
      world.claimed(async (person) => {
        const guardian = await world.guardianOf(person, { contacts: { mail, phone: aPhone() } });
        const until = new Date(world.now().getTime() - daysAgo * DAY);
        const { db } = world.stores;
        const ended = { from_at: new Date(0), until_at: until };
        await db.updateTable('guardianships').set(ended).where('guardian', '=', guardian).execute();
        await db.updateTable('contacts').set(ended).where('person', '=', guardian).execute();
      });
    await claim(15, aMail());
    await world.queue.drain();
    expect(await world.sent()).toEqual([]);

    const mail = aMail();
    const person = await claim(13, mail);
    await world.queue.drain();
    const sent = await world.sent();
    expect(sent.map(({ channel }) => channel).sort()).toEqual(['mail', 'sms']);
    const letter = sent.find(({ to }) => to === mail);
    expect(letter?.text).toContain('ne vous compte plus parmi ses responsables légaux');
    // A token is drawn, and may well hold « 6e ».
    for (const { text } of sent)
      expect(text.replaceAll(tokenIn({ text }), '')).not.toMatch(/Œillets|classe 5A|6e|class 5A/);
    expect(await world.disownClaim(tokenIn(letter))).toEqual({ outcome: 'locked' });
    const { rows } = await world.stores.pool.query('select details from alarms where person = $1', [person]);
    expect(rows).toEqual([{ details: expect.objectContaining({ recipient: 'former-guardian' }) }]);
  });

  it('tells a guardian whose rank changed as a guardian, once', async () => {
    const mail = aMail();
    await world.claimed(async (person) => {
      const guardian = await world.guardianOf(person, { rank: 2, contacts: { mail } });
      const { db } = world.stores;
      const at = new Date(world.now().getTime() - DAY);
      const row = { guardian, child: person, relation: null };
      await db
        .insertInto('guardianships')
        .values({ ...row, rank: 1, from_at: new Date(0), until_at: at })
        .execute();
    });
    await world.queue.drain();
    expect(await world.sent()).toMatchObject([
      { to: mail, subject: 'Préau\u00a0: le compte de votre enfant a été activé' },
    ]);
  });

  it('tells somebody of their own account too', async () => {
    const mail = aMail();
    await world.claimed((person) => world.contacts(person, { mail }));
    await world.queue.drain();
    expect(await world.sent()).toMatchObject([
      { to: mail, subject: 'Préau\u00a0: votre compte a été activé' },
    ]);
  });

  it('says when and how, in French and then in English, and nothing that lets anybody in', async () => {
    const [mail, phone] = [aMail(), aPhone()];
    const person = await world.claimed((child) => world.guardianOf(child, { contacts: { mail, phone } }));
    await world.queue.drain();
    const sent = await world.sent();
    const letter = sent.find(({ channel }) => channel === 'mail')?.text ?? '';
    const [french = '', english = ''] = letter.split('English');
    expect(french).toContain('Collège des Œillets');
    expect(french).toMatch(/Quand\s: .*2026.*heure de Paris/);
    expect(french).toContain('en classe, avec le code de la lettre et le mot écrit au tableau');
    expect(english).toContain('in class, with the code of the letter');
    expect(french).toContain(`${ISSUER}/not-me?token=`);
    const sms = sent.find(({ channel }) => channel === 'sms')?.text ?? '';
    expect(sms).toMatch(/^[\x20-\x7eéèàùÉ\n]*$/);
    const { username_sealed: sealed } = await world.stores.db
      .selectFrom('accounts')
      .select('username_sealed')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    expect(sealed).not.toBeNull();
    for (const text of [letter, sms])
      expect(text).not.toMatch(/lina|martin|[a-z]+\.[a-z]+\d{2}|sept-chevaux/i);
  });

  it('adds jobs that name a notice or a school, and nothing else', async () => {
    const mail = aMail();
    await world.claimed((person) => world.guardianOf(person, { contacts: { mail } }));
    const jobs = await world.jobs();
    expect(jobs.map(({ task }) => task).sort()).toEqual(['activation.notice', 'activation.school-notice']);
    for (const { payload } of jobs) {
      const keys = Object.keys(payload as object).sort();
      expect([['notice'], ['from', 'uai', 'until']]).toContainEqual(keys);
    }
    await world.queue.drain();
    const { rows } = await world.stores.pool.query(
      'select encode(digest, $1) as digest from claim_notice_links',
      ['hex'],
    );
    const token = Buffer.from(tokenIn((await world.sent())[0]));
    expect(rows.map(({ digest }) => digest)).not.toContain(token.toString('hex'));
  });

  it('tells the school once a quarter of an hour: numbers by class and way, no names', async () => {
    const mail = aMail();
    await world.head(mail);
    world.wait(15 * MINUTE - (world.now().getTime() % (15 * MINUTE)));
    await world.claimed();
    const undone = await world.claimed();
    // Whoever claims and then has it undone does not go unseen.
    await world.stores.db
      .transaction()
      .execute((tx) => resetAccount(tx, BY, { person: undone, reason: 'test', at: world.now() }));
    await world.queue.drain();
    expect(await world.sent()).toEqual([]);
    world.wait(15 * MINUTE);
    await world.queue.drain();
    await world.queue.drain();
    const [sent, ...more] = await world.sent();
    expect([sent?.to, more]).toEqual([mail, []]);
    expect(sent?.text.match(/1 compte, classe C\w+\s: en classe/g)).toHaveLength(2);
    expect(sent?.text).toContain(`${ISSUER}/console`);
    expect(sent?.text).not.toMatch(/lina|martin/i);
  });
});

describe('after a change of how an account is signed in to', () => {
  /** A pupil with a guardian, whose claim was told long ago. */
  async function aFamily(contacts: { mail?: string; phone?: string }): Promise<number> {
    const person = await world.claimed((child) => world.guardianOf(child, { contacts }));
    await world.stores.pool.query('delete from graphile_worker._private_jobs');
    world.wait(DAY);
    return person;
  }

  const changed = (person: number, told: Parameters<typeof addChangeNotices>[1]['told']) =>
    world.stores.db.transaction().execute((tx) => addChangeNotices(tx, { person, told, at: world.now() }));

  it('tells the holder and the guardians, where they are reached now, what and when, in French and English', async () => {
    const [mail, phone, own, former] = [aMail(), aPhone(), aMail(), aMail()];
    const person = await aFamily({ mail, phone });
    await world.contacts(person, { mail: own });
    const past = await world.guardianOf(person, { contacts: { mail: former } });
    const { db } = world.stores;
    const ended = { until_at: world.now() };
    await db.updateTable('guardianships').set(ended).where('guardian', '=', past).execute();
    await changed(person, 'password');
    await world.queue.drain();
    expect(await world.jobs()).toEqual([]);
    const sent = await world.sent();
    expect(sent.map(({ to }) => to).sort()).toEqual([mail, phone, own].sort());
    const letter = sent.find(({ to }) => to === mail);
    expect(letter?.subject).toBe('Préau\u00a0: la connexion au compte de votre enfant a changé');
    const [french = '', english = ''] = (letter?.text ?? '').split('English');
    expect(french).toMatch(/\(Collège des Œillets, classe C\w+\), le mot de passe a été changé\./);
    expect(french).toMatch(/Quand\s: .*2026.*heure de Paris/);
    expect(english).toContain('the password was changed');
    expect(sent.find(({ to }) => to === own)?.text).toContain('Sur votre compte Préau');
    expect(sent.find(({ to }) => to === phone)?.text).toMatch(/^[\x20-\x7eéèàùÉ\n]*$/);
    for (const one of sent) {
      expect(one.text).toContain(`${ISSUER}/not-me?token=${tokenIn(one)}`);
      expect(one.text).not.toMatch(/lina|martin|[a-z]+\.[a-z]+\d{2}|sept-chevaux/i);
    }
    const told = { channel: 'mail', told: 'password' };
    expect((await world.events(person)).at(-1)).toMatchObject({ name: 'activation.notice-sent' });
    expect((await world.events(person)).map(({ details }) => details)).toContainEqual(
      expect.objectContaining(told),
    );
  });

  it('says of a second factor and of recovery codes which it was, and never one of them', async () => {
    const person = await aFamily({ mail: aMail() });
    const texts: string[] = [];
    for (const told of ['factor-added', 'factor-replaced', 'recovery-codes'] as const) {
      await changed(person, told);
      await world.queue.drain();
      texts.push(...(await world.sent()).map(({ text }) => text));
    }
    expect(texts.map((text) => /classe C\w+\), (.*)\./.exec(text)?.[1])).toEqual([
      'une application de codes a été ajoutée',
      'l’application de codes a été remplacée',
      'de nouveaux codes de secours ont été créés',
    ]);
  });

  it('tells each of them of one sort five times a day at most, and anew the day after', async () => {
    const [mail, phone] = [aMail(), aPhone()];
    const person = await aFamily({ mail, phone });
    const told = async (changes: number) => {
      for (let change = 0; change < changes; change += 1) await changed(person, 'recovery-codes');
      await world.queue.drain();
      return (await world.sent()).map(({ channel }) => channel).sort();
    };
    expect(await told(7)).toEqual([...Array(5).fill('mail'), ...Array(5).fill('sms')]);
    await changed(person, 'password');
    expect(await told(1)).toEqual(['mail', 'sms']);
    world.wait(DAY);
    expect(await told(1)).toEqual(['mail', 'sms']);
  });

  it('locks by the link of its notice, tells the school what of, and speaks of no later claim', async () => {
    const head = aMail();
    await world.head(head);
    const [person, other] = [await aFamily({ mail: aMail() }), await aFamily({ mail: aMail() })];
    for (const one of [person, other]) await changed(one, 'password');
    await world.queue.drain();
    const [token = '', later = ''] = (await world.sent()).map(tokenIn);
    expect(await world.disownClaim(token)).toEqual({ outcome: 'locked' });
    const { db, pool } = world.stores;
    const alarms = db.selectFrom('alarms').select(['rule', 'uai']).where('person', '=', person);
    expect(await alarms.execute()).toEqual([{ rule: 'change-disowned', uai: UAI }]);
    expect((await world.events(person)).map(({ details }) => details)).toContainEqual(
      expect.objectContaining({ told: 'password', recipient: 'guardian' }),
    );
    await world.queue.drain();
    const told = (await world.sent()).find(({ to }) => to === head);
    expect(told?.text).toContain('pas son enfant qui avait changé la connexion à son compte');
    await pool.query(`update accounts set claimed_at = claimed_at + interval '1 second' where person = $1`, [
      other,
    ]);
    expect(await world.disownClaim(later)).toEqual({ outcome: 'unknown-link' });
  });
});

describe('after a change of where somebody is reached', () => {
  it('tells whoever has an account at both ends, and nobody where two schools said the same', async () => {
    const [before, copied, after] = [aMail(), aPhone(), aMail()];
    const { db } = world.stores;
    const person = await world.claimed((child) => world.contacts(child, { mail: before, phone: copied }));
    await world.contacts(person, { phone: copied });
    const [dormant = 0] = await world.people({ profile: 'guardian' });
    await world.contacts(dormant, { mail: aMail() });
    await world.stores.pool.query('delete from graphile_worker._private_jobs');
    world.wait(DAY);
    const rows = await db
      .selectFrom('contacts')
      .select(['id', 'kind', 'person'])
      .where('person', 'in', [person, dormant])
      .orderBy('id')
      .execute();
    const [mail, phone] = ['mail', 'phone'].map((kind) => rows.find((row) => row.kind === kind)?.id ?? 0);
    const change = (closed: number[], opened: { mail?: string }) =>
      db.transaction().execute(async (tx) => {
        const at = world.now();
        await closeContacts(tx, closed, at);
        if (opened.mail) {
          const sealer = (await sealersOf(tx, world.keyRing, [person])).get(person);
          if (!sealer) throw new Error('no key');
          const contact = { sealer, uai: UAI, kind: 'mail' as const, value: opened.mail };
          await openContacts(tx, [contact], { digests: world.digests, at });
        }
        const told = [person, dormant].map((one) => ({ person: one, closed }));
        await addContactNotices(tx, told, { at });
      });
    await change([phone ?? 0], {});
    expect(await world.jobs()).toEqual([]);
    await change([mail ?? 0], { mail: after });
    await world.queue.drain();
    const sent = await world.sent();
    expect(sent.map(({ to }) => to).sort()).toEqual([before, copied, after].sort());
    const letter = sent.find(({ to }) => to === before);
    expect(letter?.text).toMatch(/vos coordonnées ont changé[\s\S]*English[\s\S]*Call the school/);
    expect(sent.find(({ to }) => to === copied)?.text).toMatch(/^[\x20-\x7eéèàùÉ\n]*$/);
    for (const { text } of sent) expect(text).not.toMatch(/not-me|Œillets|lina|martin/i);
  });
});

describe('a school', () => {
  it('is written to at its own address where the roster names one, else its heads', async () => {
    const own = 'ce.0750001a@academie.example';
    await world.head(aMail());
    await world.stores.db.updateTable('establishments').set({ mail: own }).where('uai', '=', UAI).execute();
    await world.claimed();
    world.wait(15 * MINUTE);
    await world.queue.drain();
    await world.queue.drain();
    expect((await world.sent()).map(({ to }) => to)).toEqual([own]);
    await world.stores.db.updateTable('establishments').set({ mail: null }).execute();
  });
});

describe('a notice', () => {
  it('goes to the address the claim found, though the school has changed it since', async () => {
    const mail = aMail();
    await world.claimed(async (person) => {
      await world.guardianOf(person, { contacts: { mail } });
    });
    const { db, pool } = world.stores;
    const { rows } = await pool.query('select max(contact)::int as contact from claim_notices');
    await db.transaction().execute((tx) => closeContacts(tx, [rows[0].contact], world.now()));
    await world.queue.drain();
    expect(await world.sent()).toMatchObject([{ to: mail }]);
  });

  it('waits while the mail server is away, and goes out when it is back; the claim is done', async () => {
    const server = await mailServer();
    await server.close();
    world.sendBy(smtpTo(server.port));
    const mail = aMail();
    const person = await world.claimed((child) => world.guardianOf(child, { contacts: { mail } }));
    await world.queue.drain();
    const waiting = (await world.jobs()).filter(({ task }) => task === 'activation.notice');
    expect(waiting).toMatchObject([{ attempts: 1, last_error: 'NotSent ESOCKET' }]);
    const back = await mailServer({}, server.port);
    world.wait(MINUTE);
    await world.queue.drain();
    await back.close();
    expect(back.received).toMatchObject([{ to: [mail] }]);
    expect(await noticeEvents(person)).toEqual(['activation.notice-sent']);
  });

  it('is given up where there is no such mailbox, and says so in the audit', async () => {
    const server = await mailServer({
      onRcptTo: (_, __, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    world.sendBy(smtpTo(server.port));
    const person = await world.claimed((child) => world.guardianOf(child, { contacts: { mail: aMail() } }));
    await world.queue.drain();
    await server.close();
    expect((await world.jobs()).filter(({ task }) => task === 'activation.notice')).toEqual([]);
    expect(await noticeEvents(person)).toEqual(['activation.notice-given-up']);
  });

  it('that was tried for days is on record as given up, and goes out where an operator begins it anew', async () => {
    world.sendBy({ sendSms: async () => {}, sendMail: () => Promise.reject(new Error('away')) });
    const mail = aMail();
    const person = await world.claimed((child) => world.guardianOf(child, { contacts: { mail } }));
    const { pool, db } = world.stores;
    await pool.query('update graphile_worker._private_jobs set max_attempts = 1');
    await world.queue.drain();
    expect(await noticeEvents(person)).toEqual(['activation.notice-given-up']);
    world.sendBy(undefined);
    await db.transaction().execute((tx) => retryFailed(tx, 'activation.notice'));
    await world.queue.drain();
    expect(await world.sent()).toMatchObject([{ to: mail }]);
    expect(await noticeEvents(person)).toEqual(['activation.notice-given-up', 'activation.notice-sent']);
  });

  it('draws another link at each try: one that went out unnoticed opens as well', async () => {
    const received: string[] = [];
    world.sendBy({
      sendSms: async () => {},
      sendMail: async ({ text }) => {
        received.push(text);
        if (received.length === 1) throw new Error('the answer was lost');
      },
    });
    await world.claimed((child) => world.guardianOf(child, { contacts: { mail: aMail() } }));
    await world.queue.drain();
    world.wait(MINUTE);
    await world.queue.drain();
    const [first = '', second = ''] = received.map((text) => tokenIn({ text }));
    expect(first).not.toBe(second);
    expect(await world.disownClaim(first)).toEqual({ outcome: 'locked' });
    expect(await world.disownClaim(second)).toEqual({ outcome: 'locked-before' });
  });
});

describe('the link of a notice', () => {
  async function aLink(): Promise<{ person: number; token: string }> {
    const person = await world.claimed((child) => world.guardianOf(child, { contacts: { mail: aMail() } }));
    await world.queue.drain();
    return { person, token: tokenIn((await world.sent())[0]) };
  }

  it('names in its alarm who of the staff gave the second proof: it is not theirs to close', async () => {
    const { db } = world.stores;
    const [staff = 0] = await world.people({ profile: 'staff' });
    const givenBy = async (person: number) => {
      const alarms = await listAlarms(db);
      return alarms.find((alarm) => alarm.person === person)?.details.given_by;
    };
    const atDesk = await aLink();
    const second_proof = JSON.stringify({ ceremony: 'desk', staff });
    await db
      .updateTable('activation_ceremonies')
      .set({ second_proof })
      .where('person', '=', atDesk.person)
      .execute();
    await world.disownClaim(atDesk.token);
    expect(await givenBy(atDesk.person)).toEqual([staff]);
    const inWindow = await aLink();
    await sql`
      update activation_windows w set opened_by = ${JSON.stringify({ kind: 'person', person: staff })}::jsonb
      from activation_window_pupils p where p.window_id = w.id and p.person = ${inWindow.person}`.execute(db);
    await world.disownClaim(inWindow.token);
    expect(await givenBy(inWindow.person)).toEqual([staff]);
    const [alarm] = (await listAlarms(db)).filter(({ person }) => person === inWindow.person);
    expect(alarm && [isOwnAct(alarm, staff), isOwnAct(alarm, staff + 1)]).toEqual([true, false]);
  });

  it('locks the account once, however many press at once, and tells the school', async () => {
    const head = aMail();
    await world.head(head);
    const { person, token } = await aLink();
    const before = await accountOf(person);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.disownClaim(token)));
    expect(outcomes.filter(({ outcome }) => outcome === 'locked')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'locked-before')).toHaveLength(19);
    const after = await accountOf(person);
    expect(after).toEqual({ locks: 1, epoch: before.epoch + 1 });
    expect((await world.events(person)).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['activation.disowned', 'account.locked']),
    );
    const alarms = world.stores.db.selectFrom('alarms').select(['rule', 'uai']).where('person', '=', person);
    expect(await alarms.execute()).toEqual([{ rule: 'claim-disowned', uai: UAI }]);
    await world.queue.drain();
    const told = (await world.sent()).filter(({ to }) => to === head);
    expect(told).toMatchObject([{ subject: expect.stringContaining('contestée') }]);
    expect(told[0]?.text).toContain(`${ISSUER}/console/people/${await world.idOf(person)}`);
    expect(told[0]?.text).not.toMatch(/lina|martin/i);
  });

  it('alarms the nation where the account is of no school: an officer’s', async () => {
    const { person, token } = await aLink();
    const { db } = world.stores;
    await db.updateTable('memberships').set({ until_at: world.now() }).where('person', '=', person).execute();
    expect(await world.disownClaim(token)).toEqual({ outcome: 'locked' });
    const alarms = db.selectFrom('alarms').select(['rule', 'uai', 'academie']).where('person', '=', person);
    expect(await alarms.execute()).toEqual([{ rule: 'claim-disowned', uai: null, academie: null }]);
  });

  it('says that it is locked to whoever pressed a moment before another and waited for them', async () => {
    const { token } = await aLink();
    expect(await world.disownClaim(token)).toEqual({ outcome: 'locked' });
    const before = () => new Date(world.now().getTime() - 1000);
    const waiting = createDisownClaim({ db: world.stores.db, digests: world.digests, now: before });
    expect(await waiting(token)).toEqual({ outcome: 'locked-before' });
  });

  it('says nowhere that an account is locked which the school has opened again', async () => {
    const { person, token } = await aLink();
    expect(await world.disownClaim(token)).toEqual({ outcome: 'locked' });
    const { db } = world.stores;
    const locks = await db.selectFrom('locks').select('id').where('person', '=', person).execute();
    const [lock = ''] = locks.map(({ id }) => id);
    await db.transaction().execute((tx) => liftLock(tx, BY, { lock, reason: 'a mistake', at: world.now() }));
    expect(await world.disownClaim(token)).toEqual({ outcome: 'lifted-since' });
  });

  it('ends the ceremony that was still going on', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    await world.guardianOf(person, { contacts: { mail: aMail() } });
    const { activation } = world;
    const begun = await activation.begin(activation.classWindow, { code, proof: word });
    if (begun.outcome !== 'begun') throw new Error(begun.outcome);
    await activation.claim(begun.token, 'sept-chevaux-bleus-1789');
    await world.queue.drain();
    await world.disownClaim(tokenIn((await world.sent())[0]));
    expect(await activation.finish(begun.token)).toEqual({ outcome: 'ended' });
  });

  it('opens nothing after its days, nor where it is another', async () => {
    const { person, token } = await aLink();
    for (const wrong of ['', token.slice(1), `${token}x`, token.toUpperCase()])
      expect(await world.disownClaim(wrong)).toEqual({ outcome: 'unknown-link' });
    world.wait(14 * DAY + MINUTE);
    expect(await world.disownClaim(token)).toEqual({ outcome: 'unknown-link' });
    expect((await accountOf(person)).locks).toBe(0);
  });

  it('speaks of its claim alone: not of a later one of the same account', async () => {
    const { person, token } = await aLink();
    await world.stores.pool.query(
      'update accounts set claimed_at = claimed_at + $1::interval where person = $2',
      ['1 second', person],
    );
    expect(await world.disownClaim(token)).toEqual({ outcome: 'unknown-link' });
  });
});

function smtpTo(port: number) {
  const senders = {
    ...{ smtpUrl: `smtp://127.0.0.1:${port}`, sms: undefined },
    ...{ from: 'preau@ecole.example', answerMilliseconds: 2000 },
  };
  return createPost({ config: { mode: 'test', senders }, db: world.stores.db, now: world.now });
}

async function accountOf(person: number): Promise<{ locks: number; epoch: number }> {
  const { rows } = await world.stores.pool.query(
    `select epoch, (select count(*)::int from locks l where l.person = a.person) as locks from accounts a where person = $1`,
    [person],
  );
  return rows[0];
}

async function noticeEvents(person: number): Promise<string[]> {
  return (await world.events(person)).map(({ name }) => name).filter((name) => name.includes('notice'));
}
