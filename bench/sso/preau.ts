// Préau as in production: ledger, orders, sealed fields, contracts, metrics; only its limits are out of the way.
import { wholeWorld } from '../../test/support/world.ts';
import { signIn, someone } from '../../test/whole/people.ts';
import { countFlights } from './counted.ts';
import { REDIRECT_URI, type Ready, serve } from './served.ts';

const never = 1_000_000_000;
const world = await wholeWorld({
  change: (config) => ({
    ...config,
    limits: {
      ...config.limits,
      addressFailures: never,
      requestsPerMinute: { address: never, clientAndAddress: never, registration: never },
    },
  }),
});
const clients: Ready['clients'] = [];
for (const alg of ['ES256', 'RS256'] as const) {
  const { client } = await world.register({
    redirect_uris: [REDIRECT_URI],
    id_token_signed_response_alg: alg,
  });
  clients.push({ alg, clientId: client.client_id, clientSecret: client.client_secret ?? '' });
}
const visitor = world.visitor();
await signIn(visitor, await someone(world));
const names = ['preau_session', 'preau_session.sig'];
const cookie = names.map((name) => `${name}=${visitor.cookie(name)}`).join('; ');
serve({ issuer: world.issuer, clients, cookie }, countFlights(world.stores.redis, world.stores.pool));
