import { readFileSync } from 'node:fs';
import { createApproveContract, type Dependencies } from '../relying-parties/contracts/approve.ts';
import { createEndContract } from '../relying-parties/contracts/end.ts';
import { createProposeContract } from '../relying-parties/contracts/propose.ts';
import { type Registration, registrationOf } from '../relying-parties/contracts/registration.ts';
import { createRequestContract } from '../relying-parties/contracts/request.ts';
import { selectVersions, type Version } from '../relying-parties/contracts/store.ts';
import {
  createResumeContract,
  createSuspendContract,
  type StateChange,
} from '../relying-parties/contracts/suspend.ts';
import { approvalsNeeded, type Terms } from '../relying-parties/contracts/terms.ts';
import { selectRelyingParty } from '../relying-parties/store.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

const CONTRACT_FILE = {
  type: 'string',
  value: 'FILE',
  help: 'the terms in JSON: docs/integrate.md has one to copy',
} as const;

export const commands: Command[] = [
  {
    name: 'contracts list',
    summary: 'lists the contracts by their versions in force or waiting',
    async run(context) {
      const versions = await selectVersions((await context.parts()).db);
      const live = versions.filter(({ state }) => state !== 'replaced');
      const lines = live.map(({ clientId, version, state }) => `${clientId}  version ${version}  ${state}`);
      return { outcome: 'done', json: live.map(shown), lines: lines.length > 0 ? lines : ['none'] };
    },
  },
  {
    name: 'contracts show',
    summary: 'shows a contract with all its versions, the newest first, and what is registered of its client',
    operands: 'CLIENT_ID',
    async run(context, input) {
      const clientId = operand(input);
      const versions = await selectVersions((await context.parts()).db, { clientId });
      if (versions.length === 0) return refused(`there is no client ${clientId}`);
      const json = await Promise.all(versions.map((version) => shownWhole(context, version)));
      return { outcome: 'done', json, lines: [JSON.stringify(json, null, 2)] };
    },
  },
  {
    name: 'contracts propose',
    summary: 'proposes a new version; the one in force stays so until it is approved',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: { contract: CONTRACT_FILE },
    run: propose,
  },
  {
    name: 'contracts request',
    summary: 'asks for the approval of the version proposed',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    run: request,
  },
  {
    name: 'contracts approve',
    summary: 'approves the version asked for; above name, class, school and role it takes two people',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: { version: { type: 'string', value: 'N', help: 'the one you read; no other is approved' } },
    run: approve,
  },
  {
    name: 'contracts suspend',
    summary: 'suspends a contract: from the next request on its application gets nothing',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    run: async (context, input) =>
      changed(
        input,
        'suspended',
        await createSuspendContract(await context.parts())(...actOf(context, input)),
      ),
  },
  {
    name: 'contracts resume',
    summary: 'puts a suspended contract in force again',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    run: async (context, input) =>
      changed(input, 'approved', await createResumeContract(await context.parts())(...actOf(context, input))),
  },
  {
    name: 'contracts end',
    summary: 'ends a contract for good',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    run: async (context, input) =>
      changed(input, 'ended', await createEndContract(await context.parts())(...actOf(context, input))),
  },
];

async function propose(context: Context, input: Input): Promise<Result> {
  const clientId = operand(input);
  const terms = readTermsFile(input.required('contract'));
  const proposeContract = createProposeContract(await context.parts());
  const result = await proposeContract(context.by, { clientId, terms, reason: context.reason });
  switch (result.outcome) {
    case 'proposed':
      return done(clientId, result.version, 'sandbox');
    case 'invalid':
      return { outcome: 'refused', message: result.problems.join('\n'), json: result };
    case 'unknown':
      return refused(`there is no client ${clientId}`);
    case 'ended':
      return refused(`the contract of ${clientId} has ended; register the application anew`);
    case 'too-many':
      return refused(`${clientId} has too many versions that nobody approved`);
    default:
      return result satisfies never;
  }
}

async function request(context: Context, input: Input): Promise<Result> {
  const [by, given] = actOf(context, input);
  const result = await createRequestContract(await context.parts())(by, given);
  switch (result.outcome) {
    case 'requested':
      return done(given.clientId, result.version, 'requested');
    case 'incomplete':
      return { outcome: 'refused', message: `not stated: ${result.missing.join(', ')}`, json: result };
    case 'nothing-proposed':
      return refused(`${given.clientId} has no version that waits to be asked for`);
    default:
      return result satisfies never;
  }
}

