import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createOutbox, type OutboxMessage } from '../../src/messages/outbox.ts';
import { createPost, type Post } from '../../src/messages/post.ts';
import { createDisownClaim, type DisownClaim } from '../../src/notices/disown-claim.ts';
import { createNoticeWords } from '../../src/notices/notice-text.ts';
import { createNoticeTasks } from '../../src/notices/tasks.ts';
import { createQueue, type Queue } from '../../src/storage/queue.ts';
import { activationWorld, UAI, type World } from '../activation/world.ts';
import type { TestStores } from '../support/stores.ts';
import { testConfig } from '../support/world.ts';

export const ISSUER = 'https://id.example';

export interface NoticesWorld extends World {
  queue: Queue;
  disownClaim: DisownClaim;
  /** Another sender than the outbox; undefined: the outbox again. */
  sendBy(post: Post | undefined): void;
  /** A guardian of this child, or a mere contact (rank 0). */
  guardianOf(child: number, how: { rank?: number; contacts: Contacts }): Promise<number>;
  contacts(person: number, contacts: Contacts): Promise<void>;
  head(mail: string): Promise<number>;
  /** A pupil whose account was claimed a moment ago. */
  claimed(before?: (person: number) => Promise<unknown>): Promise<number>;
  /** What was sent since it was asked last, the oldest first. */
  sent(): Promise<OutboxMessage[]>;
  jobs(): Promise<{ task: string; payload: unknown; attempts: number; last_error: string | null }[]>;
}

export interface Contacts {
  mail?: string;
  phone?: string;
}

export async function noticesWorld(given?: TestStores): Promise<NoticesWorld> {
  const world = await activationWorld({
    ...(given && { stores: given }),
    hash: async (password) => `hash of ${password.length}`,
  });
  const { stores, keyRing, digests, activation, now } = world;
  const { db, pool } = stores;
  const outbox = createOutbox({ db, mode: 'test', now });
  const usual = createPost({ config: testConfig(stores.secrets), db, now });
  let post: Post = usual;
  let seen = 0;
  const tasks = createNoticeTasks({
    ...{ db, keyRing, digests, now, issuer: ISSUER, noticeDays: 14 },
    post: { sendMail: (mail) => post.sendMail(mail), sendSms: (sms) => post.sendSms(sms) },
    words: createNoticeWords(loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} })),
  });
  const contacts: NoticesWorld['contacts'] = (person, given) =>
    db.transaction().execute(async (tx) => {
      const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
      if (!sealer) throw new Error('no key');
      const rows = (['mail', 'phone'] as const).flatMap((kind) => {
        const value = given[kind];
        return value === undefined ? [] : [{ sealer, uai: UAI, kind, value }];
      });
      await openContacts(tx, rows, { digests, at: now() });
    });
  return {
    ...world,
    queue: createQueue({ pool, tasks, log: { warn() {} }, now }),
    disownClaim: createDisownClaim({ db, digests, now }),
    sendBy: (other) => {
      post = other ?? usual;
    },
    contacts,
    async guardianOf(child, { rank = 1, contacts: given }) {
      const [guardian = 0] = await world.people({ profile: 'guardian' });
      await contacts(guardian, given);
      await db
        .transaction()
        .execute((tx) => openGuardianships(tx, [{ guardian, child, rank, relation: null }], now()));
      return guardian;
    },
    async head(mail) {
      const [head = 0] = await world.people({ profile: 'staff' });
      await contacts(head, { mail });
      const post = { person: head, uai: UAI, schoolYear: 2026, classId: null, profile: 'staff' as const };
      await db.transaction().execute((tx) => openMemberships(tx, [{ ...post, function: 'DIR' }], now()));
      return head;
    },
    async claimed(before = async () => {}) {
      const { person, code, word } = await world.pupilWithProofs();
      await before(person);
      const begun = await activation.begin(activation.classWindow, { code, proof: word });
      if (begun.outcome !== 'begun') throw new Error(begun.outcome);
      const { outcome } = await activation.claim(begun.token, 'sept-chevaux-bleus-1789');
      if (outcome !== 'claimed') throw new Error(outcome);
      return person;
    },
    async sent() {
      const fresh = (await outbox.list()).filter(({ id }) => id > seen).reverse();
      seen = fresh.at(-1)?.id ?? seen;
      return fresh;
    },
    async jobs() {
      const { rows } = await pool.query(`
        select t.identifier as task, j.payload, j.attempts, j.last_error
        from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`);
      return rows;
    },
    async close() {
      await world.close();
    },
  };
}

/** The token of the link in a message. */
export function tokenIn(message: { text: string } | undefined): string {
  return /\/not-me\?token=([\w-]+)/.exec(message?.text ?? '')?.[1] ?? '';
}
