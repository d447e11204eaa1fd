import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { createRelyingParty } from './relying-party.ts';
import { applicationRoutes } from './routes.ts';
import { canonicalAddress, failures, headers, type Kind, showMessage } from './screen.ts';
import { createVisits } from './visits.ts';

export interface SampleApplicationOptions {
  name: string;
  kind: Kind;
  port: number;
  issuer: string;
  clientId: string;
  clientSecret: string;
  now?: () => Date;
}

export interface SampleApplication {
  url: string;
  close(): Promise<void>;
}

/** What a publisher would build: a relying party that knows of Préau only what the standard says. */
export async function createSampleApplication(options: SampleApplicationOptions): Promise<SampleApplication> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const app = new Koa();
  furnish(app, { ...options, url });
  server.on('request', app.callback());
  return {
    url,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function furnish(app: Koa, options: SampleApplicationOptions & { url: string }): void {
  const { name, kind, url, issuer, clientId, clientSecret, now = () => new Date() } = options;
  const site = { name, kind, url, issuer };
  const preau = createRelyingParty({
    issuer,
    clientId,
    clientSecret,
    redirectUri: `${url}/callback`,
    postLogoutRedirectUri: `${url}/signed-out`,
  });
  app.silent = true;
  app.use(headers(site));
  app.use(canonicalAddress(site));
  app.use(failures(site));
  app.use(applicationRoutes({ site, preau, visits: createVisits(app, { name: kind, now }) }).routes());
  app.use((ctx) => showMessage(ctx, site, { status: 404, what: 'not_found' }));
}
