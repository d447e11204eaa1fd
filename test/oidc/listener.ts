import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listener {
  readonly url: string;
  /** The logout tokens that came, in their order. */
  readonly tokens: string[];
  /** What it answers from now on; by default 204. */
  answer(respond: (response: ServerResponse, request: IncomingMessage) => void): void;
  stop(): Promise<void>;
}

/** A relying party's ear for sign-outs. */
export async function listen(host = '127.0.0.1'): Promise<Listener> {
  const tokens: string[] = [];
  let respond = (response: ServerResponse, _: IncomingMessage): void => void response.writeHead(204).end();
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const token = new URLSearchParams(body).get('logout_token');
    if (token) tokens.push(token);
    respond(response, request);
  }).listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/logout`,
    tokens,
    answer: (next) => {
      respond = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
