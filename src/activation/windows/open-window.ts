import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import { classesOf, findEstablishment } from '../../directory/establishments.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import type { Authority, NotAuthorised } from '../../second-factors/act-with-right.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Judged } from '../judged.ts';
import { digestWindowWord, generateWindowWord, parseWindowWord, type WindowWord } from '../window-word.ts';
import { mayOpenWindow, type NotOpening } from './may-open-window.ts';
import {
  endWindowsOfClass,
  holdClass,
  insertPupils,
  insertWindow,
  type Pupil,
  selectPupils,
} from './store.ts';

export const LONGEST_WINDOW_MINUTES = 20;

export interface Dependencies {
  judged: Judged;
  digests: Digests;
  mode: string;
  now: () => Date;
}

export interface Asked {
  uai: string;
  className: string;
  /** Ids of persons; undefined: every dormant pupil of the class. */
  pupils?: readonly string[] | undefined;
  minutes: number;
  by: Actor;
  reason?: string | undefined;
  /** Chosen beforehand: in the demo alone. */
  word?: string | undefined;
  /** Of staff: asked before anything is opened. */
  authority?: Authority | undefined;
}

export type Opened =
  | { outcome: 'opened'; id: string; word: WindowWord; pupils: number; closesAt: Date }
  | { outcome: 'unknown-school' }
  | { outcome: 'unknown-class' }
  | { outcome: 'not-in-this-class' }
  | { outcome: 'nobody-dormant' }
  | { outcome: 'wrong-minutes' }
  | { outcome: 'no-such-word' }
  | { outcome: 'only-in-demo' }
  | NotOpening
  | NotAuthorised;

export type OpenWindowOperation = (asked: Asked) => Promise<Opened>;

/** A class has one window at a time: opening another closes the former, and its word is worth nothing. */
export function createOpenWindow({ judged, digests, mode, now }: Dependencies): OpenWindowOperation {
  return async (asked) => {
    const { minutes, by } = asked;
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_WINDOW_MINUTES) {
      return { outcome: 'wrong-minutes' };
    }
    if (asked.word !== undefined && mode !== 'demo') return { outcome: 'only-in-demo' };
    const word = asked.word === undefined ? generateWindowWord() : parseWindowWord(asked.word);
    if (!word) return { outcome: 'no-such-word' };
    return judged(async (tx, inForce) => {
      const at = now();
      const listed = await listPupils(tx, asked, at);
      if (listed.outcome !== 'listed') return listed;
      const { classId, persons } = listed;
      await holdClass(tx, classId);
      const refused = await refuse(tx, asked, { listed, inForce, at });
      if (refused) return refused;
      const replaced = await endWindowsOfClass(tx, classId, at);
      const closesAt = new Date(at.getTime() + minutes * 60_000);
      const wordDigest = digestWindowWord(digests, word);
      const { generation } = inForce;
      const id = await insertWindow(tx, { classId, wordDigest, by, generation, openedAt: at, closesAt });
      await insertPupils(tx, id, persons);
      const details = { window: id, class: classId, pupils: persons.length, minutes, replaced };
      const event = {
        name: 'activation.window-opened',
        details,
        ...(asked.reason && { reason: asked.reason }),
      } as const;
      await record(tx, by, event, at);
      return { outcome: 'opened', id, word, pupils: persons.length, closesAt };
    });
  };
}

/** Nothing is spent on what is refused anyway. */
async function refuse(
  tx: Tx,
  { by, authority }: Asked,
  { listed, inForce, at }: { listed: ListedPupils; inForce: OrdersInForce; at: Date },
): Promise<NotOpening | NotAuthorised | undefined> {
  if (by.kind === 'person') {
    const asked = { person: by.person, classId: listed.classId, pupils: listed.persons, at };
    const { outcome } = await mayOpenWindow(tx, asked);
    if (outcome !== 'may-open') return { outcome };
  }
  const authorised = await authority?.(tx, { place: listed.place, inForce, at });
  return authorised && authorised.outcome !== 'authorised' ? authorised : undefined;
}

interface ListedPupils {
  outcome: 'listed';
  classId: number;
  persons: number[];
  place: { uai: string; academie: string; className: string };
}

type Listed =
  | ListedPupils
  | { outcome: 'unknown-school' }
  | { outcome: 'unknown-class' }
  | { outcome: 'not-in-this-class' }
  | { outcome: 'nobody-dormant' };

async function listPupils(tx: Tx, { uai, className, pupils }: Asked, at: Date): Promise<Listed> {
  const establishment = await findEstablishment(tx, uai);
  if (!establishment) return { outcome: 'unknown-school' };
  const found = (await classesOf(tx, uai)).find(({ code }) => code === className);
  if (!found) return { outcome: 'unknown-class' };
  const members = await selectPupils(tx, found.id, at);
  const present = pupils ? pick(members, pupils) : members;
  if (!present) return { outcome: 'not-in-this-class' };
  const persons = present.filter(({ isDormant }) => isDormant).map(({ person }) => person);
  if (persons.length === 0) return { outcome: 'nobody-dormant' };
  const place = { uai, academie: establishment.academie, className };
  return { outcome: 'listed', classId: found.id, persons, place };
}

/** Undefined where somebody is no pupil of the class. */
function pick(members: readonly Pupil[], ids: readonly string[]): Pupil[] | undefined {
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  const found = wanted.flatMap((id) => members.find(({ personId }) => personId === id) ?? []);
  return found.length === wanted.length ? found : undefined;
}
