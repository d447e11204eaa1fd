import { expect, it, jest } from '@jest/globals';
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';
import { lightenModels } from '../../src/oidc/engine-models.ts';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';

const MODELS = ['Session', 'Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'] as const;
type Name = (typeof MODELS)[number];

async function aProvider(kept: AdapterPayload[] = []): Promise<Provider> {
  const upsert = async (_: string, payload: AdapterPayload) => void kept.push(payload);
  return new Provider('http://127.0.0.1', {
    jwks: { keys: [await generateSigningKey('ES256')] },
    adapter: () => ({ upsert, destroy: async () => {} }) as unknown as Adapter,
    cookies: { keys: ['of-no-worth-in-a-test'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, RefreshToken: 3600, Session: 3600 },
  });
}

/** The engine as it comes, and lightened; what each of them keeps. */
async function both() {
  const kept = { plain: [] as AdapterPayload[], lightened: [] as AdapterPayload[] };
  const [plain, lightened] = [await aProvider(kept.plain), await aProvider(kept.lightened)];
  lightenModels(lightened, { error: () => {} });
  return { plain, lightened, kept };
}

interface Made {
  save(seconds: number): Promise<string>;
  destroy(): Promise<void>;
}

function made(provider: Provider, model: Name, record?: object): Made {
  return (provider[model] as unknown as { instantiate(record?: object): Made }).instantiate(record);
}

function recordOf(model: Name) {
  return {
    ...{
      jti: 'id',
      uid: 'uid',
      kind: model,
      iat: 1,
      exp: 4_000_000_000,
      accountId: 'lina',
      clientId: 'timetable',
    },
    ...{ grantId: 'grant', scope: 'openid', openid: { scope: 'openid' }, extra: { a: 1 }, nobodys: 'field' },
    ...{ amr: ['pwd'], state: { a: 1 }, authorizations: { timetable: { grantId: 'grant' } }, rotations: 2 },
  };
}

/** Whose id is drawn when it is saved. */
function newRecordOf(model: Name) {
  const { jti: _, extra: _extra, ...record } = recordOf(model);
  return record;
}

it.each(MODELS)('a record of %s becomes what the engine makes of it', async (model) => {
  const { plain, lightened } = await both();
  const record = recordOf(model);
  const ours = made(lightened, model, record);
  expect({ ...ours }).toEqual({ ...made(plain, model, record) });
  expect(ours).not.toHaveProperty('nobodys');
  for (const provider of [plain, lightened])
    expect(() => made(provider, model, { ...record, kind: 'Interaction' })).toThrow('kind mismatch');
});

it.each(MODELS)('%s is kept as the engine keeps it', async (model) => {
  const { plain, lightened, kept } = await both();
  for (const provider of [plain, lightened]) await made(provider, model, newRecordOf(model)).save(60);
  const said = (all: AdapterPayload[]) =>
    JSON.parse(JSON.stringify(all.map((one) => ({ ...one, jti: 'drawn' }))));
  expect(kept.lightened).toHaveLength(1);
  expect(said(kept.lightened)).toEqual(said(kept.plain));
});

it.each(MODELS)("events of %s have the engine's names", async (model) => {
  const { plain, lightened } = await both();
  const heard = await Promise.all(
    [plain, lightened].map(async (provider) => {
      const names: string[] = [];
      const emit = provider.emit.bind(provider);
      provider.emit = (name: string, ...said: unknown[]) => {
        names.push(name);
        return emit(name, ...(said as []));
      };
      const one = made(provider, model, newRecordOf(model));
      await one.save(60);
      await one.destroy();
      return names;
    }),
  );
  expect(heard[0]).toHaveLength(2);
  expect(heard[1]).toEqual(heard[0]);
});

it('a session is new where there is no record of one, and draws its own names', async () => {
  const { plain, lightened } = await both();
  for (const provider of [plain, lightened]) {
    expect(made(provider, 'Session')).toHaveProperty('new', true);
    const found = made(provider, 'Session', {});
    expect(found).not.toHaveProperty('new');
    expect(found).toMatchObject({ uid: expect.any(String), jti: expect.any(String) });
  }
});

it('a client that the engine refuses is nobody, and is spoken of once', async () => {
  const refused = Object.freeze({
    ...{ client_id: 'cdi', client_secret: 'hmac', application_type: 'native' },
    redirect_uris: ['https://127.0.0.1/cb'],
  });
  const sound = { client_id: 'edt', client_secret: 'hmac', redirect_uris: ['https://edt.example/cb'] };
  const provider = new Provider('http://127.0.0.1', {
    jwks: { keys: [await generateSigningKey('RS256')] },
    adapter: () => ({ find: async (id: string) => (id === 'cdi' ? refused : sound) }) as unknown as Adapter,
    cookies: { keys: ['of-no-worth-in-a-test'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, RefreshToken: 3600, Session: 3600 },
  });
  const error = jest.fn();
  lightenModels(provider, { error });
  for (const _ of [1, 2]) expect(await provider.Client.find('cdi')).toBeUndefined();
  expect(await provider.Client.find('edt')).toMatchObject({ clientId: 'edt' });
  expect(error.mock.calls).toEqual([
    [expect.objectContaining({ client: 'cdi' }), 'a client is registered that the engine refuses'],
  ]);
});
