import type { Context } from 'koa';
import { z } from 'zod';
import { rostersPage } from '../../../views/console/rosters/list.ts';
import { findEstablishment, findEstablishments } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm, typedIn } from '../../http/forms.ts';
import { render } from '../../http/render.ts';
import { uploadedFiles } from '../../http/uploads.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import type { Dependencies } from './pages.ts';
import { type Importer, importersOf, visiblePlans } from './plans.ts';

interface Shown {
  visit: Visit;
  /** Chosen before. */
  whose?: string | undefined;
  errors?: FieldErrors | undefined;
}

export async function showRosters(
  from: Dependencies,
  ctx: Context,
  { visit, whose, errors }: Shown,
): Promise<void> {
  const { db, uploadBytes } = from;
  const [plans, importers] = await Promise.all([visiblePlans(db, visit), findImporters(from, visit)]);
  const uais = importers.flatMap(({ within }) => (within.kind === 'establishment' ? [within.uai] : []));
  const schools = await findEstablishments(db, uais);
  render(ctx, rostersPage, {
    staff: visit,
    plans,
    importers: importers.map(({ value, within }) => ({
      value,
      academie: within.academie,
      school: within.kind === 'academie' ? undefined : schools.find(({ uai }) => uai === within.uai)?.name,
    })),
    megabytes: Math.floor(uploadBytes / 1_048_576),
    whose,
    errors,
  });
}

function findImporters({ db }: Dependencies, { rights }: Visit): Promise<Importer[]> {
  return importersOf(rights, async (uai) => (await findEstablishment(db, uai))?.academie);
}

const form = z.object({ whose: z.string().max(100), otp: otpOfAct });

/** The files are read once, in the queue, into a plan; nothing of them is kept but what would change, sealed. */
export async function takeFiles(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const again = (errors: FieldErrors) =>
    showRosters(from, ctx, { visit, whose: typedIn(ctx, 'whose'), errors });
  const wrong = (errors: FieldErrors) => {
    ctx.status = 422;
    return again(errors);
  };
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') return wrong(read.fields);
  const { whose, otp } = read.values;
  const importer = (await findImporters(from, visit)).find(({ value }) => value === whose);
  if (!importer) return wrong({ whose: 'rosters.whose_missing' });
  const files = uploadedFiles(ctx);
  if (files.length === 0) return wrong({ files: 'rosters.files_missing' });
  const acting = await actAs(from, visit, { act: 'apply-roster', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const { within } = importer;
  const started = await from.rosters.startPlan({ files, by, within, authority: acting.authority });
  switch (started.outcome) {
    case 'started':
      return seeOther(ctx, `/console/rosters/${started.id}?live=yes`);
    case 'reading':
      ctx.status = 409;
      return again({ form: 'rosters.reading_already' });
    default: {
      const errors = refusedErrors(ctx, started);
      return errors && again(errors);
    }
  }
}
