import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { windowPage } from '../../../views/console/windows/window.ts';
import type { Activation } from '../../activation/activation.ts';
import {
  findWindow,
  pupilsOfWindow,
  type WindowPlace,
  type WindowPupil,
} from '../../activation/windows/store.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { findEstablishment } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { edgeOf } from '../../http/request.ts';
import type { Reading } from '../../reading/reading.ts';
import { rightFor, type StaffAct } from '../../rights/rights.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { nameOf, openNames, sortedByName } from '../names.ts';
import { pageOf } from '../paging.ts';
import { answerUnread } from '../read-first.ts';
import { BOARD_COOKIE, type BoardWord } from './board-word.ts';
import { showOpen, takeOpen } from './open-pages.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  activation: Pick<Activation, 'openWindow' | 'closeWindow'>;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  boardWord: BoardWord;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** A class window: ticked and opened by who teaches the class, watched by them, closed when all is done. */
export function windowRoutes(router: Router, { from, guarded, staff }: Given): void {
  const path = '/console/schools/:uai/classes/:code/window';
  router.get(
    path,
    staff('open-window', (ctx, visit) => showOpen(from, ctx, { visit })),
  );
  router.post(
    path,
    guarded,
    staff('open-window', (ctx, visit) => takeOpen(from, ctx, visit)),
  );
  router.get(
    '/console/windows/:id',
    staff('read-people', (ctx, visit) => showWindow(from, ctx, visit)),
  );
  router.post(
    '/console/windows/:id/close',
    guarded,
    staff('open-window', (ctx, visit) => takeClose(from, ctx, visit)),
  );
}

const FIELDS = ['given_name', 'family_name', 'account_state'];
const REFRESH_SECONDS = 15;

async function showWindow(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, boardWord, now } = from;
  const window = await findOwnWindow(from, ctx, { visit, act: 'read-people' });
  const at = now();
  const isOpen = window.closedAt === null && window.closesAt > at;
  const pupils = await pupilsOfWindow(db, window.id);
  const { shown, pages } = pageOf(ctx, pupils);
  const named = isOpen ? await readNames(from, ctx, { visit, window, pupils: shown }) : [];
  if (!named) return;
  const isLive = isOpen && ctx.query.live !== undefined;
  // Asked for by a link, and ended by another (WCAG 2.2.1): no page moves by itself unless somebody wants it to.
  if (isLive) ctx.set('Refresh', String(REFRESH_SECONDS));
  const school = await findEstablishment(db, window.uai);
  render(ctx, windowPage, {
    wasGuessedAt: window.closedBecause === 'wrong-words',
    staff: visit,
    school: { uai: window.uai, name: school?.name ?? window.uai },
    window,
    isOpen,
    isLive,
    word: isOpen
      ? boardWord.open(edgeOf(ctx).cookies.get(ctx, BOARD_COOKIE), { window: window.id, at })
      : undefined,
    pupils: named,
    pages,
    claimed: pupils.filter(({ hasClaimed }) => hasClaimed).length,
    total: pupils.length,
    mayClose: isOpen && mayClose(visit, window),
  });
}

async function findOwnWindow(
  { db }: Dependencies,
  ctx: Context,
  { visit, act }: { visit: Visit; act: StaffAct },
): Promise<WindowPlace> {
  const { id = '' } = ctx.params as { id?: string };
  const window = UUID.test(id) ? await findWindow(db, id) : undefined;
  if (!window || !rightFor(visit.rights, act, window)) throw new Refusal('not-found');
  return window;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Names = readonly { name: string; hasClaimed: boolean }[];

/**
 * One line per person and opening, however often the page is looked at in this session. Where reading is slow or over,
 * the word and the numbers stand without names: the class sits there. Undefined: the answer was given instead.
 */
async function readNames(
  from: Dependencies,
  ctx: Context,
  { visit, window, pupils }: { visit: Visit; window: WindowPlace; pupils: readonly WindowPupil[] },
): Promise<Names | 'stopped' | undefined> {
  const right = rightFor(visit.rights, 'read-people', window);
  if (!right) throw new Refusal('not-found');
  const persons = pupils.map(({ person }) => person);
  const details = { window: window.id };
  const { session, address, isNewDevice, signedIn } = visit;
  const wish = { right, persons, fields: FIELDS, details, once: `window ${window.id}` };
  const reader = { reader: signedIn.person.number, session, address, isNewDevice };
  const read = await from.reading.read({ ...wish, ...reader });
  if (read.outcome === 'not-allowed') return answerUnread(ctx, visit, read);
  if (read.outcome !== 'read') return 'stopped';
  visit.budget = read.budget;
  const names = await openNames(from.db, from.keyRing, persons);
  const named = pupils.map(({ person, hasClaimed }) => ({ ...nameOf(names.get(person)), hasClaimed }));
  return sortedByName(named);
}

function mayClose({ rights }: Visit, window: WindowPlace): boolean {
  return rightFor(rights, 'open-window', window) !== undefined;
}

/** Closing takes nothing but the button: it only ever makes less possible. */
async function takeClose(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const window = await findOwnWindow(from, ctx, { visit, act: 'open-window' });
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  await from.activation.closeWindow({ id: window.id, by });
  edgeOf(ctx).cookies.clear(ctx, BOARD_COOKIE);
  seeOther(ctx, `/console/windows/${window.id}`);
}
