import { openDormantAccounts } from '../../accounts/open-dormant-account.ts';
import { voidHalves } from '../../activation/letters/void-halves.ts';
import { type Event, recordAll } from '../../audit/record.ts';
import { closeContacts, reopenContacts } from '../../directory/contacts.ts';
import { changeFields, sealersOf } from '../../directory/fields.ts';
import { closeGuardianships, reopenGuardianships } from '../../directory/guardianships.ts';
import { closeMemberships, reopenMemberships } from '../../directory/memberships.ts';
import { addContactNotices } from '../../notices/contact-notice.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { BatchTrace, PersonTrace, RowTrace } from '../changes.ts';
import type { Directory } from '../planning/known-people.ts';
import { changedSince } from '../store.ts';
import { type Act, closeEmptyAccounts, eventOf } from './apply-batch.ts';

/**
 * One batch back, for everybody who is still as the plan left them. Who was closed is dormant again, never active:
 * what was closed is dead, and nothing dead revives.
 */
export async function undoBatch(
  tx: Tx,
  directory: Directory,
  trace: BatchTrace,
  act: Act & { appliedAt: Date; undoingSince: Date },
): Promise<{ undone: number; kept: number }> {
  const batchAt = new Date(trace.at);
  const persons = trace.persons.map(({ person }) => person);
  const changed = new Set(await changedSince(tx, persons, { ...act, batchAt }));
  const same = trace.persons.filter(({ person }) => !changed.has(person));
  await undoRows(tx, same, act);
  const recontacted = changedContacts(same);
  await voidHalves(tx, recontacted, act);
  await addContactNotices(tx, recontacted, act);
  await undoFields(tx, directory, same, act.at);
  const arriving = same.filter(({ memberships }) => memberships.closed.length > 0);
  const opened = await openDormantAccounts(
    tx,
    arriving.map(({ person }) => person),
    act.at,
  );
  const events = same.map((undone) => undoneEventOf(undone, opened.includes(undone.person), act));
  await recordAll(tx, act.by, events, act.at);
  await closeEmptyAccounts(
    tx,
    same.map(({ person }) => person),
    act,
  );
  return { undone: same.length, kept: changed.size };
}

/** What the plan had opened is closed, and the other way round. */
function undoneEventOf(trace: PersonTrace, isOpened: boolean, act: Act): Event {
  const { details, ...event } = eventOf({ ...trace, isNew: false }, isOpened, act);
  const { opened = 0, closed = 0 } = details ?? {};
  return { ...event, details: { ...details, opened: closed, closed: opened, undo: true } };
}

async function undoRows(tx: Tx, people: readonly PersonTrace[], act: Act): Promise<void> {
  const { at } = act;
  const ids = (rows: 'contacts' | 'memberships' | 'guardianships', which: keyof RowTrace) =>
    people.flatMap((person) => person[rows][which]);
  await closeMemberships(tx, ids('memberships', 'opened'), at);
  await reopenMemberships(tx, ids('memberships', 'closed'), act);
  await closeGuardianships(tx, ids('guardianships', 'opened'), at);
  await reopenGuardianships(tx, ids('guardianships', 'closed'), act);
  await closeContacts(tx, ids('contacts', 'opened'), at);
  await reopenContacts(tx, ids('contacts', 'closed'), act);
}

function changedContacts(people: readonly PersonTrace[]): { person: number; closed: number[] }[] {
  return people
    .filter(({ contacts }) => contacts.opened.length + contacts.closed.length > 0)
    .map(({ person, contacts }) => ({ person, closed: contacts.opened }));
}

async function undoFields(
  tx: Tx,
  { keyRing, digests }: Directory,
  people: readonly PersonTrace[],
  at: Date,
): Promise<void> {
  const changed = people.filter(({ before }) => Object.keys(before).length > 0);
  const sealers = await sealersOf(
    tx,
    keyRing,
    changed.map(({ person }) => person),
  );
  const sealable = changed.flatMap(({ person, before: fields }) => {
    const sealer = sealers.get(person);
    return sealer ? [{ sealer, fields }] : [];
  });
  await changeFields(tx, sealable, { digests, at });
}
