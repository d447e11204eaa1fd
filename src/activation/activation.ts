import type { PasswordHasher } from '../accounts/password-hashing.ts';
import type { Config } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Orders } from '../orders/orders.ts';
import type { Db } from '../storage/postgres.ts';
import { type BeginOperation, createBegin } from './begin.ts';
import { createClassWindow } from './ceremonies/class-window.ts';
import type { Ceremony } from './ceremony.ts';
import { type ClaimOperation, createClaim } from './claim.ts';
import { createDrawRecoveryCodes, type DrawRecoveryCodes } from './draw-recovery-codes.ts';
import { createFinish, type FinishOperation } from './finish.ts';
import { createJudged } from './judged.ts';
import { createHandOver, type HandOverOperation } from './letters/batches/hand-over.ts';
import { createListBatches, type ListBatches } from './letters/batches/list-batches.ts';
import { createPrintBatch } from './letters/print-batch.ts';
import { createPrintLetters, type PrintLetters } from './letters/print-letters.ts';
import { createEnrolFactor, type EnrolFactorOperation } from './second-factor.ts';
import { createFindVisit, createHoldVisit, type FindVisit } from './visit.ts';
import { type CloseWindowOperation, createCloseWindow } from './windows/close-window.ts';
import { createKeepWindowOpen, type KeepWindowOpen } from './windows/demo-window.ts';
import { createOpenWindow, type OpenWindowOperation } from './windows/open-window.ts';

export interface Dependencies {
  db: Db;
  digests: Digests;
  keyRing: KeyRing;
  orders: Pick<Orders, 'inForce' | 'upTo'>;
  ledger: Pick<Ledger, 'append'>;
  hasher: Pick<PasswordHasher, 'hash'>;
  config: Pick<Config, 'mode' | 'activation' | 'limits' | 'lifetimes'>;
  now: () => Date;
}

/** Every operation of this folder: for its pages, the command line, the demo. */
export interface Activation {
  classWindow: Ceremony;
  printLetters: PrintLetters;
  listBatches: ListBatches;
  handOver: HandOverOperation;
  openWindow: OpenWindowOperation;
  closeWindow: CloseWindowOperation;
  keepWindowOpen: KeepWindowOpen;
  begin: BeginOperation;
  claim: ClaimOperation;
  enrolFactor: EnrolFactorOperation;
  drawRecoveryCodes: DrawRecoveryCodes;
  finish: FinishOperation;
  findVisit: FindVisit;
}

export function createActivation(given: Dependencies): Activation {
  const { digests, keyRing, config } = given;
  const classWindow = createClassWindow({ digests, wrongWords: config.limits.wrongWordsPerLetter });
  const ceremonies = [classWindow];
  const judged = createJudged(given);
  const holdVisit = createHoldVisit({ digests, keyRing, ceremonies });
  const findVisit = createFindVisit({ ...given, ceremonies });
  const all = { ...given, judged, holdVisit, findVisit, settings: config.activation };
  const profiles = [...new Set(ceremonies.flatMap((ceremony) => ceremony.profiles))];
  const openWindow = createOpenWindow({ ...all, mode: config.mode });
  return {
    classWindow,
    printLetters: createPrintLetters({ ...all, profiles, printBatch: createPrintBatch(all) }),
    listBatches: createListBatches(all),
    handOver: createHandOver(all),
    openWindow,
    closeWindow: createCloseWindow(all),
    keepWindowOpen: createKeepWindowOpen(openWindow),
    begin: createBegin(all),
    claim: createClaim(all),
    enrolFactor: createEnrolFactor({ ...all, sealer: keyRing }),
    drawRecoveryCodes: createDrawRecoveryCodes(all),
    finish: createFinish({ ...all, lifetimes: config.lifetimes }),
    findVisit,
  };
}
