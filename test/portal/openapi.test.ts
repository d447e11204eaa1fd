import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApi } from '../../src/portal/api/openapi.ts';
import { keepTrace } from '../../src/relying-parties/traces.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type Asked, CLIENT, type Document, METADATA, Publisher, tokenFor } from './publisher.ts';

let world: World;
let publisher: Publisher;

beforeAll(async () => {
  world = await wholeWorld();
  publisher = await Publisher.at(world);
}, 60_000);
afterAll(() => world.close());

const OPERATIONS = Object.entries((openApi('https://preau.example') as Document).paths).flatMap(
  ([path, { parameters: _, ...operations }]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, ...operation })),
);
type Operation = (typeof OPERATIONS)[number];

const elsewhere = { ...METADATA, redirect_uris: ['https://elsewhere.example/callback'] };
const onClient = async (): Promise<Asked> => ({ clientId: (await publisher.aClient()).client_id });
const afterwards = async (method: string, path: string, body?: unknown): Promise<Asked> => {
  const given = await onClient();
  await publisher.ask(method, path, { ...given, body });
  return given;
};
const after = (path: string, body?: unknown) => afterwards('POST', `${CLIENT}${path}`, body);

/** What brings each answer, for each operation; a client in the sandbox brings those that stand in no row. */
const WAYS: Record<string, Record<number, () => Asked | Promise<Asked>>> = {
  listClients: { 200: () => ({}) },
  registerClient: {
    201: () => ({ body: METADATA }),
    409: async () => ({ as: await tokenOfTheBusiest(), body: METADATA }),
    422: () => ({ body: { client_name: 'CDI' } }),
  },
  showClient: { 200: onClient },
  updateClient: {
    200: async () => ({ ...(await onClient()), body: elsewhere }),
    202: async () => ({ clientId: await publisher.anApproved(), body: elsewhere }),
    422: async () => ({ ...(await onClient()), body: { client_name: 'CDI' } }),
  },
  deleteClient: { 204: onClient },
  showChange: {
    200: async () => {
      const given = { clientId: await publisher.anApproved() };
      await publisher.ask('PUT', CLIENT, { ...given, body: elsewhere });
      return given;
    },
  },
  suspendClient: { 200: onClient, 409: () => after('/suspend') },
  resumeClient: { 200: () => after('/suspend'), 409: onClient },
  rotateSecret: {
    200: onClient,
    409: async () => ({
      clientId: (await publisher.aClient({ token_endpoint_auth_method: 'none' })).client_id,
    }),
    422: async () => ({ ...(await onClient()), body: { overlap_hours: -1 } }),
  },
  showContract: { 200: onClient },
  proposeContract: {
    201: async () => ({ ...(await onClient()), body: TERMS }),
    409: async () => ({ ...(await withContract('ended')), body: TERMS }),
    422: async () => ({ ...(await onClient()), body: {} }),
  },
  requestContract: {
    200: () => after('/contract', TERMS),
    409: () => withContract('requested'),
    422: onClient,
  },
  showTrace: { 200: aTrace },
};

const REFUSED: Record<number, () => Asked | Promise<Asked>> = {
  400: async () => ({ ...(await onClient()), body: 'no json' }),
  401: async () => ({ ...(await onClient()), as: 'made-up-by-somebody' }),
  404: () => ({ clientId: 'nobody' }),
};

async function aTrace(): Promise<Asked> {
  const { client_id: clientId } = await publisher.aClient();
  const trace = { clientId, endpoint: 'token', error: 'invalid_grant', detail: undefined };
  await keepTrace(world.parts.db, { ...trace, number: 'AAAAAAAAAAAA', at: world.now() });
  return { number: 'AAAAAAAAAAAA' };
}

async function withContract(state: 'ended' | 'requested'): Promise<Asked> {
  const { client_id: clientId } = await publisher.aClient();
  await world.parts.db.updateTable('contracts').set({ state }).where('client_id', '=', clientId).execute();
  return { clientId };
}

/** Of a publisher who has as many clients as a program may register. */
async function tokenOfTheBusiest(): Promise<string> {
  const as = await tokenFor(world, 'Cent Portes');
  const { client_id: clientId } = await publisher.aClient({ as });
  await world.stores.pool.query(
    `insert into clients (client_id, publisher, metadata)
     select 'copy' || n, publisher, metadata from clients, generate_series(1, 500) as n where client_id = $1`,
    [clientId],
  );
  return as;
}

