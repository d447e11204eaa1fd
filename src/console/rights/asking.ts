import type { Context } from 'koa';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { type Establishment, findEstablishment } from '../../directory/establishments.ts';
import { findPersonById } from '../../directory/persons.ts';
import type { FieldErrors } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import type { Judged } from '../../orders/judged.ts';
import type { Reading } from '../../reading/reading.ts';
import type { Confirm } from '../../rights/confirm.ts';
import { type Place, type Right, type RightScope, rightFor } from '../../rights/rights.ts';
import { confirmAct, type PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { pausedErrors } from '../acting.ts';
import { signInWithTwo, type Visit } from '../for-staff.ts';
import { nameOf, openNames } from '../names.ts';
import { readFirst } from '../read-first.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  judged: Judged;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  now: () => Date;
}

export const actorOf = ({ signedIn }: Visit) => ({ kind: 'person', person: signedIn.person.number }) as const;

/** The code of this form, counted; the operation spends it in its own transaction. */
export async function confirmWith(
  { presentFactor, now }: Dependencies,
  ctx: Context,
  given: { visit: Visit; act: string; otp: string },
): Promise<{ outcome: 'presented'; confirm: Confirm } | { outcome: 'paused'; errors: FieldErrors }> {
  const { signedIn } = given.visit;
  const typed = { person: signedIn.person.number, sessionUidDigest: signedIn.uidDigest };
  const presented = await presentFactor({ ...typed, act: given.act, otp: given.otp });
  if (presented.outcome === 'paused') {
    return { outcome: 'paused', errors: pausedErrors(ctx, presented, now()) };
  }
  return { outcome: 'presented', confirm: (tx, when) => confirmAct(tx, presented.factor, when) };
}

/** The errors of the form, or undefined where the answer was given already. */
export function unconfirmed(ctx: Context, outcome: 'wrong-code' | 'start-again'): FieldErrors | undefined {
  if (outcome === 'start-again') return void signInWithTwo(ctx);
  ctx.status = 422;
  return { otp: 'second-factors.otp_wrong' };
}

export interface SchoolHere {
  establishment: Establishment;
  /** By which right the visitor sees the rights over this school. */
  right: Right;
}

/** What is outside one's rights and what is nowhere have one answer. */
export async function findSchoolHere(db: Db, ctx: Context, visit: Visit): Promise<SchoolHere> {
  const { uai = '' } = ctx.params as { uai?: string };
  const establishment = await findEstablishment(db, uai);
  const place = { uai, academie: establishment?.academie };
  const right = establishment && rightFor(visit.rights, 'grant-rights', place);
  if (!establishment || !right) throw new Refusal('not-found');
  return { establishment, right };
}

export async function placeOfScope(db: Db, scope: RightScope): Promise<Place> {
  if (scope.kind === 'nation') return {};
  if (scope.kind === 'academie') return { academie: scope.academie };
  const { uai } = scope;
  return { uai, academie: (await findEstablishment(db, uai))?.academie };
}

/** Names of holders: read first, under the right that sees them. Undefined: the answer was given instead. */
export async function readNames(
  from: Dependencies,
  ctx: Context,
  { visit, place, persons, page }: { visit: Visit; place: Place; persons: readonly number[]; page: string },
): Promise<Map<number, string> | undefined> {
  if (persons.length === 0) return new Map();
  const right = rightFor(visit.rights, 'read-people', place);
  if (!right) throw new Refusal('not-allowed');
  const fields = ['given_name', 'family_name', 'rights'];
  const wish = { right, persons: [...new Set(persons)], fields, details: { page }, chargedOnce: page };
  if (!(await readFirst(from, ctx, { visit, wish }))) return undefined;
  const opened = await openNames(from.db, from.keyRing, wish.persons);
  return new Map(wish.persons.map((person) => [person, nameOf(opened.get(person)).name]));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export async function findPersonOf(db: Db, ctx: Context): Promise<{ number: number; id: string }> {
  const { person = '' } = ctx.params as { person?: string };
  const found = UUID.test(person) ? await findPersonById(db, person) : undefined;
  if (!found) throw new Refusal('not-found');
  return found;
}

export function idOfRight(ctx: Context): string {
  const { right = '' } = ctx.params as { right?: string };
  if (!UUID.test(right)) throw new Refusal('not-found');
  return right;
}

export function pathOfRights(uai: string): string {
  return `/console/rights/schools/${encodeURIComponent(uai)}`;
}
