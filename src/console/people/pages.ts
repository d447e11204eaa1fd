import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { personPage } from '../../../views/console/people/person.ts';
import { searchPage } from '../../../views/console/people/search.ts';
import { findEstablishments } from '../../directory/establishments.ts';
import type { guardForms } from '../../http/csrf.ts';
import { type FieldErrors, readForm, typedIn } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { schoolsToSearch } from '../../reading/looker.ts';
import { openRecord } from '../../reading/person-record.ts';
import {
  type Searched,
  type Dependencies as Searching,
  searchByIdentifier,
  searchByName,
} from '../../reading/search.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { answerUnread } from '../read-first.ts';
import { actsOpenTo } from './act-on-account.ts';
import { type Dependencies as ActDependencies, actRoutes } from './act-pages.ts';
import { type Dependencies as BudgetDependencies, budgetRoutes } from './budget-pages.ts';
import { lookerOf, showNobody } from './looking.ts';

export type Dependencies = Searching & ActDependencies & BudgetDependencies;

type Guarded = ReturnType<typeof guardForms>;

/** Finding somebody, their page, and what may be done about their account. */
export function peopleRoutes(
  router: Router,
  { from, guarded, staff }: { from: Dependencies; guarded: Guarded; staff: ForStaff },
): void {
  router.get(
    '/console/people',
    staff('read-people', (ctx, visit) => showSearch(from, ctx, { visit })),
  );
  // A POST, for a name in an address would stand in histories and logs (ASVS 14.2.1).
  router.post(
    '/console/people',
    guarded,
    staff('read-people', (ctx, visit) => takeSearch(from, ctx, visit)),
  );
  router.get(
    '/console/people/:id',
    staff('read-people', (ctx, visit) => showPerson(from, ctx, visit)),
  );
  actRoutes(router, { from, guarded, staff });
  budgetRoutes(router, { from, guarded, staff });
}

const LONGEST_TYPED = 100;
const searchForm = z.object({
  typed: z.string().trim().min(1, 'people.typed_missing').max(LONGEST_TYPED, 'people.typed_long'),
  way: z.enum(['name', 'identifier']).default('identifier'),
  school: z.string().max(8).default(''),
});
type Typed = z.output<typeof searchForm>;

interface Shown {
  visit: Visit;
  typed?: Typed | undefined;
  errors?: FieldErrors | undefined;
  found?: Extract<Searched, { outcome: 'found' }> | undefined;
}

async function showSearch({ db }: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { visit, typed, errors, found } = shown;
  const schools = await findEstablishments(db, schoolsToSearch(visit.rights));
  render(ctx, searchPage, { staff: visit, schools, typed, errors, found });
}

async function takeSearch(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const form = readForm(ctx, searchForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    return showSearch(from, ctx, { visit, typed: typedBefore(ctx), errors: form.fields });
  }
  const typed = form.values;
  const looker = lookerOf(visit);
  // Officers above the schools look for no name: the form offers them none.
  if (typed.way === 'name' && schoolsToSearch(visit.rights).length === 0) throw new Refusal('not-allowed');
  const searched =
    typed.way === 'name'
      ? await searchByName(from, { looker, typed: typed.typed, uai: schoolOf(visit, typed) })
      : await searchByIdentifier(from, { looker, typed: typed.typed });
  if (searched.outcome === 'found') {
    visit.budget = searched.budget;
    return showSearch(from, ctx, { visit, typed, found: searched });
  }
  if (searched.outcome !== 'too-short') return answerUnread(ctx, visit, searched);
  ctx.status = 422;
  return showSearch(from, ctx, { visit, typed, errors: { typed: 'people.typed_short' } });
}

function typedBefore(ctx: Context): Typed {
  const way = typedIn(ctx, 'way') === 'identifier' ? 'identifier' : 'name';
  return { typed: typedIn(ctx, 'typed'), way, school: typedIn(ctx, 'school') };
}

/** Who has one school need not name it. */
function schoolOf({ rights }: Visit, { school }: Typed): string {
  return school || (schoolsToSearch(rights)[0] ?? '');
}

async function showPerson(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { id = '' } = ctx.params as { id?: string };
  const opened = await openRecord(from, { looker: lookerOf(visit), id });
  if (opened.outcome === 'unknown') return showNobody(ctx, visit);
  if (opened.outcome !== 'opened') return answerUnread(ctx, visit, opened);
  const { record } = opened;
  visit.budget = opened.budget;
  const acts = await actsOpenTo(from.db, { looker: lookerOf(visit), record, at: from.now() });
  const done = DONE.find((one) => one === ctx.query.done);
  render(ctx, personPage, { staff: visit, record, acts, done });
}

const DONE = ['locked', 'lifted', 'reset'] as const;