describe('the OpenAPI document', () => {
  it('is the one that the server shows', () => {
    expect(publisher.document).toEqual(JSON.parse(JSON.stringify(openApi(world.issuer))));
  });

  it.each(
    OPERATIONS.flatMap(({ method, path, operationId, responses }) =>
      Object.keys(responses)
        .filter((status) => status !== 'default')
        .map((status) => [operationId, Number(status), method, path] as const),
    ),
  )('%s answers %i, as it says', async (operationId, status, method, path) => {
    const way = WAYS[operationId]?.[status] ?? REFUSED[status];
    if (!way) throw new Error('nobody knows how to have this answer');
    expect((await publisher.ask(method.toUpperCase(), path, await way())).status).toBe(status);
  });

  it('tells of a body that is no JSON wherever one is read', async () => {
    for (const { method, path } of OPERATIONS.filter((one) => one.method === 'post' || one.method === 'put'))
      expect(
        (await publisher.ask(method.toUpperCase(), path, { ...(await onClient()), body: '[]' })).status,
      ).toBe(400);
  });
});

const EVERYTHING = {
  ...METADATA,
  post_logout_redirect_uris: ['https://cdi.example/'],
  backchannel_logout_uri: 'https://cdi.example/out',
  token_endpoint_auth_method: 'client_secret_post',
  jwks_uri: 'https://cdi.example/keys',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  application_type: 'web',
  scope: 'openid profile',
  id_token_signed_response_alg: 'ES256',
  client_uri: 'https://cdi.example/',
  contacts: ['cdi@cdi.example'],
  default_max_age: 3600,
  require_pkce: false,
};
const metadata = {
  taken: [METADATA, EVERYTHING, { ...METADATA, favourite_colour: 'green' }],
  refused: [
    {},
    { ...METADATA, client_name: '' },
    { ...METADATA, client_name: 7 },
    { ...METADATA, redirect_uris: [] },
    { ...METADATA, redirect_uris: 'https://cdi.example/callback' },
    { ...METADATA, token_endpoint_auth_method: 'client_secret_jwt' },
    { ...METADATA, response_types: ['token'] },
    { ...METADATA, client_uri: 'https://cdi.example/ a' },
    { ...METADATA, contacts: ['nowhere'] },
    { ...METADATA, default_max_age: -1 },
    { ...METADATA, require_pkce: 'no' },
  ],
};
const BODIES: Record<string, { taken: object[]; refused: object[] }> = {
  registerClient: metadata,
  updateClient: metadata,
  rotateSecret: {
    taken: [{}, { overlap_hours: 0 }, { overlap_hours: 1.5 }, { overlap_hours: 2160 }],
    refused: [
      ...[-1, 2161, '1', null].map((overlap_hours) => ({ overlap_hours })),
      // Whoever ends a stolen secret at once is not told that it lives on for a day.
      { overlap_hour: 0 },
    ],
  },
  proposeContract: {
    taken: [
      TERMS,
      { claims: {} },
      { ...TERMS, minimum_acr: 'urn:preau:acr:two', open_to: { establishments: ['0690002B'] } },
    ],
    refused: [
      {},
      { ...TERMS, purpos: 'Prêter' },
      { ...TERMS, profile: 'high' },
      { ...TERMS, purpose: '' },
      { ...TERMS, publisher: { legal_name: 'Les Rayons' } },
      { ...TERMS, minimum_acr: 'three' },
      { ...TERMS, open_to: { establishments: ['Tilleuls'] } },
      { ...TERMS, claims: { pupil: { shoe_size: 'Chausser' } } },
      { ...TERMS, claims: { parent: {} } },
    ],
  },
};

describe('the schema of a body', () => {
  const withBody = OPERATIONS.filter(({ requestBody }) => requestBody);
  const send = async ({ method, path }: Operation, body?: object) => {
    const { status } = await publisher.ask(method.toUpperCase(), path, { ...(await onClient()), body });
    return status < 300 ? 'taken' : status;
  };

  it('stands for every operation that takes one', () => {
    expect(withBody.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(BODIES).sort());
  });

  it.each(withBody.map((operation) => [operation.operationId, operation] as const))(
    'of %s allows what the server takes, and refuses what it refuses',
    async (operationId, operation) => {
      const schema = operation.requestBody?.content['application/json']?.schema;
      const { taken = [], refused = [] } = BODIES[operationId] ?? {};
      for (const body of taken)
        expect({
          body,
          problems: publisher.problemsOf(schema, body),
          is: await send(operation, body),
        }).toEqual({ body, problems: null, is: 'taken' });
      for (const body of refused)
        expect({
          body,
          problems: publisher.problemsOf(schema, body),
          is: await send(operation, body),
        }).toEqual({ body, problems: expect.any(Array), is: 422 });
      expect(await send(operation)).toBe(operation.requestBody?.required ? 422 : 'taken');
    },
  );
});
