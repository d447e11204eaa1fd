import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { Persona } from '../../demo/facts.ts';
import { openBrowser, openVisitor } from '../support/browser.ts';
import { type DemoProcess, emptyFolder, eventually, startDemo } from './demo-process.ts';
import { activate, claimsOn, type Journey, type Kept, look, pressSignIn, signIn } from './pupil.ts';

jest.setTimeout(120_000);

const folder = emptyFolder();
let demo: DemoProcess;
let browser: Browser;
let timetable: string;
let library: string;

beforeAll(async () => {
  demo = await startDemo(folder.path);
  browser = await openBrowser();
  const [first, second] = demo.facts().applications;
  timetable = first?.url ?? '';
  library = second?.url ?? '';
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  folder.remove();
});

describe('a dormant pupil', () => {
  it('claims her account, uses two applications as two people, and leaves both by one sign-out', async () => {
    const at = await open('pupil');
    const lina = dormant('Lina Belhadi');
    const kept = await activate(at, lina, 'quatre hiboux sur un fil');
    await seesHerApplications(at, 'Lina');
    await seesHerStateIn('Lina Belhadi', kept);

    const later = await open('pupil-later');
    await pressSignIn(later, timetable);
    await signIn(later, kept);
    const seen = await claimsOn(later.page);
    await look(later, 'timetable');
    expect(seen).toMatchObject({ given_name: 'Lina', profiles: 'pupil', acr: 'urn:preau:acr:two' });
    expect(seen.establishments).toContain('0990101Q');
    expect(seen.establishments).toContain('6A');

    await pressSignIn(later, library);
    const elsewhere = await claimsOn(later.page);
    await look(later, 'library');
    expect(elsewhere.given_name).toBe('Lina');
    expect(elsewhere.sub).not.toBe(seen.sub);

    await later.page.goto(timetable);
    await later.page.locator('button[name=logout]').click();
    await later.page.waitForURL(({ origin, pathname }) => origin === timetable && pathname === '/signed-out');
    await look(later, 'signed-out');
    await later.page.goto(`${library}/login`);
    await later.page.locator('input[name=username]').waitFor();
    expect(later.page.url().startsWith(demo.facts().issuer)).toBe(true);

    await at.context.close();
    await later.context.close();
  });

  it('is shown her code by the drawing on her letter, and it leaves the address at once', async () => {
    const at = await open('pupil-qr');
    const { activation } = dormant('Jade Ouattarand');
    await at.page.goto(`${at.issuer}/activate?code=${activation?.code.replaceAll('-', '')}`);
    expect(at.page.url()).toBe(`${at.issuer}/activate`);
    const shown = await at.page.locator('input[name=code]').inputValue();
    expect(shown.replace(/[^0-9A-Z]/gi, '')).toBe(activation?.code.replaceAll('-', ''));
    await at.context.close();
  });

  it('is told nothing by a wrong word', async () => {
    const at = await open('pupil-wrong');
    const { activation } = dormant('Jade Ouattarand');
    await at.page.goto(`${at.issuer}/activate`);
    await at.page.locator('input[name=code]').fill(activation?.code ?? '');
    await at.page.locator('input[name=proof]').fill('ornithorynque');
    await at.page.locator('input[name=proof]').press('Enter');
    await at.page.locator('[role=alert], .alert, .summary').first().waitFor();
    await look(at, 'activate-refused');
    expect(dormant('Jade Ouattarand').state).toBe('dormant');
    await at.context.close();
  });

  it('needs no JavaScript', async () => {
    await wholeWay('Noé Marchandel', await open('no-javascript', { javaScriptEnabled: false }));
  });

  it('can do it in English', async () => {
    const at = await open('english', { locale: 'en-GB' });
    await wholeWay('Inès Kervadec', at);
    expect(await at.page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('can do it on a telephone of 320 pixels', async () => {
    await wholeWay('Tom Vasselin', await open('narrow', { viewport: { width: 320, height: 640 } }));
  });

  it('can do it in the dark', async () => {
    await wholeWay('Malo Peyrissac', await open('dark', { colorScheme: 'dark' }));
  });
});

describe('who is active already', () => {
  it.each(['pupil', 'guardian', 'teacher', 'staff'] as const)(
    'signs in with what the demo says: %s',
    async (profile) => {
      const at = await open(`active-${profile}`);
      const persona = demo.facts().personas.find((one) => one.profile === profile && one.password);
      await pressSignIn(at, timetable);
      await signIn(at, keptOf(persona), 'now');
      const seen = await claimsOn(at.page);
      await look(at, 'timetable');
      expect(seen.profiles?.split(', ')).toContain(profile);
      await at.page.goto(`${at.issuer}/account`);
      await look(at, 'account');
      await at.context.close();
    },
  );
});

/** Activation, an application, and out again. */
async function wholeWay(name: string, at: Journey): Promise<void> {
  const kept = await activate(at, dormant(name), 'quatre hiboux sur un fil');
  await seesHerApplications(at, name.split(' ')[0] ?? '');
  await at.page.goto(`${timetable}/login`);
  const seen = await claimsOn(at.page);
  await look(at, 'timetable');
  expect(seen.given_name).toBe(name.split(' ')[0]);
  await at.page.locator('button[name=logout]').click();
  await at.page.waitForURL(({ origin, pathname }) => origin === timetable && pathname === '/signed-out');
  await at.page.goto(`${library}/login`);
  await signIn(at, kept);
  await claimsOn(at.page);
  await look(at, 'library');
}

async function seesHerApplications(at: Journey, givenName: string): Promise<void> {
  expect(await at.page.locator('h1').textContent()).toContain(givenName);
  const links = await at.page
    .locator('main a')
    .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
  for (const url of [timetable, library]) {
    expect(links.some((link) => link.startsWith(url))).toBe(true);
  }
}

async function seesHerStateIn(name: string, kept: Kept): Promise<void> {
  const told = await eventually(() => {
    const persona = personaNamed(name);
    return persona?.state === 'active' && persona.username ? persona : undefined;
  });
  expect(told).toEqual({ name, profile: 'pupil', state: 'active', username: kept.username });
}

function dormant(name: string): Persona {
  const persona = personaNamed(name);
  if (!persona?.activation) throw new Error(`${name} is not dormant any more`);
  return persona;
}

function personaNamed(name: string): Persona | undefined {
  return demo.facts().personas.find((one) => one.name === name);
}

function keptOf(persona: Persona | undefined): Kept {
  const { username = '', password = '', totpSecret = '' } = persona ?? {};
  return { username, password, totpSecret, recoveryCodes: [] };
}

async function open(name: string, options: BrowserContextOptions = {}): Promise<Journey> {
  const visitor = await openVisitor(browser, options);
  const javaScript = options.javaScriptEnabled === false ? 'off' : 'on';
  return { ...visitor, name, issuer: demo.facts().issuer, javaScript };
}
