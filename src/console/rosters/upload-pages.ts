import { basename } from 'node:path';
import type { Context } from 'koa';
import { z } from 'zod';
import { refusedFilesPage, rostersPage } from '../../../views/console/rosters/list.ts';
import { findEstablishment, findEstablishments } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { render } from '../../http/render.ts';
import { type UploadedFile, uploadedFiles } from '../../http/uploads.ts';
import type { Planned } from '../../roster/plan.ts';
import type { Visit } from '../for-staff.ts';
import type { Dependencies } from './pages.ts';
import { type Importer, importersOf, visiblePlans } from './plans.ts';
import { withPrivateFiles } from './private-files.ts';

interface Shown {
  visit: Visit;
  errors?: FieldErrors | undefined;
}

export async function showRosters(from: Dependencies, ctx: Context, { visit, errors }: Shown): Promise<void> {
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
    errors,
  });
}

function findImporters({ db }: Dependencies, { rights }: Visit): Promise<Importer[]> {
  return importersOf(rights, async (uai) => (await findEstablishment(db, uai))?.academie);
}

const form = z.object({ whose: z.string().max(100) });

/** The files are read once, into a plan; nothing of them is kept but what would change, sealed. */
export async function takeFiles(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const again = (errors: FieldErrors) => {
    ctx.status = 422;
    return showRosters(from, ctx, { visit, errors });
  };
  const read = readForm(ctx, form);
  const whose = read.outcome === 'read' ? read.values.whose : '';
  const importer = (await findImporters(from, visit)).find(({ value }) => value === whose);
  if (!importer) return again({ whose: 'rosters.whose_missing' });
  const files = uploadedFiles(ctx);
  if (files.length === 0) return again({ files: 'rosters.files_missing' });
  const planned = await plan(from, { files, importer, visit });
  switch (planned.outcome) {
    case 'planned':
      return seeOther(ctx, `/console/rosters/${planned.id}`);
    case 'refused':
      ctx.status = 422;
      return render(ctx, refusedFilesPage, { staff: visit, problems: planned.refused.slice(0, 50) });
    case 'half-done':
      return again({ form: 'rosters.half_done' });
    case 'directory-changed':
      return again({ form: 'rosters.directory_changed' });
    default:
      return planned satisfies never;
  }
}

function plan(
  { rosters }: Dependencies,
  { files, importer, visit }: { files: readonly UploadedFile[]; importer: Importer; visit: Visit },
): Promise<Planned> {
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  return withPrivateFiles(files, (paths) => {
    const names = new Map(paths.map((path, index) => [basename(path), files[index]?.name ?? '']));
    return rosters.plan({
      files: paths,
      by,
      within: importer.within,
      nameOf: (file) => names.get(file) ?? file,
    });
  });
}
