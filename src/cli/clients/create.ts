import { readFileSync } from 'node:fs';
import { createApproveContract } from '../../relying-parties/contracts/approve.ts';
import { createRequestContract } from '../../relying-parties/contracts/request.ts';
import { readTerms, type Terms } from '../../relying-parties/contracts/terms.ts';
import {
  createRegisterClient,
  type Registered,
  type RegistrationResult,
} from '../../relying-parties/register-client.ts';
import { type Context, type Input, type Result, UsageError } from '../command.ts';
import { readTermsFile } from '../contracts.ts';

type Created = Registered & { contract: { state: string; note?: string } };

/**
 * Outside of production whoever registers an application approves it with that. In production it lands in the
 * sandbox; with a contract its approval is asked for, and the operator's own is given.
 */
export async function create(context: Context, input: Input): Promise<Result> {
  const file = input.text('from');
  const given = file ? readMetadata(file) : [metadataOf(input)];
  const terms = termsOf(input);
  if (terms.outcome === 'invalid')
    return { outcome: 'refused', message: terms.problems.join('\n'), json: terms };
  const created: Created[] = [];
  for (const metadata of given) {
    const result = await register(context, input, { metadata, terms: terms.terms });
    if (result.outcome !== 'registered') {
      // Theirs are shown once, and this is the time.
      for (const line of created.flatMap(linesOf)) context.say(line);
      return refusalOf(result, created);
    }
    created.push({ ...result.client, contract: await settle(context, input, result.client.client_id) });
  }
  const isOne = !file || !Array.isArray(readJson(file));
  return { outcome: 'done', json: isOne ? created[0] : created, lines: created.flatMap(linesOf) };
}

type GivenTerms = { outcome: 'read'; terms: Terms | undefined } | { outcome: 'invalid'; problems: string[] };

function termsOf(input: Input): GivenTerms {
  const file = input.text('contract');
  return file ? readTerms(readTermsFile(file)) : { outcome: 'read', terms: undefined };
}

async function register(
  context: Context,
  input: Input,
  { metadata, terms }: { metadata: unknown; terms: Terms | undefined },
): Promise<RegistrationResult> {
  const registerClient = createRegisterClient(await context.parts());
  return registerClient(context.by, {
    metadata,
    terms,
    publisher: input.text('publisher') ?? publisherIn(metadata),
    landing: isApprovedAtOnce(context, input) ? 'approved' : 'sandbox',
    reason: context.reason,
  });
}

const isApprovedAtOnce = ({ config }: Context, input: Input): boolean =>
  config.mode !== 'production' && !input.flag('sandbox');

async function settle(context: Context, input: Input, clientId: string): Promise<Created['contract']> {
  if (isApprovedAtOnce(context, input)) return { state: 'approved' };
  if (input.flag('sandbox') || !input.text('contract')) return { state: 'sandbox' };
  const parts = await context.parts();
  const { by, reason } = context;
  const requested = await createRequestContract(parts)(by, { clientId, reason });
  if (requested.outcome === 'incomplete')
    return { state: 'sandbox', note: `not stated: ${requested.missing.join(', ')}` };
  if (requested.outcome === 'nothing-proposed') return { state: 'sandbox' };
  const approve = createApproveContract({ ...parts, operatorsAre: 'os-users' });
  const approved = await approve(by, { clientId, version: requested.version, reason });
  if (approved.outcome === 'approved') return { state: 'approved' };
  return { state: 'requested', note: 'it takes the approval of somebody else too: contracts approve' };
}

function refusalOf(
  result: Exclude<RegistrationResult, { outcome: 'registered' }>,
  registered: Created[],
): Result {
  if (result.outcome === 'taken') {
    const json = { outcome: 'taken', registered };
    return { outcome: 'refused', message: `${result.clientId} is taken`, json };
  }
  if (result.outcome === 'too-many')
    return { outcome: 'refused', message: 'this publisher has too many clients', json: result };
  if (result.outcome === 'token-ended')
    return { outcome: 'refused', message: 'its initial access token has ended', json: result };
  return { outcome: 'refused', message: result.problems.join('\n'), json: { ...result, registered } };
}

function linesOf({ client_id, client_secret, contract }: Created): string[] {
  return [
    `client_id      ${client_id}`,
    ...(client_secret ? [`client_secret  ${client_secret}   (shown once)`] : []),
    `contract       ${[contract.state, contract.note].filter(Boolean).join('; ')}`,
  ];
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
