import { openDormantAccount } from '../accounts/open-dormant-account.ts';
import { createJudged } from '../orders/judged.ts';
import { confirmedByOperator as confirm } from '../rights/confirm.ts';
import { listRights } from '../rights/list.ts';
import { type Approved, createApproveOfficer } from '../rights/officers/approve.ts';
import { createInviteOfficer } from '../rights/officers/invite.ts';
import { createProposeOfficer, type Proposed } from '../rights/officers/propose.ts';
import { createReaddressOfficer } from '../rights/officers/readdress.ts';
import type { Office } from '../rights/officers/rules.ts';
import { type Proposal, selectProposals } from '../rights/officers/store.ts';
import { createRevokeRight } from '../rights/revoke.ts';
import { parseMail, parsePhone } from '../roster/values.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';
import { printForOfficer } from './officers/letter.ts';
import { outFileOf } from './out-file.ts';
import { findPersonNamed, noSuchPerson } from './rights/person.ts';
import { dayOf, jsonOfRight, lineOfRight, only, readUntil, whereOf } from './rights/words.ts';

const OUT = {
  type: 'string',
  value: 'FILE.pdf',
  help: 'the letter; only its owner may read the file',
} as const;

export const commands: Command[] = [
  {
    name: 'officers invite',
    summary: 'gives somebody who is in no roster a dormant account and prints the paper half of their letter',
    isActOfPower: true,
    options: {
      first: { type: 'boolean', help: 'with the national right: once, where no officer ever was' },
      'given-name': { type: 'string', value: 'NAME', help: 'as on the letter' },
      'family-name': { type: 'string', value: 'NAME', help: 'as on the letter' },
      phone: { type: 'string', value: 'NUMBER', help: 'where the electronic half goes' },
      mail: { type: 'string', value: 'ADDRESS', help: 'the same by mail, where there is no mobile' },
      out: OUT,
    },
    run: invite,
  },
  {
    name: 'officers letter',
    operands: 'PERSON',
    summary: 'prints the letter of an invited person again; the former one is void',
    isActOfPower: true,
    options: {
      phone: { type: 'string', value: 'NUMBER', help: 'another telephone than the one of the invitation' },
      mail: { type: 'string', value: 'ADDRESS', help: 'another address' },
      out: OUT,
    },
    run: letter,
  },
  {
    name: 'officers propose',
    operands: 'PERSON',
    summary: 'proposes an officer, as the first of two; only while no two officers could do it without you',
    isActOfPower: true,
    options: {
      role: { type: 'string', value: 'ROLE', help: 'national-officer, academie-officer, auditor' },
      academie: { type: 'string', value: 'NAME', help: 'of an académie; without it, of the nation' },
      until: { type: 'string', value: 'DAY', help: 'a year if not said, and at most' },
    },
    run: propose,
  },
  {
    name: 'officers approve',
    operands: 'ID',
    summary: 'approves what an officer proposed, as the second of two; never what the command line proposed',
    isActOfPower: true,
    run: approve,
  },
  {
    name: 'officers list',
    summary: 'lists officers with last use and end, and the proposals that wait for a second officer',
    options: { ended: { type: 'boolean', help: 'those whose office is over too' } },
    run: list,
  },
  {
    name: 'officers revoke',
    operands: 'ID',
    summary: 'ends an office before its time, with every right that was granted under it',
    isActOfPower: true,
    run: revoke,
  },
];

async function invite(context: Context, input: Input): Promise<Result> {
  const [givenName, familyName, out] = [
    input.required('given-name').trim(),
    input.required('family-name').trim(),
    outFileOf(input),
  ];
  if (givenName === '' || familyName === '') throw new UsageError('a letter needs a name');
  const contact = readContact(input);
  const as = input.flag('first') ? 'first' : 'later';
  const parts = await context.parts();
  const { by, reason } = context;
  const operation = createInviteOfficer({ ...parts, openAccount: openDormantAccount });
  const invited = await operation({ by, reason, givenName, familyName, contact, as });
  if (invited.outcome === 'not-the-first') {
    const message = 'there was a first officer already: invite without --first, then officers propose';
    return { outcome: 'refused', message, json: { ...invited } };
  }
  const { person, right } = invited;
  await printForOfficer(context, { person, out });
  const next = right
    ? 'the national right works once the account is claimed'
    : `npx preau officers propose ${person}`;
  return {
    outcome: 'done',
    json: { outcome: 'invited', person, right: right ?? null, file: out },
    lines: [`person ${person}: the letter is in ${out}`, `Then: ${next}.`],
  };
}

function readContact(input: Input): { kind: 'phone' | 'mail'; value: string } {
  const [phone, mail] = [input.text('phone'), input.text('mail')];
  if ((phone === undefined) === (mail === undefined)) throw new UsageError('say either --phone or --mail');
  const [dialled, address] = [phone && parsePhone(phone), mail && parseMail(mail)];
  if (dialled) return { kind: 'phone', value: dialled };
  if (address) return { kind: 'mail', value: address };
  throw new UsageError(phone === undefined ? '--mail is no address' : '--phone is no number');
}