async function approve(context: Context, input: Input): Promise<Result> {
  const [by, given] = actOf(context, input);
  const version = Number(input.required('version'));
  if (!Number.isSafeInteger(version)) throw new UsageError('--version: a number');
  const approveContract = createApproveContract({
    ...(await context.parts()),
    operatorsAre: operatorsAre(context),
  });
  const result = await approveContract(by, { ...given, version });
  const { clientId } = given;
  switch (result.outcome) {
    case 'approved':
      return withRegistration(context, done(clientId, result.version, 'approved'));
    case 'one-more': {
      const { given: approvals, needed } = result;
      return withRegistration(context, {
        outcome: 'done',
        json: { client_id: clientId, version, state: 'requested', approvals },
        lines: [`noted; it takes ${needed} people, ${approvals} approved`],
      });
    }
    case 'already-approved':
      return refused('you approved this version before; it takes somebody else');
    case 'nothing-requested':
      return refused(`${clientId} has no such version that waits for approval`);
    case 'suspended':
      return refused(`the contract of ${clientId} is suspended: resume or end it first`);
    default:
      return result satisfies never;
  }
}

export function operatorsAre({ config }: Context): Dependencies['operatorsAre'] {
  return config.mode === 'production' ? 'os-users' : 'names';
}

/** Terms as somebody wrote them; the operation says what is wrong with them. */
export function readTermsFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

function changed(input: Input, state: string, result: StateChange): Result {
  const clientId = operand(input);
  if (result.outcome === 'done') return done(clientId, result.version, state);
  return refused(`the contract of ${clientId} is in no state to be ${state}`);
}

function actOf(
  { by, reason }: Context,
  input: Input,
): [Context['by'], { clientId: string; reason: string | undefined }] {
  return [by, { clientId: operand(input), reason }];
}

function done(clientId: string, version: number, state: string): Approved {
  return {
    outcome: 'done',
    json: { client_id: clientId, version, state },
    lines: [`${clientId}: version ${version} is ${state === 'sandbox' ? 'proposed' : state}`],
  };
}

function refused(message: string): Result {
  return { outcome: 'refused', message };
}

function shown(version: Version): object {
  const { clientId, version: number, state, terms, approvals } = version;
  return {
    ...{ client_id: clientId, version: number, state, terms },
    created_at: version.createdAt.toISOString(),
    requested_at: version.requestedAt?.toISOString() ?? null,
    approved_at: version.approvedAt?.toISOString() ?? null,
    ended_at: version.endedAt?.toISOString() ?? null,
    ...{ approvals, approvals_needed: approvalsNeeded(terms) },
  };
}

/** Of what is in force or waits; the former ones were in force with what was registered then. */
async function shownWhole(context: Context, version: Version): Promise<object> {
  if (version.state === 'replaced' || version.state === 'ended') return shown(version);
  return { ...shown(version), registration: await findRegistration(context, version) };
}

interface Approved {
  outcome: 'done';
  json: { client_id: string; version: number; state: string; approvals?: number };
  lines: string[];
}

/** Where answers go, by what was just approved: the same that an officer reads in the console. */
async function withRegistration(context: Context, { json, lines, outcome }: Approved): Promise<Result> {
  const { client_id: clientId, version: number } = json;
  const versions = await selectVersions((await context.parts()).db, { clientId });
  const version = versions.find((one) => one.version === number);
  const registration = version && (await findRegistration(context, version));
  return {
    outcome,
    json: { ...json, registration },
    lines: [...lines, JSON.stringify(registration, null, 2)],
  };
}

async function findRegistration(
  context: Context,
  { clientId, terms }: { clientId: string; terms: Terms },
): Promise<Registration | undefined> {
  const party = await selectRelyingParty((await context.parts()).db, clientId);
  return party && registrationOf(party, terms);
}

function operand(input: Input): string {
  const [clientId, ...more] = input.operands;
  if (!clientId || more.length > 0) throw new UsageError('one CLIENT_ID');
  return clientId;
}
