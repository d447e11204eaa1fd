import type { Actor } from '../../audit/actor.ts';
import { recordAll } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { openPersonFields } from '../../directory/fields.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { findInvitedContact } from '../../rights/officers/store.ts';
import type { Tx } from '../../storage/postgres.ts';
import { digestActivationCode, generateActivationCode } from '../activation-code.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { Judged } from '../judged.ts';
import type { PrintedLetter } from './printed-letter.ts';
import { holdDormant, insertBatch, insertLetters, voidLetters } from './store.ts';

export interface Dependencies {
  ceremoniesOf: CeremoniesOf;
  judged: Judged;
  keyRing: KeyRing;
  digests: Digests;
  ledger: Pick<Ledger, 'append'>;
  settings: { printedDays: number; handedOverDays: number };
  now: () => Date;
}

export interface Asked {
  person: number;
  /** What stands where a pupil's letter names the school. */
  office: string;
  by: Actor;
  reason: string | undefined;
}

export type PrintedForOfficer =
  | { outcome: 'printed'; letter: PrintedLetter }
  /** Nobody who was invited and has not claimed their account yet. */
  | { outcome: 'not-invited' };

export type PrintOfficerLetter = (asked: Asked) => Promise<PrintedForOfficer>;

const DAY_MILLISECONDS = 86_400_000;
const FIELDS_ON_PAPER = ['given_name', 'family_name', 'activation_code'];

/** The paper half for somebody who is in no roster; a former letter of theirs is void. */
export function createPrintOfficerLetter(from: Dependencies): PrintOfficerLetter {
  const { judged, keyRing, digests, settings, now } = from;
  return (asked) =>
    judged(async (tx, inForce) => {
      const { person, office, by } = asked;
      const at = now();
      const isInvited = (await findInvitedContact(tx, person)) !== undefined;
      const [account] = isInvited ? await holdDormant(tx, [person], at) : [];
      const fields = await openPersonFields(tx, keyRing, person);
      if (!account || !fields) return { outcome: 'not-invited' };
      const batch = await insertBatch(tx, { uai: null, classId: undefined, whose: 'staff', by, at });
      const voided = await voidLetters(tx, [person], at);
      const code = generateActivationCode();
      const expiresAt = new Date(at.getTime() + settings.printedDays * DAY_MILLISECONDS);
      const stored = { ...account, number: 1, codeDigest: digestActivationCode(digests, code) };
      await insertLetters(tx, [stored], { batch, generation: inForce.generation, at, expiresAt });
      await recordAll(tx, by, eventsOf(asked, { batch, voided }), at);
      await writeLedger(tx, from, { batch, asked, inForce, at });
      const name = [fields.given_name, fields.family_name].filter(Boolean).join(' ');
      const pile = { id: batch, school: office, className: undefined, names: [name] };
      const ceremonies = from.ceremoniesOf({ memberships: [] });
      const dates = { printedAt: at, handOverBy: expiresAt, daysOfUse: settings.handedOverDays };
      return {
        outcome: 'printed',
        letter: { batch: { ...pile, ...dates, ceremonies }, number: 1, person, name, code },
      };
    });
}

function eventsOf(
  { person: subject, reason }: Asked,
  { batch, voided }: { batch: string; voided: Awaited<ReturnType<typeof voidLetters>> },
) {
  const why = reason ? { reason } : {};
  return [
    ...voided.map(({ letter, wasExpired }) => ({
      name: 'letter.voided' as const,
      subject,
      details: { letter, because: wasExpired ? 'expired' : 'reprinted' },
      ...why,
    })),
    { name: 'letter.printed' as const, subject, details: { batch, number: 1 }, ...why },
  ];
}

async function writeLedger(
  tx: Tx,
  { ledger }: Pick<Dependencies, 'ledger'>,
  given: { batch: string; asked: Asked; inForce: OrdersInForce; at: Date },
): Promise<void> {
  const { batch, asked, inForce, at } = given;
  const { outcome } = await ledger.append(
    {
      judgedAt: inForce,
      context: { recipient: 'operator', details: { batch } },
      rows: [{ person: asked.person, kind: 'print', fields: FIELDS_ON_PAPER }],
      at,
    },
    tx,
  );
  // The clock is held by this transaction: nothing else can come of it.
  if (outcome !== 'written') throw new Error(`the ledger answered ${outcome} to a printing`);
}
