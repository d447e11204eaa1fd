import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createJudged } from '../../src/orders/judged.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { PASSWORD, UAI } from '../login/people.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
  type Visitor,
} from '../support/browser.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass } from './school.ts';
import { aHead, aMember, aTeacher, nextCode, type StaffMember } from './staff.ts';

jest.setTimeout(120_000);

let world: World;
let browser: Browser;
let one: AClass;
let head: StaffMember;
let teacher: StaffMember;
beforeAll(async () => {
  world = await wholeWorld();
  browser = await openBrowser();
  one = await aClass(world, { pupils: 4 });
  head = await aHead(world);
  teacher = await aTeacher(world, [one.className]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world.close();
});

interface Desk extends Visitor {
  name: string;
}

async function open(name: string, options: BrowserContextOptions = {}): Promise<Desk> {
  return { ...(await openVisitor(browser, { baseURL: world.issuer, ...options })), name };
}

const judged = new Set<string>();

/** axe judges each page once, by day or by night: the same page again is the same markup. */
async function faultsOf(page: Page): Promise<string[]> {
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const which = `${new URL(page.url()).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')} ${isDark}`;
  const title = await page.title();
  if (judged.has(`${which} ${title}`)) return [];
  judged.add(`${which} ${title}`);
  return accessibilityFaults(page);
}

/** Every page on the way: one visible heading, nothing axe finds, nothing to scroll sideways, no complaint. */
async function look({ page, name, complaints }: Desk, where: string): Promise<void> {
  await screenshot(page, `${name}-${where}`);
  expect({
    where,
    headings: await page.locator('h1:visible').count(),
    faults: await faultsOf(page),
    isWide: await scrollsSideways(page),
    complaints,
  }).toEqual({ where, headings: 1, faults: [], isWide: false, complaints: [] });
}

async function signIn({ page }: Desk, who: StaffMember, to: string): Promise<void> {
  await page.goto(to);
  await page.fill('input[name=username]', who.username);
  await page.fill('input[name=password]', PASSWORD);
  await page.click('main button[type=submit]');
  await page.fill('input[name=otp]', nextCode(world, who));
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => url.pathname === to);
}

