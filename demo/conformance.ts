// PREAU_PROFILE=conformance node demo/conformance.ts REDIRECT_URI…: Préau as the OpenID Foundation's suite meets it.
import { once } from 'node:events';
import { activateAccount } from '../src/accounts/activate-account.ts';
import { openDormantAccounts } from '../src/accounts/open-dormant-account.ts';
import { setPassword } from '../src/accounts/set-password.ts';
import { normaliseUsername } from '../src/accounts/username.ts';
import { createJudged } from '../src/activation/judged.ts';
import { startPreau } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { saveEstablishments } from '../src/directory/establishments.ts';
import { sealersOf } from '../src/directory/fields.ts';
import { openMemberships } from '../src/directory/memberships.ts';
import { createPersons } from '../src/directory/persons.ts';
import { createLogger } from '../src/http/logger.ts';
import type { Parts } from '../src/parts.ts';
import { createRegisterClient } from '../src/relying-parties/register-client.ts';
import { suiteConfiguration } from './conformance-suite.ts';
import { markDemo } from './store.ts';

const UAI = '0750001A';
const SCHOOL = { uai: UAI, name: 'Collège des Essais', academie: 'Paris', kind: 'college', decoy: false };
const USERNAME = 'conformance.person';
const PASSWORD = 'cinq essais pour une suite';

const config = loadConfig();
if (config.mode !== 'conformance') throw new Error('run with PREAU_PROFILE=conformance');
const redirectUris = process.argv.slice(2);
const preau = await startPreau(config, createLogger(config.logLevel));
const { parts } = preau;
if (!(await markDemo(parts.db))) throw new Error('people live in this database: take another');
await makePerson(parts);
const clients = [
  await aClient('client_secret_basic'),
  await aClient('client_secret_post'),
  // A client of its own: the other plans take a notice they did not ask for as a failure.
  await aClient('client_secret_basic', redirectUris[0] && beside(redirectUris[0], 'backchannel_logout')),
];
const [basic, post, told] = clients.map(({ client_id, client_secret }) => ({ client_id, client_secret }));
if (!basic || !post || !told) throw new Error('a client is missing');
const { issuer } = config;
const person = { username: USERNAME, password: PASSWORD };
const given = { issuer, callback: redirectUris[0] ?? '', person, other: post };
console.log(
  JSON.stringify({
    ...{ issuer, person, clients },
    configuration: suiteConfiguration({ ...given, client: basic }),
    configuration_backchannel: suiteConfiguration({ ...given, client: told }),
  }),
);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await preau.stop();

/** A teacher who needs nothing but a password; made anew on a data folder that has none. */
async function makePerson({ db, digests, keyRing, hasher, now }: Parts): Promise<void> {
  const digest = digests.of('username', normaliseUsername(USERNAME));
  const known = await db
    .selectFrom('accounts')
    .select('person')
    .where('username_digest', '=', digest)
    .executeTakeFirst();
  if (known) return;
  const at = now();
  const hash = await hasher.hash(PASSWORD);
  await createJudged(parts)(async (tx, { generation }) => {
    await saveEstablishments(tx, [SCHOOL]);
    const fields = { given_name: 'Ada', family_name: 'Essai' };
    const [person = 0] = await createPersons(tx, [{ fields }], { keyRing, digests, at });
    await openDormantAccounts(tx, [person], at);
    const membership = { uai: UAI, schoolYear: at.getFullYear(), classId: null, function: null };
    await openMemberships(tx, [{ ...membership, person, profile: 'teacher' }], at);
    const sealed = (await sealersOf(tx, keyRing, [person])).get(person)?.seal('username', USERNAME);
    if (!sealed) throw new Error('a person without a key');
    const username = { sealed, digest };
    await activateAccount(tx, { person, epoch: 0, claimedBy: 'conformance', username, at });
    await setPassword(tx, { person, hash, epoch: 0, generation, at });
  });
}

/** Without PKCE, as most of the suite's modules ask. */
async function aClient(token_endpoint_auth_method: string, backchannel_logout_uri?: string) {
  const result = await createRegisterClient(parts)(
    { kind: 'system', name: 'conformance' },
    {
      metadata: {
        client_name: `OpenID conformance (${token_endpoint_auth_method})`,
        redirect_uris: redirectUris,
        post_logout_redirect_uris: redirectUris.map((uri) => beside(uri, 'post_logout_redirect')),
        token_endpoint_auth_method,
        backchannel_logout_uri,
        require_pkce: false,
      },
      publisher: 'OpenID Foundation',
    },
  );
  if (result.outcome !== 'registered') throw new Error(JSON.stringify(result));
  const { client_id, client_secret } = result.client;
  return { client_id, client_secret, token_endpoint_auth_method, backchannel_logout_uri };
}

/** The suite's addresses of one run lie side by side. */
function beside(callback: string, name: string): string {
  return callback.replace(/callback$/, name);
}
