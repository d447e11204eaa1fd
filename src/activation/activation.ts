import type { PasswordHasher } from '../accounts/password-hashing.ts';
import type { Config } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Words } from '../http/translate.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Post } from '../messages/post.ts';
import type { Orders } from '../orders/orders.ts';
import type { Db } from '../storage/postgres.ts';
import type { Tasks } from '../storage/queue.ts';
import { type BeginOperation, createBegin } from './begin.ts';
import { createClassWindow } from './ceremonies/class-window.ts';
import { createDesk } from './ceremonies/desk.ts';
import { createGuardianVouch } from './ceremonies/guardian-vouch.ts';
import { createSplitLetter } from './ceremonies/split-letter.ts';
import type { CeremonyAtOnce, CeremonyAwaited, CeremonyName } from './ceremony.ts';
import { ceremoniesInUse, claimableProfiles, createCeremoniesOf } from './choice.ts';
import { type ClaimOperation, createClaim } from './claim.ts';
import { createDrawRecoveryCodes, type DrawRecoveryCodes } from './draw-recovery-codes.ts';
import { createFinish, type FinishOperation } from './finish.ts';
import { createHalfWords } from './halves/half-text.ts';
import { createHalfTasks } from './halves/tasks.ts';
import { createTypeHalf, type TypeHalf } from './halves/type-half.ts';
import { createInSameHands, type InSameHands } from './hands.ts';
import { createJudged } from './judged.ts';
import { createHandOver, type HandOverOperation } from './letters/batches/hand-over.ts';
import { createListBatches, type ListBatches } from './letters/batches/list-batches.ts';
import { createPrintBatch } from './letters/print-batch.ts';
import { createPrintLetters, type PrintLetters } from './letters/print-letters.ts';
import { createPrintOfficerLetter, type PrintOfficerLetter } from './letters/print-officer-letter.ts';
import {
  createForeseePile,
  createPrintPile,
  type ForeseePile,
  type PrintPile,
} from './letters/print-pile.ts';
import { createReprintLetter, type ReprintLetter } from './letters/reprint-letter.ts';
import { type AskOperation, createAsk } from './requests/ask.ts';
import { createHoldDesk, type HoldDesk } from './requests/hold-desk.ts';
import { createRefuseVouch, type RefuseVouch } from './requests/refuse-vouch.ts';
import {
  createListVouchRequests,
  createVouch,
  type ListVouchRequests,
  type VouchOperation,
} from './requests/vouch.ts';
import { createFindWaiting, type FindWaiting } from './requests/waiting.ts';
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
  /** Another rule of whose hands are one: for a test that shows what it is for. */
  inSameHands?: InSameHands;
}

/** Every operation of this folder: for its pages, the command line, the demo. */
export interface Activation {
  classWindow: CeremonyAtOnce;
  /** Those whose second proof comes after the code. */
  awaited: readonly CeremonyAwaited[];
  /** What somebody who has a letter may be offered: their profile is not known yet. */
  offered: readonly CeremonyName[];
  printLetters: PrintLetters;
  reprintLetter: ReprintLetter;
  printPile: PrintPile;
  foreseePile: ForeseePile;
  printOfficerLetter: PrintOfficerLetter;
  listBatches: ListBatches;
  handOver: HandOverOperation;
  openWindow: OpenWindowOperation;
  closeWindow: CloseWindowOperation;
  keepWindowOpen: KeepWindowOpen;
  begin: BeginOperation;
  ask: AskOperation;
  findWaiting: FindWaiting;
  listVouchRequests: ListVouchRequests;
  vouch: VouchOperation;
  refuseVouch: RefuseVouch;
  holdDesk: HoldDesk;
  typeHalf: TypeHalf;
  claim: ClaimOperation;
  enrolFactor: EnrolFactorOperation;
  drawRecoveryCodes: DrawRecoveryCodes;
  finish: FinishOperation;
  findVisit: FindVisit;
}

