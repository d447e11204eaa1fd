import type { Actor } from '../../audit/actor.ts';
import { classesOf, findEstablishment } from '../../directory/establishments.ts';
import type { Authority } from '../../second-factors/act-with-right.ts';
import type { BatchPrinted } from './print-batch.ts';
import { type Dependencies, sortIntoPiles } from './print-letters.ts';

export interface Asked {
  uai: string;
  className: string;
  by: Actor;
  authority: Authority;
}

export type ClassPrinted =
  | BatchPrinted
  | { outcome: 'unknown-school' }
  | { outcome: 'unknown-class' }
  | { outcome: 'nobody' };

export type PrintClass = (asked: Asked) => Promise<ClassPrinted>;

/** One class, one pile, one act: what a member of the staff confirms with one code. */
export function createPrintClass(dependencies: Dependencies): PrintClass {
  const { db, printBatch, now } = dependencies;
  return async ({ uai, className, by, authority }) => {
    const establishment = await findEstablishment(db, uai);
    if (!establishment) return { outcome: 'unknown-school' };
    const classes = await classesOf(db, uai);
    const wanted = classes.find(({ code }) => code === className);
    if (!wanted) return { outcome: 'unknown-class' };
    // Who teaches the class belongs to it too, and has no letter in its pile.
    const pupilsOnly = { ...dependencies, profiles: ['pupil'] } as const;
    const [pile] = await sortIntoPiles(pupilsOnly, { uai, classes, wanted, at: now() });
    if (!pile) return { outcome: 'nobody' };
    const printed = await printBatch({ ...pile, establishment, by, authority, reason: undefined });
    return printed.outcome === 'printed' && printed.letters.length === 0 ? { outcome: 'nobody' } : printed;
  };
}
