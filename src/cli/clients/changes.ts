import { readFileSync } from 'node:fs';
import {
  createApproveChange,
  createRefuseChange,
  type Decision,
} from '../../relying-parties/changes/decide.ts';
import { changesOf, reviewedChanges } from '../../relying-parties/changes/difference.ts';
import { type Shown, selectShown } from '../../relying-parties/changes/standing.ts';
import type { Metadata } from '../../relying-parties/metadata.ts';
import { selectRelyingParties, selectRelyingParty } from '../../relying-parties/store.ts';
import { createUpdateClient } from '../../relying-parties/update-client.ts';
import { type Command, type Context, type Input, type Result, UsageError } from '../command.ts';
import { operatorsAre } from '../contracts.ts';

const CHANGE = {
  type: 'string',
  value: 'NUMBER',
  help: 'the one you read, as `clients changes` numbers it; no other is decided',
} as const;

export const commands: Command[] = [
  {
    name: 'clients update',
    summary: 'changes a registration: what is named, and nothing else',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: {
      name: { type: 'string', value: 'NAME', help: 'what people see' },
      'redirect-uri': {
        type: 'string',
        multiple: true,
        value: 'URI',
        help: 'all of them, in the place of the former',
      },
      'post-logout-redirect-uri': { type: 'string', multiple: true, value: 'URI', help: 'all of them' },
      'backchannel-logout-uri': { type: 'string', value: 'URI', help: 'where it is told of sign-outs' },
      scope: { type: 'string', value: 'SCOPES', help: 'all of them' },
      from: {
        type: 'string',
        value: 'FILE',
        help: 'RFC 7591 metadata in JSON: what stands there is changed; null takes it away',
      },
    },
    run: update,
  },
  {
    name: 'clients changes',
    summary: 'lists what publishers ask to change in registrations that were approved',
    run: list,
  },
  {
    name: 'clients approve-change',
    summary:
      'approves a change that a publisher asked for; it takes as many people as the contract, then is in force',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: { change: CHANGE },
    run: approve,
  },
  {
    name: 'clients refuse-change',
    summary: 'refuses a change that a publisher asked for',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: { change: CHANGE },
    run: refuse,
  },
];

async function update(context: Context, input: Input): Promise<Result> {
  const clientId = operand(input);
  const given = givenIn(input);
  if (Object.keys(given).length === 0) throw new UsageError('nothing to change is named');
  const parts = await context.parts();
  const party = await selectRelyingParty(parts.db, clientId);
  if (!party) return refused(`there is no client ${clientId}`);
  const metadata = withoutNulls({ ...party.metadata, ...given });
  const { by, reason } = context;
  const result = await createUpdateClient(parts)(by, {
    ...{ clientId, metadata, within: 'any-state', seen: party.metadata, reason },
  });
  if (result.outcome === 'overtaken')
    return refused(`${clientId} was changed at this moment: look, and try again`);
  if (result.outcome === 'invalid') return refused(result.problems.join('\n'));
  if (result.outcome !== 'updated') return refused(`there is no client ${clientId}`);
  const { changed } = changesOf(party.metadata, result.metadata);
  const json = { client_id: clientId, changed, ...result.metadata };
  return { outcome: 'done', json, lines: [`${clientId}: ${changed.join(', ') || 'nothing changed'}`] };
}

function givenIn(input: Input): Record<string, unknown> {
  const file = input.text('from');
  const texts = (option: string) => (input.texts(option).length > 0 ? input.texts(option) : undefined);
  const named = {
    client_name: input.text('name'),
    redirect_uris: texts('redirect-uri'),
    post_logout_redirect_uris: texts('post-logout-redirect-uri'),
    backchannel_logout_uri: input.text('backchannel-logout-uri'),
    scope: input.text('scope'),
  };
  const defined = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { ...(file && readObject(file)), ...defined };
}

function readObject(file: string): Record<string, unknown> {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new UsageError(`${file}: one JSON object`);
  // An id and a secret are not changed here, and neither is whose it is.
  const { client_id: _, client_secret: __, publisher: ___, ...metadata } = read as Record<string, unknown>;
  return metadata;
}

function withoutNulls(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

async function list(context: Context): Promise<Result> {
  const { db } = await context.parts();
  const [changes, { parties }] = [await selectShown(db, context.now()), await selectRelyingParties(db)];
  const metadataOf = new Map(parties.map(({ clientId, metadata }) => [clientId, metadata]));
  const json = changes.map((change) => shown(change, metadataOf.get(change.clientId)));
  const lines = json.flatMap(({ change, client_id: clientId, fields, before, after, ...rest }) => [
    `${change}  ${clientId}  ${fields.join(', ')}  (approvals: ${rest.approvals} of ${rest.approvals_needed})`,
    ...fields.map((name) => `    ${name}: ${JSON.stringify(before[name])} → ${JSON.stringify(after[name])}`),
  ]);
  return { outcome: 'done', json, lines: lines.length > 0 ? lines : ['none'] };
}

function shown(
  { id, clientId, metadata, requestedAt, approvers, needed }: Shown,
  former: Metadata | undefined,
) {
  const fields = former ? reviewedChanges(former, metadata) : [];
  const of = (registration: object | undefined): Record<string, unknown> =>
    Object.fromEntries(
      fields.map((name) => [name, (registration as Record<string, unknown>)?.[name] ?? null]),
    );
  return {
    ...{ change: id, client_id: clientId, requested_at: requestedAt.toISOString(), fields },
    ...{ before: of(former), after: of(metadata) },
    ...{ approvals: approvers.length, approvals_needed: needed },
  };
}

async function approve(context: Context, input: Input): Promise<Result> {
  const given = decisionOf(context, input);
  const approveChange = createApproveChange({
    ...(await context.parts()),
    operatorsAre: operatorsAre(context),
  });
  const result = await approveChange(context.by, given);
  switch (result.outcome) {
    case 'done':
      return decided(given);
    case 'one-more': {
      const { given: approvals, needed } = result;
      return {
        outcome: 'done',
        json: { client_id: given.clientId, change: given.change, approvals, approvals_needed: needed },
        lines: [`noted; it takes ${needed} people, ${approvals} approved`],
      };
    }
    case 'already-approved':
      return refused('you approved this change before; it takes somebody else');
    case 'nothing-asked':
      return refused(`no such change waits for ${given.clientId}`);
    default:
      return result satisfies never;
  }
}

async function refuse(context: Context, input: Input): Promise<Result> {
  const given = decisionOf(context, input);
  const { outcome } = await createRefuseChange(await context.parts())(context.by, given);
  return outcome === 'done' ? decided(given) : refused(`no such change waits for ${given.clientId}`);
}

function decisionOf({ reason }: Context, input: Input): Decision {
  const clientId = operand(input);
  const change = Number(input.required('change'));
  if (!Number.isSafeInteger(change)) throw new UsageError('--change: a number');
  return { clientId, change, reason };
}

function decided({ clientId, change }: Decision): Result {
  const json = { client_id: clientId, change };
  return { outcome: 'done', json, lines: [`change ${change} of ${clientId} is decided`] };
}

function operand(input: Input): string {
  const [clientId, ...more] = input.operands;
  if (!clientId || more.length > 0) throw new UsageError('one CLIENT_ID');
  return clientId;
}

function refused(message: string): Result {
  return { outcome: 'refused', message };
}
