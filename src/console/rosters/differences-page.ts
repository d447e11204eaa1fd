import type { Context } from 'koa';
import { differencesPage } from '../../../views/console/rosters/differences.ts';
import { seeOther } from '../../http/addresses.ts';
import { render } from '../../http/render.ts';
import { reach } from '../../reading/reach.ts';
import { type ChangeNumbers, numbersOf, type PersonChange } from '../../roster/changes.ts';
import type { StaffRosters } from '../../roster/operations.ts';
import type { Visit } from '../for-staff.ts';
import { nameOf, openNames } from '../names.ts';
import { readFirst } from '../read-first.ts';
import type { Dependencies } from './pages.ts';
import { findVisiblePlan } from './plans.ts';

const PAGE = 50;
/** Of people the directory knows: what the page may show of each. */
const FIELDS = ['given_name', 'family_name', 'establishments', 'contacts', 'guardians'];

/**
 * New people have no number yet: they are counted, and named by nobody before they are there. A file can bear the key
 * of anybody: whom the right does not reach is told of as if nobody knew them, by what the file itself says.
 */
export async function showDifferences(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, keyRing, rosters } = from;
  await findVisiblePlan(db, ctx, { visit, act: 'see-roster' });
  const { plan, right, batches } = await findVisiblePlan(db, ctx, { visit, act: 'read-people' });
  if (plan.state === 'reading' || plan.notPlanned) return seeOther(ctx, `/console/rosters/${plan.id}`);
  const start = numberIn(ctx.query.from);
  const asked = { plan: plan.id, first: numberIn(ctx.query.batch), batches };
  const { ordinal, changes } = await nextChanges(rosters, asked);
  const shown = changes.slice(start, start + PAGE);
  const known = shown.flatMap(({ person }) => person ?? []);
  const reached = await reach(db, { rights: [right], act: 'read-people', persons: known, at: from.now() });
  const persons = reached.map(({ person }) => person);
  if (persons.length > 0) {
    const details = { plan: plan.id, batch: ordinal };
    const wish = { right, persons, fields: FIELDS, details };
    if (!(await readFirst(from, ctx, { visit, wish }))) return;
  }
  const names = await openNames(db, keyRing, persons);
  render(ctx, differencesPage, {
    staff: visit,
    plan,
    changes: shown.map((change) => {
      const { person } = change;
      if (person === undefined || !persons.includes(person)) return unread(change);
      return { ...shownOf(change), name: nameOf(names.get(person)).name };
    }),
    next: nextOf({ plan: plan.id, ordinal, start, length: changes.length, batches }),
  });
}

/** Some parts of a plan change classes and schools alone. */
async function nextChanges(
  rosters: StaffRosters,
  { plan, first, batches }: { plan: string; first: number; batches: number },
): Promise<{ ordinal: number; changes: PersonChange[] }> {
  for (let ordinal = first; ordinal < batches; ordinal += 1) {
    const changes = await rosters.openChanges(plan, ordinal);
    if (changes.length > 0) return { ordinal, changes };
  }
  return { ordinal: batches, changes: [] };
}

function numberIn(given: string | string[] | undefined): number {
  return typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : 0;
}

function shownOf(change: PersonChange) {
  const { memberships } = change;
  const into = memberships.open.map(({ uai, classCode }) => classCode ?? uai);
  return { ...numbersOf(change), into, out: memberships.close.length };
}

const NOTHING: ChangeNumbers = { fields: 0, contacts: 0, guardians: 0 };

/** Somebody new, or whom another place may know; or one who was here when the files were compared, and left since. */
function unread(change: PersonChange) {
  const numbers = change.person === undefined ? numbersOf(change) : (change.asNew ?? NOTHING);
  const isNew = change.person === undefined || change.asNew !== undefined;
  const name = isNew ? ('new' as const) : ('gone' as const);
  return { ...shownOf(change), ...numbers, ...(isNew && { out: 0 }), unnamed: name };
}

function nextOf(at: {
  plan: string;
  ordinal: number;
  start: number;
  length: number;
  batches: number;
}): string | undefined {
  const path = `/console/rosters/${at.plan}/differences`;
  if (at.start + PAGE < at.length) return `${path}?batch=${at.ordinal}&from=${at.start + PAGE}`;
  return at.ordinal + 1 < at.batches ? `${path}?batch=${at.ordinal + 1}` : undefined;
}
