import { createDeleteClient } from '../../relying-parties/delete-client.ts';
import { ID_TOKEN_ALGS } from '../../relying-parties/metadata.ts';
import type { RelyingParty } from '../../relying-parties/relying-party.ts';
import { createRotateSecret } from '../../relying-parties/rotate-secret.ts';
import { selectRelyingParties } from '../../relying-parties/store.ts';
import { createResumeClient, createSuspendClient } from '../../relying-parties/suspend-client.ts';
import { type Command, type Context, type Input, type Result, UsageError } from '../command.ts';
import { commands as changes } from './changes.ts';
import { create } from './create.ts';
import { commands as tokens } from './tokens.ts';

export const commands: Command[] = [
  {
    name: 'clients create',
    summary: 'registers a relying party and prints its credentials, once',
    isActOfPower: true,
    options: {
      name: { type: 'string', value: 'NAME', help: 'what people see' },
      publisher: {
        type: 'string',
        value: 'NAME',
        help: 'whose it is; those of one publisher share each sub',
      },
      'redirect-uri': { type: 'string', multiple: true, value: 'URI', help: 'https or loopback; several' },
      'post-logout-redirect-uri': { type: 'string', multiple: true, value: 'URI', help: 'several' },
      'auth-method': {
        type: 'string',
        value: 'METHOD',
        help: 'client_secret_basic (default), _post, none, private_key_jwt',
      },
      'id-token-alg': {
        type: 'string',
        value: 'ALG',
        help: `${ID_TOKEN_ALGS.join(', ')}; ES256 where none is named`,
      },
      scope: {
        type: 'string',
        value: 'SCOPES',
        help: 'openid profile email school offline_access, or fewer',
      },
      native: { type: 'boolean', help: 'an application on a device: any port of loopback (RFC 8252)' },
      'no-pkce': { type: 'boolean', help: 'a confidential client that cannot do PKCE' },
      'claims-in-id-token': { type: 'boolean', help: 'for what reads nothing but the ID token' },
      contract: {
        type: 'string',
        value: 'FILE',
        help: 'what it may receive, for whom, why, in JSON; in production it is then asked for and approved by you',
      },
      sandbox: { type: 'boolean', help: 'leaves it in the sandbox, for made-up people alone' },
      from: {
        type: 'string',
        value: 'FILE',
        help: 'RFC 7591 metadata in JSON, one or a list; given ids and secrets are kept',
      },
    },
    run: create,
  },
  {
    name: 'clients list',
    summary: 'lists the relying parties',
    async run(context) {
      const parties = await partiesOf(context);
      const lines = parties.map(
        (party) => `${party.clientId}  ${party.metadata.client_name}  (${party.publisher.name})`,
      );
      return { outcome: 'done', json: parties.map(shown), lines: lines.length > 0 ? lines : ['none'] };
    },
  },
  {
    name: 'clients show',
    summary: 'shows a relying party and its contract; never a secret',
    operands: 'CLIENT_ID',
    async run(context, input) {
      const clientId = operand(input);
      const party = (await partiesOf(context)).find((one) => one.clientId === clientId);
      if (!party) return unknown(clientId);
      return { outcome: 'done', json: shown(party), lines: [JSON.stringify(shown(party), null, 2)] };
    },
  },
  {
    name: 'clients rotate-secret',
    summary: 'draws a new secret; the former one goes on working for a while',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    options: {
      'overlap-hours': { type: 'string', value: 'HOURS', help: 'how long; 24 where none is named' },
    },
    run: rotate,
  },
  {
    name: 'clients suspend',
    summary: 'shuts a relying party out until it is resumed, from its next request on',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    async run(context, input) {
      const clientId = operand(input);
      const suspend = createSuspendClient(await context.parts());
      const result = await suspend(context.by, { clientId, reason: context.reason });
      if (result.outcome === 'not-so')
        return { outcome: 'refused', message: `there is no client ${clientId} that could be suspended` };
      const json = { client_id: clientId, suspended: true };
      return { outcome: 'done', json, lines: [`${clientId} is suspended`] };
    },
  },
  {
    name: 'clients resume',
    summary: 'lets a suspended relying party in again',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    async run(context, input) {
      const clientId = operand(input);
      const resume = createResumeClient(await context.parts());
      const result = await resume(context.by, { clientId, reason: context.reason });
      if (result.outcome === 'not-so')
        return { outcome: 'refused', message: `there is no suspended client ${clientId}` };
      const json = { client_id: clientId, suspended: false };
      return { outcome: 'done', json, lines: [`${clientId} is let in again`] };
    },
  },
  {
    name: 'clients delete',
    summary: 'deletes a relying party; its id is never given again',
    operands: 'CLIENT_ID',
    isActOfPower: true,
    async run(context, input) {
      const clientId = operand(input);
      const parts = await context.parts();
      const result = await createDeleteClient(parts)(context.by, { clientId, reason: context.reason });
      if (result.outcome === 'unknown') return unknown(clientId);
      return {
        outcome: 'done',
        json: { client_id: clientId, deleted: true },
        lines: [`${clientId} is deleted`],
      };
    },
  },
  ...changes,
  ...tokens,
];

async function rotate(context: Context, input: Input): Promise<Result> {
  const clientId = operand(input);
  const hours = Number(input.text('overlap-hours') ?? 24);
  if (!Number.isFinite(hours) || hours < 0 || hours > 24 * 90)
    throw new UsageError('--overlap-hours: 0 to 2160');
  const overlapSeconds = Math.round(hours * 3600);
  const result = await createRotateSecret(await context.parts())(context.by, {
    clientId,
    overlapSeconds,
    reason: context.reason,
  });
  if (result.outcome === 'unknown') return unknown(clientId);
  if (result.outcome === 'no-secret') return { outcome: 'refused', message: `${clientId} has no secret` };
  const json = {
    client_id: clientId,
    client_secret: result.secret,
    former_secret_until: result.formerUntil.toISOString(),
  };
  return { outcome: 'done', json, lines: [`client_secret  ${result.secret}   (shown once)`] };
}

async function partiesOf(context: Context): Promise<RelyingParty[]> {
  const { db } = await context.parts();
  return (await selectRelyingParties(db)).parties;
}

function shown(party: RelyingParty): object {
  const { clientId, publisher, metadata, contract, createdAt, suspendedAt, secrets } = party;
  const expiries = secrets.map(({ expiresAt }) => expiresAt?.toISOString() ?? null);
  return {
    client_id: clientId,
    publisher: publisher.id,
    publisher_name: publisher.name,
    ...metadata,
    secrets_until: expiries,
    contract,
    created_at: createdAt.toISOString(),
    suspended_at: suspendedAt?.toISOString() ?? null,
  };
}

function operand(input: Input): string {
  const [clientId, ...more] = input.operands;
  if (!clientId || more.length > 0) throw new UsageError('one CLIENT_ID');
  return clientId;
}

function unknown(clientId: string): Result {
  return { outcome: 'refused', message: `there is no client ${clientId}` };
}