async function letter(context: Context, input: Input): Promise<Result> {
  const named = only(input.operands, 'name one person: npx preau officers letter PERSON');
  const out = outFileOf(input);
  const hasContact = input.text('phone') !== undefined || input.text('mail') !== undefined;
  if (hasContact) readContact(input);
  const person = await findPersonNamed(await context.parts(), named);
  if (person === undefined) return noSuchPerson(named);
  if (hasContact) await readdress(context, { person, contact: readContact(input) });
  const { outcome } = await printForOfficer(context, { person, out });
  if (outcome === 'printed') {
    return { outcome: 'done', json: { outcome, person, file: out }, lines: [`the letter is in ${out}`] };
  }
  const message = `person ${person} was not invited as an officer, or has claimed the account`;
  return { outcome: 'refused', message, json: { outcome, person } };
}

/** Somebody who was not invited, or has claimed the account, gets no letter either: that says it. */
async function readdress(
  context: Context,
  given: { person: number; contact: ReturnType<typeof readContact> },
): Promise<void> {
  const { by, reason } = context;
  await createReaddressOfficer(await context.parts())({ by, reason, ...given });
}

async function propose(context: Context, input: Input): Promise<Result> {
  const named = only(input.operands, 'name one person: npx preau officers propose PERSON');
  const [role, until, academie] = [input.required('role'), readUntil(input), input.text('academie')];
  const scope: Office['scope'] = academie === undefined ? { kind: 'nation' } : { kind: 'academie', academie };
  const parts = await context.parts();
  const person = await findPersonNamed(parts, named);
  if (person === undefined) return noSuchPerson(named);
  const { by, reason } = context;
  const operation = createProposeOfficer({ ...parts, judged: createJudged(parts) });
  const proposed = await operation({ by, person, role, scope, until, reason, confirm });
  if (proposed.outcome !== 'proposed') return refused(proposed, { person });
  const lines = [`proposed: an officer approves it under /console/rights/officers within 14 days`];
  return { outcome: 'done', json: { ...proposed, person, role, scope }, lines };
}

async function approve(context: Context, { operands }: Input): Promise<Result> {
  const proposal = only(operands, 'name one proposal: npx preau officers approve ID');
  const parts = await context.parts();
  const { by, reason } = context;
  const operation = createApproveOfficer({ ...parts, judged: createJudged(parts) });
  const approved = await operation({ by, proposal, reason, confirm });
  if (approved.outcome !== 'appointed') return refused(approved, { proposal });
  const lines = [`person ${approved.person} is appointed until ${dayOf(approved.until)}`];
  return { outcome: 'done', json: approved, lines };
}

type Refusal = Exclude<Proposed, { outcome: 'proposed' }> | Exclude<Approved, { outcome: 'appointed' }>;

function refused(answer: Refusal, about: object): Result {
  const messages: Record<Refusal['outcome'], string> = {
    'no-such-office': 'an académie’s officer takes --academie, a national one takes none; or an auditor',
    'no-such-proposal': 'no such proposal waits: it was decided, or its 14 days are over',
    'to-oneself': 'nobody appoints themselves',
    'not-allowed': 'two officers who are not linked can do this: the command line has no say',
    'counts-as-one': 'two must decide, and the command line is one, whatever --by says',
    'proposer-gone': 'whoever proposed it has no say any more',
    'cannot-hold': 'the person has not claimed their account, or is locked',
    'too-long': 'an office is for a year at most',
    'already-proposed': 'the same is proposed already',
    'already-held': 'the person holds this office already',
    'wrong-code': 'the code is not right',
    'start-again': 'the session ended',
  };
  return { outcome: 'refused', message: messages[answer.outcome], json: { ...answer, ...about } };
}

async function list(context: Context, input: Input): Promise<Result> {
  const { db } = await context.parts();
  const at = context.now();
  const officers = await listRights(db, { officers: true, ended: input.flag('ended') }, at);
  const proposals = await selectProposals(db, at);
  return {
    outcome: 'done',
    json: { officers: officers.map(jsonOfRight), proposals: proposals.map(jsonOfProposal) },
    lines: [
      ...(officers.length > 0 ? officers.map((right) => lineOfRight(right, at)) : ['no officer']),
      ...proposals.map(lineOfProposal),
    ],
  };
}

function jsonOfProposal({ id, person, role, scope, until, proposedBy, proposedAt, expiresAt }: Proposal) {
  const dates = { until, proposed_at: proposedAt, expires_at: expiresAt };
  return { id, person, role, scope, proposed_by: proposedBy, ...dates };
}

function lineOfProposal({ id, person, role, scope, expiresAt }: Proposal): string {
  return `${id}  proposed: person ${person} as ${role}, ${whereOf(scope)}; waits until ${dayOf(expiresAt)}`;
}

async function revoke(context: Context, { operands }: Input): Promise<Result> {
  const id = only(operands, 'name one office: npx preau officers revoke ID');
  const parts = await context.parts();
  const offices = await listRights(parts.db, { officers: true }, context.now());
  const office = offices.find((one) => one.id === id.toLowerCase());
  const operation = createRevokeRight({ ...parts, judged: createJudged(parts) });
  const asked = { by: context.by, reason: context.reason ?? '', confirm };
  const revoked = office ? await operation({ ...asked, right: office.id }) : undefined;
  if (revoked?.outcome !== 'revoked') {
    const json = { outcome: 'no-such-office', right: id };
    return { outcome: 'refused', message: `there is no office ${id} to end`, json };
  }
  const lines = [`ended, and with it ${revoked.alsoEnded} rights that were granted under it`];
  return { outcome: 'done', json: { outcome: 'revoked', right: id, also_ended: revoked.alsoEnded }, lines };
}
