import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import {
  contractPage,
  contractsPage,
  type WaitingContract,
} from '../../../views/console/contracts/contracts.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import {
  createApproveAsOfficer,
  type OfficerApproval,
} from '../../relying-parties/contracts/approve-as-officer.ts';
import { registrationOf } from '../../relying-parties/contracts/registration.ts';
import { isOver } from '../../relying-parties/contracts/say.ts';
import { selectVersions } from '../../relying-parties/contracts/store.ts';
import { approvalsNeeded } from '../../relying-parties/contracts/terms.ts';
import { selectRelyingParties } from '../../relying-parties/store.ts';
import { officeRight } from '../../rights/officers/rules.ts';
import { noteUse } from '../../rights/rights.ts';
import { otpOfAct } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { confirmWith, type Dependencies, unconfirmed } from '../rights/asking.ts';
import { changeRoutes, changesFor } from './change-pages.ts';

const PATH = '/console/contracts';

export interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** Contracts that wait for an officer: one for name, class, school and role, two for anything above. */
export function contractRoutes(router: Router, given: Given): void {
  const { from, guarded, staff } = given;
  changeRoutes(router, given);
  router.get(
    PATH,
    staff('grant-rights', (ctx, visit) => showWaiting(from, ctx, visit)),
  );
  router.get(
    `${PATH}/:clientId`,
    staff('grant-rights', (ctx, visit) => showOne(from, ctx, { visit })),
  );
  router.post(
    `${PATH}/:clientId`,
    guarded,
    staff('grant-rights', (ctx, visit) => takeApproval(from, ctx, visit)),
  );
}

async function waitingFor({ db }: Dependencies, { rights }: Visit): Promise<WaitingContract[]> {
  if (!officeRight(rights)) throw new Refusal('not-allowed');
  const [{ parties }, versions] = await Promise.all([
    selectRelyingParties(db),
    selectVersions(db, { are: 'requested' }),
  ]);
  return versions
    .filter(({ terms }) => rights.some((right) => isOver(right, terms)))
    .flatMap(({ clientId, version, terms, approvals }) => {
      const party = parties.find((one) => one.clientId === clientId);
      // Nobody approves what cannot be shown.
      if (!party) return [];
      const registration = registrationOf(party, terms);
      const { client_name: name } = registration;
      return [{ clientId, name, version, terms, registration, approvals, needed: approvalsNeeded(terms) }];
    });
}

async function showWaiting(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const [contracts, changes] = [await waitingFor(from, visit), await changesFor(from, visit)];
  const done = typeof ctx.query.done === 'string' ? ctx.query.done : undefined;
  render(ctx, contractsPage, { staff: visit, contracts, changes, done });
}

async function findWaiting(from: Dependencies, ctx: Context, visit: Visit): Promise<WaitingContract> {
  const found = (await waitingFor(from, visit)).find(({ clientId }) => clientId === ctx.params.clientId);
  if (!found) throw new Refusal('not-found');
  return found;
}

async function showOne(
  from: Dependencies,
  ctx: Context,
  { visit, errors }: { visit: Visit; errors?: FieldErrors },
): Promise<void> {
  const contract = await findWaiting(from, ctx, visit);
  render(ctx, contractPage, { staff: visit, contract, errors });
}

const approvalForm = z.object({ version: z.coerce.number().int(), otp: otpOfAct });

async function takeApproval(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { clientId } = await findWaiting(from, ctx, visit);
  const again = (errors: FieldErrors) => showOne(from, ctx, { visit, errors });
  const read = readForm(ctx, approvalForm);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return again(read.fields);
  }
  const { version, otp } = read.values;
  const confirming = await confirmWith(from, ctx, { visit, act: 'approve-contract', otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const approved = await createApproveAsOfficer(from)({
    person: visit.signedIn.person.number,
    decision: { clientId, version },
    confirm: confirming.confirm,
  });
  const right = officeRight(visit.rights);
  const isGiven = approved.outcome === 'approved' || approved.outcome === 'one-more';
  if (right && isGiven) await noteUse(from.db, { right: right.id, at: from.now() });
  return answer(ctx, approved, again);
}

async function answer(
  ctx: Context,
  approved: OfficerApproval,
  again: (errors: FieldErrors) => Promise<void>,
): Promise<void> {
  switch (approved.outcome) {
    case 'approved':
    case 'one-more':
      return seeOther(ctx, `${PATH}?done=${approved.outcome}`);
    case 'wrong-code':
    case 'start-again': {
      const errors = unconfirmed(ctx, approved.outcome);
      return errors && again(errors);
    }
    case 'not-allowed':
      throw new Refusal('not-allowed');
    case 'already-approved':
    case 'counts-as-one':
    case 'nothing-requested':
    case 'suspended':
      ctx.status = 422;
      return again({ form: `contracts.approval_${approved.outcome}` });
    default:
      return approved satisfies never;
  }
}
