// Préau as in production: ledger, orders, sealed fields, contracts, metrics; only its limits are out of the way.
import type { Application } from '../../test/support/application.ts';
import { wholeWorld } from '../../test/support/world.ts';
import { signIn, someone } from '../../test/whole/people.ts';
import { countFlights } from './counted.ts';
import { PEOPLE, REDIRECT_URI, type Ready, serve } from './served.ts';

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
const applications: Application[] = [];
const clients: Ready['clients'] = [];
for (const alg of ['ES256', 'RS256'] as const) {
  const application = await world.register({
    redirect_uris: [REDIRECT_URI],
    id_token_signed_response_alg: alg,
  });
  applications.push(application);
  const { client_id: clientId, client_secret: clientSecret = '' } = application.client;
  clients.push({ alg, clientId, clientSecret });
}
const cookies: string[] = [];
while (cookies.length < PEOPLE) cookies.push(await signedIn());
serve({ issuer: world.issuer, clients, cookies }, countFlights(world.stores.redis, world.stores.pool));

async function signedIn(): Promise<string> {
  const visitor = world.visitor();
  await signIn(visitor, await someone(world));
  // Past the page that says what each receives: nobody is signed in silently before it.
  for (const application of applications) await application.ask(visitor);
  const names = ['preau_session', 'preau_session.sig'];
  return names.map((name) => `${name}=${visitor.cookie(name)}`).join('; ');
}
