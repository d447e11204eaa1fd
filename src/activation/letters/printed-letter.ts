import type { ActivationCode } from '../activation-code.ts';

/** A pile of paper: what its cover sheet tells. */
export interface PrintedBatch {
  id: string;
  school: string;
  className: string | undefined;
  printedAt: Date;
  /** A letter that is not handed over by then is void. */
  handOverBy: Date;
  /** From the hand-over on. */
  daysOfUse: number;
  /** In the order of their letters: the first is number 1. */
  names: readonly string[];
}

/** What stands on one letter. In memory until its page is drawn; never stored, logged or shown. */
export interface PrintedLetter {
  batch: PrintedBatch;
  number: number;
  person: number;
  name: string;
  code: ActivationCode;
}
