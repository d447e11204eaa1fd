import type { Actor } from '../../src/audit/actor.ts';
import { isSecretOf } from '../../src/relying-parties/client-secret.ts';
import {
  createRegisterClient,
  type Dependencies,
  type Registered,
} from '../../src/relying-parties/register-client.ts';
import type { RelyingParty } from '../../src/relying-parties/relying-party.ts';
import { selectRelyingParties } from '../../src/relying-parties/store.ts';

const BY: Actor = { kind: 'operator', name: 'Test', osUser: 'test', host: 'here' };

export const TIMETABLE = {
  client_name: 'Emploi du temps',
  redirect_uris: ['http://localhost:3001/callback'],
};

/** Clients of a test, as they are registered and as Préau reads them. */
export function registrationsOf(from: () => Dependencies) {
  return {
    async register(metadata: object, publisher?: string): Promise<Registered> {
      const whole = { ...TIMETABLE, ...metadata };
      const result = await createRegisterClient(from())(BY, { metadata: whole, publisher });
      if (result.outcome !== 'registered') throw new Error(JSON.stringify(result));
      return result.client;
    },
    async inMemory(clientId: string): Promise<RelyingParty | undefined> {
      const { parties } = await selectRelyingParties(from().db);
      return parties.find((party) => party.clientId === clientId);
    },
    fits(party: RelyingParty | undefined, secret: string | undefined): boolean {
      const { digests, now } = from();
      return party !== undefined && isSecretOf(digests, party, { secret: secret ?? '', at: now() });
    },
  };
}
