import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { approvePage, officersPage } from '../../../views/console/rights/officers.ts';
import { normaliseUsername } from '../../accounts/username.ts';
import { findPersonByUsername } from '../../directory/persons.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm, typedIn } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { countReadable } from '../../rights/count-readable.ts';
import { endsSoon, listRights } from '../../rights/list.ts';
import { type Approved, createApproveOfficer } from '../../rights/officers/approve.ts';
import { createProposeOfficer, type Proposed } from '../../rights/officers/propose.ts';
import { type Office, officeRight } from '../../rights/officers/rules.ts';
import { type Proposal, selectProposals } from '../../rights/officers/store.ts';
import { noteUse, type Place, type Right } from '../../rights/rights.ts';
import { otpOfAct } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import { pageOf } from '../paging.ts';
import { actorOf, confirmWith, type Dependencies, idOfRight, readNames, unconfirmed } from './asking.ts';
import type { Given } from './pages.ts';

const PATH = '/console/rights/officers';
/** What a national officer may read in an hour is two of these, also at night and on a new device one. */
const PAGE = 20;

/** Officers are appointed by two of them: one proposes, another approves. */
export function officerRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    PATH,
    staff('grant-rights', (ctx, visit) => showOfficers(from, ctx, { visit })),
  );
  router.post(
    PATH,
    guarded,
    staff('grant-rights', (ctx, visit) => takeProposal(from, ctx, visit)),
  );
  router.get(
    `${PATH}/:right`,
    staff('grant-rights', (ctx, visit) => showApproval(from, ctx, { visit })),
  );
  router.post(
    `${PATH}/:right`,
    guarded,
    staff('grant-rights', (ctx, visit) => takeApproval(from, ctx, visit)),
  );
}

/** The widest office of the visitor: a national one sees all offices, an académie's those of its own. */
function officeOf({ rights }: Visit): { right: Right; place: Place } {
  const right = officeRight(rights);
  if (!right) throw new Refusal('not-allowed');
  const { scope } = right;
  return { right, place: scope.kind === 'academie' ? { academie: scope.academie } : {} };
}

function isSeenFrom(place: Place, scope: Right['scope']): boolean {
  return place.academie === undefined || (scope.kind === 'academie' && scope.academie === place.academie);
}

interface Typed {
  username: string;
  role: string;
  academie: string;
}

async function showOfficers(
  from: Dependencies,
  ctx: Context,
  { visit, typed, errors }: { visit: Visit; typed?: Typed; errors?: FieldErrors },
): Promise<void> {
  const { place } = officeOf(visit);
  const at = from.now();
  const offices = (await listRights(from.db, { officers: true }, at)).filter(({ scope }) =>
    isSeenFrom(place, scope),
  );
  const proposals = (await selectProposals(from.db, at)).filter(({ scope }) => isSeenFrom(place, scope));
  // Proposals first: they wait for somebody.
  const { shown, pages } = pageOf(ctx, [...proposals, ...offices], PAGE);
  const persons = shown.map(({ person }) => person);
  const names = await readNames(from, ctx, { visit, place, persons, page: `officers ${persons.join(' ')}` });
  if (!names) return;
  const me = visit.signedIn.person.number;
  const isShown = new Set(shown.map(({ id }) => id));
  render(ctx, officersPage, {
    ...{ staff: visit, typed, errors, pages, academie: place.academie },
    offices: offices
      .filter(({ id }) => isShown.has(id))
      .map((right) => ({
        ...{ right, name: names.get(right.person) ?? '', endsSoon: endsSoon(right, at) },
        mayEnd: place.academie === undefined && right.person !== me,
      })),
    proposals: proposals
      .filter(({ id }) => isShown.has(id))
      .map((proposal) => ({
        ...{ proposal, name: names.get(proposal.person) ?? '' },
        isMine: proposal.proposedBy.kind === 'person' && proposal.proposedBy.person === me,
      })),
    done: typeof ctx.query.done === 'string' ? ctx.query.done : undefined,
  });
}

