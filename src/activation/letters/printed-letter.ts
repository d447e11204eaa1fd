import type { ActivationCode } from '../activation-code.ts';
import type { CeremonyName } from '../ceremony.ts';

/** A pile of paper: what its cover sheet tells. */
export interface PrintedBatch {
  id: string;
  school: string;
  className: string | undefined;
  printedAt: Date;
  /** Of a letter printed alone: before that it opens nothing. */
  validFrom?: Date | undefined;
  /** A letter that is not handed over by then is void. */
  handOverBy: Date;
  /** From the hand-over on. */
  daysOfUse: number;
  /** In the order of their letters: the first is number 1. */
  names: readonly string[];
  /** How these letters are used, the way to name first in front. */
  ceremonies: readonly CeremonyName[];
}

/** What stands on one letter. In memory until its page is drawn; never stored, logged or shown. */
export interface PrintedLetter {
  batch: PrintedBatch;
  number: number;
  person: number;
  name: string;
  code: ActivationCode;
}
