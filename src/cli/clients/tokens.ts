import { selectPublishersNamed } from '../../relying-parties/store.ts';
import { createIssueApiToken, createIssueInitialToken } from '../../relying-parties/tokens/issue.ts';
import { createRevokeApiToken, createRevokeInitialToken } from '../../relying-parties/tokens/revoke.ts';
import { selectTokensInForce, type TokenInForce } from '../../relying-parties/tokens/store.ts';
import { type Command, type Context, type Input, type Result, UsageError } from '../command.ts';

const PUBLISHER = {
  type: 'string',
  value: 'NAME',
  help: 'whose clients; a new one where none is named',
} as const;

export const commands: Command[] = [
  {
    name: 'clients initial-token',
    summary: 'issues a token under which clients are registered over the network, into the sandbox',
    isActOfPower: true,
    options: {
      publisher: PUBLISHER,
      hours: { type: 'string', value: 'HOURS', help: 'how long it works; 24 where none is named' },
    },
    run: issueInitial,
  },
  {
    name: 'clients revoke-initial-token',
    summary: 'revokes a token for registering by its id; what was registered under it stays',
    operands: 'ID',
    isActOfPower: true,
    run: (context, input) => revoke(context, input, createRevokeInitialToken),
  },
  {
    name: 'clients api-token',
    summary: 'issues a token for the HTTP API: the clients and contracts of one publisher',
    isActOfPower: true,
    options: {
      publisher: { ...PUBLISHER, help: 'whose clients; by its id or its name, and new where nobody has it' },
      days: { type: 'string', value: 'DAYS', help: 'how long it works; 365 where none is named' },
    },
    run: issueApi,
  },
  {
    name: 'clients revoke-api-token',
    summary: 'revokes a token of the HTTP API by its id',
    operands: 'ID',
    isActOfPower: true,
    run: (context, input) => revoke(context, input, createRevokeApiToken),
  },
  {
    name: 'clients tokens',
    summary: 'lists the tokens in force, of the HTTP API and for registering, by their ids',
    options: { publisher: { ...PUBLISHER, help: 'those of one publisher, by its id or its name' } },
    run: list,
  },
];

const HOUR = 3600;

async function issueInitial(context: Context, input: Input): Promise<Result> {
  const seconds = lengthOf(input, { option: 'hours', most: 24 * 30, otherwise: 24 }) * HOUR;
  const issue = createIssueInitialToken(await context.parts());
  const result = await issue(context.by, {
    ...{ publisher: input.text('publisher'), seconds, reason: context.reason },
  });
  if (result.outcome === 'other-publisher') return otherPublisher(result.id);
  const { id, token, publisher, untilAt } = result.issued;
  const json = { id, initial_access_token: token, publisher, until: untilAt.toISOString() };
  return { outcome: 'done', json, lines: [`${id}  ${token}   (shown once; until ${json.until})`] };
}

async function issueApi(context: Context, input: Input): Promise<Result> {
  const seconds = lengthOf(input, { option: 'days', most: 1095, otherwise: 365 }) * 24 * HOUR;
  const issue = createIssueApiToken(await context.parts());
  const result = await issue(context.by, {
    ...{ publisher: input.required('publisher'), seconds, reason: context.reason },
  });
  if (result.outcome === 'other-publisher') return otherPublisher(result.id);
  const { id, token, publisher, untilAt } = result.issued;
  const json = { id, api_token: token, publisher, until: untilAt.toISOString() };
  return { outcome: 'done', json, lines: [`${id}  ${token}   (shown once; until ${json.until})`] };
}

async function revoke(
  context: Context,
  input: Input,
  create: typeof createRevokeInitialToken,
): Promise<Result> {
  const [id, ...more] = input.operands;
  if (!id || more.length > 0) throw new UsageError('one ID');
  const result = await create(await context.parts())(context.by, { id, reason: context.reason });
  if (result.outcome === 'unknown')
    return { outcome: 'refused', message: `there is no token ${id} in force` };
  return { outcome: 'done', json: { id, revoked: true }, lines: [`${id} is revoked`] };
}

async function list(context: Context, input: Input): Promise<Result> {
  const { db } = await context.parts();
  const named = input.text('publisher');
  const publishers = named === undefined ? undefined : await selectPublishersNamed(db, named);
  if (publishers?.length === 0) return { outcome: 'refused', message: `there is no publisher ${named}` };
  const tokens = (await selectTokensInForce(db, { publishers, at: context.now() })).map(shown);
  const lines = tokens.map(
    ({ id, kind, publisher, issued_at, until }) =>
      `${id}  ${kind.padEnd('initial'.length)}  ${publisher}  issued ${issued_at}, until ${until}`,
  );
  return { outcome: 'done', json: tokens, lines: lines.length > 0 ? lines : ['none'] };
}

function shown({ id, kind, publisher, issuedAt, untilAt }: TokenInForce) {
  return { id, kind, publisher, issued_at: issuedAt.toISOString(), until: untilAt.toISOString() };
}

function lengthOf(
  input: Input,
  { option, most, otherwise }: { option: string; most: number; otherwise: number },
): number {
  const length = Number(input.text(option) ?? otherwise);
  if (!Number.isFinite(length) || length <= 0 || length > most)
    throw new UsageError(`--${option}: up to ${most}`);
  return length;
}

function otherPublisher(id: string): Result {
  return { outcome: 'refused', message: `publisher: ${id} is the id of another one` };
}
