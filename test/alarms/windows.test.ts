import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { createWatch } from '../../src/alarms/watch.ts';
import { commands } from '../../src/cli/commands.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { type AClass, aClass } from '../console/school.ts';
import { aHead, enter } from '../console/staff.ts';
import { UAI } from '../login/people.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

const MINUTE = 60_000;

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

async function codesOf({ uai, className }: AClass): Promise<string[]> {
  const printing = await world.activation.printLetters({ uai, className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  const codes: string[] = [];
  for await (const { code } of printing.letters) codes.push(formatActivationCode(code));
  return codes;
}

/** As somebody with letters of the class does it, at the page: five words a letter. */
async function guess(one: AClass, words: number): Promise<string> {
  const codes = await codesOf(one);
  const opened = await world.activation.openWindow({
    uai: one.uai,
    className: one.className,
    minutes: 20,
    by: BY,
  });
  if (opened.outcome !== 'opened') throw new Error(opened.outcome);
  const wrong = opened.word === 'cheval' ? 'tortue' : 'cheval';
  const browser = world.visitor();
  for (let n = 0; n < words; n += 1) {
    await browser.open('/activate');
    await browser.submit({ code: codes[Math.floor(n / 5)] ?? '', proof: wrong });
  }
  return opened.id;
}

async function look(): Promise<string[]> {
  const { db, config, logger } = world.parts;
  return createWatch({ db, settings: config.alarms, now: world.now, log: logger, pauseClaims }).look();
}

/** As `npx preau alarms list --json` prints them. */
async function listed(): Promise<{ rule: string; figures: object; id: string }[]> {
  const list = commands.find(({ name }) => name === 'alarms list');
  const input = {
    operands: [],
    text: () => undefined,
    texts: () => [],
    flag: () => false,
    required: () => '',
  };
  const context = { parts: async () => world.parts, now: world.now };
  const result = await list?.run(context as never, input);
  return JSON.parse(JSON.stringify(result && 'json' in result ? result.json : []));
}

describe('a class window that closed over too many wrong words', () => {
  it('is an alarm with its figures at the next look, which comes within a minute', async () => {
    const one = await aClass(world, { pupils: 4 });
    const window = await guess(one, 15);
    expect(world.parts.config.alarms.everySeconds).toBeLessThanOrEqual(60);
    expect(await look()).toHaveLength(1);
    const [alarm] = await listed();
    expect(alarm).toMatchObject({
      ...{ rule: 'window-guessed', school: UAI },
      figures: { window, class: one.className, wrong_words: 15, letters: 3, address: '127.0.0.0/24' },
    });
    const head = await enter(world, await aHead(world), '/console/alarms');
    const page = await head.open('/console/alarms');
    expect(page.text).toContain('Une séance de classe s’est fermée d’elle-même');
    const { text } = await head.open(`/console/alarms/${alarm?.id}`);
    expect(text).toMatch(/<dt>Mots faux<\/dt><dd>15<\/dd>/);
    const english = await head.get(`/console/alarms/${alarm?.id}`, { 'accept-language': 'en' });
    expect(english.text).toContain('A session in class closed by itself');
    // Seen again, or by another process: the same facts.
    expect(await look()).toEqual([]);
  });

  it('is none where it had its end, where somebody closed it, or where words were few', async () => {
    const before = (await listed()).length;
    const [few, closed, ended] = [await aClass(world), await aClass(world), await aClass(world)];
    await guess(few, 14);
    await world.activation.closeWindow({ id: await guess(closed, 4), by: BY });
    await guess(ended, 4);
    world.wait(21 * MINUTE);
    expect(await look()).toEqual([]);
    expect(await listed()).toHaveLength(before);
  });
});
