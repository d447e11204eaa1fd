import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSampleApplication, type SampleApplication } from '../../../demo/apps/sample-application.ts';
import { Client } from './client.ts';
import { type SmallProvider, startSmallProvider } from './small-provider.ts';

let provider: SmallProvider;
let app: SampleApplication;
let browser: Client;

beforeEach(async () => {
  provider = await startSmallProvider();
  app = await connect('timetable');
  browser = new Client();
});

afterEach(async () => {
  await app.close();
  await provider.close();
});

describe('a sample application', () => {
  it('signs somebody in and shows every claim it received, escaped', async () => {
    const { answer, address, text } = await browser.follow(`${app.url}/login`);
    expect(answer.status).toBe(200);
    expect(address).toBe(`${app.url}/`);
    expect(text).toContain('data-claim="sub">lina<');
    expect(text).toContain('urn:preau:acr:two');
    expect(text).toContain('Collège des Tilleuls');
    expect(text).toContain('&lt;b&gt;Lina&lt;/b&gt;');
    expect(text).not.toContain('<b>Lina');
  });

  it('asks with PKCE S256, a state, a nonce and its language, each new', async () => {
    const first = await authorizationRequest();
    const second = await authorizationRequest();
    expect(first.get('code_challenge_method')).toBe('S256');
    expect(first.get('ui_locales')).toBe('fr');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.get(name)?.length).toBeGreaterThan(20);
      expect(first.get(name)).not.toBe(second.get(name));
    }
  });

  it('refuses an answer that another browser began', async () => {
    const answerAddress = await stoppedBeforeTheAnswer();
    const { answer } = await new Client().follow(answerAddress);
    expect(answer.status).toBe(400);
  });

  it('refuses an answer that names another issuer', async () => {
    const forged = new URL(await stoppedBeforeTheAnswer());
    forged.searchParams.set('iss', 'https://elsewhere.example');
    const { answer, text } = await browser.follow(forged.href);
    expect(answer.status).toBe(400);
    expect(text).toContain('La connexion n’a pas abouti');
  });

  it('takes an answer only once', async () => {
    const answerAddress = await stoppedBeforeTheAnswer();
    expect((await browser.get(answerAddress)).status).toBe(302);
    const { answer, text } = await browser.follow(answerAddress);
    expect(answer.status).toBe(400);
    expect(text).toContain('Cette connexion n’est plus valable');
  });

  it('says kindly that the sign-in was refused', async () => {
    provider.refuseNext('access_denied');
    const { answer, text } = await browser.follow(`${app.url}/login`);
    expect(answer.status).toBe(400);
    expect(text).toContain('Connexion refusée');
  });

  it('names the code of an error nobody can guess', async () => {
    provider.refuseNext('unmet_authentication_requirements');
    const { text } = await browser.follow(`${app.url}/login`);
    expect(text).toContain('<code>unmet_authentication_requirements</code>');
  });

  it('keeps its session in a signed HttpOnly cookie that is new at each sign-in', async () => {
    await browser.follow(`${app.url}/login`);
    const first = browser.cookies.get('timetable.visit');
    await browser.follow(`${app.url}/login`);
    expect(browser.cookies.get('timetable.visit')).not.toBe(first);
    const stale = await fetch(app.url, {
      headers: { cookie: `timetable.visit=${first}; timetable.visit.sig=${'A'.repeat(27)}` },
    });
    expect(await stale.text()).toContain('href="/login"');
  });

  it('signs out here and at the provider, and says so', async () => {
    await browser.follow(`${app.url}/login`);
    const leaving = await browser.get(`${app.url}/logout`);
    const address = new URL(leaving.headers.get('location') ?? '');
    expect(leaving.status).toBe(303);
    expect(address.searchParams.get('id_token_hint')).toMatch(/^ey/);
    expect(address.searchParams.get('post_logout_redirect_uri')).toBe(`${app.url}/signed-out`);
    const back = await browser.follow(`${app.url}/signed-out?state=${address.searchParams.get('state')}`);
    expect(back.text).toContain('Vous êtes déconnecté·e de cette application et de Préau');
    expect((await browser.follow(app.url)).text).toContain('Se connecter');
  });

  it('does not claim a sign-out that it did not begin', async () => {
    const { address } = await browser.follow(`${app.url}/signed-out?state=guessed`);
    expect(address).toBe(`${app.url}/`);
  });

  it('lets no other site sign anybody out', async () => {
    await browser.follow(`${app.url}/login`);
    await browser.get(`${app.url}/logout`, { 'sec-fetch-site': 'cross-site' });
    expect((await browser.follow(app.url)).text).toContain('data-claim="sub"');
  });

  it('ends its own session when the provider has ended hers', async () => {
    await browser.follow(`${app.url}/login`);
    provider.endSessions();
    expect((await browser.follow(app.url)).text).toContain('Votre session Préau est terminée');
    expect((await browser.follow(app.url)).text).not.toContain('data-claim');
  });

  it('says that Préau is not reachable, keeps the session, and recovers', async () => {
    await browser.follow(`${app.url}/login`);
    await provider.close();
    const down = await browser.follow(app.url);
    expect(down.answer.status).toBe(503);
    expect(down.answer.headers.get('retry-after')).toBe('5');
    expect(down.text).toContain('Préau ne répond pas');
    expect(browser.cookies.has('timetable.visit')).toBe(true);
  });

  it('may start before Préau does', async () => {
    const port = Number(new URL(provider.issuer).port);
    await provider.close();
    const early = await connect('library');
    expect((await browser.follow(`${early.url}/login`)).answer.status).toBe(503);
    provider = await startSmallProvider(port);
    register(early);
    expect((await browser.follow(`${early.url}/login`)).text).toContain('data-claim="sub">lina<');
    await early.close();
  });

  it('starts a sign-in for Préau’s own list, and for no other issuer', async () => {
    const own = await browser.get(`${app.url}/login?iss=${encodeURIComponent(provider.issuer)}`);
    const other = await browser.get(`${app.url}/login?iss=https://elsewhere.example`);
    expect([own.status, other.status]).toEqual([302, 400]);
  });

  it('speaks English to who asks for it', async () => {
    const { text } = await browser.follow(app.url, { 'accept-language': 'en' });
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('Sign in');
  });

  it('forbids scripts and frames on every page', async () => {
    const policy = (await browser.get(`${app.url}/nowhere`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('sends any other name of this machine to its own address', async () => {
    const answer = await browser.get(app.url.replace('localhost', '127.0.0.1'));
    expect(answer.headers.get('location')).toBe(`${app.url}/`);
  });
});

async function connect(kind: 'timetable' | 'library'): Promise<SampleApplication> {
  const made = await createSampleApplication({
    name: kind === 'timetable' ? 'Emploi du temps' : 'CDI en ligne',
    kind,
    port: 0,
    issuer: provider.issuer,
    clientId: kind,
    clientSecret: 'asecretoflettersanddigits0123456789',
  });
  if (kind === 'timetable') register(made, kind);
  return made;
}

function register(made: SampleApplication, clientId = 'library'): void {
  provider.register({
    client_id: clientId,
    client_secret: 'asecretoflettersanddigits0123456789',
    redirect_uris: [`${made.url}/callback`],
    post_logout_redirect_uris: [`${made.url}/signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  });
}

async function authorizationRequest(): Promise<URLSearchParams> {
  const answer = await browser.get(`${app.url}/login`);
  return new URL(answer.headers.get('location') ?? '').searchParams;
}

/** The address at which the answer would have arrived. */
async function stoppedBeforeTheAnswer(): Promise<string> {
  let at = `${app.url}/login`;
  for (let hops = 0; hops < 15; hops++) {
    const next = (await browser.get(at)).headers.get('location');
    if (!next) throw new Error(`no redirect at ${at}`);
    at = new URL(next, at).href;
    if (at.startsWith(`${app.url}/callback`)) return at;
  }
  throw new Error('too many redirects');
}
