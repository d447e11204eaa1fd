import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateClientId, generateClientSecret } from '../../src/relying-parties/client-secret.ts';
import { readTerms, type Terms } from '../../src/relying-parties/contracts/terms.ts';
import { createDeleteClient } from '../../src/relying-parties/delete-client.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { selectRelyingParties } from '../../src/relying-parties/store.ts';
import { APPLICATIONS, type ApplicationPart } from '../cast.ts';
import type { StoredApplication } from '../state.ts';
import { REASON, type Stage } from './stage.ts';

/** Both applications at these ports, each of its own publisher, with a contract of what it asks for. */
export async function registerApplications(
  stage: Stage,
  ports: readonly [number, number],
): Promise<StoredApplication[]> {
  const { parts, file } = stage;
  const { parties } = await selectRelyingParties(parts.db);
  const known = new Set(parties.map(({ clientId }) => clientId));
  const registered: StoredApplication[] = [];
  for (const [index, part] of APPLICATIONS.entries()) {
    const url = `http://localhost:${ports[index]}`;
    const stored = file.state.applications.find(({ kind }) => kind === part.kind);
    const isThere = stored !== undefined && stored.url === url && known.has(stored.clientId);
    registered.push(isThere ? stored : await register(stage, part, { url, former: stored }));
  }
  return registered;
}

async function register(
  stage: Stage,
  part: ApplicationPart,
  { url, former }: { url: string; former: StoredApplication | undefined },
): Promise<StoredApplication> {
  const { parts, by, file } = stage;
  const { kind, name, publisher } = part;
  // It moved to another port: its registration names addresses, and an id is never given twice.
  if (former) await createDeleteClient(parts)(by, { clientId: former.clientId, reason: REASON });
  const made = { kind, url, clientId: generateClientId(), clientSecret: generateClientSecret() };
  file.state.applications = [...file.state.applications.filter((other) => other.kind !== kind), made];
  await file.save();
  const metadata = {
    client_id: made.clientId,
    client_secret: made.clientSecret,
    client_name: name,
    client_uri: url,
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/signed-out`],
    scope: 'openid profile school',
    id_token_signed_response_alg: part.idTokenAlg,
  };
  const result = await createRegisterClient(parts)(by, {
    ...{ metadata, publisher, terms: termsOf(part), landing: 'approved', reason: REASON },
  });
  if (result.outcome !== 'registered') throw new Error(`${name} was not registered: ${result.outcome}`);
  return made;
}

/** What the application asked for and the demo's operator approved: demo/contracts holds it as whoever proposes one. */
function termsOf({ kind }: ApplicationPart): Terms {
  const file = join(import.meta.dirname, '..', 'contracts', `${kind}.json`);
  const read = readTerms(JSON.parse(readFileSync(file, 'utf8')));
  if (read.outcome === 'invalid') throw new Error(`${file}: ${read.problems.join(', ')}`);
  return read.terms;
}
