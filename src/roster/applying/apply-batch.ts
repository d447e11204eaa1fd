import { closeAccount } from '../../accounts/close-account.ts';
import { openDormantAccounts } from '../../accounts/open-dormant-account.ts';
import { voidHalves } from '../../activation/letters/void-halves.ts';
import type { Actor } from '../../audit/actor.ts';
import { type Event, recordAll } from '../../audit/record.ts';
import { ensureClasses, findEstablishments, saveEstablishments } from '../../directory/establishments.ts';
import { withoutMembership } from '../../directory/memberships.ts';
import { addContactNotices } from '../../notices/contact-notice.ts';
import { selectAppointed } from '../../rights/officers/store.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { BatchTrace, Change, EstablishmentChange, PersonTrace } from '../changes.ts';
import type { Directory } from '../planning/known-people.ts';
import { applyContacts, applyGuardianships, applyMemberships } from './dated-rows.ts';
import { findOrCreate, type PersonOfBatch } from './people.ts';

export interface Act {
  plan: string;
  by: Actor;
  at: Date;
}

/** One batch, inside one transaction. Never activates, touches no credential, lifts nothing. */
export async function applyBatch(
  tx: Tx,
  directory: Directory,
  changes: readonly Change[],
  act: Act,
): Promise<BatchTrace> {
  const establishments = await applyEstablishments(
    tx,
    changes.filter((change) => change.kind === 'establishment'),
    act.at,
  );
  const people = await findOrCreate(
    tx,
    directory,
    changes.filter((change) => change.kind === 'person'),
    act.at,
  );
  const given = { digests: directory.digests, plan: act.plan, at: act.at };
  await applyMemberships(tx, people, given);
  await applyGuardianships(tx, people, given);
  await applyContacts(tx, people, given);
  const recontacted = changedContacts(people);
  await voidHalves(tx, recontacted, act);
  await addContactNotices(tx, recontacted, act);
  await settleAccounts(tx, people, act);
  return { at: act.at.toISOString(), establishments, persons: people.map(({ trace }) => trace) };
}

async function applyEstablishments(tx: Tx, changes: readonly EstablishmentChange[], at: Date) {
  const before = await findEstablishments(
    tx,
    changes.map(({ establishment }) => establishment.uai),
  );
  await saveEstablishments(
    tx,
    changes.map(({ establishment }) => establishment),
    at,
  );
  await ensureClasses(
    tx,
    changes.flatMap(({ establishment: { uai }, schoolYear, classes }) =>
      classes.map((code) => ({ uai, schoolYear, code })),
    ),
  );
  return before;
}

/** Whoever belongs somewhere has an account, dormant if it is new or was closed; whoever belongs nowhere has none. */
async function settleAccounts(tx: Tx, people: readonly PersonOfBatch[], act: Act): Promise<void> {
  const arriving = people.filter(({ trace }) => trace.isNew || trace.memberships.opened.length > 0);
  const opened = new Set(await openDormantAccounts(tx, arriving.map(personOf), act.at));
  const events = people.map(({ trace }) => eventOf(trace, opened.has(trace.person), act));
  await recordAll(tx, act.by, events, act.at);
  await closeEmptyAccounts(tx, people.map(personOf), act);
}

/** Officers are in no roster: one who was of a school before keeps the account when its file no longer says so. */
export async function closeEmptyAccounts(tx: Tx, persons: readonly number[], act: Act): Promise<void> {
  const officers = new Set(await selectAppointed(tx, act.at));
  for (const person of await withoutMembership(tx, persons)) {
    if (officers.has(person)) continue;
    await closeAccount(tx, act.by, { person, reason: `roster ${act.plan}`, at: act.at });
  }
}

/** Of whom a contact changed, and the former ones: they are told. */
function changedContacts(people: readonly PersonOfBatch[]): { person: number; closed: number[] }[] {
  return people
    .map(({ trace }) => trace)
    .filter(({ contacts }) => contacts.opened.length + contacts.closed.length > 0)
    .map(({ person, contacts }) => ({ person, closed: contacts.closed }));
}

const personOf = ({ trace }: PersonOfBatch): number => trace.person;

export function eventOf(trace: PersonTrace, isOpened: boolean, { plan }: Act): Event {
  const name = trace.isNew
    ? 'roster.person-created'
    : isOpened
      ? 'roster.person-returned'
      : 'roster.person-changed';
  const rows = [trace.memberships, trace.guardianships, trace.contacts];
  return {
    name,
    subject: trace.person,
    details: {
      plan,
      fields: Object.keys(trace.before),
      opened: rows.reduce((sum, { opened }) => sum + opened.length, 0),
      closed: rows.reduce((sum, { closed }) => sum + closed.length, 0),
    },
  };
}