const proposalForm = z.object({
  username: z.string().trim().min(1, 'rights.username_missing').max(64, 'rights.username_unknown'),
  role: z.enum(['national-officer', 'academie-officer', 'auditor'], 'rights.role_missing'),
  academie: z.string().trim().max(64).default(''),
  otp: otpOfAct,
});

async function takeProposal(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { right, place } = officeOf(visit);
  const read = readForm(ctx, proposalForm);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    const [username, role, academie] = ['username', 'role', 'academie'].map((name) => typedIn(ctx, name));
    const typed = { username: username ?? '', role: role ?? '', academie: academie ?? '' };
    return showOfficers(from, ctx, { visit, typed, errors: read.fields });
  }
  const { username, role, otp } = read.values;
  const academie = place.academie ?? read.values.academie;
  const typed = { username, role, academie };
  const again = (errors: FieldErrors) => showOfficers(from, ctx, { visit, typed, errors });
  const scope: Office['scope'] = academie === '' ? { kind: 'nation' } : { kind: 'academie', academie };
  const confirming = await confirmWith(from, ctx, { visit, act: 'propose-officer', otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const person = await findPersonByUsername(from.db, from.digests, normaliseUsername(username));
  // Nobody by that name gets the answer of somebody who cannot hold an office, after the same code.
  const asked = { by: actorOf(visit), person: person ?? 0, role, scope, confirm: confirming.confirm };
  const proposed = await createProposeOfficer(from)(asked);
  if (proposed.outcome === 'proposed') await noteUse(from.db, { right: right.id, at: from.now() });
  return answer(ctx, proposed, again);
}

async function showApproval(
  from: Dependencies,
  ctx: Context,
  { visit, errors }: { visit: Visit; errors?: FieldErrors },
): Promise<void> {
  const { place } = officeOf(visit);
  const proposal = await findProposal(from, ctx, place);
  const persons = [proposal.person];
  const names = await readNames(from, ctx, { visit, place, persons, page: `proposal ${proposal.id}` });
  if (!names) return;
  const readable = await countReadable(from.db, proposal, from.now());
  const name = names.get(proposal.person) ?? '';
  render(ctx, approvePage, { staff: visit, proposal, name, readable, errors });
}

async function findProposal({ db, now }: Dependencies, ctx: Context, place: Place): Promise<Proposal> {
  const id = idOfRight(ctx);
  const found = (await selectProposals(db, now())).find((one) => one.id === id);
  if (!found || !isSeenFrom(place, found.scope)) throw new Refusal('not-found');
  return found;
}

const approvalForm = z.object({ otp: otpOfAct });

async function takeApproval(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { right, place } = officeOf(visit);
  const { id } = await findProposal(from, ctx, place);
  const again = (errors: FieldErrors) => showApproval(from, ctx, { visit, errors });
  const read = readForm(ctx, approvalForm);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return again(read.fields);
  }
  const confirming = await confirmWith(from, ctx, { visit, act: 'approve-officer', otp: read.values.otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const asked = { by: actorOf(visit), proposal: id, confirm: confirming.confirm };
  const approved = await createApproveOfficer(from)(asked);
  if (approved.outcome === 'appointed') await noteUse(from.db, { right: right.id, at: from.now() });
  return answer(ctx, approved, again);
}

async function answer(
  ctx: Context,
  answered: Proposed | Approved,
  again: (errors: FieldErrors) => Promise<void>,
): Promise<void> {
  switch (answered.outcome) {
    case 'proposed':
    case 'appointed':
      return seeOther(ctx, `${PATH}?done=${answered.outcome}`);
    case 'wrong-code':
    case 'start-again': {
      const errors = unconfirmed(ctx, answered.outcome);
      return errors && again(errors);
    }
    case 'no-such-proposal':
      throw new Refusal('not-found');
    case 'not-allowed':
      throw new Refusal('not-allowed');
    default:
      ctx.status = 422;
      return again({ form: `rights.officer_${answered.outcome}` });
  }
}
