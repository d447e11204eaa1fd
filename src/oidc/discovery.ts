import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Provider } from 'oidc-provider';

/** What the engine answers to discovery, asked of it without the network. */
export async function readDiscovery(provider: Provider): Promise<Record<string, unknown>> {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', url: '/.well-known/openid-configuration' });
  const response = new ServerResponse(request);
  const answered = new Promise<string>((resolve) => {
    response.end = ((body: unknown) => {
      resolve(String(body));
      return response;
    }) as typeof response.end;
  });
  await provider.callback()(request, response);
  return JSON.parse(await answered) as Record<string, unknown>;
}
