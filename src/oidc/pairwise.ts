import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { withOutages } from './outages.ts';
import type { Standing } from './standing.ts';

/** By publisher and not by the engine's sector, which is only our own host (design D10). */
export function createPairwiseIdentifier(from: {
  standing: Standing;
  subOf(publisher: string, subjectId: string): string;
}) {
  return withOutages(async (_: KoaContextWithOIDC, accountId: string, client: Client): Promise<string> => {
    const { standing } = await from.standing.answer({ personId: accountId });
    const subjectId = standing.person?.subjectId;
    if (!subjectId || typeof client.publisher !== 'string')
      throw new Error('a sub without person or publisher');
    return from.subOf(client.publisher, subjectId);
  });
}
