import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { changePage, type WaitingChange } from '../../../views/console/contracts/change.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import {
  createDecideChangeAsOfficer,
  type OfficerDecided,
} from '../../relying-parties/changes/decide-as-officer.ts';
import { reviewedChanges } from '../../relying-parties/changes/difference.ts';
import { selectShown } from '../../relying-parties/changes/standing.ts';
import { approverOf } from '../../relying-parties/contracts/approve.ts';
import { isOver } from '../../relying-parties/contracts/say.ts';
import { selectRelyingParties } from '../../relying-parties/store.ts';
import { officeRight } from '../../rights/officers/rules.ts';
import { noteUse } from '../../rights/rights.ts';
import { otpOfAct } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import { actorOf, confirmWith, type Dependencies, unconfirmed } from '../rights/asking.ts';
import type { Given } from './pages.ts';

const PATH = '/console/contracts';

/** What publishers ask to change in a registration that was approved. */
export function changeRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    `${PATH}/:clientId/change`,
    staff('grant-rights', (ctx, visit) => showChange(from, ctx, { visit })),
  );
  router.post(
    `${PATH}/:clientId/change`,
    guarded,
    staff('grant-rights', (ctx, visit) => takeDecision(from, ctx, visit)),
  );
}

/** Those whose contract in force the visitor decides on. */
export async function changesFor({ db, now }: Dependencies, visit: Visit): Promise<WaitingChange[]> {
  const { rights } = visit;
  const [changes, { parties }] = [await selectShown(db, now()), await selectRelyingParties(db)];
  const visitor = approverOf(actorOf(visit), 'os-users');
  return changes.flatMap(({ id, clientId, metadata, approvers, needed }) => {
    const party = parties.find((one) => one.clientId === clientId);
    const terms = party?.contract?.terms;
    if (!party || !terms || !rights.some((right) => isOver(right, terms))) return [];
    const former: Record<string, unknown> = party.metadata;
    const next: Record<string, unknown> = metadata;
    const fields = reviewedChanges(party.metadata, metadata).map((name) => ({
      ...{ name, before: former[name], after: next[name] },
    }));
    const approvals = approvers.length;
    const isMine = approvals < needed && approvers.includes(visitor);
    const { client_name: name } = party.metadata;
    return [{ clientId, change: id, name, fields, approvals, needed, isMine }];
  });
}

async function findChange(from: Dependencies, ctx: Context, visit: Visit): Promise<WaitingChange> {
  if (!officeRight(visit.rights)) throw new Refusal('not-allowed');
  const found = (await changesFor(from, visit)).find(({ clientId }) => clientId === ctx.params.clientId);
  if (!found) throw new Refusal('not-found');
  return found;
}

async function showChange(
  from: Dependencies,
  ctx: Context,
  { visit, errors }: { visit: Visit; errors?: FieldErrors },
): Promise<void> {
  const change = await findChange(from, ctx, visit);
  render(ctx, changePage, { staff: visit, change, errors });
}

const decisionForm = z.object({
  change: z.coerce.number().int(),
  verdict: z.enum(['approve', 'refuse']).default('approve'),
  otp: otpOfAct,
});

async function takeDecision(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { clientId } = await findChange(from, ctx, visit);
  const again = (errors: FieldErrors) => showChange(from, ctx, { visit, errors });
  const read = readForm(ctx, decisionForm);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return again(read.fields);
  }
  const { change, verdict, otp } = read.values;
  const confirming = await confirmWith(from, ctx, { visit, act: 'decide-client-change', otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const { confirm } = confirming;
  const person = visit.signedIn.person.number;
  const decided = await createDecideChangeAsOfficer(from)({
    ...{ person, verdict, confirm, decision: { clientId, change } },
  });
  const right = officeRight(visit.rights);
  const isGiven = decided.outcome === 'done' || decided.outcome === 'one-more';
  if (right && isGiven) await noteUse(from.db, { right: right.id, at: from.now() });
  return answer(ctx, decided, { verdict, again });
}

async function answer(
  ctx: Context,
  decided: OfficerDecided,
  { verdict, again }: { verdict: string; again: (errors: FieldErrors) => Promise<void> },
): Promise<void> {
  switch (decided.outcome) {
    case 'done':
      return seeOther(ctx, `${PATH}?done=change-${verdict}`);
    case 'one-more':
      return seeOther(ctx, `${PATH}?done=one-more`);
    case 'wrong-code':
    case 'start-again': {
      const errors = unconfirmed(ctx, decided.outcome);
      return errors && again(errors);
    }
    case 'not-allowed':
      throw new Refusal('not-allowed');
    case 'already-approved':
      ctx.status = 422;
      return again({ form: 'contracts.change_already-approved' });
    case 'counts-as-one':
      ctx.status = 422;
      return again({ form: 'contracts.approval_counts-as-one' });
    case 'nothing-asked':
      ctx.status = 422;
      return again({ form: 'contracts.change_nothing' });
    default:
      return decided satisfies never;
  }
}
