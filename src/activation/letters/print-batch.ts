import type { Actor } from '../../audit/actor.ts';
import { recordAll } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { Establishment, SchoolClass } from '../../directory/establishments.ts';
import type { NamedPerson } from '../../directory/open-establishment.ts';
import type { DisclosureContext } from '../../ledger/context.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import type { Authorised, Authority, NotAuthorised } from '../../second-factors/act-with-right.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Profile } from '../../storage/schema.ts';
import { generateActivationCode } from '../activation-code.ts';
import type { CeremoniesOf } from '../choice.ts';
import { addReprintJobs } from '../halves/reprint-jobs.ts';
import type { Judged } from '../judged.ts';
import { lettersToKeep } from './bait.ts';
import type { PrintedBatch, PrintedLetter } from './printed-letter.ts';
import { waitsLikeReprint } from './small-pile.ts';
import {
  type DormantAccount,
  holdDormant,
  insertBatch,
  insertLetters,
  type VoidedLetter,
  voidLetters,
} from './store.ts';
import type { Whose } from './whose.ts';

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  ledger: Pick<Ledger, 'append'>;
  ceremoniesOf: CeremoniesOf;
  settings: { printedDays: number; handedOverDays: number; reprintSeconds: number };
  now: () => Date;
}

export interface Pile {
  establishment: Establishment;
  schoolClass: SchoolClass | undefined;
  whose: Whose;
  /** As whom they get their letters: it tells how those are used. */
  profiles: readonly Profile[];
  /** One letter outside a pile, printed anew: it works a day later, and those around its person are told. */
  isAlone?: true;
  /** False: nothing of it is printed, and so neither bait nor released. */
  isOnPaper?: boolean;
  people: readonly NamedPerson[];
  by: Actor;
  reason: string | undefined;
  /** Of staff: asked before anything is drawn. */
  authority?: Authority | undefined;
}

/** No letters: nobody of them is dormant. */
export type BatchPrinted = { outcome: 'printed'; letters: PrintedLetter[] } | NotAuthorised;
export type PrintBatch = (pile: Pile) => Promise<BatchPrinted>;

const DAY_MILLISECONDS = 86_400_000;
/** Of a letter and of its line on the cover sheet, which shows no code. */
const FIELDS_ON_PAPER = ['given_name', 'family_name', 'establishments', 'activation_code'];

/**
 * One transaction: the former letters are void, the new ones stand as digests, and every person concerned has a line
 * in the ledger before a page is drawn. Lost paper is only reprinted.
 */
export function createPrintBatch(from: Dependencies): PrintBatch {
  const { judged, digests, ledger, settings, now } = from;
  return (pile) =>
    judged(async (tx, inForce) => {
      const at = now();
      const authorised = await pile.authority?.(tx, { place: placeOf(pile), inForce, at });
      if (authorised && authorised.outcome !== 'authorised') return authorised;
      const people = pile.people.map(({ person }) => person);
      const drawn = drawCodes(pile, await holdDormant(tx, people, at));
      if (drawn.length === 0) return { outcome: 'printed', letters: [] };
      const persons = drawn.map(({ person }) => person);
      const batch = await insertBatch(tx, batchOf(pile, at));
      const voided = await voidLetters(tx, persons, at);
      const session = authorised?.asked.sessionUidDigest;
      const { by, isOnPaper = true } = pile;
      const stored = await lettersToKeep(tx, { drawn, digests, by, session, isOnPaper, at });
      const expiresAt = new Date(at.getTime() + settings.printedDays * DAY_MILLISECONDS);
      const waits = mustWait(pile, { drawn, voided });
      const validFrom = waits ? new Date(at.getTime() + settings.reprintSeconds * 1000) : undefined;
      const { generation } = inForce;
      await insertLetters(tx, stored, { batch, generation, at, validFrom, expiresAt });
      await recordAll(tx, pile.by, eventsOf(batch, { drawn, voided, reason: pile.reason }), at);
      if (waits) await tellOfReprint(tx, pile, { batch, persons, at });
      const context = contextOf(pile.by, { batch, authorised });
      if (isOnPaper) await writeLedger(tx, ledger, { context, inForce, persons, at });
      const printed = printedBatch(from, pile, { id: batch, drawn, at, validFrom, expiresAt });
      return { outcome: 'printed', letters: drawn.map((letter) => letterOf(printed, letter)) };
    });
}

