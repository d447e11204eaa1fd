import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Application } from '../support/application.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { PASSWORD, somebody } from './people.ts';

let world: World;
let application: Application;

beforeAll(async () => {
  world = await wholeWorld();
  application = await world.register();
}, 60_000);
afterAll(() => world.close());

/** The sign-in page, as an application asks for it. */
async function asked(
  parameters: Record<string, string>,
  visitor: Visitor = world.visitor(),
): Promise<Answer> {
  const answer = await visitor.open(application.authorizationUrl(parameters));
  expect([answer.status, answer.url]).toEqual([200, expect.stringMatching(/^\/interaction\/[\w-]+$/)]);
  return answer;
}

/** What the page's field holds, as it is written in the page. */
const usernameOn = ({ text }: Answer) => {
  const [field = ''] = /<input[^>]* name="username"[^>]*>/.exec(text) ?? [];
  return / value="([^"]*)"/.exec(field)?.[1];
};
const languageOf = ({ text }: Answer) => /<html lang="(\w+)"/.exec(text)?.[1];

describe('a login_hint', () => {
  it('stands in the field of the username; without one it is empty', async () => {
    const { username } = await somebody(world);
    expect(usernameOn(await asked({ login_hint: username }))).toBe(username);
    expect(usernameOn(await asked({})) ?? '').toBe('');
  });

  it('is text there, whatever it says', async () => {
    const page = await asked({ login_hint: `"><script>alert(1)</script><img src=x onerror='a&b'>` });
    expect(page.text).not.toMatch(/<script>alert|<img src=x/);
    expect(usernameOn(page)).toBe(
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;',
    );
  });

  it('that is overlong is cut to what a username may have, and whoever came with it signs in', async () => {
    const { username } = await somebody(world);
    const visitor = world.visitor();
    const page = await asked({ login_hint: 'l'.repeat(5000) }, visitor);
    expect(usernameOn(page)).toBe('l'.repeat(254));
    const { left } = await visitor.submit({ username, password: PASSWORD });
    expect(left?.searchParams.get('code')).toBeTruthy();
  });
});

describe('ui_locales', () => {
  it.each([
    ['en', 'en', 'Username'],
    ['en-GB fr', 'en', 'Username'],
    ['br en fr', 'en', 'Username'],
    ['fr', 'fr', 'Identifiant'],
    ['br', 'fr', 'Identifiant'],
    ['"><script>alert(1)</script>', 'fr', 'Identifiant'],
  ])('%s gives the page in %s', async (ui_locales, language, label) => {
    const page = await asked({ ui_locales });
    expect(languageOf(page)).toBe(language);
    expect(page.text).toContain(`>${label}<`);
    expect(page.text).not.toContain('<script>alert');
  });
});
