import type { Actor } from '../../audit/actor.ts';
import { recordAll } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { Establishment, SchoolClass } from '../../directory/establishments.ts';
import type { DirectoryEntry } from '../../directory/open-establishment.ts';
import type { DisclosureContext } from '../../ledger/context.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import type { Tx } from '../../storage/postgres.ts';
import { type ActivationCode, digestActivationCode, generateActivationCode } from '../activation-code.ts';
import type { Judged } from '../judged.ts';
import { holdDormant, insertBatch, insertLetters, voidLetters } from './store.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  ledger: Pick<Ledger, 'append'>;
  settings: { printedDays: number };
  now: () => Date;
}

export interface Pile {
  establishment: Establishment;
  schoolClass: SchoolClass | undefined;
  people: readonly DirectoryEntry[];
  by: Actor;
  reason: string | undefined;
}

/** What stands on one letter. In memory until its page is drawn; never stored, logged or shown. */
export interface PrintedLetter {
  batch: string;
  person: number;
  givenName: string;
  familyName: string;
  className: string | undefined;
  school: string;
  code: ActivationCode;
  expiresAt: Date;
}

export type PrintBatch = (pile: Pile) => Promise<PrintedLetter[]>;

const DAY_MILLISECONDS = 86_400_000;
const FIELDS_ON_PAPER = ['given_name', 'family_name', 'establishments', 'activation_code'];

/**
 * One transaction: the former letters are void, the new ones stand as digests, and every person concerned has a line
 * in the ledger before a page is drawn. Lost paper is only reprinted.
 */
export function createPrintBatch({ judged, digests, ledger, settings, now }: Dependencies): PrintBatch {
  return (pile) =>
    judged(async (tx, inForce) => {
      const at = now();
      const expiresAt = new Date(at.getTime() + settings.printedDays * DAY_MILLISECONDS);
      const accounts = await holdDormant(
        tx,
        pile.people.map(({ person }) => person),
        at,
      );
      if (accounts.length === 0) return [];
      const batch = await insertBatch(tx, batchOf(pile, at));
      const voided = await voidLetters(
        tx,
        accounts.map(({ person }) => person),
        at,
      );
      const drawn = accounts.map((account) => ({ ...account, code: generateActivationCode() }));
      const stored = drawn.map(({ code, ...account }) => ({
        ...account,
        codeDigest: digestActivationCode(digests, code),
      }));
      await insertLetters(tx, stored, { batch, generation: inForce.generation, at, expiresAt });
      await recordAll(tx, pile.by, eventsOf(batch, { drawn, voided, reason: pile.reason }), at);
      await writeLedger(tx, ledger, { batch, pile, inForce, persons: drawn.map(({ person }) => person), at });
      return inOrderOfNames(pile, new Map(drawn.map(({ person, code }) => [person, code])), {
        batch,
        expiresAt,
      });
    });
}

function batchOf({ establishment, schoolClass, by }: Pile, at: Date) {
  return { uai: establishment.uai, classId: schoolClass?.id, by, at };
}

function eventsOf(
  batch: string,
  letters: {
    drawn: readonly { person: number }[];
    voided: readonly { person: number; letter: string }[];
    reason: string | undefined;
  },
) {
  const why = letters.reason ? { reason: letters.reason } : {};
  return [
    ...letters.voided.map(({ person, letter }) => ({
      name: 'letter.voided' as const,
      subject: person,
      details: { letter, because: 'reprinted' },
      ...why,
    })),
    ...letters.drawn.map(({ person }) => ({
      name: 'letter.printed' as const,
      subject: person,
      details: { batch },
      ...why,
    })),
  ];
}

async function writeLedger(
  tx: Tx,
  ledger: Pick<Ledger, 'append'>,
  given: { batch: string; pile: Pile; inForce: OrdersInForce; persons: readonly number[]; at: Date },
): Promise<void> {
  const { batch, pile, inForce, persons, at } = given;
  const rows = persons.map((person) => ({ person, kind: 'print' as const, fields: FIELDS_ON_PAPER }));
  const release = { judgedAt: inForce, context: contextOf(pile.by, batch), rows, at };
  const { outcome } = await ledger.append(release, tx);
  // The clock is held by this transaction: nothing else can come of it.
  if (outcome !== 'written') throw new Error(`the ledger answered ${outcome} to a printing`);
}

function contextOf(by: Actor, batch: string): DisclosureContext {
  const details = { batch };
  return by.kind === 'person'
    ? { recipient: 'staff', reader: by.person, details }
    : { recipient: 'operator', details };
}

function inOrderOfNames(
  { people, establishment, schoolClass }: Pile,
  codes: ReadonlyMap<number, ActivationCode>,
  { batch, expiresAt }: { batch: string; expiresAt: Date },
): PrintedLetter[] {
  return people.flatMap(({ person, givenName, familyName }) => {
    const code = codes.get(person);
    if (!code) return [];
    const className = schoolClass?.code;
    return [{ batch, person, givenName, familyName, className, school: establishment.name, code, expiresAt }];
  });
}