describe('a class gets its accounts', () => {
  const codes: string[] = [];
  let batch = '';

  it('the head prints its letters and hands over the pile, by the keyboard alone', async () => {
    const at = await open('head');
    const { page } = at;
    await signIn(at, head, '/console');
    await look(at, 'console-1-start');
    await page.goto('/console/schools');
    await look(at, 'console-2-schools');
    await page.click(`text=Collège des Tilleuls`);
    await look(at, 'console-3-school');
    await page.click(`main a:text-is("${one.className}")`);
    await look(at, 'console-4-class');
    await page.click('text=Imprimer les lettres');
    await look(at, 'console-5-print');
    await page.fill('input[name=otp]', nextCode(world, head));
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    const pages = textOfPages(readFileSync(await download.path()));
    codes.push(...pages.slice(1).map(codeIn));
    expect(codes.filter(Boolean)).toHaveLength(4);

    await page.goto(one.path);
    await page.click('table a');
    batch = page.url();
    await look(at, 'console-6-pile');
    await page.click('text=Noter les lettres remises');
    await look(at, 'console-7-hand-over');
    await byKeyboard(page, head);
    await page.waitForURL(/handed=3/);
    await look(at, 'console-8-handed-over');
    await page.goto(`${one.path}/pupils`);
    await look(at, 'console-9-names');
    await at.context.close();
  });

  /** Down to « all but », its numbers, the code, Enter. */
  async function byKeyboard(page: Page, who: StaffMember): Promise<void> {
    await page.focus('input[name=which]:checked');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('4');
    await page.keyboard.press('Tab');
    await page.keyboard.type(nextCode(world, who));
    await page.keyboard.press('Enter');
  }

  it('the head compares a file, reads the plan, and goes to the desk, on a narrow screen', async () => {
    const at = await open('narrow', { viewport: { width: 320, height: 640 } });
    const { page } = at;
    await signIn(at, head, '/console/rosters');
    await look(at, 'rosters-1-list');
    const line = `élève;Z1;Tulipe;Zoé;${UAI};Collège des Tilleuls;Paris;collège;5Z;;;`;
    const header = 'profil;clé;nom;prénom;uai;établissement;académie;type;classe;fonctions;portable;enfants';
    const guardian = 'responsable;Z2;Tulipe;Nora;;;Paris;;;;0639980101;Z1:1:mother';
    const buffer = Buffer.from([header, line, guardian].join('\n'));
    await page.setInputFiles('input[type=file]', { name: 'ecole.csv', mimeType: 'text/csv', buffer });
    await page.fill('input[name=otp]', nextCode(world, head));
    await page.click('button:text-is("Comparer")');
    await page.waitForURL(/rosters\/[0-9a-f-]{36}/);
    await look(at, 'rosters-2-reading');
    const [plan = ''] = page.url().split('?');
    await world.app.queue.drain();
    await page.goto(plan);
    await look(at, 'rosters-2-plan');
    await page.click('text=Voir les différences');
    await look(at, 'rosters-3-differences');
    await page.goto(`${plan}/apply`);
    await look(at, 'rosters-4-needs-academie');
    await page.goto('/console/desk');
    await look(at, 'desk-1-start');
    await page.goto(`${one.path}/pupils`);
    await look(at, 'desk-2-names');
    await page.click('td >> text=Guichet >> nth=0');
    await look(at, 'desk-3-person');
    await page.goBack();
    await page.click('td >> text=Réimprimer >> nth=0');
    await look(at, 'letter-again');
    await at.context.close();
  });

  it('who hands out letters opens no window: the page is nowhere for them', async () => {
    const distributor = await aMember(world, 'staff');
    const granted = await createGrantRight({ judged: createJudged(world.parts), now: world.now })({
      by: { kind: 'person', person: head.person },
      to: distributor.person,
      role: 'distributor',
      scope: { kind: 'establishment', uai: UAI },
      confirm: async () => ({ outcome: 'confirmed' }),
    });
    expect(granted.outcome).toBe('granted');
    const at = await open('distributor');
    await signIn(at, distributor, one.path);
    await look(at, 'console-distributor');
    expect(await at.page.locator('text=Ouvrir une séance').count()).toBe(0);
    const answer = await at.page.goto(`${one.path}/window`);
    expect(answer?.status()).toBe(403);
    await look(at, 'console-distributor-refused');
    await at.context.close();
  });

  it('the teacher opens the window on a telephone in the dark; a pupil claims; the list shows it', async () => {
    const telephone = { viewport: { width: 320, height: 640 }, colorScheme: 'dark' } as const;
    const at = await open('teacher', telephone);
    const { page } = at;
    await signIn(at, teacher, one.path);
    await look(at, 'console-teacher-class');
    await page.click('text=Ouvrir une séance');
    await look(at, 'console-window-1-tick');
    await page.click('text=Cocher tout le monde');
    await page.fill('input[name=otp]', '000000');
    await page.click('text=Ouvrir la séance');
    await look(at, 'console-window-2-wrong-code');
    expect(await page.locator('input[name="pupils[]"]:checked').count()).toBe(4);
    await page.fill('input[name=otp]', nextCode(world, teacher));
    await page.click('text=Ouvrir la séance');
    await page.waitForURL(/\/console\/windows\//);
    await look(at, 'console-window-3-word');
    const word = (await page.locator('.board-word').textContent()) ?? '';

    await claim(codes[0] ?? '', word);
    await page.click('text=Actualiser');
    await look(at, 'console-window-4-live');
    expect(await page.locator('.badge:text-is("Activé")').count()).toBe(1);
    await page.goto('/console');
    await look(at, 'console-window-5-start');
    await page.goBack();
    await page.click('text=Fermer la séance');
    await look(at, 'console-window-6-closed');
    await at.context.close();
  });

  it('without scripts too: the pile says whose letter was used', async () => {
    const at = await open('plain', { javaScriptEnabled: false });
    await signIn(at, head, new URL(batch).pathname);
    expect(await at.page.locator('dd', { hasText: '(1)' }).count()).toBeGreaterThan(0);
    await at.context.close();
  });

  async function claim(code: string, word: string): Promise<void> {
    const { page, context } = await open('pupil', { javaScriptEnabled: false });
    await page.goto('/activate');
    await page.fill('input[name=code]', code);
    await page.fill('input[name=proof]', word.toLowerCase());
    await page.click('main button[type=submit]');
    await page.fill('input[name=password]', 'quatre hiboux sur un fil');
    await page.click('main form:has(input[name=password]) button[type=submit]');
    await page.waitForURL(/second-factor/);
    await context.close();
  }
});

function codeIn(page: string): string {
  return /(?:[0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{4}/.exec(page)?.[0] ?? '';
}
