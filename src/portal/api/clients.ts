import { reviewedChanges } from '../../relying-parties/changes/difference.ts';
import { type AskedChange, selectChanges } from '../../relying-parties/changes/store.ts';
import { createDeleteClient } from '../../relying-parties/delete-client.ts';
import { createRegisterClient } from '../../relying-parties/register-client.ts';
import type { RelyingParty } from '../../relying-parties/relying-party.ts';
import { createRotateSecret } from '../../relying-parties/rotate-secret.ts';
import { selectRelyingPartiesOf, selectRelyingParty } from '../../relying-parties/store.ts';
import { createResumeClient, createSuspendClient } from '../../relying-parties/suspend-client.ts';
import { createUpdateClient } from '../../relying-parties/update-client.ts';
import { problem } from './problem.ts';
import type { Call, CallOnClient } from './routes.ts';
import { clientShape } from './shapes.ts';

export async function list({ from, ctx, publisher }: Call): Promise<void> {
  ctx.body = { clients: (await selectRelyingPartiesOf(from.db, publisher)).map(clientShape) };
}

/** Into the sandbox; the secret stands in this answer alone. */
export async function register({ from, ctx, by, publisher, body }: Call): Promise<void> {
  const { client_id: _, client_secret: __, ...metadata } = body;
  const result = await createRegisterClient(from)(by, { metadata, publisher, landing: 'sandbox' });
  if (result.outcome === 'taken' || result.outcome === 'token-ended') return problem(ctx, 409, 'try again');
  if (result.outcome === 'too-many') return problem(ctx, 409, 'too many clients: delete some first');
  if (result.outcome === 'invalid') return problem(ctx, 422, 'the metadata is not valid', result.problems);
  const { client_id: clientId, client_secret: secret } = result.client;
  const party = await selectRelyingParty(from.db, clientId);
  ctx.status = 201;
  ctx.body = { ...(party && clientShape(party)), ...(secret && { client_secret: secret }) };
}

export async function show({ ctx, party }: CallOnClient): Promise<void> {
  ctx.body = clientShape(party);
}

export async function update({ from, ctx, by, party, body }: CallOnClient): Promise<void> {
  const { clientId } = party;
  const result = await createUpdateClient(from)(by, { clientId, metadata: body, within: 'review' });
  if (result.outcome === 'invalid') return problem(ctx, 422, 'the metadata is not valid', result.problems);
  if (result.outcome === 'asked') {
    ctx.status = 202;
    ctx.body = changeShape(party, result.change);
    return;
  }
  const changed = await selectRelyingParty(from.db, clientId);
  if (!changed || result.outcome !== 'updated') return problem(ctx, 404, 'no such client');
  ctx.body = clientShape(changed);
}

/** What waits for an approval. */
export async function showChange({ from, ctx, party }: CallOnClient): Promise<void> {
  const [change] = await selectChanges(from.db, { clientId: party.clientId });
  if (!change) return problem(ctx, 404, 'no change waits');
  ctx.body = changeShape(party, change);
}

function changeShape({ clientId, metadata }: RelyingParty, change: AskedChange): object {
  return {
    ...{ client_id: clientId, change: change.id, metadata: change.metadata },
    fields: reviewedChanges(metadata, change.metadata),
    requested_at: change.requestedAt.toISOString(),
  };
}

export async function suspend({ from, ctx, by, party }: CallOnClient): Promise<void> {
  const { clientId } = party;
  const result = await createSuspendClient(from)(by, { clientId, asPublisher: true });
  if (result.outcome === 'not-so') return problem(ctx, 409, 'it is suspended already');
  await showAnew({ from, ctx, party });
}

export async function resume({ from, ctx, by, party }: CallOnClient): Promise<void> {
  const { clientId } = party;
  const result = await createResumeClient(from)(by, { clientId, asPublisher: true });
  if (result.outcome === 'not-so')
    return problem(ctx, 409, 'it is not suspended, or by somebody who answers for Préau');
  await showAnew({ from, ctx, party });
}

async function showAnew({ from, ctx, party }: Pick<CallOnClient, 'from' | 'ctx' | 'party'>): Promise<void> {
  const changed = await selectRelyingParty(from.db, party.clientId);
  if (!changed) return problem(ctx, 404, 'no such client');
  ctx.body = clientShape(changed);
}

export async function remove({ from, ctx, by, party }: CallOnClient): Promise<void> {
  await createDeleteClient(from)(by, { clientId: party.clientId });
  ctx.status = 204;
}

const LONGEST_OVERLAP_HOURS = 2160;

export async function rotateSecret({ from, ctx, by, party, body }: CallOnClient): Promise<void> {
  const { overlap_hours: hours = 24, ...unknown } = body;
  // Misspelt, it would leave a stolen secret alive for a day.
  const [misspelt] = Object.keys(unknown);
  if (misspelt !== undefined) return problem(ctx, 422, 'the body is not valid', [`${misspelt}: unknown`]);
  if (typeof hours !== 'number' || !(hours >= 0 && hours <= LONGEST_OVERLAP_HOURS))
    return problem(ctx, 422, `overlap_hours: 0 to ${LONGEST_OVERLAP_HOURS}`);
  const overlapSeconds = Math.round(hours * 3600);
  const result = await createRotateSecret(from)(by, { clientId: party.clientId, overlapSeconds });
  if (result.outcome !== 'rotated') return problem(ctx, 409, 'this client has no secret');
  ctx.body = {
    client_id: party.clientId,
    client_secret: result.secret,
    former_secret_until: result.formerUntil.toISOString(),
  };
}