/** The staff's small piles as each letter printed alone; operators stand outside the school and print as they must. */
function mustWait(
  { isAlone, by }: Pile,
  { drawn, voided }: { drawn: readonly Drawn[]; voided: readonly VoidedLetter[] },
): boolean {
  if (isAlone) return true;
  const replaced = voided.filter(({ wasExpired }) => !wasExpired).length;
  return by.kind === 'person' && waitsLikeReprint({ letters: drawn.length, replaced });
}

function placeOf({ establishment, schoolClass }: Pile) {
  const { uai, academie } = establishment;
  return { uai, academie, className: schoolClass?.code };
}

function letterOf(batch: PrintedBatch, { number, person, name, code }: Drawn): PrintedLetter {
  return { batch, number, person, name, code };
}

type Drawn = Omit<PrintedLetter, 'batch'> & { epoch: number };

/** Numbered in the order of names: as the pile lies, and as its cover sheet is read. */
function drawCodes({ people }: Pile, accounts: readonly DormantAccount[]): Drawn[] {
  const epochs = new Map(accounts.map(({ person, epoch }) => [person, epoch]));
  return people
    .flatMap(({ person, givenName, familyName }) => {
      const epoch = epochs.get(person);
      return epoch === undefined ? [] : [{ person, epoch, name: `${givenName} ${familyName}`.trim() }];
    })
    .map((one, index) => ({ ...one, number: index + 1, code: generateActivationCode() }));
}

function printedBatch(
  { settings, ceremoniesOf }: Dependencies,
  { establishment, schoolClass, profiles }: Pile,
  given: {
    id: string;
    drawn: readonly Drawn[];
    at: Date;
    validFrom: Date | undefined;
    expiresAt: Date;
  },
): PrintedBatch {
  const { uai, academie, name: school } = establishment;
  return {
    id: given.id,
    school,
    className: schoolClass?.code,
    printedAt: given.at,
    validFrom: given.validFrom,
    handOverBy: given.expiresAt,
    daysOfUse: settings.handedOverDays,
    names: given.drawn.map(({ name }) => name),
    ceremonies: ceremoniesOf({
      memberships: profiles.map((profile) => ({ profile, establishment: uai, academie })),
    }),
  };
}

async function tellOfReprint(
  tx: Tx,
  { establishment, by }: Pile,
  { batch, persons, at }: { batch: string; persons: readonly number[]; at: Date },
): Promise<void> {
  const printer = by.kind === 'person' ? by.person : undefined;
  await addReprintJobs(tx, { batch, persons, uai: establishment.uai, printer, at });
}

function batchOf({ establishment, schoolClass, whose, by }: Pile, at: Date) {
  return { uai: establishment.uai, classId: schoolClass?.id, whose, by, at };
}

function eventsOf(
  batch: string,
  letters: {
    drawn: readonly Drawn[];
    voided: readonly VoidedLetter[];
    reason: string | undefined;
  },
) {
  const why = letters.reason ? { reason: letters.reason } : {};
  return [
    ...letters.voided.map(({ person, letter, wasExpired }) => ({
      name: 'letter.voided' as const,
      subject: person,
      details: { letter, because: wasExpired ? 'expired' : 'reprinted' },
      ...why,
    })),
    ...letters.drawn.map(({ person, number }) => ({
      name: 'letter.printed' as const,
      subject: person,
      details: { batch, number },
      ...why,
    })),
  ];
}

async function writeLedger(
  tx: Tx,
  ledger: Pick<Ledger, 'append'>,
  given: { context: DisclosureContext; inForce: OrdersInForce; persons: readonly number[]; at: Date },
): Promise<void> {
  const { context, inForce, persons, at } = given;
  const rows = persons.map((person) => ({ person, kind: 'print' as const, fields: FIELDS_ON_PAPER }));
  const release = { judgedAt: inForce, context, rows, at };
  const { outcome } = await ledger.append(release, tx);
  // The clock is held by this transaction: nothing else can come of it.
  if (outcome !== 'written') throw new Error(`the ledger answered ${outcome} to a printing`);
}

function contextOf(
  by: Actor,
  { batch, authorised }: { batch: string; authorised: Extract<Authorised, { right: unknown }> | undefined },
): DisclosureContext {
  const details = { batch };
  if (by.kind !== 'person') return { recipient: 'operator', details };
  if (!authorised) return { recipient: 'staff', reader: by.person, details };
  const { right, asked } = authorised;
  const { sessionUidDigest: sessionDigest, address } = asked;
  return { recipient: 'staff', reader: by.person, rightId: right.id, sessionDigest, address, details };
}
