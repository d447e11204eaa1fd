import type { Context } from 'koa';
import { z } from 'zod';
import { cannotOpenPage, openWindowPage } from '../../../views/console/windows/open.ts';
import { mayOpenWindow } from '../../activation/windows/may-open-window.ts';
import type { Opened } from '../../activation/windows/open-window.ts';
import { type Pupil, selectPupils } from '../../activation/windows/store.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { edgeOf } from '../../http/request.ts';
import { type Right, rightFor } from '../../rights/rights.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import { nameOf, openNames, sortedByName } from '../names.ts';
import { type ClassHere, findClass } from '../place.ts';
import { readFirst } from '../read-first.ts';
import { BOARD_COOKIE } from './board-word.ts';
import type { Dependencies } from './pages.ts';
import { beginTicking, readTicks, type Typed, turnTo } from './ticking.ts';

interface Shown {
  visit: Visit;
  typed?: Typed | undefined;
  errors?: FieldErrors | undefined;
}

const FIELDS = ['given_name', 'family_name', 'account_state'];

/** The dormant pupils of the class, fifty at a time, to be ticked as they sit there. */
export async function showOpen(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { db, now } = from;
  const { visit, errors } = shown;
  const here = await findClass(db, ctx, { visit, act: 'open-window' });
  const at = now();
  const all = (await selectPupils(db, here.schoolClass.id, at)).filter(({ isDormant }) => isDormant);
  const person = visit.signedIn.person.number;
  const asked = { person, classId: here.schoolClass.id, pupils: all.map((one) => one.person), at };
  const props = { staff: visit, school: here.establishment, className: here.schoolClass.code };
  const may = await mayOpenWindow(db, asked);
  if (may.outcome !== 'may-open') return refuse(ctx, { ...props, because: may.outcome });
  if (all.length === 0) return refuse(ctx, { ...props, because: 'nobody-dormant' });
  const typed = shown.typed ?? beginTicking(ctx);
  const { list, minutes } = typed;
  const { pupils, pages, ticked, elsewhere } = turnTo(typed, all);
  const choices = await readPupils(from, ctx, { visit, here, pupils, list });
  if (!choices) return;
  render(ctx, openWindowPage, { ...props, list, minutes, choices, pages, ticked, elsewhere, errors });
}

function refuse(ctx: Context, props: Parameters<typeof cannotOpenPage>[0]): void {
  ctx.status = props.because === 'nobody-dormant' ? 200 : 403;
  render(ctx, cannotOpenPage, props);
}

async function readPupils(
  from: Dependencies,
  ctx: Context,
  given: { visit: Visit; here: ClassHere; pupils: readonly Pupil[]; list: string },
): Promise<{ value: string; label: string }[] | undefined> {
  const { visit, here, pupils, list } = given;
  const persons = pupils.map(({ person }) => person);
  const right = readingRight(visit, here);
  const wish = {
    right,
    persons,
    fields: FIELDS,
    details: { class: here.schoolClass.id },
    chargedOnce: `list ${list}`,
  };
  if (!(await readFirst(from, ctx, { visit, wish }))) return undefined;
  const names = await openNames(from.db, from.keyRing, persons);
  const named = pupils.map(({ person, personId }) => ({ value: personId, ...nameOf(names.get(person)) }));
  return sortedByName(named).map(({ value, name }) => ({ value, label: name }));
}

function readingRight({ rights }: Visit, { establishment, schoolClass }: ClassHere): Right {
  const { uai, academie } = establishment;
  const right = rightFor(rights, 'read-people', { uai, academie, className: schoolClass.code });
  if (!right) throw new Refusal('not-allowed');
  return right;
}

const form = z.object({
  minutes: z.string().regex(/^(?:[1-9]|1\d|20)$/, 'console.minutes_wrong'),
  otp: otpOfAct,
});

export async function takeOpen(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { establishment, schoolClass } = await findClass(from.db, ctx, { visit, act: 'open-window' });
  const ticks = readTicks(ctx);
  // A page was turned: nothing is done, and what was ticked goes along.
  if (ticks?.isTurning) return showOpen(from, ctx, { visit, typed: ticks.typed });
  const read = readForm(ctx, form);
  const typed = ticks?.typed;
  const wrong = (errors: FieldErrors) => {
    ctx.status = 422;
    return showOpen(from, ctx, { visit, typed, errors });
  };
  if (read.outcome === 'invalid') return wrong(read.fields);
  const pupils = typed?.ticked ?? [];
  if (pupils === 'all' || pupils.length === 0) return wrong({ 'pupils[]': 'console.pupils_missing' });
  const { minutes, otp } = read.values;
  const again = (errors: FieldErrors) => showOpen(from, ctx, { visit, typed, errors });
  const acting = await actAs(from, visit, { act: 'open-window', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const { authority } = acting;
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const where = { uai: establishment.uai, className: schoolClass.code };
  const opened = await from.activation.openWindow({
    ...where,
    pupils,
    minutes: Number(minutes),
    by,
    authority,
  });
  return answer(from, ctx, { opened, again });
}

async function answer(
  { boardWord, now }: Dependencies,
  ctx: Context,
  { opened, again }: { opened: Opened; again: (errors: FieldErrors) => Promise<void> },
): Promise<void> {
  switch (opened.outcome) {
    case 'opened': {
      const { id: window, word, closesAt: until } = opened;
      const maxAge = Math.ceil((until.getTime() - now().getTime()) / 1000);
      edgeOf(ctx).cookies.set(ctx, {
        base: BOARD_COOKIE,
        value: boardWord.seal({ window, word, until }),
        maxAge,
      });
      return seeOther(ctx, `/console/windows/${window}`);
    }
    case 'nobody-dormant':
    case 'not-in-this-class':
      ctx.status = 422;
      return again({ 'pupils[]': 'console.pupils_changed' });
    case 'not-teaching':
    case 'printed-letters':
      // The page says why, instead of its form.
      return again({});
    case 'unknown-school':
    case 'unknown-class':
    case 'wrong-minutes':
    case 'no-such-word':
    case 'only-in-demo':
      throw new Refusal('bad-request');
    default: {
      const errors = refusedErrors(ctx, opened);
      return errors && again(errors);
    }
  }
}
