import { expect, it } from '@jest/globals';
import { type Adapter, Provider } from 'oidc-provider';
import { lightenModels } from '../../src/oidc/engine-models.ts';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';

const MODELS = ['Grant', 'AuthorizationCode', 'AccessToken'] as const;

async function aProvider(): Promise<Provider> {
  return new Provider('http://127.0.0.1', {
    jwks: { keys: [await generateSigningKey('ES256')] },
    adapter: () => ({}) as Adapter,
    cookies: { keys: ['of-no-worth-in-a-test'] },
    features: { devInteractions: { enabled: false } },
  });
}

interface Model {
  instantiate(payload: object): object;
}

it.each(MODELS)('a record of %s becomes what the engine makes of it', async (model) => {
  const [plain, lightened] = [await aProvider(), await aProvider()];
  lightenModels(lightened);
  const instantiate = (provider: Provider, payload: object) =>
    (provider[model] as unknown as Model).instantiate(payload);
  const record = {
    ...{ jti: 'id', kind: model, iat: 1, exp: 2, accountId: 'lina', clientId: 'timetable', grantId: 'grant' },
    ...{ scope: 'openid', openid: { scope: 'openid' }, extra: { a: 1 }, nobodys: 'field' },
  };
  const made = instantiate(lightened, record);
  expect({ ...made }).toEqual({ ...instantiate(plain, record) });
  expect(made).not.toHaveProperty('nobodys');
  for (const provider of [plain, lightened])
    expect(() => instantiate(provider, { ...record, kind: 'Session' })).toThrow('kind mismatch');
});
