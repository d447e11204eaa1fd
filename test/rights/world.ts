import { openDormantAccount } from '../../src/accounts/open-dormant-account.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { ensureClasses, saveEstablishments } from '../../src/directory/establishments.ts';
import { closeMemberships, type NewMembership, openMemberships } from '../../src/directory/memberships.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createOrders } from '../../src/orders/orders.ts';
import { type Confirm, confirmedByOperator } from '../../src/rights/confirm.ts';
import { createGrantRight, type Asked as GrantAsked, type Granted } from '../../src/rights/grant.ts';
import { type Approved, createApproveOfficer } from '../../src/rights/officers/approve.ts';
import { createInviteOfficer, type InviteOfficer } from '../../src/rights/officers/invite.ts';
import { createProposeOfficer, type Proposed } from '../../src/rights/officers/propose.ts';
import type { Office } from '../../src/rights/officers/rules.ts';
import { createRenewRight, type Renewed } from '../../src/rights/renew.ts';
import { createRevokeRight, type Revoked } from '../../src/rights/revoke.ts';
import { type Right, rightsOf } from '../../src/rights/rights.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { AccountState, Profile } from '../../src/storage/schema.ts';
import { aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

export const SCHOOL = '0750001A';
export const OTHER_SCHOOL = '0750002B';
export const FAR_SCHOOL = '0690003C';
export const YEAR = 2026;
const START = new Date('2026-10-05T08:00:00Z');
const DAY = 86_400_000;

export const NATIONAL: Office = { role: 'national-officer', scope: { kind: 'nation' } };

function actor(person: number | undefined): Actor {
  return person === undefined
    ? { kind: 'operator', name: 'test', osUser: 'root', host: 'here' }
    : { kind: 'person', person };
}

interface Post {
  uai?: string;
  profile?: Profile;
  classes?: string[];
  function?: string;
  state?: AccountState;
}

/** Three schools of two académies, on a clock that tests move. */
export interface RightsWorld {
  stores: TestStores;
  now(): Date;
  later(days: number): Date;
  backToStart(): void;
  /** Active, in the roster, in a line. */
  person(post?: Post): Promise<number>;
  head(uai?: string): Promise<number>;
  teacher(classes: string[], uai?: string): Promise<number>;
  clerk(uai?: string): Promise<number>;
  pupils(count: number, className: string, uai?: string): Promise<number[]>;
  /** As an import that no longer names them. */
  leave(person: number): Promise<void>;
  rightsOf(person: number): Promise<Right[]>;
  /** A number is a person; without it the command line. */
  grant(
    asked: { by?: number; to: number; confirm?: Confirm } & Pick<GrantAsked, 'role' | 'scope' | 'until'>,
  ): Promise<Granted>;
  revoke(right: string, by?: number): Promise<Revoked>;
  renew(right: string, by?: number): Promise<Renewed>;
  invite: InviteOfficer;
  propose(asked: { by?: number; person: number; until?: Date } & Office): Promise<Proposed>;
  approve(proposal: string, by?: number): Promise<Approved>;
  /** By a proposal and an approval; who may not is answered. */
  appoint(person: number, by: [number | undefined, number | undefined], office?: Office): Promise<string>;
  /** Claimed, in no roster. */
  nobody(): Promise<number>;
  events(subject: number): Promise<string[]>;
  close(): Promise<void>;
}

export async function rightsWorld(): Promise<RightsWorld> {
  const stores = await testStores();
  const { db } = stores;
  let at = START;
  const now = (): Date => at;
  const transaction = db.transaction();
  await transaction.execute((tx) =>
    saveEstablishments(tx, [
      { uai: SCHOOL, name: 'Collège des Œillets', academie: 'Paris', kind: 'college' },
      { uai: OTHER_SCHOOL, name: 'Collège des Iris', academie: 'Paris', kind: 'college' },
      { uai: FAR_SCHOOL, name: 'Lycée des Pivoines', academie: 'Lyon', kind: 'lycee' },
    ]),
  );
  const join = (person: number, { uai = SCHOOL, profile = 'staff', classes = [], ...post }: Post) =>
    db.transaction().execute(async (tx) => {
      const known = await ensureClasses(
        tx,
        classes.map((code) => ({ uai, schoolYear: YEAR, code })),
      );
      const each = { person, uai, schoolYear: YEAR, profile, function: post.function ?? null };
      const memberships: NewMembership[] =
        known.length > 0 ? known.map(({ id }) => ({ ...each, classId: id })) : [{ ...each, classId: null }];
      await openMemberships(tx, memberships, at);
    });
  const person: RightsWorld['person'] = async (post = {}) => {
    const { number } = await aPerson(db, { state: post.state ?? 'active' });
    await join(number, post);
    return number;
  };
  const orders = createOrders({
    ...{ pool: stores.pool, now, log: { warn() {} } },
    settings: { pollMilliseconds: 250, silenceMilliseconds: 2000 },
  });
  await orders.start();
  const judged = createJudged({ db, orders });
  const operations = { judged, now };
  const [grant, revoke, renew] = [
    createGrantRight(operations),
    createRevokeRight(operations),
    createRenewRight(operations),
  ];
  const [propose, approve] = [createProposeOfficer(operations), createApproveOfficer(operations)];
  const invite = createInviteOfficer({
    ...{ db, now, openAccount: openDormantAccount },
    keyRing: await loadKeyRing(db, stores.secrets.wrappingKey),
    digests: createDigests(stores.secrets.digestKey),
  });
  const confirm = confirmedByOperator;
  const world: Pick<RightsWorld, 'propose' | 'approve'> = {
    propose: ({ by, ...asked }) => propose({ ...asked, by: actor(by), confirm }),
    approve: (proposal, by) => approve({ proposal, by: actor(by), confirm }),
  };
  return {
    ...world,
    stores,
    now,
    invite,
    grant: ({ by, ...asked }) => grant({ confirm, ...asked, by: actor(by) }),
    revoke: (right, by) => revoke({ right, by: actor(by), reason: 'test', confirm }),
    renew: (right, by) => renew({ right, by: actor(by), confirm }),
    async appoint(who, [first, second], office = NATIONAL) {
      const proposed = await world.propose({
        person: who,
        ...office,
        ...(first !== undefined && { by: first }),
      });
      if (proposed.outcome !== 'proposed') return proposed.outcome;
      return (await world.approve(proposed.proposal, second)).outcome;
    },
    nobody: async () => (await aPerson(db)).number,
    async events(subject) {
      const rows = await db
        .selectFrom('audit_events')
        .select('name')
        .where('subject', '=', subject)
        .orderBy('id')
        .execute();
      return rows.map(({ name }) => name);
    },
    backToStart() {
      at = START;
    },
    later(days) {
      at = new Date(at.getTime() + days * DAY);
      return at;
    },
    person,
    head: (uai = SCHOOL) => person({ uai, function: 'DIR' }),
    teacher: (classes, uai = SCHOOL) => person({ uai, profile: 'teacher', classes }),
    clerk: (uai = SCHOOL) => person({ uai, function: 'ADF' }),
    pupils: (count, className, uai = SCHOOL) =>
      Promise.all(
        Array.from({ length: count }, () =>
          person({ uai, profile: 'pupil', classes: [className], state: 'dormant' }),
        ),
      ),
    async leave(who) {
      await db.transaction().execute(async (tx) => {
        const open = await tx
          .selectFrom('memberships')
          .select('id')
          .where('person', '=', who)
          .where('until_at', 'is', null)
          .execute();
        await closeMemberships(
          tx,
          open.map(({ id }) => id),
          at,
        );
      });
    },
    rightsOf: (who) => rightsOf(db, who, at),
    async close() {
      await orders.stop();
      await stores.close();
    },
  };
}
