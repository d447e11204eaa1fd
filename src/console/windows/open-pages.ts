import type { Context } from 'koa';
import { z } from 'zod';
import { cannotOpenPage, openWindowPage } from '../../../views/console/windows/open.ts';
import { mayOpenWindow } from '../../activation/windows/may-open-window.ts';
import { LONGEST_WINDOW_MINUTES, type Opened } from '../../activation/windows/open-window.ts';
import { type Pupil, selectPupils } from '../../activation/windows/store.ts';
import { randomToken } from '../../crypto/tokens.ts';
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

/** What was ticked and typed, to be shown again; `list` is the key under which the names were read once. */
interface Typed {
  list: string;
  ticked: readonly string[] | 'all';
  minutes: string;
}

interface Shown {
  visit: Visit;
  typed?: Typed | undefined;
  errors?: FieldErrors | undefined;
}

const PAGE = 50;
const FIELDS = ['given_name', 'family_name', 'account_state'];

/** The dormant pupils of the class, to be ticked as they sit there. */
export async function showOpen(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { db, now } = from;
  const { visit, errors } = shown;
  const here = await findClass(db, ctx, { visit, act: 'open-window' });
  const at = now();
  const all = (await selectPupils(db, here.schoolClass.id, at)).filter(({ isDormant }) => isDormant);
  const pupils = all.slice(0, PAGE);
  const person = visit.signedIn.person.number;
  const asked = { person, classId: here.schoolClass.id, pupils: pupils.map((one) => one.person), at };
  const props = { staff: visit, school: here.establishment, className: here.schoolClass.code };
  const may = await mayOpenWindow(db, asked);
  if (may.outcome !== 'may-open') return refuse(ctx, { ...props, because: may.outcome });
  if (pupils.length === 0) return refuse(ctx, { ...props, because: 'nobody-dormant' });
  const typed = shown.typed ?? begin(ctx);
  const choices = await readPupils(from, ctx, { visit, here, pupils, list: typed.list });
  if (!choices) return;
  const ticked = typed.ticked === 'all' ? choices.map(({ value }) => value) : typed.ticked;
  render(ctx, openWindowPage, { ...props, ...typed, choices, ticked, more: all.length - PAGE, errors });
}

function refuse(ctx: Context, props: Parameters<typeof cannotOpenPage>[0]): void {
  ctx.status = props.because === 'nobody-dormant' ? 200 : 403;
  render(ctx, cannotOpenPage, props);
}

function begin(ctx: Context): Typed {
  const { list } = ctx.query;
  const isKnown = typeof list === 'string' && LIST.test(list);
  return {
    list: isKnown ? list : randomToken(9),
    ticked: ctx.query.all === undefined ? [] : 'all',
    minutes: String(LONGEST_WINDOW_MINUTES),
  };
}

const LIST = /^[\w-]{12}$/;

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
    once: `list ${list}`,
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
  'pupils[]': z.array(z.uuid()).min(1, 'console.pupils_missing').max(PAGE),
  minutes: z.string().regex(/^(?:[1-9]|1\d|20)$/, 'console.minutes_wrong'),
  list: z.string().regex(LIST),
  otp: otpOfAct,
});

/** What can be shown again of a form that could not be read. */
const kept = z.object({ 'pupils[]': z.array(z.string().max(40)).max(PAGE), list: z.string().regex(LIST) });

export async function takeOpen(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { establishment, schoolClass } = await findClass(from.db, ctx, { visit, act: 'open-window' });
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    const former = readForm(ctx, kept);
    const typed: Typed | undefined =
      former.outcome === 'read'
        ? {
            list: former.values.list,
            ticked: former.values['pupils[]'],
            minutes: String(LONGEST_WINDOW_MINUTES),
          }
        : undefined;
    return showOpen(from, ctx, { visit, typed, errors: read.fields });
  }
  const { 'pupils[]': pupils, minutes, list, otp } = read.values;
  const again = (errors: FieldErrors) =>
    showOpen(from, ctx, { visit, typed: { list, ticked: pupils, minutes }, errors });
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