export function createActivation(given: Dependencies): Activation {
  const { digests, keyRing, config } = given;
  const { limits, activation: settings, mode } = config;
  const ceremoniesOf = createCeremoniesOf(settings.ceremonies);
  const { classWindow, awaited } = createCeremonies(given);
  const ceremonies = [classWindow, ...awaited];
  const judged = createJudged(given);
  const holdVisit = createHoldVisit({ digests, keyRing, ceremonies });
  const findVisit = createFindVisit({ ...given, ceremonies });
  const all = { ...given, judged, holdVisit, findVisit, settings, ceremoniesOf };
  const profiles = claimableProfiles(settings.ceremonies);
  const openWindow = createOpenWindow({ ...all, mode });
  const inUse = ceremoniesInUse(settings.ceremonies);
  const printing = { ...all, profiles, printBatch: createPrintBatch(all) };
  return {
    classWindow,
    awaited,
    offered: ceremonies.map(({ name }) => name).filter((name) => inUse.includes(name)),
    printLetters: createPrintLetters(printing),
    printPile: createPrintPile(printing),
    foreseePile: createForeseePile(printing),
    reprintLetter: createReprintLetter(printing),
    printOfficerLetter: createPrintOfficerLetter(all),
    listBatches: createListBatches(all),
    handOver: createHandOver(all),
    openWindow,
    closeWindow: createCloseWindow(all),
    keepWindowOpen: createKeepWindowOpen(openWindow),
    begin: createBegin(all),
    ...createRequests(all, limits),
    findWaiting: createFindWaiting({ ...all, awaited }),
    claim: createClaim(all),
    enrolFactor: createEnrolFactor({ ...all, sealer: keyRing }),
    drawRecoveryCodes: createDrawRecoveryCodes(all),
    finish: createFinish({ ...all, lifetimes: config.lifetimes }),
    findVisit,
  };
}

/** The policies, in the order in which they are offered. */
function createCeremonies({ digests, config, ...given }: Dependencies) {
  const { limits, activation: settings } = config;
  const wrongWords = { perLetter: limits.wrongWordsPerLetter, perWindow: limits.wrongWordsPerWindow };
  const ceremoniesOf = createCeremoniesOf(settings.ceremonies);
  const inSameHands = given.inSameHands ?? createInSameHands(config);
  const waiting = { digests, seconds: settings.waitingSeconds, perDay: limits.requestsPerLetterAndDay };
  return {
    classWindow: createClassWindow({ digests, ceremoniesOf, inSameHands, wrongWords }),
    awaited: [
      createGuardianVouch(waiting),
      createSplitLetter({ ...waiting, seconds: settings.mailHalfSeconds }),
      createDesk(waiting),
    ],
  };
}

function createRequests(
  all: Dependencies & Parameters<typeof createAsk>[0] & { settings: { ceremonySeconds: number } },
  limits: Config['limits'],
): Pick<Activation, 'ask' | 'listVouchRequests' | 'vouch' | 'refuseVouch' | 'holdDesk' | 'typeHalf'> {
  const inSameHands = all.inSameHands ?? createInSameHands(all.config);
  const answering = { ...all, inSameHands, wrongProofs: limits.wrongProofsPerRequest };
  return {
    ask: createAsk(all),
    listVouchRequests: createListVouchRequests(answering),
    vouch: createVouch(answering),
    refuseVouch: createRefuseVouch(all),
    holdDesk: createHoldDesk({ ...answering, actsPerHour: limits.deskActsPerHour }),
    typeHalf: createTypeHalf({ ...answering, wrongHalves: limits.wrongHalvesPerRequest }),
  };
}

/** The work that activation leaves to the queue. */
export function createActivationTasks(
  given: Dependencies & { post: Post; words: Words; config: Pick<Config, 'issuer'> },
): Tasks {
  const { config, words } = given;
  return createHalfTasks({
    ...given,
    judged: createJudged(given),
    ceremoniesOf: createCeremoniesOf(config.activation.ceremonies),
    inSameHands: given.inSameHands ?? createInSameHands(config),
    words: createHalfWords(words, config.issuer),
    settings: config.activation,
  });
}
