import { expect, it } from '@jest/globals';
import { createClientAdapter } from '../../src/oidc/clients.ts';
import type { Registry } from '../../src/relying-parties/registry.ts';

it('asks nobody about an id that no client can have, and keeps it nowhere', async () => {
  const [counted, looked]: [string[], string[]] = [[], []];
  const find = async (clientId: string) => void looked.push(clientId);
  const adapter = createClientAdapter({
    registry: { find } as unknown as Registry,
    issuer: 'https://preau.example',
    onAsked: (clientId) => counted.push(clientId),
    isJudgedAnew: () => false,
  });
  for (const made of ['', 'a'.repeat(129), 'a'.repeat(50_000), 'a:b', '__proto__', 'a\0'])
    expect(await adapter.find(made)).toBeUndefined();
  expect([counted, looked]).toEqual([[], []]);
  await adapter.find('nobody');
  expect([counted, looked]).toEqual([['nobody'], ['nobody']]);
});
