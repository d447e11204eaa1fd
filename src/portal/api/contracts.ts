import { createProposeContract } from '../../relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../relying-parties/contracts/request.ts';
import { selectVersions } from '../../relying-parties/contracts/store.ts';
import { problem } from './problem.ts';
import type { CallOnClient } from './routes.ts';
import { versionShape } from './shapes.ts';

export async function show({ from, ctx, party }: CallOnClient): Promise<void> {
  const versions = await selectVersions(from.db, { clientId: party.clientId });
  ctx.body = { client_id: party.clientId, versions: versions.map(versionShape) };
}

export async function propose({ from, ctx, by, party, body }: CallOnClient): Promise<void> {
  const { clientId } = party;
  const result = await createProposeContract(from)(by, { clientId, terms: body });
  switch (result.outcome) {
    case 'proposed':
      ctx.status = 201;
      ctx.body = { client_id: clientId, version: result.version, state: 'sandbox' };
      return;
    case 'invalid':
      return problem(ctx, 422, 'the terms are not valid', result.problems);
    case 'unknown':
      return problem(ctx, 404, 'no such client');
    case 'ended':
      return problem(ctx, 409, 'the contract has ended');
    case 'too-many':
      return problem(ctx, 409, 'too many versions that nobody approved: the operator proposes the next');
    default:
      return result satisfies never;
  }
}

export async function request({ from, ctx, by, party }: CallOnClient): Promise<void> {
  const { clientId } = party;
  const result = await createRequestContract(from)(by, { clientId });
  switch (result.outcome) {
    case 'requested':
      ctx.body = { client_id: clientId, version: result.version, state: 'requested' };
      return;
    case 'incomplete':
      return problem(ctx, 422, 'something is not stated', result.missing);
    case 'nothing-proposed':
      return problem(ctx, 409, 'no version waits to be asked for');
    default:
      return result satisfies never;
  }
}
