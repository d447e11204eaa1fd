import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSmsGateway } from '../../src/messages/sms-gateway.ts';

const SMS = { to: '+33612345678', text: 'Préau : le compte est activé.' };
const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

interface Asked {
  method: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

const HANGS = 0;

/** A gateway that answers with this status, if at all. */
async function aGateway(status: number, headers: Record<string, string> = {}) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push({ method: request.method, authorization: request.headers.authorization, body });
      if (status !== HANGS) response.writeHead(status, headers).end('{"id":"42"}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const answerMilliseconds = status === HANGS ? 300 : 10_000;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
  return { url, asked, send: createSmsGateway({ url, token: 'a-token', answerMilliseconds }) };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text && JSON.parse(text);
}

describe('an SMS', () => {
  it('is posted as JSON with the bearer token; any 2xx means it was taken', async () => {
    for (const status of [200, 202, 204]) {
      const gateway = await aGateway(status);
      await gateway.send(SMS);
      expect(gateway.asked).toEqual([{ method: 'POST', authorization: 'Bearer a-token', body: SMS }]);
    }
  });

  it('goes to no number that is none', async () => {
    const gateway = await aGateway(200);
    for (const to of ['0612345678', '+33 6 12', '+33612345678,+33700000000', '+336123\r\n45678', ''])
      await expect(gateway.send({ ...SMS, to })).rejects.toMatchObject({ code: 'no_phone_number' });
    expect(gateway.asked).toEqual([]);
  });

  it('follows the gateway nowhere else with the token', async () => {
    const elsewhere = await aGateway(200);
    for (const status of [301, 302, 307, 308]) {
      const gateway = await aGateway(status, { location: elsewhere.url });
      await expect(gateway.send(SMS)).rejects.toMatchObject({ code: `HTTP_${status}`, isLasting: false });
    }
    expect(elsewhere.asked).toEqual([]);
  });

  it('is tried again later, except where the gateway refuses this message', async () => {
    for (const [status, isLasting] of [
      [400, true],
      [422, true],
      [401, false],
      [429, false],
      [503, false],
    ] as const) {
      const gateway = await aGateway(status);
      await expect(gateway.send(SMS)).rejects.toMatchObject({ code: `HTTP_${status}`, isLasting });
    }
  });

  it('is given up in time where the gateway hangs or is away', async () => {
    const hanging = await aGateway(HANGS);
    await expect(hanging.send(SMS)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const away = createSmsGateway({ url: 'http://127.0.0.1:1/', token: 'a-token', answerMilliseconds: 300 });
    await expect(away(SMS)).rejects.toMatchObject({ code: 'ECONNECTION' });
  });
});
