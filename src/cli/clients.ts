import { readFileSync } from 'node:fs';
import { createDeleteClient } from '../relying-parties/delete-client.ts';
import { ID_TOKEN_ALGS } from '../relying-parties/metadata.ts';
import {
  createRegisterClient,
  type Registered,
  type Registration,
} from '../relying-parties/register-client.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { createRotateSecret } from '../relying-parties/rotate-secret.ts';
import { selectRelyingParties } from '../relying-parties/store.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

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
];

async function create(context: Context, input: Input): Promise<Result> {
  const file = input.text('from');
  const given = file ? readMetadata(file) : [metadataOf(input)];
  const publisher = input.text('publisher');
  const register = createRegisterClient(await context.parts());
  const registered: Registered[] = [];
  for (const metadata of given) {
    const registration: Registration = {
      metadata,
      publisher: publisher ?? publisherIn(metadata),
      reason: context.reason,
    };
    const result = await register(context.by, registration);
    const rest = { registered };
    if (result.outcome === 'taken')
      return {
        outcome: 'refused',
        message: `${result.clientId} is taken`,
        json: { outcome: 'taken', ...rest },
      };
    if (result.outcome === 'invalid')
      return { outcome: 'refused', message: result.problems.join('\n'), json: { ...result, ...rest } };
    registered.push(result.client);
  }
  const isOne = !file || !Array.isArray(readJson(file));
  const lines = registered.flatMap((client) => [
    `client_id      ${client.client_id}`,
    ...(client.client_secret ? [`client_secret  ${client.client_secret}   (shown once)`] : []),
  ]);
  return { outcome: 'done', json: isOne ? registered[0] : registered, lines };
}

/** ES256 is proposed wherever somebody chooses; a file that states nothing means the standard's RS256. */
function metadataOf(input: Input): Record<string, unknown> {
  const optional = {
    token_endpoint_auth_method: input.text('auth-method'),
    scope: input.text('scope'),
  };
  return {
    client_name: input.required('name'),
    redirect_uris: input.texts('redirect-uri'),
    post_logout_redirect_uris: input.texts('post-logout-redirect-uri'),
    id_token_signed_response_alg: input.text('id-token-alg') ?? 'ES256',
    application_type: input.flag('native') ? 'native' : 'web',
    require_pkce: !input.flag('no-pkce'),
    claims_in_id_token: input.flag('claims-in-id-token'),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function readMetadata(file: string): unknown[] {
  return [readJson(file)].flat();
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

function publisherIn(metadata: unknown): string | undefined {
  const publisher = (metadata as { publisher?: unknown } | null)?.publisher;
  return typeof publisher === 'string' ? publisher : undefined;
}

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

function shown({ clientId, publisher, metadata, contract, createdAt, secrets }: RelyingParty): object {
  const expiries = secrets.map(({ expiresAt }) => expiresAt?.toISOString() ?? null);
  return {
    client_id: clientId,
    publisher: publisher.id,
    publisher_name: publisher.name,
    ...metadata,
    secrets_until: expiries,
    contract,
    created_at: createdAt.toISOString(),
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
