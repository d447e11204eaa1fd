import { randomUUID } from 'node:crypto';
import { digestActivationCode, generateActivationCode } from '../activation/activation-code.ts';
import { createCeremoniesOf } from '../activation/choice.ts';
import type { PrintedLetter } from '../activation/letters/printed-letter.ts';
import { insertBait } from '../alarms/bait.ts';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type Establishment, findEstablishment } from '../directory/establishments.ts';
import { openFieldsOf } from '../directory/fields.ts';
import { SeededRandom } from '../roster/generate/random.ts';
import type { Settings } from '../settings.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { type DecoyPupil, selectDecoyPupils } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  settings: Pick<Settings['activation'], 'printedDays' | 'handedOverDays' | 'ceremonies'>;
  now: () => Date;
}

export type BaitPrinted =
  | { outcome: 'printed'; id: string; letter: PrintedLetter }
  | { outcome: 'unknown-school' }
  /** A bait bears a decoy's name: make the class first. */
  | { outcome: 'no-decoys' };

export type PrintBait = (
  by: Actor,
  given: { uai: string; reason?: string | undefined },
) => Promise<BaitPrinted>;

const DAY_MILLISECONDS = 86_400_000;

/** A letter like any other, in the name of a decoy. Its code is kept as bait alone: there is nothing it could open. */
export function createPrintBait(from: Dependencies): PrintBait {
  const { db, digests, now } = from;
  return async (by, { uai, reason }) => {
    const establishment = await findEstablishment(db, uai);
    if (!establishment) return { outcome: 'unknown-school' };
    return db.transaction().execute(async (tx) => {
      const at = now();
      const decoys = await selectDecoyPupils(tx, uai);
      if (decoys.length === 0) return { outcome: 'no-decoys' };
      const letter = await drawLetter(tx, from, { decoys, establishment, at });
      const codeDigest = digestActivationCode(digests, letter.code);
      const id = await insertBait(tx, { codeDigest, uai, person: letter.person, by, at });
      const details = { bait: id, uai };
      await record(tx, by, { name: 'canaries.bait-printed', details, ...(reason && { reason }) }, at);
      return { outcome: 'printed', id, letter };
    });
  };
}

/** At the place its name would have in the pile of its class. */
async function drawLetter(
  tx: Tx,
  { keyRing, settings }: Dependencies,
  given: { decoys: readonly DecoyPupil[]; establishment: Establishment; at: Date },
): Promise<PrintedLetter> {
  const { decoys, establishment, at } = given;
  const { uai, academie, name: school } = establishment;
  const ceremoniesOf = createCeremoniesOf(settings.ceremonies);
  const pile = randomUUID();
  const { person, classCode } = new SeededRandom(pile).pick(decoys);
  const names = await sortedNames(tx, keyRing, decoys);
  const place = names.findIndex((one) => one.person === person);
  const batch = {
    id: pile,
    school,
    className: classCode,
    printedAt: at,
    handOverBy: new Date(at.getTime() + settings.printedDays * DAY_MILLISECONDS),
    daysOfUse: settings.handedOverDays,
    names: names.map(({ name }) => name),
    ceremonies: ceremoniesOf({ memberships: [{ profile: 'pupil', establishment: uai, academie }] }),
  };
  return { batch, number: place + 1, person, name: names[place]?.name ?? '', code: generateActivationCode() };
}

async function sortedNames(tx: Tx, keyRing: KeyRing, decoys: readonly DecoyPupil[]) {
  const persons = decoys.map(({ person }) => person);
  const collator = new Intl.Collator('fr');
  return [...(await openFieldsOf(tx, keyRing, persons))]
    .map(([person, { given_name: given = '', family_name: family = '' }]) => ({ person, given, family }))
    .sort((a, b) => collator.compare(a.family, b.family) || collator.compare(a.given, b.given))
    .map(({ person, given, family }) => ({ person, name: `${given} ${family}`.trim() }));
}
